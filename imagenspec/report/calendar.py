"""The calendar of models as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.report.table import columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

_SHOWN_RECIPES = 3


def as_table(rows: Sequence[dict[str, Any]], day: date) -> Iterator[str]:
    """Yield a table of models, as ``project/calendar.py`` makes its rows."""
    head = ("retires", "deprecated", "model", f"on {day.isoformat()}", "successor", "recipes")
    yield from columns(
        head,
        [
            (
                row["retires"] or "-",
                row["deprecated"] or "-",
                row["model"],
                row["state"],
                row["successor"] or "-",
                _named(row["recipes"]),
            )
            for row in rows
        ],
    )


def _named(recipes: list[str]) -> str:
    shown = ", ".join(recipes[:_SHOWN_RECIPES])
    more = len(recipes) - _SHOWN_RECIPES
    return f"{len(recipes)}: {shown}" + (f" and {more} more" if more > 0 else "")
