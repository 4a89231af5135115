"""What render, status, lock and verify share: where requests would go, and what recipes ask for."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from imagenspec.cli.common import STDIN, checked_recipes, wants_colour
from imagenspec.errors import UsageError
from imagenspec.project.config import endpoint_setting, project_of, target_setting
from imagenspec.project.findings import RecipeError
from imagenspec.render.plan import plan
from imagenspec.render.prices import prices_for
from imagenspec.render.targets import target_of
from imagenspec.report.text import as_text, visible
from imagenspec.source.diagnostics import any_of, did_you_mean, quote

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.options import Options
    from imagenspec.render.plan import Plan
    from imagenspec.render.prices import Prices
    from imagenspec.render.session import Route
    from imagenspec.render.targets import Target

_GOOGLE = ".googleapis.com"
_NOBODY, _SOMEWHERE = "emulated-project", "us-central1"
"""What stands in the URLs of services that ask for no account."""


class NotThereError(UsageError):
    """A case or a variable was named that no recipe has."""


class Destination(NamedTuple):
    """What options say of where requests go; the configuration says the rest."""

    word: str | None = None
    project: str | None = None
    location: str | None = None


class Settings(NamedTuple):
    """Where requests of a run go, and on which terms."""

    target: Target
    prices: Prices
    quotas: dict[str, float]

    def agrees(self, other: Settings) -> bool:
        """Return whether one run can have both."""
        mine = (self.target, self.quotas, self.prices.configured)
        return mine == (other.target, other.quotas, other.prices.configured)

    def route(self, jobs: int) -> Route:
        """Return the way there."""
        from imagenspec.render.session import Route  # noqa: PLC0415 - only render and verify send

        target = self.target
        if target.kind == "emulator":
            import httpx  # noqa: PLC0415

            from imagenspec.emulator.service import application  # noqa: PLC0415

            return Route(target, jobs, httpx.ASGITransport(application()), quotas=self.quotas)
        if target.kind == "vertex" or _is_google(target):
            from imagenspec.render.credentials import Credentials  # noqa: PLC0415

            return Route(target, jobs, credentials=Credentials.find, quotas=self.quotas)
        return Route(target, jobs, quotas=self.quotas)


class Planned(NamedTuple):
    """What the recipes of a run ask for.

    Attributes:
        plans: Each recipe that can be rendered.
        settings: Where requests would go.
        refused: Whether a recipe has errors; they were printed.
    """

    plans: tuple[Plan, ...]
    settings: Settings
    refused: bool


def planned(
    paths: Sequence[str],
    options: Options,
    destination: Destination,
    cases: Collection[str] = (),
    *,
    by_anyone: bool = False,
) -> Planned:
    """Return what recipes ask for, and print the errors of those that have some.

    Args:
        paths: Files and folders.
        options: What is wanted of every recipe.
        destination: What options say of where requests go.
        cases: The ids of the cases wanted; none means all.
        by_anyone: It does not matter who made the pictures that locks have.

    Raises:
        UsageError: There is no such path or case, or the recipes are of projects that disagree.
        LockError: A lock cannot be read.
    """
    if STDIN in paths:
        raise UsageError("pictures and locks have their places beside recipes; name files, not standard input")
    settings: Settings | None = None
    plans, refused = [], False
    known = list(checked_recipes(paths, options, ""))
    _check_cases(known, cases)
    _check_variables(known, options.variables)
    for checked in known:
        own = _settings(destination, checked.name)
        settings = settings or own
        if not own.agrees(settings):
            raise UsageError(f"{checked.name} is of another project than {known[0].name}; name one project at a time")
        try:
            if checked.ok:
                plans.append(plan(checked, options.images, own.target, cases, by_anyone=by_anyone))
                continue
        except RecipeError as error:
            click.echo(visible(str(error)), err=True)
        for line in as_text(checked.findings, colour=wants_colour(sys.stderr)):
            click.echo(line, err=True, color=True)
        click.echo(f"{visible(checked.name)}: left out, the recipe has errors", err=True)
        refused = True
    if settings is None:
        raise UsageError("there is no recipe")
    return Planned(tuple(plans), settings, refused)


def _settings(destination: Destination, recipe: str) -> Settings:
    configured = project_of(Path(recipe).parent)
    project = endpoint_setting("project", destination.project, configured.project, os.environ)
    location = endpoint_setting("location", destination.location, configured.location, os.environ)
    word = target_setting(destination.word, configured)
    target = target_of(word, project or _NOBODY, location or _SOMEWHERE)
    if (target.kind == "vertex" or _is_google(target)) and (project is None or location is None):
        raise UsageError(
            f"target {quote(word, 80)} needs a project and a location: --project and --location, or .imagenspec.toml"
        )
    return Settings(target, prices_for(target, dict(configured.prices)), dict(configured.quotas))


def _is_google(target: Target) -> bool:
    """Return whether a base URL is one of Google's, to which tokens may be sent."""
    from urllib.parse import urlsplit  # noqa: PLC0415

    parts = urlsplit(target.base_url)
    return parts.scheme == "https" and (parts.hostname or "").endswith(_GOOGLE)


def _check_cases(known: Sequence[CheckedRecipe], cases: Collection[str]) -> None:
    if not cases or any(not checked.ok for checked in known):
        return
    ids = {case.id for checked in known for case in checked.cases()} - {""}
    for case in cases:
        if case not in ids:
            near = did_you_mean(case, ids)
            hint = f"did you mean {quote(near, 80)}?" if near else f"cases: {any_of(sorted(ids), 6)}"
            raise NotThereError(f"no case {quote(case, 80)}; {hint if ids else 'there is no matrix'}")


def _check_variables(known: Sequence[CheckedRecipe], variables: Collection[str]) -> None:
    if not variables or any(not checked.ok for checked in known):
        return
    names = {name for checked in known for name in checked.variable_names | checked.seen.used}
    for name in variables:
        if name not in names:
            near = did_you_mean(name, names)
            raise NotThereError(f"--var {name}: no recipe has it" + (f"; did you mean {quote(near)}?" if near else ""))
