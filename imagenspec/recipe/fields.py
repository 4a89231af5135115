"""Which top-level keys of a recipe are fields of the request."""

from __future__ import annotations

from functools import cache

from imagenspec.catalog.schemas import RECIPE, schema

_NOT_SENT = frozenset(("imagenspec", "task", "description", "tags", "vars", "matrix", "render", "raw"))


@cache
def axis_fields(task: str) -> frozenset[str]:
    """Return the top-level keys of a task that an axis of the matrix may lead into."""
    keys: dict[str, object] = schema(RECIPE)["definitions"][task]["properties"]
    return frozenset(keys) - _NOT_SENT
