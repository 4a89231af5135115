"""Pictures out of answers: base64 decoded as it arrives, in memory while small, else in a file without a name."""

from __future__ import annotations

import tempfile
from binascii import Error
from typing import TYPE_CHECKING, NamedTuple

import pybase64

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_IN_MEMORY = 256 * 1024
"""Bytes of one picture that stay in memory; beyond, a file that has no name and so cannot be left behind."""
_PIECE = 256 * 1024
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_SPACES = b" \t\r\n"


class Blob:
    """The bytes that a long base64 text of an answer stands for.

    Attributes:
        size: How many bytes there are.
        broken: Whether the text turned out to be no base64.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Begin without bytes.

        Args:
            folder: Where the nameless file is made; the system's folder for such files if nothing.
        """
        self.size = 0
        self.broken = False
        place = None if folder is None else str(folder)
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=place)  # noqa: SIM115 - see close
        self._rest = b""
        self._padded = False

    def write(self, text: bytes) -> None:
        """Take the next piece of base64, cut anywhere; standard and URL-safe alphabets are understood.

        Raises:
            OSError: There is no space.
        """
        if self.broken or not text:
            return
        try:
            self._decode(self._rest + text)
        except (Error, ValueError):
            cleaned = (self._rest + text).translate(_URL_SAFE, _SPACES)
            try:
                self._decode(cleaned)
            except (Error, ValueError):
                self.broken = True

    def end(self) -> None:
        """Take the end of the text; missing padding is forgiven."""
        rest = self._rest.translate(None, _SPACES)
        self._rest = b""
        self.write(rest + b"=" * (-len(rest) % 4))

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes in pieces; may be asked for again."""
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece

    def close(self) -> None:
        """Forget the bytes."""
        self._file.close()

    def __repr__(self) -> str:
        return f"<blob of {self.size} bytes>"

    def _decode(self, text: bytes) -> None:
        whole = len(text) - len(text) % 4
        if self._padded and text.strip(_SPACES):
            raise ValueError
        decoded = pybase64.b64decode(text[:whole], validate=True)
        self._padded = text.endswith(b"=", 0, whole) if whole else self._padded
        self._rest = text[whole:]
        self._file.write(decoded)
        self.size += len(decoded)


class Bytes(NamedTuple):
    """The bytes of a short base64 text; looks like a :class:`Blob` to those who read it."""

    data: bytes

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes."""
        yield self.data

    def __repr__(self) -> str:
        return f"<{self.size} bytes>"


def bytes_of(text: str) -> Bytes | None:
    """Return what a base64 text stands for, or nothing where it is none."""
    try:
        cleaned = text.encode("ascii").translate(_URL_SAFE, _SPACES)
        return Bytes(pybase64.b64decode(cleaned + b"=" * (-len(cleaned) % 4), validate=True))
    except (Error, ValueError):
        return None
