"""What a planter plants in, and what it says of its defect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from planting.dice import Dice
    from planting.writing import Path, Range, Written


@dataclass
class Draft:
    """A recipe as data, the day on which it is linted, the folder of the project, and values that became axes."""

    data: dict[str, Any]
    day: date | None = None
    folder: str = "home"
    axes: dict[Path, Path] = field(default_factory=dict)

    @property
    def task(self) -> str:
        return str(self.data["task"])

    @property
    def parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = self.data.setdefault("parameters", {})
        return found


class Key(NamedTuple):
    """The key that a path ends in."""

    path: Path

    def range(self, draft: Draft, written: Written) -> Range:
        return written.keys[draft.axes.get(self.path, self.path)[:2] if self.path in draft.axes else self.path]


class Value(NamedTuple):
    """The value at a path."""

    path: Path

    def range(self, draft: Draft, written: Written) -> Range:
        return written.values[draft.axes.get(self.path, self.path)]


class Origin(NamedTuple):
    """The value at a path; of an alias, the value that it repeats: what is written there is to be mended."""

    path: Path

    def range(self, draft: Draft, written: Written) -> Range:
        path = draft.axes.get(self.path, self.path)
        return written.anchored.get(path, written.values[path])


class Needle(NamedTuple):
    """A word that stands once in the whole text."""

    word: str

    def range(self, _draft: Draft, written: Written) -> Range:
        assert written.text.count(self.word) == 1
        start = written.text.index(self.word)
        return start, start + len(self.word)


class FirstKey(NamedTuple):
    """The first key of the recipe."""

    def range(self, _draft: Draft, written: Written) -> Range:
        return next(iter(sorted(written.keys.values())))


Place: TypeAlias = Key | Value | Origin | Needle | FirstKey


class Defect(NamedTuple):
    """One thing that is wrong.

    Attributes:
        code: The code of its one finding.
        place: Where that finding stands.
        about: The paths that it is about. Defects whose paths have nothing to do with each other are independent.
    """

    code: str
    place: Place
    about: frozenset[Path]


class Planter(NamedTuple):
    """Somebody's mistake.

    Attributes:
        name: What it is called in a failure.
        code: The code that it leads to.
        base: Makes a recipe without a finding, in which the mistake can be made.
        plant: Makes the mistake in any recipe that it can be made in, and returns what was done, or else nothing.
    """

    name: str
    code: str
    base: Callable[[Dice], Draft]
    plant: Callable[[Dice, Draft], Defect | None]


class TextPlanter(NamedTuple):
    """Somebody's mistake in the text itself.

    Attributes:
        name: What it is called in a failure.
        code: The code that it leads to.
        plant: Makes the mistake in any text that it can be made in, and returns the text and the range of the finding.
    """

    name: str
    code: str
    plant: Callable[[Dice, Written], tuple[str | bytes, Range] | None]


def defect(code: str, place: Place, *about: Path) -> Defect:
    return Defect(code, place, frozenset(about))


def independent(one: Defect, other: Defect) -> bool:
    """Tell whether neither defect is about anything that the other is about."""
    return not any(
        mine[: len(theirs)] == theirs or theirs[: len(mine)] == mine for mine in one.about for theirs in other.about
    )
