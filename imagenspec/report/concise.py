"""Findings as text with one line for each, as compilers write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagenspec.project.findings import Finding


def as_concise(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield ``file:line:column: severity[CODE] message (name)`` for each finding."""
    for one in findings:
        line, column = one.start
        place = f"{visible(one.file)}:{line}:{column}"
        yield f"{place}: {one.severity}[{one.code}] {visible(one.message)} ({one.name})"
