"""The documented models, and the documented classes of masks."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from imagenspec.catalog.tables import rows


class Model(NamedTuple):
    """A publisher model.

    Dates are ISO days, or nothing where no page names one. Legacy tasks are those whose request had an older shape.
    """

    id: str
    title: str
    tasks: tuple[str, ...]
    status: str
    released: str | None
    deprecated: str | None
    retires: str | None
    successor: str | None
    legacy_tasks: tuple[str, ...]
    regions: tuple[str, ...]
    source: tuple[str, ...]
    checked: str


@cache
def models() -> dict[str, Model]:
    """Return every documented model by its id."""
    return {
        row["id"]: Model(
            row["id"],
            row["title"],
            tuple(row["tasks"]),
            row["status"],
            row["released"],
            row["deprecated"],
            row["retires"],
            row["successor"],
            tuple(row.get("legacy_tasks", ())),
            tuple(row["regions"] or ()),
            tuple(row["source"]),
            row["checked"],
        )
        for row in rows("models")
    }


@cache
def mask_classes() -> dict[str, int]:
    """Return the numbers of the 194 documented mask classes by name."""
    return {row["name"]: row["id"] for row in rows("mask_classes")}


@cache
def class_names() -> dict[int, str]:
    """Return the names of the 194 documented mask classes by number."""
    return {number: name for name, number in mask_classes().items()}


def era(day: str) -> int:
    """Return how many of the days on which models are deprecated or retired have come; verdicts change with it."""
    return sum(one <= day for model in models().values() for one in (model.deprecated, model.retires) if one)
