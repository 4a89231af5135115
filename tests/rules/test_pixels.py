"""Rules about pixels where a limit is met exactly, and with pictures that a checkout had better not keep."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from pinned import DAY

from imagenspec.images.pictures import MaskLook
from imagenspec.project.check import check_bytes
from imagenspec.project.options import Options
from imagenspec.rules.pixels import _doubtful_look

if TYPE_CHECKING:
    from pathlib import Path

UPSCALE = """\
imagenspec: 1
task: upscale
model: imagen-4.0-upscale-preview
image: cup.png
parameters: {upscale_config: {upscale_factor: x2}}
"""
EDIT = """\
imagenspec: 1
task: edit
model: imagen-3.0-capability-001
prompt: a cup
image: %s
mask: {image: %s}
parameters: {edit_mode: inpaint_insertion}
"""
MEGABYTE = 1024 * 1024


def said(folder: Path, text: str) -> list[str]:
    (folder / ".git").mkdir(exist_ok=True)
    recipe = check_bytes(str(folder / "cup.imagen.yaml"), text.encode(), Options(as_of=DAY))
    return [f"{one.code} {one.start.line}:{one.start.column} {one.message}" for one in recipe.findings]


@pytest.mark.parametrize(
    ("size", "found"),
    [
        (10 * MEGABYTE, []),
        (10 * MEGABYTE + 1, ["IMG509 4:8 the image has 10.0 MB; imagen-4.0-upscale-preview takes 10 MB"]),
        (200 * MEGABYTE, ["IMG509 4:8 the image has 200.0 MB; imagen-4.0-upscale-preview takes 10 MB"]),
    ],
)
def test_image_may_have_as_many_bytes_as_the_model_takes(size: int, found: list[str], tmp_path: Path) -> None:
    Image.new("1", (16, 12)).save(tmp_path / "cup.png")
    os.truncate(tmp_path / "cup.png", size)
    assert said(tmp_path, UPSCALE) == found


@pytest.mark.parametrize(
    ("size", "found"),
    [
        ((2125, 2000), []),
        (
            (2500, 2005),
            ["IMG518 5:47 2500 x 2005 x2 makes 20.1 megapixels; imagen-4.0-upscale-preview makes at most 17"],
        ),
        (
            (2001, 2125),
            ["IMG518 5:47 2001 x 2125 x2 makes 17.0 megapixels; imagen-4.0-upscale-preview makes at most 17"],
        ),
    ],
)
def test_answer_may_have_as_many_pixels_as_the_model_makes(
    size: tuple[int, int], found: list[str], tmp_path: Path
) -> None:
    Image.new("1", size).save(tmp_path / "cup.png")
    assert said(tmp_path, UPSCALE) == found


def draw(folder: Path, name: str, size: tuple[int, int], orientation: int | None = None) -> None:
    picture = Image.new("L", size)
    picture.paste(255, (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    picture.save(folder / name, exif=exif, quality=95)


@pytest.mark.parametrize(
    ("mask", "orientation", "same"),
    [
        ((16, 24), 1, False),
        ((16, 24), None, False),
        ((24, 16), 1, True),
        *(((16, 24), orientation, True) for orientation in (5, 6, 7, 8)),
        *(((24, 16), orientation, True) for orientation in (5, 6, 7, 8)),
        *(((16, 24), orientation, False) for orientation in (2, 3, 4)),
        ((24, 24), 6, False),
        ((16, 16), 6, False),
    ],
)
def test_mask_of_a_turned_picture_lies_as_this_is_stored_or_shown(
    mask: tuple[int, int], orientation: int | None, same: bool, tmp_path: Path
) -> None:
    draw(tmp_path, "cup.jpg", (24, 16), orientation)
    draw(tmp_path, "mask.png", mask)
    found = [line.split()[0] for line in said(tmp_path, EDIT % ("cup.jpg", "mask.png"))]
    assert ("IMG510" not in found) is same
    assert ("IMG517" in found) is (orientation not in (None, 1))


@pytest.mark.parametrize(
    ("look", "code"),
    [
        (MaskLook(white=0.5, black=0.5, see_through=0), None),
        (MaskLook(white=0, black=1, see_through=0), "IMG513"),
        (MaskLook(white=1, black=0, see_through=0), "IMG514"),
        (MaskLook(white=0, black=0.999, see_through=0), None),
        (MaskLook(white=0.999, black=0, see_through=0), None),
        (MaskLook(white=0.25, black=0.25, see_through=0), None),
        (MaskLook(white=0.25, black=0.125, see_through=0), "IMG515"),
        (MaskLook(white=0.25, black=0.25, see_through=0.5), None),
        (MaskLook(white=0.25, black=0.125, see_through=0.5), "IMG516"),
        (MaskLook(white=0.25, black=0.125, see_through=0.001), "IMG515"),
        (MaskLook(white=0.75, black=0, see_through=0.5), "IMG516"),
        (MaskLook(white=0, black=0.75, see_through=0.5), "IMG516"),
        (MaskLook(white=0, black=1, see_through=0.5), "IMG516"),
        (MaskLook(white=0, black=1, see_through=0.001), "IMG513"),
        (MaskLook(white=0.75, black=0.125, see_through=0.5), None),
    ],
)
def test_doubtful_mask_is_one_that_is_not_black_and_white_by_its_visible_pixels(
    look: MaskLook, code: str | None
) -> None:
    found = _doubtful_look(look, "mask")
    assert (found[0] if found else None) == code
