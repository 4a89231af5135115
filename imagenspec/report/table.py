"""Tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table as lines: a head, then the rows, in columns; no cell can steer a terminal."""
    head, rows = [visible(cell) for cell in head], [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(row[index]) for row in (head, *rows)) for index in range(len(head))]
    for row in (head, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
