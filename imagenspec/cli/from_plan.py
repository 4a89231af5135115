"""A render by a plan: the same recipes as when it was made, and a refusal if they ask for anything else now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.cli.plans import NotThereError, planned
from imagenspec.errors import UsageError
from imagenspec.project.options import Options
from imagenspec.review.plan_file import PlanError, StalePlanError, asked_of, check_holds, read_plan
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagenspec.cli.plans import Destination, Planned, Settings
    from imagenspec.review.plan import Asked


def planned_by(path: str, destination: Destination, beside: Mapping[str, object]) -> Planned:
    """Return what the recipes of a plan ask for, which is what the plan says.

    Args:
        path: The plan file.
        destination: What options say of where requests go.
        beside: What else was asked for, by the words of the command; the plan says these things.

    Raises:
        UsageError: Something was asked for beside the plan.
        PlanError: The file is no plan, or one for somewhere else.
        StalePlanError: The plan does not hold any more.
    """
    for word, value in beside.items():
        if value:
            instead = "" if word == "--select" else ", or plan again with it"
            raise UsageError(f"--plan says what is rendered; leave out {word}{instead}")
    file = Path(path)
    document = read_plan(file)
    asked = asked_of(document)
    away = next((path for path in asked.paths if not Path(path).exists()), None)
    if away is not None:
        raise PlanError(f"{file}: there is no {quote(away, 80)} here; render in the folder in which the plan was made")
    options = Options(dict(asked.variables), asked.max_cases)
    try:
        found = planned(asked.paths, options, destination, asked.cases)
    except NotThereError as error:
        raise StalePlanError(file, str(error)) from error
    _check_target(asked, found.settings, file)
    check_holds(document, found.plans, found.settings.target, file)
    return found


def _check_target(asked: Asked, settings: Settings, file: Path) -> None:
    """Refuse a plan for another service: a file that came with others must not choose who gets the pictures."""
    target = settings.target
    word = target.kind if target.kind != "url" else target.base_url
    if asked.target.rstrip("/") != word:
        raise PlanError(
            f"{file}: the plan is for target {quote(asked.target, 80)}, not {quote(word, 80)}; say --target"
        )
    if asked.location is not None and asked.location != target.location:
        raise PlanError(
            f"{file}: the plan is for location {quote(asked.location, 80)}, not {quote(target.location, 80)}"
        )
