"""Text in lines that fit a box: smaller letters where they help, fewer words where they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.emulator.painting.lettering import Written, advance, written

if TYPE_CHECKING:
    from collections.abc import Iterable

LEADING = 1.3
"""The distance of base lines, as a share of the letters' size."""
_MOST_READ = 6_000


class Block(NamedTuple):
    """Lines of one size, in pixels, and whether they are the whole text."""

    lines: tuple[Written, ...]
    size: int
    whole: bool = True

    @property
    def height(self) -> float:
        """The height in pixels."""
        return len(self.lines) * self.size * LEADING


EMPTY = Block((), 1)


def fitted(text: str, width: float, height: float, sizes: Iterable[int]) -> Block:
    """Return a text in lines that fit a box in pixels: with the first of the sizes at which no word is broken.

    Where words are broken at every size, it is the first that fits; where none fits, the last is taken, and the text
    ends with how many characters it has.
    """
    read = text[:_MOST_READ]
    line = written(read)
    if not line.text.strip():
        return EMPTY
    broken: Block | None = None
    spans: list[tuple[int, int]] = []
    size = 1
    for size in sizes:
        spans, breaks = _spans(line.text, width, size)
        if len(spans) * size * LEADING <= height and len(read) == len(text):
            block = Block(tuple(_part(line, start, end) for start, end in spans), size)
            if not breaks:
                return block
            broken = broken or block
    if broken is not None:
        return broken
    most = int(height / (size * LEADING))
    cut = len(spans) > most or len(read) < len(text)
    return Block(_shortened(line, spans[:most], len(text), cut=cut), size, whole=not cut)


def _shortened(line: Written, spans: list[tuple[int, int]], total: int, *, cut: bool) -> tuple[Written, ...]:
    lines = [_part(line, start, end) for start, end in spans]
    if not cut or not lines:
        return tuple(lines)
    start, end = spans[-1]
    note = f"\u2026 ({total} characters)" if total > 200 else "\u2026"
    keep = max(0, end - start - len(note))
    last = _part(line, start, start + keep)
    lines[-1] = Written(last.text.rstrip() + note, last.marks)
    return tuple(lines)


def _part(line: Written, start: int, end: int) -> Written:
    marks = {at - start: mark for at, mark in line.marks.items() if start <= at < end} if line.marks else {}
    return Written(line.text[start:end], marks)


def _spans(text: str, width: float, size: int) -> tuple[list[tuple[int, int]], int]:
    """Return where each line starts and ends, and how many words had to be broken.

    Lines break at spaces and after hyphens.
    """
    spans: list[tuple[int, int]] = []
    breaks = 0
    start, reached, at, rest = 0, 0.0, 0, 0
    while at < len(text):
        letter = text[at]
        if letter == " " and at == start:
            start = at = at + 1
            continue
        reached += advance(letter, size)
        if letter == " ":
            rest = at
        elif reached > width and at > start:
            end = rest if rest > start else at
            breaks += rest <= start
            spans.append((start, end))
            start = at = end
            reached = 0.0
            continue
        elif letter == "-":
            rest = at + 1
        at += 1
    if text[start:].strip():
        spans.append((start, len(text)))
    return spans, breaks
