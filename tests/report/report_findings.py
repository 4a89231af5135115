"""Findings that the tests of reports show: of real recipes, and made by hand where a test needs hostile words."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pinned import options

from imagenspec.project.check import check_bytes, check_file
from imagenspec.project.findings import Finding, Severity
from imagenspec.project.verdict import Verdict, verdict
from imagenspec.report.places import Places
from imagenspec.source.text import SourceFile, Span

if TYPE_CHECKING:
    from imagenspec.source.diagnostics import Fix, Related

CHECKOUT = Path(__file__).resolve().parents[2]
ERR = sorted((CHECKOUT / "tests" / "err").glob("*.imagen.yaml"))
HERE = Places(str(CHECKOUT), str(CHECKOUT))
OPTIONS = options()

CUP = "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\nprompt: a cup of coffee\n"
HOSTILE = (
    "a\n::error file=x::y",
    "a\r\n::stop-commands::x",
    "\x1b]0;title\x07",
    "\u202egnp.puc\u2066",
    "\x9b31m\x7f\x00",
    "100% sure, 50%25: yes,no",
    "<![CDATA[ ]]> & <failure/>",
    "[click](1) {0} {{ x }}",
    "\ufffe\uffff\udcff",
    "表 👩\u200d🍳 e\u0301",
)
STEERING = frozenset(map(chr, (*range(10), *range(11, 32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), 0x2066)))
"""Characters that make a terminal do something, except the line feed."""


@cache
def err_recipes() -> tuple[Verdict, ...]:
    """Return every recipe of ``tests/err`` with its findings."""
    return tuple(verdict(check_file(path, OPTIONS)) for path in ERR)


def err_findings() -> list[Finding]:
    """Return the findings of every recipe of ``tests/err``."""
    return [finding for recipe in err_recipes() for finding in recipe.findings]


def findings_of(text: str, name: str = "cup.imagen.yaml") -> list[Finding]:
    """Return the findings of a recipe."""
    return list(check_bytes(name, text.encode(), OPTIONS).findings)


def finding(
    message: str = "something is wrong",
    *,
    name: str = "cup.imagen.yaml",
    text: str = "a: b\n",
    span: tuple[int, int] = (0, 1),
    severity: Severity = Severity.ERROR,
    related: tuple[Related, ...] = (),
    fix: Fix | None = None,
) -> Finding:
    """Return a finding made by hand."""
    return Finding("IMG101", "unknown-key", severity, message, SourceFile(name, text), Span(*span), related, fix)
