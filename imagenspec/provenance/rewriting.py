"""The recipe that a picture gives back, as it is to stand in a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.provenance.recovering import remade
from imagenspec.provenance.resolved import whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.project.options import Options
    from imagenspec.provenance.record import Record
    from imagenspec.provenance.recovering import RecipeState, Remade


def rewritten(record: Record, state: RecipeState, place: Path, options: Options) -> Remade | None:
    """Return the recipe of a picture as it is to stand in a place; nothing if the picture has none.

    That is what the picture says, if it makes the same request there. If it does not, and the recipe that made the
    picture still does, it is that recipe's case: with the same pictures beside it, or else with the recipe's own.

    Args:
        record: What the picture says.
        state: What the recipe that made it asks for now.
        place: Where the recipe is to stand.
        options: What is wanted of the recipe.
    """
    first = remade(record.resolved, place, record, options)
    if first is not None and first.same:
        return first
    others = (remade(text, place, record, options) for text in _others(record, state, place))
    return next((one for one in others if one is not None and one.same), first)


def _others(record: Record, state: RecipeState, place: Path) -> Iterator[str]:
    """Yield the case of the recipe as a recipe of its own, with what the picture does not tell."""
    if state.built is None or state.file is None:
        return
    recipe, data = state.built.recipe, state.built.document.data
    if record.withheld:
        yield whole(recipe, data)
    old, new = os.path.realpath(state.file.parent), os.path.realpath(place.parent)
    files = {image.file for image in recipe.images() if image.file is not None}
    yield whole(recipe, data, {file: _from(new, Path(old, file)) for file in files})


def _from(folder: str, file: Path) -> str:
    return Path(os.path.relpath(os.path.realpath(file), folder)).as_posix()
