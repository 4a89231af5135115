"""Tables over all recipes of a run: when their models end, and how well their images can be made again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from imagenspec.rules.reproducibility import GRADES, SEEDLESS_TASKS
from imagenspec.source.text import harmless_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from imagenspec.project.verdict import Verdict


def calendar_lines(verdicts: Iterable[Verdict], day: date, form: str) -> Iterator[str]:
    """Yield the calendar of the models in use, as a table or as JSON."""
    from imagenspec.project.calendar import calendar  # noqa: PLC0415 - one table is enough for a run
    from imagenspec.report.calendar import as_table  # noqa: PLC0415

    rows = calendar(list(verdicts), day)
    if form == "json":
        yield _json({"as_of": day.isoformat(), "models": rows})
    else:
        yield from as_table(rows, day)


def grade_lines(verdicts: Iterable[Verdict], form: str) -> Iterator[str]:
    """Yield the reproducibility grades of recipes, as a table or as JSON."""
    from imagenspec.report.table import columns  # noqa: PLC0415

    graded = [one for one in verdicts if one.task is not None]
    if form == "json":
        rows = [{"file": one.name, "grade": one.grade, "why": _why(one)} for one in graded]
        yield _json({"recipes": rows})
    else:
        yield from columns(("grade", "recipe", "why"), [(one.grade or "-", one.name, _why(one)) for one in graded])


def _why(verdict: Verdict) -> str:
    if verdict.grade is not None:
        return GRADES[verdict.grade]
    return "the task has no seed" if verdict.task in SEEDLESS_TASKS else "the recipe has errors"


def _json(data: object) -> str:
    return harmless_json(json.dumps(data, indent=2, ensure_ascii=False))
