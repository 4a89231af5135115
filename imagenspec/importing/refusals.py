"""Why something cannot be imported, with the place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.errors import ImagenspecError
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagenspec.importing.source import Source


class BodyError(ImagenspecError):
    """A request cannot be imported (exit code 1): it is malformed, or no recipe can say it."""

    exit_code = 1


class UnreadableError(Exception):
    """A text that is not what it should be.

    Attributes:
        offset: Where in its bytes.
        reason: Why.
    """

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason


def refused(source: Source, offset: int, reason: str) -> BodyError:
    """Return the error for a place of a source."""
    line, column = position(source.data, source.place(offset))
    return BodyError(f"{source.name}:{line}:{column}: {reason}")


def position(data: bytes, offset: int) -> tuple[int, int]:
    """Return the line and the column, in characters, of an offset; both from 1."""
    return positions(data, (offset,))[offset]


def positions(data: bytes, offsets: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Return the line and the column of each of some offsets; the data are gone through once."""
    found = {}
    at, line, column = 0, 1, 1
    for offset in sorted(set(offsets)):
        end = min(offset, len(data))
        start = data.rfind(b"\n", at, end) + 1
        if start:
            line += data.count(b"\n", at, end)
            column = 1
        column += len(data[start or at : end].decode("utf-8", errors="replace"))
        found[offset] = (line, column)
        at = end
    return found


def shown(data: bytes) -> str:
    """Return a few bytes of a source as messages quote them."""
    text = data[:16].decode("utf-8", errors="ignore")
    return quote(re.split(r"[\r\n]", text)[0] or text[:1], 24)
