"""Findings as JSON, and what stands for them with statistics; ``schemas/report.schema.json`` describes both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imagenspec._version import __version__
from imagenspec.project.findings import Severity
from imagenspec.source.text import harmless_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagenspec.project.findings import Finding
    from imagenspec.report.recipe import Recipe
    from imagenspec.source.text import Position, SourceFile, Span

_LONGEST_MODEL = 100
VERSION = 1
"""The version of the format; members may be added to it, none is taken away or changed."""


def as_json(verdicts: Sequence[Recipe]) -> str:
    """Return findings and their counts as one JSON document; lines and columns count from 1, columns in code points."""
    findings = [finding for one in verdicts for finding in one.findings]
    counts = {severity: sum(one.severity is severity for one in findings) for severity in Severity}
    recipes = [
        {"file": one.name, "task": one.task, "models": _cut(one.models), "grade": one.grade}
        for one in verdicts
        if one.is_recipe
    ]
    return _report({"findings": [_finding(one) for one in findings], "recipes": recipes}, counts, len(recipes))


def statistics_as_json(statistics: Sequence[Mapping[str, Any]], counts: Mapping[Severity, int], recipes: int) -> str:
    """Return statistics as one JSON document.

    Args:
        statistics: A row for each code that was found.
        counts: How many findings there are of each severity.
        recipes: How many recipes were checked.
    """
    return _report({"statistics": list(statistics)}, counts, recipes)


def _cut(models: Sequence[str]) -> list[str]:
    return [model[:_LONGEST_MODEL] for model in models]


def _report(members: Mapping[str, Any], counts: Mapping[Severity, int], recipes: int) -> str:
    report = {
        "version": VERSION,
        "tool": {"name": "imagenspec", "version": __version__},
        **members,
        "summary": {"recipes": recipes, **{f"{severity}s": counts[severity] for severity in Severity}},
    }
    text = json.dumps(report, indent=2, ensure_ascii=False)
    return harmless_json(text.encode("utf-8", "replace").decode())


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "start": _position(finding.start),
        "end": _position(finding.end),
        "related": [
            {"file": finding.file, **_range(finding.source, related.span), "message": related.message}
            for related in finding.related
        ],
        "fix": _fix(finding),
    }


def _fix(finding: Finding) -> dict[str, Any] | None:
    if finding.fix is None:
        return None
    return {
        "title": finding.fix.title,
        "safe": finding.fix.safe,
        "edits": [{**_range(finding.source, edit.span), "text": edit.text} for edit in finding.fix.edits],
    }


def _range(source: SourceFile, span: Span) -> dict[str, Any]:
    return {"start": _position(source.position(span.start)), "end": _position(source.position(span.end))}


def _position(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column}
