"""An explained request for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imagenspec._version import __version__
from imagenspec.project.explaining import Picture
from imagenspec.source.text import harmless_json

if TYPE_CHECKING:
    from imagenspec.project.explaining import Explanation, Member, Written
    from imagenspec.source.text import SourceFile, Span

VERSION = 1
"""The version of the format; members may be added to it, none is taken away or changed."""


def as_json(explanation: Explanation) -> str:
    """Return an explanation as one JSON document; lines and columns count from 1, columns in code points."""
    source = explanation.source
    report = {
        "version": VERSION,
        "tool": {"name": "imagenspec", "version": __version__},
        "file": source.name,
        "line": explanation.line,
        "task": explanation.task,
        "model": explanation.model,
        "case": explanation.case,
        "cases": explanation.cases,
        "members": [_member(one, source) for one in explanation.members],
        "defaults": [_member(one, source) for one in explanation.defaults],
        "unsent": [_written(one, source) for one in explanation.unsent],
        "pages": explanation.pages,
    }
    text = json.dumps(report, indent=2, ensure_ascii=False)
    return harmless_json(text.encode("utf-8", "replace").decode())


def _member(member: Member, source: SourceFile) -> dict[str, Any]:
    meaning = member.meaning
    value = member.value
    if isinstance(value, Picture):
        value = {"$file": value.file, "sha256": value.sha256, "bytes": value.bytes}
    return {
        "pointer": member.pointer,
        "value": value,
        "how": member.how,
        **_written(member.place, source),
        "parts": [_written(part, source) for part in member.parts],
        "meaning": None if meaning is None else meaning.about,
        "meaning_of_value": None if meaning is None else meaning.of_value,
        "note": None if meaning is None else meaning.note,
        "page": None if meaning is None else meaning.page,
        "sources": [] if meaning is None else list(meaning.sources),
        "confidence": None if meaning is None else meaning.confidence,
    }


def _written(written: Written, source: SourceFile) -> dict[str, Any]:
    return {"path": written.path, **_range(written.span, source), "why": written.why}


def _range(span: Span | None, source: SourceFile) -> dict[str, Any]:
    if span is None:
        return {"start": None, "end": None}
    start, end = source.position(span.start), source.position(span.end)
    return {
        "start": {"line": start.line, "column": start.column},
        "end": {"line": end.line, "column": end.column},
    }
