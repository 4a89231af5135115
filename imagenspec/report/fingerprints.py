"""What stays the same of a finding when lines above it come and go."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagenspec.project.findings import Finding
    from imagenspec.report.places import Places

_AROUND = 100
"""How many characters of a long line count, on either side of where a finding starts."""


def fingerprints(findings: Iterable[Finding], places: Places) -> Iterator[str]:
    """Yield 64 hexadecimal digits for each finding: of its file, code and line's text, and which of several it is."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        what = (places.path(finding.file), finding.code, _text_around(finding))
        seen[what] += 1
        yield hashlib.sha256("\0".join((*what, str(seen[what]))).encode("utf-8", "surrogatepass")).hexdigest()


def _text_around(finding: Finding) -> str:
    """Return the text of the line in which a finding starts, cut around the start, without space at its ends."""
    text, start = finding.source.text, finding.span.start
    line_start = start - finding.start.column + 1
    before = text[max(line_start, start - _AROUND) : start]
    behind = text[start : start + _AROUND].splitlines()
    return (before + (behind[0] if behind else "")).strip()
