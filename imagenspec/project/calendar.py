"""When the models of a repository's recipes end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.catalog.models import models

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from imagenspec.project.verdict import Verdict

_NEVER = "9999"


def calendar(verdicts: Sequence[Verdict], day: date) -> list[dict[str, Any]]:
    """Return one row for each model in use, the first to end first: its dates, its state on a day, its recipes."""
    recipes: dict[str, list[str]] = {}
    for verdict in verdicts:
        for model in verdict.models:
            recipes.setdefault(model, []).append(verdict.name)
    rows = [_row(model, names, day.isoformat()) for model, names in recipes.items()]
    return sorted(rows, key=lambda row: (row["retires"] or _NEVER, row["model"]))


def _row(name: str, recipes: list[str], day: str) -> dict[str, Any]:
    model = models().get(name)
    if model is None:
        return {
            "model": name,
            "state": "unknown",
            "deprecated": None,
            "retires": None,
            "successor": None,
            "recipes": recipes,
        }
    state = "no end announced" if model.retires is None and model.deprecated is None else "alive"
    if model.deprecated is not None and model.deprecated <= day:
        state = "deprecated"
    if model.retires is not None and model.retires <= day:
        state = "retired"
    return {
        "model": name,
        "state": state,
        "deprecated": model.deprecated,
        "retires": model.retires,
        "successor": model.successor,
        "recipes": recipes,
    }
