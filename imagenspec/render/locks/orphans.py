"""Which recipe a lock belongs to, and locks whose recipe is gone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.project.discovery import SUFFIX as RECIPE
from imagenspec.project.discovery import files_below
from imagenspec.render.locks.lockfile import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_RECIPES = (RECIPE, ".yaml", ".yml")
"""What recipes end in; any file may be named as one."""


def orphans(paths: Iterable[str]) -> Iterator[Path]:
    """Yield the locks below folders that stand beside no recipe, each once.

    Args:
        paths: Files and folders; only these are looked into.
    """
    locks = {lock: None for path in paths if Path(path).is_dir() for lock in files_below(Path(path), (SUFFIX,))}
    for lock in locks:
        if recipe_of(lock) is None:
            yield lock


def recipe_of(lock: Path) -> Path | None:
    """Return the recipe beside a lock, nothing where there is none."""
    name = lock.name.removesuffix(SUFFIX)
    beside = (lock.with_name(name + ending) for ending in _RECIPES)
    return next((recipe for recipe in beside if recipe.exists()), None)
