"""Base64 in a stream: an image passes through in pieces and is never whole in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import pybase64

from imagenspec.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.images.files import ImageFile, ImageFiles

_CHUNK = 768 * 1024
"""Bytes read at a time; a multiple of three, so that the pieces of base64 join."""


def base64_length(size: int) -> int:
    """Return how many characters of base64 a number of bytes makes."""
    return (size + 2) // 3 * 4


def base64_chunks(files: ImageFiles, image: ImageFile) -> Iterator[bytes]:
    """Yield an image's base64 in pieces of at most one mebibyte.

    Raises:
        ToolError: The file has not the size any more that it had when it was found.
    """
    done = 0
    buffer = bytearray(_CHUNK)
    view = memoryview(buffer)
    with files.open(image) as stream:
        while filled := _fill(stream, view):
            done += filled
            yield pybase64.b64encode(view[:filled])
    if done != image.size:
        message = f"{image.path} changed while it was read: {image.size} bytes became {done}; run again"
        raise ToolError(message)


def _fill(stream: BinaryIO, view: memoryview) -> int:
    """Read until the view is full or the file ends, so that only the last piece is padded."""
    filled = 0
    while filled < len(view) and (count := stream.readinto(view[filled:])):  # type: ignore[attr-defined]
        filled += count
    return filled
