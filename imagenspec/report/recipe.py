"""What reports need to know of a recipe that was checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagenspec.project.findings import Finding


class Recipe(Protocol):
    """A recipe that was checked."""

    @property
    def name(self) -> str:
        """The name of its file."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What was found in it."""

    @property
    def task(self) -> str | None:
        """Its task, where that could be read."""

    @property
    def models(self) -> Sequence[str]:
        """The models of its cases."""

    @property
    def grade(self) -> str | None:
        """Its reproducibility grade, where it has one."""

    @property
    def is_recipe(self) -> bool:
        """Whether this is about a recipe, or else about another file of the project."""
