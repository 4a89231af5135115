"""The documented limits of single models."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from imagenspec.catalog.tables import rows

_FIRM = ("documented", "sdk", "observed")


class Limit(NamedTuple):
    """What a model allows.

    Attributes:
        value: The limit; its form depends on its name.
        firm: Whether a page, Google's SDK or an answer of the service says so, and none of them says otherwise.
        disputed: Whether sources contradict each other.
        doubtful: Values that it has and one source doubts.
        note: What else is known of it.
    """

    value: Any
    firm: bool
    disputed: bool
    doubtful: tuple[Any, ...]
    note: str | None


@cache
def _limits() -> dict[tuple[str, str], Limit]:
    return {
        (row["model"], row["limit"]): Limit(
            row["value"],
            row["confidence"] in _FIRM and not row.get("disputed", False),
            row.get("disputed", False),
            tuple(row.get("doubtful", ())),
            row.get("note"),
        )
        for row in rows("limits")
    }


def limit(model: str, name: str) -> Limit | None:
    """Return a limit of a model by its name in ``schemas/data/limits.json``, or nothing where none is known."""
    return _limits().get((model, name))


def default(model: str, parameter: str) -> Any:
    """Return what a model documents as the default of a parameter, or nothing."""
    known = limit(model, f"default:{parameter}")
    return None if known is None else known.value
