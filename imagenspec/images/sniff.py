"""What a file is, by its first bytes; names lie."""

from __future__ import annotations

HEAD = 32
"""How many bytes of a file are enough to tell what it is."""

ACCEPTED = ("image/png", "image/jpeg")
"""The types that the REST reference allows in requests (VisionGenerativeModelInstance)."""

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)

_BMP_HEADERS = tuple(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))


def media_type(head: bytes) -> str | None:
    """Return the media type of an image by its first :data:`HEAD` bytes, or nothing for what is no known image."""
    if head[:3] == b"\xff\xd8\xff" and head[3:4] >= b"\xc0":
        return "image/jpeg"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and head[14:18] in _BMP_HEADERS:
        return "image/bmp"
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:12] in (b"ftypheic", b"ftypavif", b"ftypmif1"):
        return "image/avif" if head[8:12] == b"avif" else "image/heic"
    return None
