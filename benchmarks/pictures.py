"""Pictures of the benchmarks: large files of noise, and small ones that can be drawn."""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MEBIBYTE = 1024 * 1024
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_OVERHEAD = len(_SIGNATURE) + (12 + 13) + 12 + 12
SIDE = 512
"""Width and height in pixels of the pictures that can be drawn."""


def write_noise(path: Path, length: int) -> None:
    """Write a file of a given length: a PNG whose header says 1824 by 1824 pixels, and noise for pixels."""
    pixels = length - _OVERHEAD
    starts = range(0, pixels, _MEBIBYTE)
    noise = (hashlib.shake_128(f"{path.name}/{at}".encode()).digest(min(_MEBIBYTE, pixels - at)) for at in starts)
    _write(path, (1824, 8, 2), pixels, noise)


def write_photo(path: Path) -> None:
    """Write a picture that can be drawn: colours that change from edge to edge."""
    side = range(SIDE)
    rows = (b"\0" + bytes(value for x in side for value in (x // 2, y // 2, (x * y) // SIDE % 256)) for y in side)
    _write_drawn(path, 2, b"".join(rows))


def write_mask(path: Path, number: int) -> None:
    """Write a mask: black, with a white square whose size depends on a number."""
    edge = 64 + number % 256
    white = b"\0" + b"\xff" * edge + b"\0" * (SIDE - edge)
    black = b"\0" * (SIDE + 1)
    _write_drawn(path, 0, white * edge + black * (SIDE - edge))


def write_square(path: Path, side: int) -> None:
    """Write a square picture of noise that can be drawn, about three bytes a pixel."""
    noise = hashlib.shake_128(path.name.encode()).digest(side * side * 3)
    rows = b"".join(b"\0" + noise[at : at + side * 3] for at in range(0, len(noise), side * 3))
    _write_drawn(path, 2, rows, side)


def _write_drawn(path: Path, colour: int, rows: bytes, side: int = SIDE) -> None:
    packed = zlib.compress(rows)
    _write(path, (side, 8, colour), len(packed), [packed])


def _write(path: Path, header: tuple[int, int, int], length: int, pixels: Iterable[bytes]) -> None:
    """Write a PNG of a side in pixels, bits per channel and colour type."""
    side, bits, colour = header
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(_SIGNATURE)
        chunks = (
            (b"IHDR", 13, [struct.pack(">IIBBBBB", side, side, bits, colour, 0, 0, 0)]),
            (b"IDAT", length, pixels),
        )
        for kind, size, pieces in (*chunks, (b"IEND", 0, ())):
            checksum = zlib.crc32(kind)
            stream.write(struct.pack(">I", size) + kind)
            for piece in pieces:
                stream.write(piece)
                checksum = zlib.crc32(piece, checksum)
            stream.write(struct.pack(">I", checksum))
