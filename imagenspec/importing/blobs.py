"""Base64 out of a body into files, piece by piece: no image is whole in memory."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, NamedTuple

import pybase64

from imagenspec.images.sniff import HEAD, media_type
from imagenspec.importing.json_reader import text_of
from imagenspec.importing.refusals import UnreadableError
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from pathlib import Path

_PIECE = 4 * 256 * 1024
"""Characters of base64 decoded at a time; a multiple of four, so that the pieces join."""
_SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/webp": ".webp",
    "image/tiff": ".tiff",
    "image/avif": ".avif",
    "image/heic": ".heic",
}


class HeldPicture(NamedTuple):
    """The bytes of an image, in a file of its own.

    Attributes:
        path: The file.
        size: How many bytes it has.
        media_type: What it is, by its first bytes.
        respelt: Whether the base64 was not written as services take it: wrapped, unpadded or URL-safe.
    """

    path: Path
    size: int
    media_type: str
    respelt: bool

    @property
    def suffix(self) -> str:
        """The ending of its name, with the dot."""
        return _SUFFIXES[self.media_type]


def write_picture(data: bytes, start: int, end: int, path: Path) -> HeldPicture:
    """Decode base64 into a new file.

    Args:
        data: The text that has it.
        start: The offset of its first byte.
        end: The offset behind its last byte.
        path: Where the file is made.

    Raises:
        UnreadableError: It is no base64, or no image.
        OSError: The file cannot be written.
    """
    respelt = False
    size, head = 0, b""
    try:
        size, head = _decoded(data, start, end, path)
        respelt = not _is_canonical(data[max(start, end - 4) : end])
    except binascii.Error:
        respelt = True
        plain = _standard(data, start, end)
        try:
            size, head = _decoded(plain, 0, len(plain), path)
        except binascii.Error as error:
            raise UnreadableError(start, f"base64 that does not decode: {_reason(error)}") from error
    found = media_type(head)
    if found is None:
        raise UnreadableError(start, f"the base64 of {size:,} bytes that are no image")
    return HeldPicture(path, size, found, respelt)


def _decoded(data: bytes, start: int, end: int, path: Path) -> tuple[int, bytes]:
    """Write the decoded bytes; return how many they are, and the first of them."""
    size, head = 0, b""
    with memoryview(data) as view, path.open("wb", buffering=0) as stream:
        for at in range(start, end, _PIECE):
            piece = pybase64.b64decode(view[at : min(at + _PIECE, end)], validate=True)
            if at + _PIECE < end and len(piece) != _PIECE // 4 * 3:
                raise binascii.Error("Excess data after padding")
            head = head or piece[:HEAD]
            size += len(piece)
            stream.write(piece)
    return size, head


def _is_canonical(last: bytes) -> bool:
    """Tell whether the last four characters are what their bytes are written as: bits that count for none are zero."""
    return pybase64.b64encode(pybase64.b64decode(last)) == last


def _standard(data: bytes, start: int, end: int) -> bytes:
    """Return base64 without escapes and blanks, in the standard alphabet, padded."""
    written = data[start:end]
    if b"\\" in written:
        written = written.replace(b"\\/", b"/")
        if b"\\" in written:
            written = text_of(data, start, end).encode()
    if written.startswith(b"data:"):
        raise UnreadableError(start, 'base64 that does not decode: it starts with "data:"; services take base64 alone')
    plain = re.sub(rb"[ \t\r\n]+", b"", written).translate(bytes.maketrans(b"-_", b"+/"))
    bad = re.search(rb"[^A-Za-z0-9+/=]|=(?!=?\Z)", plain)
    if bad is not None:
        found = written.find(bad[0])
        word = quote(bad[0].decode("utf-8", errors="replace"))
        raise UnreadableError(start + max(found, 0), f"base64 that does not decode: {word} is in it")
    stripped = plain.rstrip(b"=")
    return stripped + b"=" * (-len(stripped) % 4)


def _reason(error: Exception) -> str:
    return "it is cut off or has a character too many" if "padding" in str(error).lower() else "it is damaged"
