"""What stands beside a finding: the other places that it names, and the edits that would mend it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import imagenspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec import Finding
    from imagenspec.source.text import Span

HERE = Path(__file__).resolve().parent
RECIPES = HERE.parent / "err"
GOLDEN = HERE / "beside_findings.out"
"""For each recipe of ``tests/err`` that has any: where a finding starts, then what stands beside it, one a line."""

SAFE = {True: "safe", False: "unsafe"}


def place(finding: Finding, span: Span) -> str:
    start, end = finding.source.position(span.start), finding.source.position(span.end)
    return f"{start.line}:{start.column}-{end.line}:{end.column}"


def beside(finding: Finding) -> Iterator[str]:
    """Yield a line for each related place of a finding, one for its fix, and one for each edit of that."""
    head = f"{finding.start.line}:{finding.start.column} {finding.code}"
    for other in finding.related:
        yield f"{head} related {place(finding, other.span)} {other.message}"
    if finding.fix is not None:
        yield f"{head} {SAFE[finding.fix.safe]} fix: {finding.fix.title}"
        for edit in finding.fix.edits:
            yield f"{head} edit {place(finding, edit.span)} {edit.text!a}"


def beside_findings_of(recipe: Path) -> list[str]:
    name = recipe.relative_to(RECIPES).as_posix().removesuffix(".imagen.yaml")
    return [f"{name} {line}" for finding in imagenspec.check(recipe).findings for line in beside(finding)]


def recipes() -> list[Path]:
    return sorted(RECIPES.rglob("*.imagen.yaml"))


def test_related_places_and_edits_are_those_of_the_golden_file(*, write_goldens: bool) -> None:
    found = [line for recipe in recipes() for line in beside_findings_of(recipe)]
    if write_goldens:
        GOLDEN.write_text("".join(f"{line}\n" for line in found), "utf-8", newline="\n")
    assert found == GOLDEN.read_text("utf-8").splitlines()


def test_both_places_and_edits_are_there() -> None:
    words = {line.split()[3] for line in GOLDEN.read_text("utf-8").splitlines()}
    assert words == {"related", "safe", "unsafe", "edit"}
