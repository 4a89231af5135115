"""How far pictures are alike: of one mode and of two, and what an edit changed outside its mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image
from pinned import options
from test_session import project

from imagenspec.render.likeness import Difference, changed_outside, difference

if TYPE_CHECKING:
    from pathlib import Path

EDIT = """\
imagenspec: 1
task: edit
model: imagen-3.0-capability-001
image: raw.png
mask: {image: mask.png, dilation: 0.0}
prompt: a red ball
parameters:
  edit_mode: inpaint_insertion
  sample_count: 1
  output_options: {mime_type: image/TYPE}
"""
PLAIN = Image.radial_gradient("L").convert("RGB").resize((64, 64))
SQUARE = (16, 16, 48, 48)


def saved(folder: Path, name: str, image: Image.Image) -> Path:
    path = folder / name
    image.save(path)
    return path


def deep(image: Image.Image) -> Image.Image:
    """Return a grey picture with 16 bits instead of eight."""
    data = b"".join(bytes((level, level)) for level in image.convert("L").tobytes())
    return Image.frombytes("I;16", image.size, data)


def painted(image: Image.Image, box: tuple[int, int, int, int] = SQUARE) -> Image.Image:
    found = image.copy()
    found.paste(Image.new(image.mode, (box[2] - box[0], box[3] - box[1]), 0), box)
    return found


ALIKE = {
    "grey": (PLAIN, PLAIN.convert("L")),
    "alpha": (PLAIN, PLAIN.convert("RGBA")),
    "grey with alpha": (PLAIN, PLAIN.convert("LA")),
    "16 bits": (PLAIN, deep(PLAIN)),
    "16 bits with alpha": (PLAIN.convert("RGBA"), deep(PLAIN)),
    "16 bits twice": (deep(PLAIN), deep(PLAIN)),
    "palette": (PLAIN.quantize(16).convert("RGB"), PLAIN.quantize(16)),
    "palette with alpha": (PLAIN.quantize(16).convert("RGBA"), PLAIN.quantize(16)),
    "black and white": (PLAIN.convert("1").convert("L"), PLAIN.convert("1")),
}


@pytest.mark.parametrize("pair", ALIKE.values(), ids=ALIKE)
def test_the_same_picture_in_another_mode_does_not_differ(
    pair: tuple[Image.Image, Image.Image], tmp_path: Path
) -> None:
    one, other = (saved(tmp_path, f"{number}.png", image) for number, image in enumerate(pair))
    assert difference(one, other) == difference(other, one) == Difference(0.0, 0.0, 0)


@pytest.mark.parametrize(
    ("modes", "mean"),
    [(("RGB", "RGB"), 25.5), (("RGB", "L"), 25.5), (("RGBA", "RGB"), 19.125), (("LA", "RGB"), 19.125)],
)
def test_the_mean_is_that_of_a_channel(modes: tuple[str, str], mean: float, tmp_path: Path) -> None:
    white = Image.new("RGB", (40, 40), "white")
    changed = painted(white, (0, 0, 40, 4))
    found = difference(
        saved(tmp_path, "one.png", white.convert(modes[0])), saved(tmp_path, "other.png", changed.convert(modes[1]))
    )
    assert found == Difference(pytest.approx(0.1), pytest.approx(mean), 255)


def test_a_place_that_became_transparent_differs(tmp_path: Path) -> None:
    clear = PLAIN.convert("RGBA")
    clear.putalpha(painted(Image.new("L", PLAIN.size, 255)))
    one, other = saved(tmp_path, "one.png", PLAIN), saved(tmp_path, "other.png", clear)
    assert difference(one, other) == Difference(0.25, 255 / 16, 255)
    palette = PLAIN.quantize(16)
    path = tmp_path / "palette.png"
    palette.save(path, transparency=palette.getpixel((0, 0)))
    found = difference(saved(tmp_path, "opaque.png", palette), path)
    assert isinstance(found, Difference)
    assert found.most == 255


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    one = saved(tmp_path, "one.png", PLAIN)
    small = saved(tmp_path, "small.png", PLAIN.resize((32, 64)).convert("RGBA"))
    assert difference(one, small) == "64 x 64 pixels became 32 x 64"
    cut = tmp_path / "cut.png"
    for data in (b"no picture", one.read_bytes()[:-40], one.read_bytes()[:60] + bytes(100)):
        cut.write_bytes(data)
        assert difference(one, cut) == "a picture is damaged, and cannot be compared"


@pytest.mark.parametrize("suffix", ["png", "jpeg"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "I;16", "P"])
@pytest.mark.parametrize("came", ["RGB", "RGBA", "L"])
def test_what_changed_outside_a_mask_is_counted_in_any_mode(mode: str, came: str, suffix: str, tmp_path: Path) -> None:
    if suffix == "jpeg" and came == "RGBA":
        came = "CMYK"
    grey = PLAIN.convert("L")
    raw = {"I;16": deep(grey), "P": grey.convert("P")}.get(mode) or grey.convert(mode)
    saved(tmp_path, "raw.png", raw)
    mask = Image.new("L", PLAIN.size)
    mask.paste(255, SQUARE)
    saved(tmp_path, "mask.png", deep(mask))
    [one] = project(tmp_path, edit=EDIT.replace("TYPE", suffix))
    inside, outside = painted(grey), painted(painted(grey), (0, 0, 8, 8))
    for image, least, most in ((inside, 0, 0), (outside, 40, 64)):
        path = tmp_path / f"came.{suffix}"
        image.convert(came).save(path, **({"quality": 100} if suffix == "jpeg" else {}))
        found = changed_outside(one.works[0], path, options().images)
        assert found is not None
        assert least <= found <= most
