"""Where the recipe of a picture is that has travelled."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.errors import ImagenspecError
from imagenspec.project.config import OWN_FILE, PYPROJECT, project_of
from imagenspec.project.discovery import is_skipped
from imagenspec.provenance.recovering import RecipeState, recipe_state
from imagenspec.source.diagnostics import any_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.project.options import Options
    from imagenspec.provenance.record import Record

_MOST_FOLDERS = 10_000
_MOST_NAMED = 4


def found_recipe(record: Record, picture: Path, options: Options) -> RecipeState:
    """Return what the recipe that a picture names asks for now, wherever it is found.

    It is looked for in the picture's project and in that of the working folder; then in every project of the checkout
    around the working folder, where it counts only if it makes the picture's request.

    Args:
        record: What the picture says.
        picture: Where the picture is.
        options: What is wanted of the recipe.
    """
    near = list(dict.fromkeys(project_of(folder).root for folder in (picture.parent, Path.cwd())))
    states = [recipe_state(record, root, options) for root in near]
    known = next((state for state in states if state.word == "same"), None)
    if known is not None:
        return known
    searched = list(near)
    for root in _projects_around(Path.cwd()):
        if root in near:
            continue
        searched.append(root)
        with suppress(ImagenspecError):
            state = recipe_state(record, root, options)
            if state.word == "same":
                return state
    where = any_of((Path(os.path.relpath(root)).as_posix() for root in searched), _MOST_NAMED)
    gone = RecipeState("gone", f"not found in {where}")
    return next((state for state in states if state.word != "gone"), gone)


def _projects_around(here: Path) -> Iterator[Path]:
    """Yield the folders with a configuration in the checkout around a folder, or else in its project."""
    project = project_of(here)
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)
    if top is None and project.file is None:
        return
    for parent, folders, files in islice(os.walk(top or project.root), _MOST_FOLDERS):
        folders[:] = sorted(name for name in folders if not is_skipped(name))
        if OWN_FILE in files or PYPROJECT in files:
            with suppress(ImagenspecError):
                found = project_of(Path(parent))
                if found.file is not None and found.file.parent.samefile(parent):
                    yield found.root
