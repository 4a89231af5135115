"""Recipes of two sides compared: which requests came, went or changed, and why."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.catalog.version import data_version
from imagenspec.errors import ImagenspecError
from imagenspec.project.findings import Severity
from imagenspec.render.planning import works_of
from imagenspec.render.targets import target_of
from imagenspec.review.bodies import Shot, reasons_of
from imagenspec.review.pricing import price_of
from imagenspec.review.processes import answers
from imagenspec.review.sides import lock_of, name_from
from imagenspec.review.values import Again, CaseChange, Difference, Reason, RecipeChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.render.work import Work
    from imagenspec.review.bodies import Look
    from imagenspec.review.sides import Side

_TARGET = target_of("vertex", "project", "us-central1")
"""Requests are the same wherever they go."""


class Compiled(NamedTuple):
    """A recipe of one side: its cases, or why there are none."""

    shots: Mapping[str, Shot] = {}
    broken: str | None = None

    @property
    def keys(self) -> dict[str, str]:
        """The identity of each case's request."""
        return {case: shot.work.task.key for case, shot in self.shots.items()}


class Due(NamedTuple):
    """A request that is to be rendered: its model, its pictures, and the price of one, where it is known."""

    model: str
    samples: int
    usd: float | None


class Comparison:
    """A comparison under way."""

    def __init__(self, old: Side, new: Side, top: Path) -> None:
        self._old = old
        self._new = new
        self._top = top
        self._due: dict[str, Due] = {}
        self._looks: dict[str, Look] = {}

    def difference(self, paths: Iterable[str], compared: int) -> Difference:
        """Return how recipes differ.

        Args:
            paths: The recipes that may differ, from the top.
            compared: How many recipes there are.
        """
        both, went, came = [], {}, {}
        for path in sorted(paths):
            sides = self._old.has(path), self._new.has(path)
            if all(sides):
                both.append(path)
            elif sides[0]:
                went[path] = self._compiled(self._old, path)
            elif sides[1]:
                came[path] = self._compiled(self._new, path)
        found = []
        for change, due in answers(both, self._answer, self._begin):
            self._due |= due
            found += [change] if change is not None else []
        found += self._renamed(went, came)
        found += [self._whole(path, one, "removed") for path, one in went.items()]
        found += [self._whole(path, one, "added") for path, one in came.items()]
        recipes = tuple(sorted(found, key=lambda one: one.recipe))
        return Difference(self._old.label, self._new.label, recipes, compared, self._again())

    def _begin(self) -> None:
        for side in (self._old, self._new):
            side.reopen()

    def _answer(self, path: str) -> tuple[RecipeChange | None, dict[str, Due]]:
        """Return what became of a recipe that both sides have, and what of that is to be rendered."""
        before, self._due = self._due, {}
        change = self._changed(path, self._compiled(self._old, path), self._compiled(self._new, path))
        due, self._due = self._due, before
        return change, due

    def _compiled(self, side: Side, path: str) -> Compiled:
        try:
            checked = side.check(path)
            if not checked.ok:
                return Compiled(broken=_first_error(checked))
            works = works_of(checked, side.images, _TARGET)
            return Compiled({work.task.case: Shot(work, side.images, self._looks) for work in works})
        except ImagenspecError as error:
            return Compiled(broken=str(error))

    def _changed(self, path: str, old: Compiled, new: Compiled) -> RecipeChange | None:
        """Return what became of a recipe that both sides have; nothing where its requests are the same."""
        name = name_from(self._top, path)
        if old.broken is not None or new.broken is not None:
            if old.broken == new.broken and self._old.read(path) == self._new.read(path):
                return None
            cases = tuple(self._added(case, shot) for case, shot in new.shots.items())
            return RecipeChange(name, "broken", cases, 0, None, old.broken, new.broken)
        cases = tuple(self._cases(path, old, new))
        same = len(new.shots) - sum(one.new is not None for one in cases)
        return RecipeChange(name, "changed", cases, same) if cases else None

    def _cases(self, path: str, old: Compiled, new: Compiled) -> Iterator[CaseChange]:
        locked = lock_of(self._new, path)
        gone = {key: case for case, key in old.keys.items() if case not in new.shots}
        for case, shot in new.shots.items():
            work = shot.work
            before = old.shots.get(case)
            entry = locked.get(case)
            stale: tuple[Reason, ...] = ()
            if entry is not None and entry.data != data_version(work.recipe.task):
                stale = (Reason("data", "", entry.data, data_version(work.recipe.task)),)
            if before is not None and before.work.task.key == work.task.key:
                if stale:
                    yield self._case(case, before, shot, stale)
            elif before is not None:
                yield self._case(case, before, shot, (*reasons_of(before, shot), *stale))
            elif work.task.key in gone:
                was = gone.pop(work.task.key)
                digest, samples = work.task.digest, work.task.samples
                yield CaseChange(case, "moved", work.task.model, digest, digest, samples, (), was)
            else:
                yield self._added(case, shot)
        for case in gone.values():
            yield _removed(case, old.shots[case])

    def _case(self, case: str, old: Shot, new: Shot, reasons: tuple[Reason, ...]) -> CaseChange:
        self._count(new.work)
        task = new.work.task
        return CaseChange(case, "changed", task.model, old.work.task.digest, task.digest, task.samples, reasons)

    def _added(self, case: str, shot: Shot) -> CaseChange:
        self._count(shot.work)
        task = shot.work.task
        return CaseChange(case, "added", task.model, None, task.digest, task.samples)

    def _whole(self, path: str, one: Compiled, word: str) -> RecipeChange:
        """Return what became of a recipe that only one side has."""
        name = name_from(self._top, path)
        if word == "added":
            cases = tuple(self._added(case, shot) for case, shot in one.shots.items())
            return RecipeChange(name, "added", cases, broken_new=one.broken)
        return RecipeChange(
            name, "removed", tuple(_removed(case, shot) for case, shot in one.shots.items()), broken_old=one.broken
        )

    def _renamed(self, went: dict[str, Compiled], came: dict[str, Compiled]) -> list[RecipeChange]:
        """Take out and return the recipes that only have another name: the requests of all their cases are the same."""
        by_keys: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for path, one in went.items():
            if one.shots:
                by_keys.setdefault(tuple(sorted(one.keys.items())), []).append(path)
        found = []
        for path, one in list(came.items()):
            same = by_keys.get(tuple(sorted(one.keys.items())), [])
            if one.shots and same:
                near = next((other for other in same if other.rpartition("/")[2] == path.rpartition("/")[2]), same[0])
                same.remove(near)
                del went[near], came[path]
                names = name_from(self._top, path), name_from(self._top, near)
                found.append(RecipeChange(names[0], "renamed", (), len(one.shots), names[1]))
        return found

    def _count(self, work: Work) -> None:
        own = self._new.project(Path(os.path.relpath(work.request.recipe, self._top)).as_posix())
        price = price_of(work.task.model, work.recipe.task, dict(own.prices)).usd
        self._due[work.task.key] = Due(work.task.model, work.task.samples, price)

    def _again(self) -> Again:
        due = self._due.values()
        usd = sum(one.samples * one.usd for one in due if one.usd is not None)
        unknown = {one.model for one in due if one.usd is None}
        return Again(len(due), sum(one.samples for one in due), usd, tuple(sorted(unknown)))


def _removed(case: str, shot: Shot) -> CaseChange:
    return CaseChange(case, "removed", shot.work.task.model, shot.work.task.digest, None, 0)


def _first_error(checked: CheckedRecipe) -> str:
    first = next(one for one in checked.findings if one.severity is Severity.ERROR)
    return f"{first.start.line}:{first.start.column}: {first.code} {first.message}"
