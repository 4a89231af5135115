"""Digests of small pictures of pictures: whether a change of bytes can be seen."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

_SIDE = 64
_SHOWN = 16


def thumbnail_digest(stream: BinaryIO) -> str | None:
    """Return the beginning of the SHA-256 of a picture's pixels, made 64 by 64; nothing where none can be decoded."""
    from PIL import Image  # noqa: PLC0415 - only changed pictures are decoded

    from imagenspec.images.pictures import MAX_PIXELS, UNREADABLE, opened  # noqa: PLC0415 - it imports Pillow

    try:
        with opened(stream) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            small = image.convert("RGBA").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    except UNREADABLE:
        return None
    return hashlib.sha256(small.tobytes()).hexdigest()[:_SHOWN]
