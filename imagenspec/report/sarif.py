"""Findings as SARIF 2.1.0, the format that code scanning reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec._version import __version__
from imagenspec.project.findings import Severity
from imagenspec.report.fingerprints import fingerprints
from imagenspec.report.text import visible
from imagenspec.source.text import harmless_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagenspec.project.findings import Finding
    from imagenspec.report.places import Places
    from imagenspec.source.diagnostics import Fix
    from imagenspec.source.text import Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


class Rule(NamedTuple):
    """What the catalog knows of a code.

    Attributes:
        about: What it finds, in one sentence.
        why: Why that matters.
        mend: How to mend it.
        sources: The addresses of the pages that it rests on.
        confidence: How well the constraint is known.
        checked: The day when its sources were last read.
    """

    about: str
    why: str
    mend: str
    sources: tuple[str, ...]
    confidence: str
    checked: str


def as_sarif(findings: Sequence[Finding], rules: Mapping[str, Rule], places: Places) -> str:
    """Return findings as one run of SARIF.

    Args:
        findings: What to show.
        rules: What the catalog knows of each code that occurs.
        places: Where names of files are from; relative URIs are from its root.
    """
    codes = sorted({finding.code for finding in findings})
    writer = _Writer(places, {code: index for index, code in enumerate(codes)})
    marked = zip(findings, fingerprints(findings, places), strict=True)
    run = {
        "tool": {"driver": _driver(findings, rules)},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": [writer.result(finding, fingerprint) for finding, fingerprint in marked],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return harmless_json(json.dumps(log, indent=2, ensure_ascii=False))


def _driver(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> dict[str, Any]:
    occurring = {finding.code: finding for finding in findings}
    return {
        "name": "imagenspec",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(occurring[code], rules[code]) for code in sorted(occurring)],
    }


def _rule(example: Finding, rule: Rule) -> dict[str, Any]:
    """Return the metadata of the rule that a finding comes from."""
    known = f"Confidence: {rule.confidence}; sources read on {rule.checked}."
    more = f"imagenspec rule {example.code}"
    pages = "\n".join(f"- <{page}>" if "://" in page else f"- {page}" for page in rule.sources)
    return {
        "id": example.code,
        "name": "".join(word.capitalize() for word in example.name.split("-")),
        "shortDescription": {"text": rule.about},
        "fullDescription": {"text": f"{rule.about} {rule.why}"},
        "help": {
            "text": f"{rule.about} {rule.why} {rule.mend}\n{known}\nSources: {' '.join(rule.sources)}\nMore: {more}",
            "markdown": f"{rule.about} {rule.why}\n\n{rule.mend}\n\n{known}\n\n{pages}\n\nMore: `{more}`",
        },
        "defaultConfiguration": {"level": _LEVELS[example.severity]},
        "properties": {"confidence": rule.confidence, "sources": list(rule.sources), "checked": rule.checked},
    }


class _Writer:
    """Writes results; knows the places of files and the order of the rules."""

    def __init__(self, places: Places, indices: Mapping[str, int]) -> None:
        self.places = places
        self.indices = indices

    def result(self, finding: Finding, fingerprint: str) -> dict[str, Any]:
        """Return a finding as a result."""
        result: dict[str, Any] = {
            "ruleId": finding.code,
            "ruleIndex": self.indices[finding.code],
            "level": _LEVELS[finding.severity],
            "message": _message(finding.message),
            "locations": [self._location(finding, finding.span)],
            "partialFingerprints": {"imagenspecFinding/v1": fingerprint},
        }
        if finding.related:
            result["relatedLocations"] = [
                {"id": index, **self._location(finding, related.span), "message": _message(related.message)}
                for index, related in enumerate(finding.related, 1)
            ]
        if finding.fix is not None:
            result["fixes"] = [self._fix(finding, finding.fix)]
        return result

    def _fix(self, finding: Finding, fix: Fix) -> dict[str, Any]:
        line_break = "\r\n" if "\r\n" in finding.source.text else "\n"
        replacements = [
            {
                "deletedRegion": _region(finding, edit.span),
                "insertedContent": {"text": edit.text.replace("\n", line_break)},
            }
            for edit in fix.edits
        ]
        change = {"artifactLocation": self._artifact(finding), "replacements": replacements}
        return {"description": _message(fix.title), "artifactChanges": [change], "properties": {"safe": fix.safe}}

    def _location(self, finding: Finding, span: Span) -> dict[str, Any]:
        return {"physicalLocation": {"artifactLocation": self._artifact(finding), "region": _region(finding, span)}}

    def _artifact(self, finding: Finding) -> dict[str, str]:
        return {"uri": self.places.uri(finding.file)}


def _region(finding: Finding, span: Span) -> dict[str, int]:
    start, end = finding.source.position(span.start), finding.source.position(span.end)
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _message(text: str) -> dict[str, str]:
    """Return a text as a message; what would be read as a link in it is taken apart."""
    return {"text": visible(text).replace("](", "] (")}
