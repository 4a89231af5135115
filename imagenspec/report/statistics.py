"""How often each code was found: counted recipe by recipe, so that nothing of a recipe is kept."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.project.findings import Severity
from imagenspec.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeVar

    from imagenspec.report.recipe import Recipe

    _Recipe = TypeVar("_Recipe", bound=Recipe)


class Statistic(NamedTuple):
    """A code that was found.

    Attributes:
        found: How often.
        fixable: How many of these have a safe fix.
        fixable_unsafe: How many have a fix that may change the request.
    """

    code: str
    name: str
    severity: Severity
    found: int
    fixable: int
    fixable_unsafe: int


class Tally:
    """Counts of a run.

    Attributes:
        recipes: How many recipes were checked.
        grades: How many of them have each reproducibility grade; those with errors have none.
    """

    def __init__(self) -> None:
        self.recipes = 0
        self.grades: Counter[str] = Counter()
        self._counts: Counter[tuple[str, str, Severity]] = Counter()
        self._fixes: Counter[tuple[str, bool]] = Counter()

    def counting(self, recipes: Iterable[_Recipe]) -> Iterator[_Recipe]:
        """Yield recipes as they are, and count each before."""
        for recipe in recipes:
            if recipe.is_recipe:
                self.recipes += 1
                self.grades.update(recipe.grade or "")
            for finding in recipe.findings:
                self._counts[finding.code, finding.name, finding.severity] += 1
                if finding.fix is not None:
                    self._fixes[finding.code, finding.fix.safe] += 1
            yield recipe

    @property
    def severities(self) -> dict[Severity, int]:
        """How many findings there are of each severity."""
        counts = dict.fromkeys(Severity, 0)
        for (_, _, severity), count in self._counts.items():
            counts[severity] += count
        return counts

    @property
    def failed(self) -> bool:
        """Whether there is an error or a warning."""
        return any(severity is not Severity.INFO for _, _, severity in self._counts)

    def summary(self, meanings: Mapping[str, str]) -> str:
        """Return the counts by severity and by grade as one line; of a single recipe, what its grade means."""
        line = counted(self.severities, self.recipes)
        if self.recipes == 1 and self.grades:
            grade = next(iter(self.grades))
            return f"{line}; reproducibility {grade}: {meanings[grade]}"
        grades = ", ".join(f"{self.grades[grade]} {grade}" for grade in sorted(self.grades))
        return f"{line}; reproducibility {grades}" if grades else line

    def statistics(self) -> list[Statistic]:
        """Return what was found, most frequent first, then by code."""
        ordered = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        return [
            Statistic(*which, count, self._fixes[which[0], True], self._fixes[which[0], False])
            for which, count in ordered
        ]


def as_table(tally: Tally) -> Iterator[str]:
    """Yield statistics as lines for people; of no findings, none."""
    from imagenspec.report.table import columns  # noqa: PLC0415 - a plain lint has no table

    found = tally.statistics()
    width = max((len(str(one.found)) for one in found), default=0)
    rows = [
        (str(one.found).rjust(width), one.code, one.name, one.severity, str(one.fixable), str(one.fixable_unsafe))
        for one in found
    ]
    if rows:
        yield from columns(("count", "code", "name", "severity", "fixable", "with --unsafe"), rows)


def as_rows(tally: Tally) -> list[dict[str, Any]]:
    """Return statistics as plain data for JSON."""
    return [
        {
            "code": one.code,
            "name": one.name,
            "severity": one.severity.value,
            "count": one.found,
            "fixable": one.fixable,
            "fixable_unsafe": one.fixable_unsafe,
        }
        for one in tally.statistics()
    ]
