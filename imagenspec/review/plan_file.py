"""Plan files: a plan as JSON that is the same for the same inputs, and whether it still holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imagenspec.catalog.schemas import validator
from imagenspec.errors import ToolError, UsageError
from imagenspec.review.plan import Asked
from imagenspec.source.diagnostics import quote
from imagenspec.source.text import harmless_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from imagenspec.render.plan import Plan
    from imagenspec.render.work import Work
    from imagenspec.review.plan import ModelShare, RenderPlan

VERSION = 1
"""The version of the format; members may be added to it, none is taken away or changed."""
SCHEMA = "plan.schema.json"
_MAX_BYTES = 200_000_000
_MOST_PROBLEMS = 5
_COMPARED = ("task", "model", "digest", "data", "samples")
_WORDS = {"digest": "request", "data": "rule data", "samples": "number of samples"}


class PlanError(UsageError):
    """A plan that is none, or that does not hold any more."""


def plan_as_json(found: RenderPlan) -> str:
    """Return a plan as one JSON document, without a time; an amount that is not known as a whole is null."""
    asked = found.asked
    document = {
        "imagenspec_plan": VERSION,
        "day": found.day.isoformat(),
        "asked": {
            "paths": list(asked.paths),
            "cases": list(asked.cases),
            "variables": dict(sorted(asked.variables.items())),
            "max_cases": asked.max_cases,
            "target": asked.target,
            "location": asked.location,
        },
        "total": {
            "requests": found.to_send,
            "samples": found.samples,
            "usd": None if found.unknown else round(found.usd, 6),
            "usd_of_known_prices": round(found.usd, 6),
            "unknown_prices": list(found.unknown),
            "hours": None if found.hours is None else round(found.hours, 6),
        },
        "locks": dict(found.covered),
        "ending": {"before": found.before.isoformat(), "models": list(found.ending)},
        "models": [_share(one) for one in found.shares],
        "requests": [one._asdict() for one in found.requests],
    }
    text = json.dumps(document, indent=1, ensure_ascii=False)
    return harmless_json(text.encode("utf-8", "backslashreplace").decode()) + "\n"


def _share(one: ModelShare) -> dict[str, Any]:
    return {
        "model": one.model,
        "task": one.task,
        "requests": one.requests,
        "samples": one.samples,
        "price": one.price._asdict(),
        "usd": None if one.usd is None else round(one.usd, 6),
        "per_minute": one.per_minute,
        "hours": None if one.hours is None else round(one.hours, 6),
        "retires": one.retires,
        "successor": one.successor,
        "ends": one.ends,
    }


def read_plan(path: Path) -> dict[str, Any]:
    """Return the document of a plan file.

    Raises:
        PlanError: It is no plan, or one of a newer version.
        ToolError: The file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise PlanError(f'{path}: no such file; "imagenspec plan -o {path}" writes one') from error
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}", error.strerror) from error
    try:
        document: Any = json.loads(data if len(data) <= _MAX_BYTES else b"")
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{path}: this is no plan: not JSON") from error
    version = document.get("imagenspec_plan") if isinstance(document, dict) else None
    if type(version) is int and version > VERSION:
        raise PlanError(f"{path}: the plan has format {version}; a newer imagenspec wrote it and can read it")
    try:
        errors = list(validator(SCHEMA).iter_errors(document))
    except ValueError as error:
        raise PlanError(f"{path}: this is no plan: a text has half a character") from error
    if errors:
        where = "/".join(map(str, errors[0].instance_path)) if isinstance(document, dict) else ""
        raise PlanError(f"{path}: this is no plan{f': {quote(where, 60)} is wrong' if where else ''}")
    found: dict[str, Any] = document
    return found


def asked_of(document: Mapping[str, Any]) -> Asked:
    """Return what a plan was asked for."""
    asked = document["asked"]
    return Asked(
        tuple(asked["paths"]),
        tuple(asked["cases"]),
        asked["variables"],
        asked["max_cases"],
        asked["target"],
        asked["location"],
    )


def check_holds(document: Mapping[str, Any], plans: Sequence[Plan], path: Path) -> None:
    """Refuse a plan whose inputs changed; what was rendered since, exactly as planned, is no change.

    Args:
        document: The plan.
        plans: What the recipes ask for now.
        path: Where the plan is.

    Raises:
        PlanError: A request differs, a case is due that the plan does not have, or one is gone.
    """
    problems = list(_problems(document, plans))
    if not problems:
        return
    shown = "; ".join(problems[:_MOST_PROBLEMS])
    if len(problems) > _MOST_PROBLEMS:
        shown += f"; and {len(problems) - _MOST_PROBLEMS} more"
    raise PlanError(f"{path}: nothing was sent, the plan does not hold any more: {shown}")


def _problems(document: Mapping[str, Any], plans: Sequence[Plan]) -> Iterator[str]:
    planned = {(one["recipe"], one["case"]): one for one in document["requests"]}
    now: dict[tuple[str, str], tuple[Work, bool]] = {}
    for plan in plans:
        due = {work.task.case for work in plan.due()}
        name = plan.recipe.replace("\\", "/")
        now |= {(name, work.task.case): (work, work.task.case in due) for work in plan.works}
    for place, one in planned.items():
        if place not in now:
            yield f"{_name(place)} is planned, and is not there any more"
            continue
        work = now[place][0]
        task = work.task
        current = (work.recipe.task, task.model, task.digest, work.data, task.samples)
        differs = [name for name, value in zip(_COMPARED, current, strict=True) if one[name] != value]
        if differs:
            yield f"{_name(place)} is not as planned: another {', '.join(_WORDS.get(one, one) for one in differs)}"
    for place, (_, is_due) in now.items():
        if is_due and place not in planned:
            yield f"{_name(place)} is due, and is not in the plan"


def _name(place: tuple[str, str]) -> str:
    return place[0] + (f" [{place[1]}]" if place[1] else "")
