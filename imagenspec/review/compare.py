"""Recipes of two sides compared: which requests came, went or changed, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.errors import ImagenspecError
from imagenspec.project.findings import Severity
from imagenspec.review.cases import added, again_of, changes_of, due_of, removed
from imagenspec.review.git import GitEndedError
from imagenspec.review.matching import renamed_by_requests, renamed_by_texts
from imagenspec.review.processes import answers
from imagenspec.review.shots import shots_of
from imagenspec.review.sides import lock_of, name_from
from imagenspec.review.values import CaseChange, Difference, RecipeChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.review.bodies import Look, Shot
    from imagenspec.review.cases import Due
    from imagenspec.review.sides import Side


class Compiled(NamedTuple):
    """A recipe of one side: its cases, or why there are none."""

    shots: Mapping[str, Shot] = {}
    broken: str | None = None

    @property
    def keys(self) -> set[str]:
        """The identities of its requests."""
        return {shot.key for shot in self.shots.values()}


class Answer(NamedTuple):
    """What became of a recipe.

    Attributes:
        change: The change, if there is one.
        due: What of it is to be rendered, by the identities of the requests.
        known: The identities of the requests of the old side.
    """

    change: RecipeChange | None
    due: Mapping[str, Due]
    known: set[str]


class Comparison:
    """A comparison under way."""

    def __init__(self, old: Side, new: Side, top: Path) -> None:
        self._old = old
        self._new = new
        self._top = top
        self._looks: dict[str, Look] = {}

    def difference(self, paths: Iterable[str], compared: int) -> Difference:
        """Return how recipes differ.

        Args:
            paths: The recipes that may differ, from the top.
            compared: How many names of recipes there are.
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
        found: list[Answer] = list(answers(both, self._answer, self._begin))
        found += self._renamed(went, came)
        found += [self._removed(path, one) for path, one in went.items()]
        found += [self._added(path, one) for path, one in came.items()]
        changes = sorted((one.change for one in found if one.change is not None), key=lambda one: one.recipe)
        compared -= sum(change.old_recipe is not None for change in changes)
        due = {key: value for one in found for key, value in one.due.items()}
        known = {key for one in found for key in one.known}
        return Difference(self._old.label, self._new.label, tuple(changes), compared, again_of(due, known))

    def _begin(self) -> None:
        for side in (self._old, self._new):
            side.reopen()

    def _answer(self, path: str) -> Answer:
        """Return what became of a recipe that both sides have."""
        return self._changed(path, self._compiled(self._old, path), self._compiled(self._new, path))

    def _compiled(self, side: Side, path: str) -> Compiled:
        try:
            checked = side.check(path)
            if not checked.ok:
                return Compiled(broken=_first_error(checked))
            return Compiled(shots_of(checked, side.images, self._looks))
        except GitEndedError:
            raise
        except ImagenspecError as error:
            return Compiled(broken=str(error))

    def _changed(self, path: str, old: Compiled, new: Compiled, old_path: str | None = None) -> Answer:
        """Return what became of a recipe that both sides have, perhaps under another name."""
        name = name_from(self._top, path)
        other = None if old_path is None else name_from(self._top, old_path)
        if old.broken is not None or new.broken is not None:
            if other is None and old.broken == new.broken and self._old.read(path) == self._new.read(path):
                return Answer(None, {}, set())
            cases = tuple(added(case, shot) for case, shot in new.shots.items())
            change = RecipeChange(name, "broken", cases, 0, other, old.broken, new.broken)
            return Answer(change, self._due(path, cases, new), old.keys)
        cases = tuple(changes_of(old.shots, new.shots, lock_of(self._new, path)))
        same = len(new.shots) - sum(one.word != "removed" for one in cases)
        if other is None and not cases:
            return Answer(None, {}, old.keys)
        change = RecipeChange(name, "changed" if other is None else "renamed", cases, same, other)
        return Answer(change, self._due(path, cases, new), old.keys)

    def _added(self, path: str, new: Compiled) -> Answer:
        cases = tuple(added(case, shot) for case, shot in new.shots.items())
        change = RecipeChange(name_from(self._top, path), "added", cases, broken_new=new.broken)
        return Answer(change, self._due(path, cases, new), set())

    def _removed(self, path: str, old: Compiled) -> Answer:
        cases = tuple(removed(case, shot) for case, shot in old.shots.items())
        return Answer(RecipeChange(name_from(self._top, path), "removed", cases, broken_old=old.broken), {}, old.keys)

    def _renamed(self, went: dict[str, Compiled], came: dict[str, Compiled]) -> Iterator[Answer]:
        """Take out and yield the recipes that have another name: they share requests, else most of their text."""
        by_requests = renamed_by_requests(
            {path: one.keys for path, one in went.items()}, {path: one.keys for path, one in came.items()}
        )
        yield from self._pairs(by_requests, went, came)
        by_texts = renamed_by_texts(
            {path: self._old.read(path) or b"" for path in went}, {path: self._new.read(path) or b"" for path in came}
        )
        yield from self._pairs(by_texts, went, came)

    def _pairs(
        self, names: Mapping[str, str], went: dict[str, Compiled], came: dict[str, Compiled]
    ) -> Iterator[Answer]:
        for path, old_path in names.items():
            yield self._changed(path, went.pop(old_path), came.pop(path), old_path)

    def _due(self, path: str, cases: Iterable[CaseChange], new: Compiled) -> dict[str, Due]:
        return due_of(cases, new.shots, dict(self._new.project(path).prices)) if new.shots else {}


def _first_error(checked: CheckedRecipe) -> str:
    first = next(one for one in checked.findings if one.severity is Severity.ERROR)
    return f"{first.start.line}:{first.start.column}: {first.code} {first.message}"
