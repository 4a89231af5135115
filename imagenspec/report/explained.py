"""An explained request for people: each member with its value, its place in the recipe, and what it means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imagenspec.project.explaining import Picture
from imagenspec.report.cells import cells
from imagenspec.report.paint import painter
from imagenspec.report.table import columns
from imagenspec.source.text import harmless_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.project.explaining import Explanation, Member, Written

WIDTH = 100
"""How many columns the text takes; only addresses may take more."""
_GUTTER = 9
_INDENT = " " * _GUTTER
_SHOWN_DIGITS = 12
_MOST_PARTS = 8


def as_text(explanation: Explanation, *, colour: bool) -> Iterator[str]:
    """Yield an explanation as lines.

    Args:
        explanation: What to show.
        colour: Whether to use ANSI colours.
    """
    text = _Text(explanation, colour=colour)
    yield from text.head()
    for member in explanation.members:
        yield ""
        yield from text.member(member)
    if explanation.defaults:
        yield from ("", text.title("not sent, so the service takes its documented defaults:"))
        for member in explanation.defaults:
            yield ""
            yield from text.member(member)
    if explanation.unsent:
        yield from ("", text.title("written in the recipe, not sent:"), "")
        yield from text.unsent()
    if explanation.pages:
        yield from ("", text.title("documented at:"), "")
        rows = list(explanation.pages.items())
        yield from (f"  {line}" for line in list(columns(("", ""), rows))[1:])


class _Text:
    def __init__(self, explanation: Explanation, *, colour: bool) -> None:
        self.explanation = explanation
        self.source = explanation.source
        self.paint = painter(colour=colour)
        self.told: dict[tuple[str, str | None], str] = {}

    def title(self, text: str) -> str:
        return self.paint(text, "1")

    def head(self) -> Iterator[str]:
        one = self.explanation
        place = one.source.name if one.line is None else f"{one.source.name}:{one.line}"
        yield self.title(_whole(place))
        count = f"{len(one.members)} member{'' if len(one.members) == 1 else 's'}"
        yield _fit(f"{one.task} with {one.model}, {count} {'sent' if one.line is None else 'made by this line'}", WIDTH)
        if one.case:
            others = f", one of {one.cases:,}; --case explains another" if one.cases > 1 else ""
            yield _fit(f"case {one.case}", WIDTH - len(others)) + others
        if one.line is not None:
            yield self.paint(f"{one.line:>{_GUTTER - 2}} | ", "2") + _fit(self._line(one.line), WIDTH - _GUTTER - 1)
            if not one.members and not one.unsent:
                yield f"{_INDENT}{self._nothing(one.line)}"

    def _line(self, number: int) -> str:
        return self.source.line_text(number).rstrip()

    def _nothing(self, number: int) -> str:
        line = self._line(number).strip()
        if not line:
            return "an empty line: it makes no member of the request"
        if line.startswith("#"):
            return "a comment: it makes no member of the request"
        return "it makes no member of the request"

    def member(self, member: Member) -> Iterator[str]:
        place = self._place(member.place)
        gutter = f"{place or '-':>{_GUTTER - 2}}  "
        value = _value(member.value)
        pointer = _fit(member.pointer, WIDTH - _GUTTER)
        if _width(pointer) + 3 + _width(value) <= WIDTH - _GUTTER:
            yield f"{self.paint(gutter, '36')}{self.title(pointer)} = {value}"
        else:
            yield f"{self.paint(gutter, '36')}{self.title(pointer)}"
            yield f"{_INDENT}= {_fit(value, WIDTH - _GUTTER - 2)}"
        for line in self._details(member):
            yield f"{_INDENT}{line}"

    def _details(self, member: Member) -> Iterator[str]:
        width = WIDTH - _GUTTER
        words = ": ".join(word for word in (member.place.path, member.place.why) if word)
        yield from (self.paint(line, "32") for line in _wrapped(words, width))
        parts = [part for part in member.parts if part.why]
        for part in parts[:_MOST_PARTS]:
            where = self._place(part)
            yield self.paint(_fit(f"  {where + ' ' if where else ''}{part.why}", width), "32")
        if len(parts) > _MOST_PARTS:
            yield f"  and {len(parts) - _MOST_PARTS} more places"
        meaning = member.meaning
        if meaning is None:
            yield "not documented"
            return
        told = self.told.setdefault((meaning.about, meaning.of_value), member.pointer)
        again = "" if told == member.pointer else "; see above"
        if not again:
            yield from _wrapped(meaning.about, width)
            if meaning.of_value:
                yield from _wrapped(f"{_short(member.value)}: {meaning.of_value}", width)
            if meaning.note:
                yield from _wrapped(f"note: {meaning.note}", width)
        yield self.paint(_fit(f"{meaning.confidence}: {', '.join(meaning.sources)}{again}", width), "2")

    def _place(self, written: Written) -> str:
        if written.span is None:
            return ""
        position = self.source.position(written.span.start)
        return f"{position.line}:{position.column}"

    def unsent(self) -> Iterator[str]:
        """Yield what is not sent; what a matrix, variables or notes hold takes one line for each reason."""
        grouped: dict[tuple[str, str], list[Written]] = {}
        for one in self.explanation.unsent:
            path = str(one.path)
            head = path.split(".", 1)[0]
            many = head in ("matrix", "vars", "tags") or head.startswith("x-")
            grouped.setdefault((head if many else path, one.why), []).append(one)
        rows = [
            (self._place(alike[0]), key if len(alike) > 1 else str(alike[0].path), why)
            for (key, why), alike in grouped.items()
        ]
        column = min(max(_width(key) for _, key, _ in rows), WIDTH // 3)
        for place, key, why in rows:
            shown = _fit(key, column)
            line = f"{shown}{' ' * (column - _width(shown))}  {why}"
            yield f"{self.paint(f'{place:>{_GUTTER - 2}}  ', '36')}{_fit(line, WIDTH - _GUTTER)}"


def _value(value: Any) -> str:
    if isinstance(value, Picture):
        return f"base64 of {_whole(value.file)} ({value.bytes:,} bytes, sha256 {value.sha256[:_SHOWN_DIGITS]}...)"
    return _whole(harmless_json(json.dumps(value, ensure_ascii=False)))


def _short(value: Any) -> str:
    return _fit(str(value), WIDTH // 2)


def _whole(text: str) -> str:
    """Return text as a terminal can show it."""
    return "".join(cell.shown for cell in cells(text))


def _width(text: str) -> int:
    return sum(cell.width for cell in cells(text))


def _fit(text: str, width: int) -> str:
    """Return text as a terminal can show it, cut to a number of columns."""
    row = cells(text)
    if sum(cell.width for cell in row) <= width:
        return "".join(cell.shown for cell in row)
    room, shown = width - 3, ""
    for cell in row:
        room -= cell.width
        if room < 0:
            break
        shown += cell.shown
    return f"{shown}..."


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Yield text in lines of a number of columns, broken between words."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and _width(longer) > width:
            yield _fit(line, width)
            line = word
        else:
            line = longer
    if line:
        yield _fit(line, width)
