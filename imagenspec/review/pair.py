"""Two requests, or the requests of two recipe files, compared without git."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.project.check import check_file
from imagenspec.project.config import project_of
from imagenspec.project.options import Options
from imagenspec.render.planning import pictures_of
from imagenspec.review.bodies import Shot
from imagenspec.review.cases import again_of, changes_of, due_of
from imagenspec.review.shots import shots_of
from imagenspec.review.values import Difference, RecipeChange
from imagenspec.wire.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from imagenspec.review.bodies import Look


class _Half(NamedTuple):
    """One side: its name, its requests by cases, and the prices that its project knows."""

    name: str
    shots: Mapping[str, Shot]
    prices: Mapping[str, float] = {}


def difference_of(old: Request | Path, new: Request | Path, max_cases: int) -> Difference:
    """Return how requests differ; two sides of a single request each are compared whatever their cases are called.

    Args:
        old: A request, or the path of a recipe.
        new: The same of the other side.
        max_cases: The most cases that a matrix may have.

    Raises:
        RecipeError: A recipe has errors.
        ToolError: A file cannot be read.
    """
    looks: dict[str, Look] = {}
    a, b = (_half(one, max_cases, looks) for one in (old, new))
    if len(a.shots) == len(b.shots) == 1:
        a = a._replace(shots=dict(zip(b.shots, a.shots.values(), strict=True)))
    cases = tuple(changes_of(a.shots, b.shots, {}))
    same = len(b.shots) - sum(one.word != "removed" for one in cases)
    known = {shot.key for shot in a.shots.values()}
    other = a.name if a.name != b.name else None
    recipes = (RecipeChange(b.name, "changed", cases, same, other),) if cases else ()
    return Difference(a.name, b.name, recipes, 1, again_of(due_of(cases, b.shots, b.prices), known))


def _half(one: Request | Path, max_cases: int, looks: dict[str, Look]) -> _Half:
    if isinstance(one, Request):
        written = one.file_refs().get("parameters", {}).get("sampleCount")
        samples = pictures_of(one.task, one.model, written) or 1
        return _Half(one.recipe, {one.case: Shot(one, samples, looks)})
    options = Options(max_cases=max_cases)
    checked = check_file(one, options)
    checked.require()
    return _Half(str(one), shots_of(checked, options.images, looks), dict(project_of(one.parent).prices))
