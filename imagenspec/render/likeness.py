"""How far one picture is another one, and what an edit changed that it should not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageChops

from imagenspec.images.files import ImageFile
from imagenspec.render.disk.decoding import MAX_PIXELS

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from imagenspec.project.disk import DiskImages
    from imagenspec.recipe import model
    from imagenspec.render.work import Work

_LOSSY = 24
"""The most by which a channel differs, of 255, where only a JPEG encoder changed it."""
_WHITE = 128
_SIXTEEN_BITS = 65535 / 255
"""How many levels of 16 bits one level of eight is."""


class Difference(NamedTuple):
    """How two pictures of one size differ.

    Attributes:
        share: The share of pixels that differ, from 0 to 1.
        mean: The mean difference of a channel, from 0 to 255.
        most: The largest difference of a channel, from 0 to 255.
    """

    share: float
    mean: float
    most: int

    def __str__(self) -> str:
        return f"{self.share:.2%} of the pixels, by {self.mean:.1f} of 255 in the mean and {self.most} at most"


def difference(one: Path, other: Path) -> Difference | str:
    """Return how two pictures differ, or in words why that cannot be said."""
    try:
        first, second = _alike(_opened(one), _opened(other))
    except (OSError, ValueError) as error:
        return str(error)
    if first.size != second.size:
        return f"{first.width} x {first.height} pixels became {second.width} x {second.height}"
    levels = _largest(first, second).histogram()
    total = ImageChops.difference(first, second).histogram()
    channels = len(first.getbands())
    pixels = first.width * first.height
    mean = sum(level % 256 * count for level, count in enumerate(total)) / (pixels * channels)
    return Difference(1 - levels[0] / pixels, mean, max(level for level, count in enumerate(levels) if count))


def changed_outside(work: Work, picture: Path, images: DiskImages) -> int | None:
    """Return how many pixels an edit changed outside its mask; nothing where nobody but the service knows the mask.

    A JPEG is not the same pixel for pixel even where nothing was changed, so small differences do not count there.

    Args:
        work: The edit.
        picture: What came.
        images: Where the raw picture and the mask are found.
    """
    references = {one.kind: one for one in work.recipe.references}
    raw, mask = references.get("raw"), references.get("mask")
    if raw is None or mask is None or mask.dilation is None or not (raw.images and mask.images):
        return None
    try:
        before = _input(raw.images[0], work, images)
        area = _input(mask.images[0], work, images)
        after = _opened(picture)
    except (OSError, ValueError):
        return None
    if before is None or area is None or not before.size == area.size == after.size:
        return None
    allowed = _dilated(area.convert("L").point(lambda level: 255 * (level >= _WHITE)), mask.dilation)
    limit = 0 if work.expected.media_type == "image/png" else _LOSSY
    changed = _largest(*_alike(before, after)).point(lambda level: 255 * (level > limit))
    return ImageChops.subtract(changed, allowed).histogram()[255]


def is_masked_by_service(work: Work) -> bool:
    """Return whether an edit has a mask that the service makes: of a background, a foreground or classes."""
    return any(one.kind == "mask" and not one.images for one in work.recipe.references)


def _largest(one: Image.Image, other: Image.Image) -> Image.Image:
    """Return the largest difference of any channel, pixel by pixel."""
    bands = ImageChops.difference(one, other).split()
    found = bands[0]
    for band in bands[1:]:
        found = ImageChops.lighter(found, band)
    return found


def _dilated(mask: Image.Image, share: float) -> Image.Image:
    """Return a mask grown to all sides by a share of its width, as the service documents it.

    What has grown is laid over itself, ever farther away, but never so far that something between is skipped.
    """
    reach = round(max(0.0, min(1.0, share)) * mask.width)
    for right, down in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        gone = 0
        while gone < reach:
            step = min(gone + 1, reach - gone)
            moved = Image.new("L", mask.size)
            moved.paste(mask, (right * step, down * step))
            mask = ImageChops.lighter(mask, moved)
            gone += step
    return mask


def _input(image: model.Image, work: Work, images: DiskImages) -> Image.Image | None:
    found = images.find(work.request.recipe, image.file) if image.file is not None else None
    if not isinstance(found, ImageFile):
        return None
    with images.open(found) as stream:
        return _read(stream)


def _opened(path: Path) -> Image.Image:
    with path.open("rb") as stream:
        return _read(stream)


def _read(stream: BinaryIO) -> Image.Image:
    """Return a picture with channels of eight bits.

    Raises:
        ValueError: It cannot be decoded, or is too large.
    """
    try:
        image = Image.open(stream)
        is_small = image.width * image.height <= MAX_PIXELS
        if is_small:
            image.load()
    except Exception as error:  # a decoder may raise anything for bytes that are broken
        raise ValueError("a picture is damaged, and cannot be compared") from error
    if not is_small:
        raise ValueError(f"a picture of {image.width} x {image.height} pixels is too large to compare")
    return _eight_bits(image) if image.mode.startswith("I") else image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return a grey picture of 16 bits with eight, each level at the nearest."""
    image.info.pop("transparency", None)
    return image.convert("I").point(lambda level: level * (1 / _SIXTEEN_BITS) + 0.5).convert("L")


def _alike(one: Image.Image, other: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return two pictures with the same channels: with an alpha channel where either has transparent places."""
    mode = "RGBA" if one.has_transparency_data or other.has_transparency_data else "RGB"
    return one.convert(mode), other.convert(mode)
