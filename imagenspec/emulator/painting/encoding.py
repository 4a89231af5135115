"""Pictures as files of the type that a request asks for."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from imagenspec.emulator.painting.inputs import flat

if TYPE_CHECKING:
    from collections.abc import Callable

PNG = "image/png"
_QUALITY = 75
_LARGEST_SIDE = 256
_ICON_HEADERS = 22
_RUN_LENGTHS = 3
"""The strategy of zlib that is quickest for photographs, and makes them no larger at level 1."""


def encode(image: Image.Image, parameters: Mapping[str, Any], digest: str) -> tuple[bytes, str]:
    """Return the bytes and the media type of a picture.

    ``output_options`` decides (guide "generate images"; API reference for the quality, 75 where it is left out). An
    unknown type is PNG. The digest stands in the comment of PNG and JPEG.
    """
    options = parameters.get("output_options")
    options = options if isinstance(options, Mapping) else {}
    wanted = str(options.get("mime_type", PNG)).lower()
    stream = BytesIO()
    if wanted == "image/jpeg":
        flat(image).convert("RGB").save(stream, "JPEG", quality=_quality(options), comment=digest.encode())
    elif wanted in _OTHERS:
        _OTHERS[wanted](image, stream)
    else:
        return png(image, digest), PNG
    return stream.getvalue(), wanted


def png(image: Image.Image, digest: str) -> bytes:
    """Return a picture as PNG, compressed quickly rather than well."""
    stream = BytesIO()
    notes = PngInfo()
    notes.add_text("Software", "imagenspec emulator")
    notes.add_text("Comment", digest)
    more = {} if image.mode == "P" else {"compress_type": _RUN_LENGTHS}
    image.save(stream, "PNG", compress_level=1, pnginfo=notes, **more)
    return stream.getvalue()


def _quality(options: Mapping[str, Any]) -> int:
    value = options.get("compression_quality")
    return max(0, min(100, int(value))) if isinstance(value, int | float) else _QUALITY


def _gif(image: Image.Image, stream: BytesIO) -> None:
    (image if image.mode == "P" else flat(image).quantize(256, Image.Quantize.FASTOCTREE)).save(stream, "GIF")


def _webp(image: Image.Image, stream: BytesIO) -> None:
    (image.convert("RGB") if image.mode == "P" else image).save(stream, "WEBP", quality=85, method=0)


def _bmp(image: Image.Image, stream: BytesIO) -> None:
    flat(image).save(stream, "BMP")


def _tiff(image: Image.Image, stream: BytesIO) -> None:
    image.save(stream, "TIFF", compression="tiff_lzw")


def _icon(image: Image.Image, stream: BytesIO) -> None:
    """Write an icon of one picture, a PNG of any size; its directory says 0 for a side of 256 and more.

    Source: https://en.wikipedia.org/wiki/ICO_(file_format)
    """
    inside = BytesIO()
    image.convert("RGBA").save(inside, "PNG", compress_level=1, compress_type=_RUN_LENGTHS)
    data = inside.getvalue()
    sides = [side if side < _LARGEST_SIDE else 0 for side in image.size]
    header = struct.pack("<HHH", 0, 1, 1)
    stream.write(header + struct.pack("<BBBBHHII", *sides, 0, 0, 1, 32, len(data), _ICON_HEADERS) + data)


_OTHERS: dict[str, Callable[[Image.Image, BytesIO], None]] = {
    "image/gif": _gif,
    "image/webp": _webp,
    "image/bmp": _bmp,
    "image/tiff": _tiff,
    "image/vnd.microsoft.icon": _icon,
}
