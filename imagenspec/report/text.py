"""Findings as text: the place, the sentence, and the source line with carets under what is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.project.findings import Severity
from imagenspec.report.paint import COLOURS, painter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from imagenspec.project.findings import Finding
    from imagenspec.source.text import SourceFile, Span

_MAX_WIDTH = 160
_MOST_SHOWN = 200
"""The most findings of one file that are shown; JSON has them all."""


def as_text(findings: Iterable[Finding], *, colour: bool) -> Iterator[str]:
    """Yield each finding as a block of lines.

    Args:
        findings: What to show.
        colour: Whether to use ANSI colours.
    """
    paint = painter(colour=colour)
    shown = list(findings)
    for finding in shown[:_MOST_SHOWN]:
        start = finding.start
        tint = COLOURS[finding.severity]
        yield (
            f"{paint(f'{visible(finding.file)}:{start.line}:{start.column}', '1')}: "
            f"{paint(f'{finding.severity}[{finding.code}]', tint)}: {visible(finding.message)}"
            f" {paint(f'({finding.name})', '2')}"
        )
        yield from _excerpt(finding.source, finding.span, paint, tint)
        for related in finding.related:
            place = finding.source.position(related.span.start)
            where = f"note: {visible(finding.file)}:{place.line}:{place.column}"
            yield f"  {paint(where, '2')}: {visible(related.message)}"
            yield from _excerpt(finding.source, related.span, paint, "36;1")
        if finding.fix is not None:
            yield f"  {paint('fix' if finding.fix.safe else 'perhaps', '32;1')}: {visible(finding.fix.title)}"

    if len(shown) > _MOST_SHOWN:
        yield f"{visible(shown[0].file)}: {len(shown) - _MOST_SHOWN:,} more findings"


def summary(findings: Iterable[Finding], recipes: int) -> str:
    """Return the counts of findings as one line."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return counted(counts, recipes)


def counted(counts: Mapping[Severity, int], recipes: int) -> str:
    """Return counts by severity as one line."""
    parts = [many(counts[one], one) for one in Severity if counts.get(one)]
    return f"{many(recipes, 'recipe')} checked: {', '.join(parts) if parts else 'no findings'}"


def many(count: int, thing: str) -> str:
    """Return a count and its noun: ``1 recipe``, ``1,024 recipes``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def visible(text: str) -> str:
    """Return text that cannot steer a terminal; tabs stay."""
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in text)


def _excerpt(source: SourceFile, span: Span, paint: Callable[[str, str], str], tint: str) -> Iterator[str]:
    """Yield the line of a span and the carets under it; of a span over several lines, the first."""
    start, end = source.position(span.start), source.position(span.end)
    line = source.line_text(start.line)
    if not line.strip() and not span.end > span.start:
        return
    first = min(start.column - 1, len(line))
    last = end.column - 1 if end.line == start.line else len(line.rstrip())
    shown, pad, carets = _window(line, first, last)
    gutter = f"{start.line:>5} | "
    yield f"{paint(gutter, '2')}{shown}"
    yield f"{' ' * (len(gutter) - 2)}{paint('| ', '2')}{' ' * pad}{paint('^' * carets, tint)}"


def _window(line: str, first: int, last: int) -> tuple[str, int, int]:
    """Return a line, or the part of a long one around what is marked, and the columns before and under the mark."""
    from imagenspec.report.cells import cells  # noqa: PLC0415 - recipes without findings show no lines

    offset, stop = max(0, first - _MAX_WIDTH), min(len(line), first + _MAX_WIDTH)
    row = cells(line[offset:stop])
    mark, left, right = first - offset, 0, len(row)
    if offset or stop < len(line) or sum(cell.width for cell in row) > _MAX_WIDTH:
        left, room = mark, _MAX_WIDTH // 2
        while left and room >= row[left - 1].width:
            left -= 1
            room -= row[left].width
        right, room = left, _MAX_WIDTH
        while right < len(row) and room >= row[right].width:
            room -= row[right].width
            right += 1
    before, behind = "..." if offset + left else "", "..." if offset + right < len(line) else ""
    pad = len(before) + sum(cell.width for cell in row[left:mark])
    carets = sum(cell.width for cell in row[mark : min(last - offset, right)])
    return before + "".join(cell.shown for cell in row[left:right]) + behind, pad, max(1, carets)
