"""Which files are recipes, and how recipes and cases are called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIX = ".imagen.yaml"
_SKIPPED = frozenset(("node_modules", "__pycache__", "site-packages"))


def recipes(paths: Iterable[str]) -> list[Path]:
    """Return the recipes that paths mean: a folder means its ``**/*.imagen.yaml``, a file may have any name.

    Folders whose name starts with a dot are not entered, nor are symbolic links to folders. Each file comes once,
    by the first of its names.

    Raises:
        UsageError: A path does not exist, or nothing was found.
    """
    named = list(paths)
    found: dict[Path, None] = {}
    for name in named:
        path = Path(name)
        if path.is_dir():
            found |= dict.fromkeys(files_below(path, (SUFFIX,)))
        elif path.exists():
            found[path] = None
        else:
            raise UsageError(f"{name}: no such file or folder")
    if not found:
        raise UsageError(f"no recipes (*{SUFFIX}) in {', '.join(named)}")
    if len(named) == 1:
        return list(found)
    once: dict[str, Path] = {}
    for path in found:
        once.setdefault(os.path.abspath(path), path)  # noqa: PTH100 - links stay, since pictures are beside them
    return list(once.values())


def files_below(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files below a folder whose names end in one of some words, those of a folder before its folders'."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_skipped(name))
        for name in sorted(files):
            if name.endswith(suffixes):
                path = Path(parent, name)
                if path.is_file() or not path.exists():
                    yield path


def is_skipped(folder: str) -> bool:
    """Return whether a folder of this name is not entered."""
    return folder.startswith(".") or folder in _SKIPPED


def recipe_name(path: Path) -> str:
    """Return the name of a recipe: its file's name without ``.imagen.yaml`` or another suffix."""
    return path.name.removesuffix(SUFFIX) if path.name.endswith(SUFFIX) else path.stem


def case_name(recipe: str, case: str) -> str:
    """Return how people know a case: its recipe's file, and its id in brackets where there is one."""
    return f"{recipe} [{case}]" if case else recipe
