"""The terms of a run: where requests of a recipe go by options, configuration and environment, and what they cost."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.project.config import endpoint_setting, project_of, target_setting
from imagenspec.render.service.targets import target_of

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.project.config import Project
    from imagenspec.render.service.targets import Target

_NOBODY, _SOMEWHERE = "emulated-project", "us-central1"
"""What stands in URLs for a project and a location that nobody named."""


class Terms(NamedTuple):
    """Where requests go, and on which terms.

    Attributes:
        configured: What the configuration of the recipe says.
        word: The word for the target, as ``--target`` takes it.
        project: The Google Cloud project that pays, where one is named.
        location: The location whose models answer, where one is named.
        target: Where requests go.
    """

    configured: Project
    word: str
    project: str | None
    location: str | None
    target: Target

    def agrees(self, other: Terms) -> bool:
        """Return whether one run can have both."""
        return self._shared() == other._shared()

    def _shared(self) -> tuple[object, ...]:
        return (self.target, dict(self.configured.prices), dict(self.configured.quotas))


def terms_of(recipe: Path, word: str | None = None, project: str | None = None, location: str | None = None) -> Terms:
    """Return the terms for a recipe: options come before its configuration, the environment after it.

    Args:
        recipe: The recipe's file.
        word: What ``--target`` says.
        project: What ``--project`` says.
        location: What ``--location`` says.

    Raises:
        UsageError: A setting cannot be what it says.
    """
    configured = project_of(recipe.parent)
    payer = endpoint_setting("project", project, configured.project, os.environ)
    place = endpoint_setting("location", location, configured.location, os.environ)
    where = target_setting(word, configured)
    return Terms(configured, where, payer, place, target_of(where, payer or _NOBODY, place or _SOMEWHERE))
