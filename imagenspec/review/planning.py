"""A plan of recipes for programs: what the command does, without printing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.errors import UsageError
from imagenspec.project.check import check_file
from imagenspec.project.discovery import recipes
from imagenspec.render.plan import plan
from imagenspec.review.plan import Asked, render_plan
from imagenspec.review.terms import terms_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from imagenspec.project.options import Options
    from imagenspec.render.plan import Plan
    from imagenspec.review.plan import RenderPlan
    from imagenspec.review.terms import Terms


class Wanted(NamedTuple):
    """What a plan is asked for.

    Attributes:
        paths: Files and folders.
        cases: The ids of the cases wanted; none means all.
        options: What is wanted of every recipe.
        before: Models that end before this day are named; unless said, 90 days after the day of the plan.
    """

    paths: tuple[str, ...]
    cases: tuple[str, ...]
    options: Options
    before: date | None = None


def plan_of(
    paths: tuple[str, ...], options: Options, cases: tuple[str, ...], target: str | None, before: date | None
) -> RenderPlan:
    """Return what a render of recipes would do.

    Args:
        paths: Files and folders.
        options: What is wanted of every recipe.
        cases: The ids of the cases wanted; none means all.
        target: Where requests would go; unless said, as the configuration says, or to the emulator.
        before: Models that end before this day are named; unless said, 90 days after the day of the plan.

    Raises:
        RecipeError: A recipe has errors.
        UsageError: There is no such path, or the recipes are of several projects.
        LockError: A lock cannot be read.
        ToolError: A ledger cannot be read.
    """
    if not paths:
        raise UsageError("no path is named; name a file or a folder")
    found = recipes(paths)
    terms = terms_of(found[0], target)
    plans = []
    for path in found:
        if not terms_of(path, target).agrees(terms):
            raise UsageError(f"{path} is of another project than {found[0]}; name one project at a time")
        checked = check_file(path, options)
        checked.require()
        plans.append(plan(checked, options.images, terms.target, cases))
    names = tuple(Path(path).as_posix() for path in paths)
    return planned_on(terms, plans, Wanted(names, cases, options, before))


def planned_on(terms: Terms, plans: Sequence[Plan], wanted: Wanted) -> RenderPlan:
    """Return what a render of planned recipes would do.

    Args:
        terms: Where requests would go: the terms of the first recipe.
        plans: What the recipes ask for, held against their locks.
        wanted: What was asked for.

    Raises:
        ToolError: A ledger cannot be read.
    """
    options = wanted.options
    asked = Asked(wanted.paths, wanted.cases, options.variables, options.max_cases, terms.word, terms.location)
    return render_plan(plans, asked, terms.target, options.day(terms.configured), wanted.before)
