"""What the linter says of a recipe, and its form on disk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.project.findings import Finding, findings
from imagenspec.source.diagnostics import Diagnostic, Edit, Fix, Related
from imagenspec.source.text import Span

if TYPE_CHECKING:
    from imagenspec.project.check import CheckedRecipe
    from imagenspec.source.text import SourceFile


class Verdict(NamedTuple):
    """What the linter says of a recipe.

    Attributes:
        name: The name of its file.
        findings: What was found, in the order of the text.
        task: Its task, where that could be read.
        models: The models of its cases.
        is_recipe: Whether this is about a recipe, or else about another file of the project.
        silenced: Codes that were found but do not count by the configuration.
        grade: How well its images can be made again: the worst grade, A to D, of its cases. Nothing where the task has
            no seed, or errors leave no request.
    """

    name: str
    findings: tuple[Finding, ...]
    task: str | None = None
    models: tuple[str, ...] = ()
    grade: str | None = None
    silenced: tuple[str, ...] = ()
    is_recipe: bool = True


def verdict(checked: CheckedRecipe) -> Verdict:
    """Return what is left of a checked recipe for those who only report it."""
    return Verdict(
        checked.name,
        checked.findings,
        checked.task,
        tuple(sorted(checked.seen.models)),
        max(checked.seen.grades, default=None) if checked.ok else None,
        tuple(sorted(checked.silenced)),
    )


def packed(one: Verdict) -> dict[str, Any]:
    """Return a verdict as plain data, without the text that it is about."""
    return {
        "findings": [[each.code, each.message, each.span, each.related, each.fix] for each in one.findings],
        "task": one.task,
        "models": one.models,
        "grade": one.grade,
        "silenced": one.silenced,
    }


def unpacked(file: SourceFile, data: dict[str, Any]) -> Verdict:
    """Return the verdict that plain data holds about a text; the inverse of :func:`packed`.

    Raises:
        KeyError, TypeError, ValueError: The data is not that of a verdict.
    """
    found = findings(
        Diagnostic(code, message, file, Span(*span), tuple(map(_related, related)), _fix(fix))
        for code, message, span, related, fix in data["findings"]
    )
    return Verdict(file.name, found, data["task"], tuple(data["models"]), data["grade"], tuple(data["silenced"]))


def _related(data: list[Any]) -> Related:
    span, message = data
    return Related(Span(*span), message)


def _fix(data: list[Any] | None) -> Fix | None:
    if data is None:
        return None
    title, edits, safe = data
    return Fix(title, tuple(Edit(Span(*span), text) for span, text in edits), safe)


def dumped(data: dict[str, Any]) -> str:
    """Return plain data as one line of JSON."""
    return json.dumps(data, separators=(",", ":"))
