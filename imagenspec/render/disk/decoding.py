"""Answers' pictures, decoded whole: whether they can be, what they are, and a digest of their pixels."""

from __future__ import annotations

import hashlib
import threading
import warnings
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.errors import ImagenspecError

if TYPE_CHECKING:
    from typing import BinaryIO

    from PIL import Image

MAX_PIXELS = 50_000_000
"""The largest picture that is decoded, about three times what the service makes at most (17 megapixels)."""

FORMATS = {
    "PNG": ("image/png", "png"),
    "JPEG": ("image/jpeg", "jpg"),
    "MPO": ("image/jpeg", "jpg"),
    "GIF": ("image/gif", "gif"),
    "WEBP": ("image/webp", "webp"),
    "BMP": ("image/bmp", "bmp"),
    "TIFF": ("image/tiff", "tiff"),
    "ICO": ("image/vnd.microsoft.icon", "ico"),
}
"""Pillow's names of the formats that requests may ask for: media type and the ending of files.

Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/image/generate-images, output options.
"""
SUFFIXES = dict(FORMATS.values())
"""The endings of files by media type, without a dot."""

_STRIP = 1 << 20
_ONE_AT_A_TIME = threading.Lock()
"""Pixels take ten times the room of their file, and filters of warnings belong to the process, not to a thread."""


class NotAnImageError(ImagenspecError):
    """Bytes that are not a picture, or not a whole one."""


class Decoded(NamedTuple):
    """What a picture is.

    Attributes:
        media_type: The content type by its bytes.
        suffix: The ending of files of this type, without a dot.
        width: In pixels.
        height: In pixels.
        pixels: The SHA-256 of mode, size and pixels, in hexadecimal; the same for the same picture in another file.
    """

    media_type: str
    suffix: str
    width: int
    height: int
    pixels: str


def decoded(stream: BinaryIO) -> Decoded:
    """Decode the first frame of a picture, to see that it is whole.

    Raises:
        NotAnImageError: It is not, or claims to have more than :data:`MAX_PIXELS`.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _decoded(stream)
        except NotAnImageError:
            raise
        except Exception as error:  # a decoder may raise anything for bytes that are broken
            raise NotAnImageError(f"the bytes are not a whole picture: {_reason(error)}") from error


def _decoded(stream: BinaryIO) -> Decoded:
    from PIL import Image  # noqa: PLC0415 - most commands decode nothing

    image = Image.open(stream, formats=[name for name in FORMATS if name != "MPO"])
    if image.width * image.height > MAX_PIXELS:
        raise NotAnImageError(f"a picture of {image.width}x{image.height} pixels is too large")
    media_type, suffix = FORMATS[str(image.format)]
    image.load()
    return Decoded(media_type, suffix, image.width, image.height, _digest(_plain(image)))


def _plain(image: Image.Image) -> Image.Image:
    """Return an image whose pixels are its colours: palettes and transparent colours are applied."""
    if "transparency" in image.info and image.mode in ("1", "L", "RGB", "P"):
        return image.convert("RGBA")
    return image.convert("RGB") if image.mode == "P" else image


def _digest(image: Image.Image) -> str:
    """Hash pixels in strips, so that they are not in memory twice."""
    found = hashlib.sha256(f"{image.mode} {image.width}x{image.height}\n".encode())
    rows = max(1, _STRIP // (image.width * 4))
    for top in range(0, image.height, rows):
        found.update(image.crop((0, top, image.width, min(top + rows, image.height))).tobytes())
    return found.hexdigest()


def _reason(error: Exception) -> str:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    if isinstance(error, UnidentifiedImageError):
        return "no known format"
    if isinstance(error, Image.DecompressionBombError):
        return "it claims more pixels than anything is decoded with"
    return " ".join(str(error).split())[:200] or type(error).__name__
