"""Pictures by their headers, and masks by their pixels."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, UnidentifiedImageError

from imagenspec.images.headers import Picture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

MAX_PIXELS = 100_000_000
"""The largest picture that is decoded; a header may claim any size."""
UNREADABLE = (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError)
"""What Pillow raises of a picture that it cannot read, when it is opened or decoded."""
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
_ORIENTATION = 0x0112
_BLACK, _WHITE = 16, 239


class MaskLook(NamedTuple):
    """What the pixels of a mask are.

    Attributes:
        white: The share of white pixels, from 0 to 1, among those that can be seen.
        black: The share of black pixels among those that can be seen.
        see_through: The share of transparent pixels among all.
    """

    white: float
    black: float
    see_through: float

    @property
    def grey(self) -> float:
        """The share of pixels that are neither black nor white."""
        return 1 - self.white - self.black


@contextmanager
def opened(stream: BinaryIO) -> Iterator[Image.Image]:
    """Open a picture of a known format; of what Pillow warns of, nothing is said.

    Raises:
        UNREADABLE: It cannot be read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield Image.open(stream, formats=_FORMATS)


def read_picture(stream: BinaryIO) -> Picture | None:
    """Return what the header of an image says, or nothing where it cannot be read; no pixel is decoded."""
    try:
        with opened(stream) as image:
            orientation = image.getexif().get(_ORIENTATION, 1) if image.format == "JPEG" else 1
            return Picture(image.width, image.height, orientation if orientation in range(1, 9) else 1)
    except UNREADABLE:
        return None


def look_at_mask(stream: BinaryIO) -> MaskLook | None:
    """Return what the pixels of a mask are, or nothing where they cannot be decoded."""
    try:
        with opened(stream) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            opaque, see_through = None, 0
            if "A" in image.getbands() or "transparency" in image.info:
                alpha = image.convert("RGBA").getchannel("A")
                see_through = sum(alpha.histogram()[:_BLACK])
                opaque = alpha.point(lambda level: 255 * (level >= _BLACK)) if see_through else None
            levels = image.convert("L").histogram(opaque)
    except UNREADABLE:
        return None
    seen = sum(levels)
    white, black = (sum(part) / (seen or 1) for part in (levels[_WHITE:], levels[:_BLACK]))
    return MaskLook(white, black, see_through / ((seen + see_through) or 1))
