"""What is documented of single members of a request: what each means, on which page, and its default."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from imagenspec.catalog.models import models
from imagenspec.catalog.tables import rows

_IMAGE = "Image"


class Fact(NamedTuple):
    """What is documented of a member.

    Attributes:
        wire: Its documented path: ``instances[].referenceImages[].referenceId``.
        about: What it means.
        page: The address of the page or type that documents it.
        sources: The keys of all pages, types and observations that it rests on.
        confidence: How sure that is.
        values: What each documented value means, by its wire spelling.
        note: Where pages disagree about it, or leave something open.
    """

    wire: str
    about: str
    page: str
    sources: tuple[str, ...]
    confidence: str
    values: dict[str, str]
    note: str | None


class Default(NamedTuple):
    """What the service takes where a request does not have a member.

    Attributes:
        value: The value, in wire spelling.
        of_model: Whether it is documented for the model itself, or else for the task.
        sources: The keys of the pages that say so.
        confidence: How sure that is.
    """

    value: Any
    of_model: bool
    sources: tuple[str, ...]
    confidence: str


def fact_of(task: str, names: tuple[str, ...]) -> Fact | None:
    """Return what is documented of a member, or of the list or mapping of free names that it is an item of.

    Args:
        task: The task of the request.
        names: The member's names from the outside, without indexes: ``("parameters", "sampleCount")``.
    """
    known = _facts(task)
    if names in known:
        return known[names]
    around = known.get(names[:-1])
    if around is None:
        return None
    if _type_of(task, names[:-1]) == "image":
        return known.get((_IMAGE, names[-1]))
    return around if names[:-1] == ("labels",) else None


@cache
def _rows(task: str) -> dict[tuple[str, ...], dict[str, Any]]:
    return {
        tuple(row["wire"].replace("[]", "").split(".")): row
        for row in rows("fields")
        if row["in"] == "request" and task in row["tasks"]
    }


def _type_of(task: str, names: tuple[str, ...]) -> str:
    return str(_rows(task)[names]["type"])


@cache
def _facts(task: str) -> dict[tuple[str, ...], Fact]:
    return {
        names: Fact(
            row["wire"],
            row["about"],
            row["doc"],
            tuple(row["source"]),
            row["confidence"],
            {value["wire"]: value["about"] for value in row.get("values", ()) if "about" in value},
            row.get("note"),
        )
        for names, row in _rows(task).items()
    }


@cache
def members_with_defaults(task: str) -> tuple[tuple[str, ...], ...]:
    """Return the members of a task that have a documented default, by their names from the outside."""
    parameters = [names for names, row in _rows(task).items() if "default" in row]
    own = {row["limit"].removeprefix("default:") for row in rows("limits") if row["limit"].startswith("default:")}
    known = {names[-1] for names in parameters if len(names) == 2}
    of_models = [("parameters", name) for name in sorted(own - known) if ("parameters", name) in _rows(task)]
    return (*parameters, *of_models)


def default_of(task: str, model: str, names: tuple[str, ...]) -> Default | None:
    """Return what the service takes where a member is not sent, as far as a page says it of this model.

    Where pages give the default model by model, that of the task counts only for models that the tables do not have.
    """
    row = _rows(task)[names]
    parameter = names[-1]
    if len(names) == 2 and names[0] == "parameters" and model in models():
        own = _model_default(model, parameter)
        if own is not None:
            return Default(own["value"], True, tuple(own["source"]), own["confidence"])
        if _varies(task, parameter):
            return None
    if "default" not in row:
        return None
    return Default(row["default"], False, tuple(row["source"]), row["confidence"])


def _model_default(model: str, parameter: str) -> dict[str, Any] | None:
    name = f"default:{parameter}"
    return next((row for row in rows("limits") if row["model"] == model and row["limit"] == name), None)


@cache
def _varies(task: str, parameter: str) -> bool:
    """Tell whether the default of a parameter is known model by model."""
    of_task = {model.id for model in models().values() if task in model.tasks}
    return any(row["limit"] == f"default:{parameter}" and row["model"] in of_task for row in rows("limits"))
