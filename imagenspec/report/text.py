"""Findings as text: the place, the sentence, and the source line with carets under what is meant."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from imagenspec.project.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imagenspec.project.findings import Finding
    from imagenspec.source.text import SourceFile, Span

_COLOURS = {Severity.ERROR: "31;1", Severity.WARNING: "33;1", Severity.INFO: "36;1"}
_MAX_WIDTH = 160
_MOST_SHOWN = 200
"""The most findings of one file that are shown; JSON has them all."""


def as_text(findings: Iterable[Finding], *, colour: bool) -> Iterator[str]:
    """Yield each finding as a block of lines.

    Args:
        findings: What to show.
        colour: Whether to use ANSI colours.
    """
    paint = _painted if colour else _plain
    shown = list(findings)
    for finding in shown[:_MOST_SHOWN]:
        start = finding.start
        tint = _COLOURS[finding.severity]
        yield (
            f"{paint(f'{visible(finding.file)}:{start.line}:{start.column}', '1')}: "
            f"{paint(f'{finding.severity}[{finding.code}]', tint)}: {visible(finding.message)}"
            f" {paint(f'({finding.name})', '2')}"
        )
        yield from _excerpt(finding.source, finding.span, "", paint, tint)
        for related in finding.related:
            place = finding.source.position(related.span.start)
            where = f"note: {visible(finding.file)}:{place.line}:{place.column}"
            yield f"  {paint(where, '2')}: {visible(related.message)}"
            yield from _excerpt(finding.source, related.span, "", paint, "36;1")
        if finding.fix is not None:
            yield f"  {paint('fix' if finding.fix.safe else 'perhaps', '32;1')}: {visible(finding.fix.title)}"

    if len(shown) > _MOST_SHOWN:
        yield f"{visible(shown[0].file)}: {len(shown) - _MOST_SHOWN:,} more findings"


def summary(findings: Iterable[Finding], recipes: int) -> str:
    """Return the counts as one line."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    parts = [f"{count} {severity}{'s' if count > 1 else ''}" for severity, count in counts.items() if count]
    checked = f"{recipes} recipe{'' if recipes == 1 else 's'} checked"
    return f"{checked}: {', '.join(parts) if parts else 'no findings'}"


def _plain(text: str, _code: str) -> str:
    return text


def _painted(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"


def visible(text: str) -> str:
    """Return text that cannot steer a terminal; tabs stay."""
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in text)


def _excerpt(source: SourceFile, span: Span, label: str, paint: Callable[[str, str], str], tint: str) -> Iterator[str]:
    """Yield the line of a span and the carets under it; of a span over several lines, the first."""
    start, end = source.position(span.start), source.position(span.end)
    line = source.line_text(start.line)
    if not line.strip() and not span.end > span.start:
        return
    first = start.column - 1
    last = end.column - 1 if end.line == start.line else len(line)
    before, marked = line[:first], line[first : max(last, first + 1)]
    if len(line) > _MAX_WIDTH:
        before, line, marked = _window(line, before, marked)
    gutter = f"{start.line:>5} | "
    carets = "^" * max(1, sum(_width(character) for character in marked))
    pad = "".join("\t" if character == "\t" else " " * _width(character) for character in before)
    yield f"{paint(gutter, '2')}{visible(line)}"
    yield f"{' ' * (len(gutter) - 2)}{paint('| ', '2')}{pad}{paint(carets + label, tint)}"


def _window(line: str, before: str, marked: str) -> tuple[str, str, str]:
    """Return the part of a long line around what is marked."""
    start = max(0, len(before) - _MAX_WIDTH // 2)
    shown = line[start : start + _MAX_WIDTH]
    marked = marked[: max(1, len(shown) - (len(before) - start))]
    return before[start:], shown, marked


def _width(character: str) -> int:
    """Return how many columns of a terminal a character takes."""
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
