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
        note: What else is known of it.
    """

    value: Any
    firm: bool
    note: str | None


@cache
def _limits() -> dict[tuple[str, str], Limit]:
    return {
        (row["model"], row["limit"]): Limit(
            row["value"], row["confidence"] in _FIRM and not row.get("disputed", False), row.get("note")
        )
        for row in rows("limits")
    }


def limit(model: str, name: str) -> Limit | None:
    """Return a limit of a model by its name in ``schemas/data/limits.json``, or nothing where none is known."""
    return _limits().get((model, name))
