"""Width and height out of plain headers, without the imaging library, whose import takes longer than a lint.

What is not as plain as nearly all pictures are is left to the library: nothing is returned for it.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import BinaryIO

_HEAD = 65_536
_PNG = b"\x89PNG\r\n\x1a\n"
_IHDR = b"\0\0\0\rIHDR"
_JPEG = b"\xff\xd8"
_START_OF_SCAN = 0xDA
_NO_FRAMES = frozenset((0xC4, 0xC8, 0xCC))
"""Markers among those of frames that are none: tables, and one that is reserved (ITU-T T.81, table B.1)."""


class Picture(NamedTuple):
    """What the header of an image says: width and height in pixels, and the EXIF orientation from 1 (upright) to 8."""

    width: int
    height: int
    orientation: int = 1


def read_header(stream: BinaryIO) -> Picture | None:
    """Return what a plain header says: of a PNG up to its pixels, or a JPEG without EXIF up to its frame."""
    head = stream.read(_HEAD)
    found = _png(head) if head.startswith(_PNG) else _jpeg(head) if head.startswith(_JPEG) else None
    return found if found is not None and found.width and found.height else None


def _png(head: bytes) -> Picture | None:
    if head[8:16] != _IHDR or zlib.crc32(head[12:29]) != int.from_bytes(head[29:33]):
        return None
    at = 33
    while head[at + 4 : at + 8] not in (b"IDAT", b""):
        at += 12 + int.from_bytes(head[at : at + 4])
    if head[at + 4 : at + 8] != b"IDAT":
        return None
    return Picture(int.from_bytes(head[16:20]), int.from_bytes(head[20:24]))


def _jpeg(head: bytes) -> Picture | None:
    at = 2
    while head[at : at + 1] == b"\xff" and at + 9 <= len(head):
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            return Picture(int.from_bytes(head[at + 7 : at + 9]), int.from_bytes(head[at + 5 : at + 7]))
        if marker in (0xE1, _START_OF_SCAN) or length < 2:
            return None
        at += 2 + length
    return None
