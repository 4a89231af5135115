"""What render, status, lock and verify share: where requests would go, and what recipes ask for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from imagenspec.cli.common import STDIN, checked_recipes, wants_colour
from imagenspec.errors import UsageError
from imagenspec.project.findings import RecipeError
from imagenspec.render.locks.lines import LockError
from imagenspec.render.plan import plan
from imagenspec.render.prices import prices_for
from imagenspec.report.text import as_text, visible
from imagenspec.review.terms import terms_of
from imagenspec.source.diagnostics import any_of, did_you_mean, quote

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.options import Options
    from imagenspec.render.plan import Plan
    from imagenspec.render.prices import Prices
    from imagenspec.render.service.targets import Target
    from imagenspec.render.session import Route
    from imagenspec.review.terms import Terms


class NotThereError(UsageError):
    """A case or a variable was named that no recipe has."""


class Destination(NamedTuple):
    """What options say of where requests go; the configuration says the rest.

    Attributes:
        word: What ``--target`` says.
        project: What ``--project`` says.
        location: What ``--location`` says.
        sends: Whether requests may be sent, so that an account is needed where Google answers.
    """

    word: str | None = None
    project: str | None = None
    location: str | None = None
    sends: bool = True


class Settings(NamedTuple):
    """Where requests of a run go, on which terms, and what pictures cost there."""

    terms: Terms
    prices: Prices

    @property
    def target(self) -> Target:
        """Where requests go."""
        return self.terms.target

    def route(self, jobs: int) -> Route:
        """Return the way there."""
        from imagenspec.render.session import Route  # noqa: PLC0415 - only render and verify send

        target, quotas = self.target, dict(self.terms.configured.quotas)
        if target.kind == "emulator":
            import httpx  # noqa: PLC0415

            from imagenspec.emulator.service import application  # noqa: PLC0415

            return Route(target, jobs, httpx.ASGITransport(application()), quotas=quotas)
        if target.is_google:
            from imagenspec.render.service.credentials import Credentials  # noqa: PLC0415

            return Route(target, jobs, credentials=Credentials.find, quotas=quotas)
        return Route(target, jobs, quotas=quotas)


class Planned(NamedTuple):
    """What the recipes of a run ask for.

    Attributes:
        plans: Each recipe that can be rendered.
        settings: Where requests would go.
        refused: Whether a recipe has errors or its lock cannot be read; that was printed.
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
    """Return what recipes ask for, and print the errors of those that have some, and of their locks.

    Args:
        paths: Files and folders.
        options: What is wanted of every recipe.
        destination: What options say of where requests go.
        cases: The ids of the cases wanted; none means all.
        by_anyone: It does not matter who made the pictures that locks have.

    Raises:
        UsageError: There is no such path or case, or the recipes are of projects that disagree.
        ToolError: A lock is no file, or the system does not let it be read.
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
        if not own.terms.agrees(settings.terms):
            raise UsageError(f"{checked.name} is of another project than {known[0].name}; name one project at a time")
        try:
            if checked.ok:
                plans.append(plan(checked, options.images, own.target, cases, by_anyone=by_anyone))
                continue
        except RecipeError as error:
            click.echo(visible(str(error)), err=True)
        except LockError as error:
            click.echo(visible(str(error)), err=True)
            click.echo(f"{visible(checked.name)}: left out, its lock cannot be read", err=True)
            refused = True
            continue
        for line in as_text(checked.findings, colour=wants_colour(sys.stderr)):
            click.echo(line, err=True, color=True)
        click.echo(f"{visible(checked.name)}: left out, the recipe has errors", err=True)
        refused = True
    if settings is None:
        raise UsageError("there is no recipe")
    return Planned(tuple(plans), settings, refused)


def _settings(destination: Destination, recipe: str) -> Settings:
    terms = terms_of(Path(recipe), destination.word, destination.project, destination.location)
    target = terms.target
    named = terms.project is not None and terms.location is not None
    if destination.sends and not named and target.is_google:
        raise UsageError(
            f"target {quote(terms.word, 80)} needs a project and a location: "
            "--project and --location, or .imagenspec.toml"
        )
    return Settings(terms, prices_for(target, dict(terms.configured.prices)))


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
