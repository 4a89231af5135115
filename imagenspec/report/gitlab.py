"""Findings as a Code Quality report of GitLab."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from imagenspec.project.findings import Severity
from imagenspec.report.fingerprints import fingerprints
from imagenspec.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagenspec.project.findings import Finding
    from imagenspec.report.places import Places

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def as_gitlab(findings: Sequence[Finding], places: Places) -> str:
    """Return findings as a JSON list; the fingerprint of a finding outlives changes of the lines around it.

    Args:
        findings: What to show.
        places: Where names of files are from; GitLab reads paths from the root of the checkout.
    """
    report = [
        {
            "description": f"{visible(one.message)} ({one.name})",
            "check_name": one.code,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[one.severity],
            "location": {"path": visible(places.path(one.file)), "lines": {"begin": one.start.line}},
        }
        for one, fingerprint in zip(findings, fingerprints(findings, places), strict=True)
    ]
    return json.dumps(report, indent=2, ensure_ascii=False)
