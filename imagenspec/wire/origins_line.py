"""Which members of a request a line of its recipe makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.source.nodes import walk
from imagenspec.source.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagenspec.source.nodes import Document


class Line:
    """A line of a recipe: the keys with their values, the items, and the texts that stand on it.

    Args:
        document: The recipe as it is written, before an axis puts values into it.
        number: The line, from 1.
    """

    def __init__(self, document: Document, number: int) -> None:
        self.number = number
        self._file = document.file
        self._written = list(self._spans(document))

    def has(self, spans: Iterable[Span]) -> bool:
        """Tell whether any of some places is on the line, or in what begins there."""
        return any(
            self._line(span.start) == self.number
            or any(one.start <= span.start and span.end <= one.end for one in self._written)
            for span in spans
        )

    def _line(self, offset: int) -> int:
        return self._file.position(offset).line

    def _spans(self, document: Document) -> Iterator[Span]:
        for path, node in walk(document.root):
            if not path:
                continue
            key = document.key_span(path)
            if self._line(key.start) == self.number:
                yield Span(key.start, max(key.end, node.span.end))
            elif node.entries is None and node.items is None and self._runs_over(node.span):
                yield node.span

    def _runs_over(self, span: Span) -> bool:
        return self._line(span.start) <= self.number <= self._line(max(span.start, span.end - 1))
