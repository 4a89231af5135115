"""Findings as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imagenspec.project.findings import Severity
from imagenspec.source.text import harmless_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagenspec.project.findings import Finding
    from imagenspec.source.text import Position, SourceFile, Span


def as_json(findings: Sequence[Finding], recipes: int) -> str:
    """Return findings and their counts as one JSON document; lines and columns count from 1, columns in code points."""
    counts = {f"{severity}s": sum(one.severity is severity for one in findings) for severity in Severity}
    report = {"findings": [_finding(one) for one in findings], "summary": {"recipes": recipes, **counts}}
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
