"""How far one picture is another one, and what an edit changed that it should not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageChops, ImageFilter

from imagenspec.images.files import ImageFile
from imagenspec.render.decoding import MAX_PIXELS

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.project.disk import DiskImages
    from imagenspec.recipe import model
    from imagenspec.render.work import Work

_LOSSY = 24
"""The most by which a channel differs, of 255, where only a JPEG encoder changed it."""
_WHITE = 128
_STEP = 100


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
    """Return how two pictures differ, or in words why that cannot be said.

    Raises:
        OSError: A picture cannot be read.
    """
    try:
        first, second = _opened(one), _opened(other)
    except ValueError as error:
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
    changed = _largest(before, after).point(lambda level: 255 * (level > limit))
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
    """Return a mask grown to all sides by a share of its width, as the service documents it."""
    left = round(max(0.0, min(1.0, share)) * mask.width)
    while left > 0:
        step = min(left, _STEP)
        for radius in ((step, 0), (0, step)):
            mask = mask.filter(ImageFilter.BoxBlur(radius)).point(lambda level: 255 * (level > 0))
        left -= step
    return mask


def _input(image: model.Image, work: Work, images: DiskImages) -> Image.Image | None:
    found = images.find(work.request.recipe, image.file) if image.file is not None else None
    if not isinstance(found, ImageFile):
        return None
    with images.open(found) as stream:
        return _plain(Image.open(stream))


def _opened(path: Path) -> Image.Image:
    with path.open("rb") as stream:
        return _plain(Image.open(stream))


def _plain(image: Image.Image) -> Image.Image:
    if image.width * image.height > MAX_PIXELS:
        raise ValueError(f"a picture of {image.width} x {image.height} pixels is too large to compare")
    return image.convert("RGBA" if "A" in image.getbands() else "RGB")
