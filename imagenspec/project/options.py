"""What a caller wants of every recipe of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from imagenspec.project.disk import DiskImages
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES

if TYPE_CHECKING:
    from imagenspec.project.config import Project


def today() -> date:
    """Return the day whose models count unless a caller says otherwise."""
    return date.today()  # noqa: DTZ011 - a day of the user's calendar


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller wants of every recipe of a run.

    ``as_of`` is the day whose models count; without it, that of the configuration, or today.
    """

    variables: dict[str, str] = field(default_factory=dict)
    max_cases: int = DEFAULT_MAX_CASES
    images: DiskImages = field(default_factory=DiskImages)
    as_of: date | None = None

    def day(self, project: Project) -> date:
        """Return the day whose models count in a project."""
        return self.as_of or project.as_of or today()
