"""Findings as JUnit XML: every recipe is a test, every error and warning a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from imagenspec.project.findings import Severity
from imagenspec.report.concise import as_concise
from imagenspec.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagenspec.project.findings import Finding
    from imagenspec.report.recipe import Recipe


def as_junit(recipes: Sequence[Recipe]) -> str:
    """Return recipes as one suite of tests; infos fail none and stand in the output of their test."""
    found: dict[str, list[Finding]] = {}
    for recipe in recipes:
        found.setdefault(recipe.name, []).extend(recipe.findings)
    cases = [_case(visible(name), findings) for name, findings in found.items()]
    failed = sum(case.find("failure") is not None for case in cases)
    counts = {"name": "imagenspec", "tests": str(len(cases)), "failures": str(failed), "errors": "0"}
    suites = ET.Element("testsuites", counts)
    ET.SubElement(suites, "testsuite", counts | {"skipped": "0"}).extend(cases)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suites, encoding="unicode")}'


def _case(name: str, findings: Sequence[Finding]) -> ET.Element:
    case = ET.Element("testcase", {"name": name, "classname": "imagenspec", "file": name})
    infos = [one for one in findings if one.severity is Severity.INFO]
    for finding in findings:
        if finding.severity is not Severity.INFO:
            kind = {"type": f"{finding.severity} {finding.code}", "message": visible(finding.message)}
            ET.SubElement(case, "failure", kind).text = "\n".join(as_concise([finding]))
    if infos:
        ET.SubElement(case, "system-out").text = "\n".join(as_concise(infos))
    return case
