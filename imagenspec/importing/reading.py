"""What is imported, read from files and standard input."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

from imagenspec.errors import ToolError, UsageError
from imagenspec.importing.refusals import BodyError
from imagenspec.importing.source import Source

STDIN = "-"
_MAX_BYTES = 1_000_000_000
_WIDE = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
_LESS_WIDE = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def whole(name: str, data: bytes) -> Source:
    """Return all of some bytes as a source, in UTF-8 without a byte order mark.

    Raises:
        BodyError: They are in no encoding that they say they are in.
    """
    for mark, encoding in (*_WIDE, *_LESS_WIDE):
        if data.startswith(mark):
            data = _recoded(name, data, encoding)
            break
    else:
        if data[1:2] == b"\0" and data[:1] in (b"{", b"[", b"c", b" ", b"\n"):
            data = _recoded(name, data, "utf-16-le")
        elif data[:1] == b"\0":
            data = _recoded(name, data, "utf-16-be")
    start = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    return Source(name, data, data, start, len(data))


def _recoded(name: str, data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).encode()
    except UnicodeError as error:
        raise BodyError(f"{name}: the file starts as {encoding.upper()} but is not; save it as UTF-8") from error


def read_source(path: str) -> Source:
    """Return a file, or standard input for ``-``.

    Raises:
        UsageError: There is no such file.
        ToolError: It cannot be read.
        BodyError: It is no text in UTF-8 or UTF-16, or too large.
    """
    if path == STDIN:
        return whole("standard input", _bounded("standard input", sys.stdin.buffer.read(_MAX_BYTES + 1)))
    try:
        with Path(path).open("rb") as stream:
            return whole(path, _bounded(path, stream.read(_MAX_BYTES + 1)))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"{path} does not exist") from error
    except IsADirectoryError as error:
        raise UsageError(f"{path} is a folder; name the files in it") from error
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}") from error


def _bounded(name: str, data: bytes) -> bytes:
    if len(data) > _MAX_BYTES:
        raise BodyError(f"{name}: more than {_MAX_BYTES:,} bytes")
    return data
