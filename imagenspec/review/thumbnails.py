"""Digests of small pictures of pictures: whether a change of bytes can be seen."""

from __future__ import annotations

import hashlib
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

_SIDE = 64
_MOST_PIXELS = 100_000_000
_SHOWN = 16


def thumbnail_digest(stream: BinaryIO) -> str | None:
    """Return the beginning of the SHA-256 of a picture's pixels, made 64 by 64; nothing where none can be decoded."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - only changed pictures are decoded

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(stream, formats=("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"))
            if image.width * image.height > _MOST_PIXELS:
                return None
            small = image.convert("RGBA").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return None
    return hashlib.sha256(small.tobytes()).hexdigest()[:_SHOWN]
