"""A project with pictures: right ones for recipes without a finding, and wrong ones to plant."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 48, 32
SOUND = ("raw.png", "raw.jpg", "mask.png", "edges.png", "scribble.png", "person.jpg", "shirt.png", "look.png")
SETTINGS = "as_of = 2026-01-15\n"
_EXIF_ORIENTATION = 0x0112
_TURNED = 6


def make_project(folder: Path) -> None:
    """Put the project into a folder: what recipes need, and beside it one whose service is called elsewhere."""
    for name, location in (("home", None), ("elsewhere", "europe-west6")):
        place = folder / name
        (place / "folder").mkdir(parents=True)
        settings = SETTINGS + (f'location = "{location}"\n' if location else "")
        (place / ".imagenspec.toml").write_text(settings, "utf-8")
        _sound(place)
        _unsound(place)
    Image.new("RGB", (WIDTH, HEIGHT)).save(folder / "outside.png")


def _sound(folder: Path) -> None:
    photo = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).convert("RGB")
    for name in ("raw.png", "raw.jpg", "person.jpg", "shirt.png", "look.png"):
        photo.save(folder / name)
    for name in ("mask.png", "edges.png", "scribble.png"):
        half = Image.new("L", (WIDTH, HEIGHT))
        ImageDraw.Draw(half).rectangle((0, 0, WIDTH // 2, HEIGHT), fill=255)
        half.save(folder / name)


def _unsound(folder: Path) -> None:
    size = (WIDTH, HEIGHT)
    Image.new("L", size, 0).save(folder / "black.png")
    Image.new("L", size, 255).save(folder / "white.png")
    Image.new("L", size, 128).save(folder / "grey.png")
    Image.new("RGBA", size, (0, 0, 0, 0)).save(folder / "clear.png")
    small = Image.new("L", (WIDTH // 2, HEIGHT))
    ImageDraw.Draw(small).rectangle((0, 0, WIDTH // 4, HEIGHT), fill=255)
    small.save(folder / "small.png")
    with Image.open(folder / "scribble.png") as scribble:
        scribble.save(folder / "scribble.jpg", quality=100, subsampling=0)
    turned = Image.Exif()
    turned[_EXIF_ORIENTATION] = _TURNED
    with Image.open(folder / "mask.png") as half:
        half.save(folder / "turned.jpg", exif=turned, quality=100)
        half.transpose(Image.Transpose.ROTATE_90).save(folder / "lying.jpg", exif=turned, quality=100)
        half.save(folder / "dots.gif")
    Image.new("1", (5000, 4000)).save(folder / "huge.png")
    (folder / "notes.png").write_text("no picture\n", "utf-8")
    (folder / "empty.png").write_bytes(b"")
    half_png = (folder / "mask.png").read_bytes()
    (folder / "damaged.png").write_bytes(half_png[:20])
    (folder / "heavy.png").write_bytes(half_png)
    os.truncate(folder / "heavy.png", 11 * 1024 * 1024)
