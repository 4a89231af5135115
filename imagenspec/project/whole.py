"""What only a look at a whole project shows: names that clash, files that nobody reads, settings without effect."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from imagenspec.catalog.codes import codes_of
from imagenspec.catalog.models import models
from imagenspec.project.config import project_of
from imagenspec.project.discovery import SUFFIX, files_below
from imagenspec.project.findings import Finding, findings
from imagenspec.project.selection import matches
from imagenspec.source.diagnostics import Diagnostic, did_you_mean, quote
from imagenspec.source.text import SourceFile, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagenspec.project.config import Project
    from imagenspec.project.verdict import Verdict

_STRING_OR_COMMENT = r"""("(?:\\.|[^"\\\n])*"|'[^'\n]*')|#[^\n]*"""
_MISNAMED = (".imagen.yml", ".imagen.json", ".imagen.YAML")


def whole_project(folder: Path, verdicts: Sequence[Verdict]) -> list[Finding]:
    """Return what is wrong with a project rather than with one of its recipes.

    Args:
        folder: The project's folder.
        verdicts: What the linter says of each of its recipes.
    """
    found = [*_clashing(verdicts), *_unread(folder)]
    by_project: dict[Path, list[Verdict]] = {}
    for verdict in verdicts:
        project = project_of(Path(verdict.name).parent)
        if project.file is not None:
            by_project.setdefault(project.file, []).append(verdict)
    for own in by_project.values():
        found += _idle_settings(project_of(Path(own[0].name).parent), own)
    return list(findings(found))


def _clashing(verdicts: Iterable[Verdict]) -> Iterator[Diagnostic]:
    """IMG801: two recipes that are one file where case, or the composition of letters, does not count."""
    first: dict[str, str] = {}
    for verdict in verdicts:
        other = first.setdefault(normalize("NFC", verdict.name).casefold(), verdict.name)
        if other != verdict.name:
            message = f"{quote(other, 60)} and this file are one on systems that do not tell their names apart"
            yield Diagnostic("IMG801", message, SourceFile(verdict.name, ""), Span(0, 0))


def _unread(folder: Path) -> Iterator[Diagnostic]:
    """IMG802: a file that is named like a recipe but not quite."""
    for path in files_below(folder, _MISNAMED):
        message = f"recipes end in {SUFFIX}; this file is not read"
        yield Diagnostic("IMG802", message, SourceFile(path.as_posix(), ""), Span(0, 0))


def _idle_settings(project: Project, verdicts: Sequence[Verdict]) -> Iterator[Diagnostic]:
    """IMG905: a setting that silences nothing in any recipe, or counts for a model that there is not."""
    assert project.file is not None  # noqa: S101 - the caller has looked
    file = SourceFile(os.path.relpath(project.file), project.file.read_text("utf-8"))
    yield from _unknown_models(file, project, {model for verdict in verdicts for model in verdict.models})
    silenced = {code for verdict in verdicts for code in verdict.silenced}
    for word in project.selection.ignore:
        if silenced.isdisjoint(codes_of(word)):
            yield _idle(file, f"{quote(word)} is found in no recipe; drop it", "ignore", word)
    names = {verdict.name: Path(os.path.relpath(verdict.name, project.root)).as_posix() for verdict in verdicts}
    for pattern, words in project.selection.per_file:
        own = [verdict for verdict in verdicts if matches(names[verdict.name], pattern)]
        if not own:
            yield _idle(file, f"{quote(pattern)} means no recipe; drop it", "per_file_ignores", pattern)
            continue
        there = {code for verdict in own for code in verdict.silenced}
        for word in words:
            if there.isdisjoint(codes_of(word)):
                message = f"{quote(word)} is found in no recipe that {quote(pattern)} means; drop it"
                yield _idle(file, message, "per_file_ignores", pattern, word)


def _unknown_models(file: SourceFile, project: Project, used: set[str]) -> Iterator[Diagnostic]:
    """Yield what is said of prices and quotas of models that no document and no recipe names."""
    known = used | models().keys()
    bases = {_base(model) for model in known}
    idle = [("prices", model) for model, _ in project.prices if model not in known]
    idle += [("quotas", model) for model, _ in project.quotas if _base(model) not in bases]
    for setting, model in idle:
        near = did_you_mean(model, known)
        hint = f"; did you mean {quote(near)}?" if near else ""
        yield _idle(file, f"no document and no recipe names the model {quote(model, 80)}{hint}", setting, model)


def _base(model: str) -> str:
    """Return a model's id without its version: the versions of a model share their quota."""
    return re.sub(r"(?:-[0-9]{3}|@[0-9]+)\Z", "", model)


def _idle(file: SourceFile, message: str, *words: str) -> Diagnostic:
    """Return what is said of a setting: of the last word, each of which stands behind the one before it."""
    text = re.sub(_STRING_OR_COMMENT, lambda found: found[1] or " " * len(found[0]), file.text)
    span = Span(0, 0)
    for word in words:
        place = re.compile(rf"""(?<![\w.-])(["']?){re.escape(word)}\1(?![\w-])""").search(text, span.end)
        span = Span(*place.span()) if place is not None else span
    return Diagnostic("IMG905", message, file, span)
