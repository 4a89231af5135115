"""Plan files: a plan as JSON that is the same for the same inputs, and whether it still holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagenspec.catalog.schemas import validator
from imagenspec.errors import ImagenspecError, ToolError, UsageError
from imagenspec.project.discovery import case_name
from imagenspec.render.remaining import left_to_send
from imagenspec.review.plan import Asked, planned_request
from imagenspec.review.plan_sums import wrong_sums
from imagenspec.source.diagnostics import quote
from imagenspec.source.text import harmless_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imagenspec.render.plan import Plan
    from imagenspec.render.service.targets import Target
    from imagenspec.render.work import Work
    from imagenspec.review.plan import ModelShare, PlannedRequest, RenderPlan

VERSION = 1
"""The version of the format; members may be added to it, none is taken away or changed."""
SCHEMA = "plan.schema.json"
_MAX_BYTES = 200_000_000
_AT_MOST = f"a plan has at most {_MAX_BYTES:,}, so plan fewer recipes or cases at a time"
_HEAD = 100
"""Bytes at the start of a plan that tell it from other files."""
_MOST_PROBLEMS = 5
_COMPARED = ("task", "model", "digest", "data", "samples")
_WORDS = {"digest": "request", "data": "rule data", "samples": "number of samples"}


class PlanError(UsageError):
    """A plan that is none, or one for somewhere else."""


class StalePlanError(ImagenspecError):
    """A plan that does not hold any more."""

    exit_code = 1

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: nothing was sent, the plan does not hold any more: {why}")


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
            "from_ledger": found.from_ledger,
        },
        "locks": dict(found.covered),
        "ending": {"before": found.before.isoformat(), "models": list(found.ending)},
        "models": [_share(one) for one in found.shares],
        "requests": [one._asdict() for one in found.requests],
    }
    text = json.dumps(document, indent=1, ensure_ascii=False)
    return harmless_json(text.encode("utf-8", "backslashreplace").decode()) + "\n"


def plan_bytes(found: RenderPlan) -> bytes:
    """Return a plan as its file has it.

    Raises:
        PlanError: It is too large to be read again.
    """
    data = plan_as_json(found).encode()
    if len(data) > _MAX_BYTES:
        raise PlanError(f"the plan of {len(found.requests):,} cases has {len(data):,} bytes; {_AT_MOST}")
    return data


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
        PlanError: It is no plan, one of a newer version, or one that does not add up.
        ToolError: The file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise PlanError(f'{path}: no such file; "imagenspec plan -o {path}" writes one') from error
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}", error.strerror) from error
    if len(data) > _MAX_BYTES:
        raise PlanError(f"{path}: the file has more than {_MAX_BYTES:,} bytes; {_AT_MOST}")
    try:
        document: Any = json.loads(data)
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
    wrong = next(wrong_sums(found), None)
    if wrong is not None:
        raise PlanError(f"{path}: the plan does not add up, plan again: {wrong}")
    return found


def check_place(path: Path) -> None:
    """Refuse to write a plan over a file that is none.

    Raises:
        PlanError: Such a file is there.
        ToolError: What is there cannot be read.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}", error.strerror) from error
    if head and b'"imagenspec_plan"' not in head:
        raise PlanError(f"{path} is there already, and is no plan; name another file, or move it away")


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


def check_holds(document: Mapping[str, Any], plans: Sequence[Plan], target: Target, path: Path) -> None:
    """Refuse a plan whose inputs changed; what was rendered since, exactly as planned, is no change.

    Args:
        document: The plan.
        plans: What the recipes ask for now.
        target: Where requests would go.
        path: Where the plan is.

    Raises:
        StalePlanError: A request or its price differs, a case is due that the plan does not have, or one is gone.
        ToolError: A ledger cannot be read.
    """
    problems = list(_problems(document, plans, target))
    if not problems:
        return
    shown = "; ".join(problems[:_MOST_PROBLEMS])
    if len(problems) > _MOST_PROBLEMS:
        shown += f"; and {len(problems) - _MOST_PROBLEMS} more"
    raise StalePlanError(path, shown)


def _problems(document: Mapping[str, Any], plans: Sequence[Plan], target: Target) -> Iterator[str]:
    planned = {(one["recipe"], one["case"]): one for one in document["requests"]}
    left = {work.task.key for work in left_to_send(plans, target)}
    now: dict[tuple[str, str], tuple[Plan, Work]] = {}
    for plan in plans:
        now |= {(Path(plan.recipe).as_posix(), work.task.case): (plan, work) for work in plan.works}
    for place, one in planned.items():
        if place not in now:
            yield f"{case_name(*place)} is planned, and is not there any more"
            continue
        plan, work = now[place]
        current = planned_request(plan, work, from_ledger=work.task.key not in left)
        differs = [name for name in _COMPARED if one[name] != getattr(current, name)]
        if differs:
            yield f"{case_name(*place)} is not as planned: another {', '.join(_WORDS.get(one, one) for one in differs)}"
        elif not current.from_ledger:
            yield from (f"{case_name(*place)} {problem}" for problem in _problems_of_money(one, current))
    for plan in plans:
        for work in plan.due():
            place = (Path(plan.recipe).as_posix(), work.task.case)
            if place not in planned:
                yield f"{case_name(*place)} is due, and is not in the plan"


def _problems_of_money(planned: Mapping[str, Any], current: PlannedRequest) -> Iterator[str]:
    """Yield why a request that is to be sent would cost something else than the plan says."""
    if planned.get("from_ledger", False):
        yield "would be sent, and is planned to come from the ledger, which does not have it here"
    if planned["usd"] != current.usd:
        yield f"would cost {_price(current.usd)} a picture, and is planned at {_price(planned['usd'])}"


def _price(usd: float | None) -> str:
    return "an unknown price" if usd is None else f"{usd:g} USD"
