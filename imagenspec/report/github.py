"""Findings as workflow commands: GitHub Actions shows them beside the changed lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.project.findings import Severity
from imagenspec.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagenspec.project.findings import Finding
    from imagenspec.report.places import Places

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_IN_MESSAGES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = _IN_MESSAGES | str.maketrans({":": "%3A", ",": "%2C"})


def as_github(findings: Iterable[Finding], places: Places) -> Iterator[str]:
    """Yield one command for each finding; of a span over several lines, only where it starts.

    Args:
        findings: What to show.
        places: Where names of files are from; GitHub reads paths from the root of the checkout.
    """
    for finding in findings:
        properties = {"file": visible(places.path(finding.file)), **_place(finding)}
        properties["title"] = f"{finding.code} {finding.name}"
        written = ",".join(f"{name}={value.translate(_IN_PROPERTIES)}" for name, value in properties.items())
        yield f"::{_COMMANDS[finding.severity]} {written}::{_message(finding).translate(_IN_MESSAGES)}"


def _place(finding: Finding) -> dict[str, str]:
    start, end = finding.start, finding.end
    place = {"line": str(start.line), "col": str(start.column)}
    if end.line == start.line:
        place |= {"endLine": str(end.line), "endColumn": str(end.column)}
    return place


def _message(finding: Finding) -> str:
    """Return the sentence, then a line for each further place and for the fix."""
    lines = [finding.message]
    for related in finding.related:
        line, column = finding.source.position(related.span.start)
        lines.append(f"note: {line}:{column}: {related.message}")
    if finding.fix is not None:
        lines.append(f"{'fix' if finding.fix.safe else 'perhaps'}: {finding.fix.title}")
    return "\n".join(map(visible, lines))
