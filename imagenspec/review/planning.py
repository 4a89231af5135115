"""A plan of recipes for programs: what the command does, without printing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.errors import UsageError
from imagenspec.project.check import check_file
from imagenspec.project.config import project_of, target_setting
from imagenspec.project.discovery import recipes
from imagenspec.render.plan import plan
from imagenspec.render.targets import target_of
from imagenspec.review.plan import Asked, RenderPlan, render_plan

if TYPE_CHECKING:
    from datetime import date

    from imagenspec.project.options import Options

NOBODY, SOMEWHERE = "planned-project", "us-central1"
"""What stands for a project and a location that nobody named: a plan sends nothing."""


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
    own = project_of(found[0].parent)
    word = target_setting(target, own)
    where = target_of(word, own.project or NOBODY, own.location or SOMEWHERE)
    plans = []
    for path in found:
        if project_of(path.parent) != own:
            raise UsageError(f"{path} is of another project than {found[0]}; name one project at a time")
        checked = check_file(path, options)
        checked.require()
        plans.append(plan(checked, options.images, where, cases))
    names = tuple(Path(path).as_posix() for path in paths)
    asked = Asked(names, cases, options.variables, options.max_cases, word, own.location)
    return render_plan(plans, asked, where, options.day(own), before)
