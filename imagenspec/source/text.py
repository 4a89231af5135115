"""Text with positions: offsets inside, line and column only when printing."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

_LINE_BREAK = r"\r\n|\r|\n"


_UNSAFE = "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"


def harmless_json(text: str) -> str:
    """Return JSON text whose control and direction characters are escaped: the same JSON, and no terminal obeys it."""
    return text if text.isascii() and "\x7f" not in text else re.sub(_UNSAFE, _escaped, text)


def _escaped(character: re.Match[str]) -> str:
    return f"\\u{ord(character[0]):04x}"


class Span(NamedTuple):
    """A half-open range ``[start, end)`` of code points in a source text."""

    start: int
    end: int


class Position(NamedTuple):
    """A place as editors count it: line and column from 1, columns in code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """A decoded text and the name people know it by.

    A byte order mark is not part of ``text``; ``byte_order_mark`` remembers it.
    """

    name: str
    text: str
    byte_order_mark: bool = False
    _line_starts: list[int] = field(default_factory=list, repr=False)

    @property
    def line_starts(self) -> list[int]:
        """Offsets at which lines begin; a line ends with LF, CR LF or CR."""
        if not self._line_starts:
            self._line_starts.append(0)
            self._line_starts.extend(match.end() for match in re.finditer(_LINE_BREAK, self.text))
        return self._line_starts

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset in ``0..len(text)``."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def offset(self, position: Position) -> int:
        """Return the offset of a line and column; the inverse of :meth:`position`."""
        return self.line_starts[position.line - 1] + position.column - 1

    def line_text(self, line: int) -> str:
        """Return a line (counted from 1) without its line break."""
        starts = self.line_starts
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r\n")
