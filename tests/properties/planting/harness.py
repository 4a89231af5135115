"""Plants, writes, lints and compares: what was found against what was planted."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.project.check import check_bytes
from imagenspec.project.options import Options
from planting.dice import chance, pick
from planting.drafts import Draft, independent
from planting.recipes import any_recipe
from planting.writing import NOTHING, at, mixed, walk, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path as Folder

    from planting.dice import Dice
    from planting.drafts import Defect, Planter, TextPlanter
    from planting.writing import Path

DAY = date(2026, 1, 15)
IMAGES = Options().images
_TRIES = 400
Told = tuple[str, int, int]


class Outcome(NamedTuple):
    """What was planted and what was found, each a code with its range in the text."""

    name: str
    text: str
    planted: list[Told]
    found: list[Told]

    @property
    def right(self) -> bool:
        return self.planted == self.found

    def __str__(self) -> str:
        return f"{self.name}\n  planted {self._show(self.planted)}\n  found   {self._show(self.found)}\n{self.text}"

    def _show(self, told: list[Told]) -> str:
        return ", ".join(f"{code} at {start} {self.text[start:end][:60]!r}" for code, start, end in told) or "nothing"


def lint(project: Folder, draft: Draft, data: bytes) -> list[Told]:
    """Return the findings in a text, in their order."""
    options = Options(as_of=draft.day or DAY, images=IMAGES)
    checked = check_bytes(str(project / draft.folder / "planted.imagen.yaml"), data, options)
    return sorted((one.code, *one.span) for one in checked.findings)


def outcome(project: Folder, dice: Dice, name: str, draft: Draft, defects: list[Defect]) -> Outcome:
    """Write a draft, lint it, and say what came of it."""
    draft = _with_axis(dice, draft, defects)
    written = write(dice, mixed(dice, draft.data))
    planted = sorted((one.code, *one.place.range(draft, written)) for one in defects)
    data = written.text.encode("utf-8-sig" if chance(dice, 8) else "utf-8")
    return Outcome(name, written.text, planted, lint(project, draft, data))


def plant_one(project: Folder, dice: Dice, planter: Planter) -> Outcome:
    """Return what came of a planter in a recipe that it fits in."""
    draft, defect = planted(dice, planter)
    return outcome(project, dice, planter.name, draft, [defect])


def planted(dice: Dice, planter: Planter) -> tuple[Draft, Defect]:
    """Return a recipe with a defect."""
    for _ in range(_TRIES):
        draft = _copy(planter.base(dice))
        defect = planter.plant(dice, draft)
        if defect is not None:
            return draft, defect
    raise AssertionError(f"{planter.name} fits in no recipe")


def plant_two(project: Folder, dice: Dice, first: Planter, others: Sequence[Planter]) -> Outcome | None:
    """Return what came of two independent mistakes in one recipe, the second the first of some that fits."""
    draft, one = planted(dice, first)
    for second in others:
        both = _copy(draft)
        try:
            other = second.plant(dice, both)
        except (AttributeError, IndexError, KeyError, TypeError):  # it has nothing to work on any more
            continue
        if other is not None and independent(one, other):
            return outcome(project, dice, f"{first.name} and {second.name}", both, [one, other])
    return None


def plant_in_text(project: Folder, dice: Dice, planter: TextPlanter) -> Outcome:
    """Return what came of a mistake in a text that it fits in."""
    for _ in range(_TRIES):
        draft = any_recipe(dice)
        made = planter.plant(dice, write(dice, mixed(dice, draft.data)))
        if made is not None:
            text, range_ = made
            data = text.encode() if isinstance(text, str) else text
            shown = data.decode("utf-8", "replace")
            return Outcome(planter.name, shown, [(planter.code, *range_)], lint(project, draft, data))
    raise AssertionError(f"{planter.name} fits in no text")


def _copy(draft: Draft) -> Draft:
    return Draft(deepcopy(draft.data), draft.day, draft.folder, dict(draft.axes))


def _with_axis(dice: Dice, draft: Draft, defects: list[Defect]) -> Draft:
    """Let one of the parameters come from the matrix instead, sometimes."""
    about = {path for defect in defects for path in defect.about}
    held = {getattr(defect.place, "path", ()) for defect in defects}
    places = [path for path, value in walk(draft.data) if _can_be_axis(path, value, about) and path[:-1] not in held]
    if not places or not chance(dice, 5) or "matrix" in draft.data:
        return draft
    path = pick(dice, [one for one in places if one in about] or places)
    moved = _copy(draft)
    value = at(moved.data, path)
    _drop(moved.data, path)
    name = ".".join(map(str, path))
    moved.data["matrix"] = {name: [value]}
    moved.axes[path] = ("matrix", name, 0)
    return moved


def _can_be_axis(path: Path, value: Any, about: set[Path]) -> bool:
    if path[0] != "parameters" or len(path) < 2 or isinstance(value, (dict, list)) or value == NOTHING:
        return False
    sound = all(isinstance(step, str) and "." not in step for step in path)
    return sound and not any(path[:length] in about for length in range(1, len(path)))


def _drop(data: dict[str, Any], path: Path) -> None:
    """Take a value out, with mappings that are empty then."""
    del at(data, path[:-1])[path[-1]]
    if len(path) > 1 and not at(data, path[:-1]):
        _drop(data, path[:-1])
