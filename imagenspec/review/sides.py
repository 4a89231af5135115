"""Both sides of a comparison: the working tree and revisions, with the same questions to each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from imagenspec.errors import ImagenspecError, ToolError
from imagenspec.project.check import check_bytes, check_file, read_file
from imagenspec.project.config import project_of
from imagenspec.project.discovery import SUFFIX as RECIPE
from imagenspec.project.discovery import files_below
from imagenspec.project.options import Options
from imagenspec.render.locks.lines import entries_of
from imagenspec.render.locks.lockfile import path_of
from imagenspec.review.partial import WorkingImages
from imagenspec.review.tree_images import TreeImages

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.config import Project
    from imagenspec.project.disk import DiskImages
    from imagenspec.render.locks.lines import Entry
    from imagenspec.review.tree import Tree


class Side(Protocol):
    """One side; recipes are known by their paths from the top of the repository, with forward slashes."""

    label: str

    @property
    def images(self) -> DiskImages:
        """Where the images of its recipes are found."""

    def recipes(self, place: str) -> Iterator[str]:
        """Yield the recipes that a path means."""

    def has(self, place: str) -> bool:
        """Return whether there is such a file or folder."""

    def resolved(self, place: str) -> str:
        """Return where links lead a path."""

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a recipe, or nothing where it has none that may be read."""

    def check(self, path: str) -> CheckedRecipe:
        """Return a recipe with its findings."""

    def project(self, path: str) -> Project:
        """Return the project of a recipe."""

    def lock_bytes(self, path: str) -> bytes | None:
        """Return the bytes of a recipe's lock, where it has one."""

    def reopen(self) -> None:
        """Begin anew in another process, which cannot share what is open in this one."""


def name_from(top: Path, path: str) -> str:
    """Return how people in the working folder call a file of the repository."""
    return Path(os.path.relpath(top / path)).as_posix()


def lock_of(side: Side, path: str) -> dict[str, Entry]:
    """Return what the lock of a recipe says; a lock that cannot be read says nothing."""
    data = side.lock_bytes(path)
    try:
        return {} if data is None else {one.case: one for _, one in entries_of(path, data) if one is not None}
    except ImagenspecError:
        return {}


class TreeSide:
    """A revision."""

    def __init__(self, label: str, tree: Tree, max_cases: int, differing: Collection[str] = ()) -> None:
        """Prepare.

        Args:
            label: What people call it.
            tree: Its files.
            max_cases: The most cases that a matrix may have.
            differing: The paths that only one of both sides has, perhaps among others.
        """
        self.label = label
        self.tree = tree
        self.images: DiskImages = TreeImages(tree, differing)
        self._options = Options(max_cases=max_cases, images=self.images)

    def recipes(self, place: str) -> Iterator[str]:
        """Yield the recipes that a path means."""
        return self.tree.recipes(place)

    def has(self, place: str) -> bool:
        """Return whether there is such a file or folder."""
        return self.tree.has(place)

    def resolved(self, place: str) -> str:
        """Return where links lead a path."""
        return self.tree.resolved(place) or place

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a recipe, or nothing where it has none that may be read."""
        return self.tree.read(path)

    def check(self, path: str) -> CheckedRecipe:
        """Return a recipe with its findings."""
        data = self.read(path)
        if data is None:
            raise ToolError("a symbolic link that leads outside the repository, or nowhere; name the file itself")
        return check_bytes(name_from(self.tree.top, path), data, self._options, self.project(path))

    def project(self, path: str) -> Project:
        """Return the project of a recipe."""
        return self.tree.project_of(path.rpartition("/")[0])

    def lock_bytes(self, path: str) -> bytes | None:
        """Return the bytes of a recipe's lock, where it has one."""
        return self.tree.read(path_of(Path(path)).as_posix(), None)

    def reopen(self) -> None:
        """Begin anew in another process, which cannot share the git of this one."""
        self.tree.reopen()


class WorkingSide:
    """The files as they are on disk."""

    label = "working tree"

    def __init__(self, top: Path, max_cases: int, empty: Mapping[str, str]) -> None:
        """Prepare.

        Args:
            top: The top of the repository.
            max_cases: The most cases that a matrix may have.
            empty: The commits of submodules that are not checked out, by their paths.
        """
        self.top = top
        self.images: DiskImages = WorkingImages(top, empty)
        self._options = Options(max_cases=max_cases, images=self.images)

    def recipes(self, place: str) -> Iterator[str]:
        """Yield the recipes that a path means."""
        start = self.top / place
        if not start.is_dir():
            if start.is_file():
                yield place
            return
        inside = len(self.top.as_posix().rstrip("/")) + 1
        for path in files_below(start, (RECIPE,)):
            yield path.as_posix()[inside:]

    def has(self, place: str) -> bool:
        """Return whether there is such a file or folder."""
        path = self.top / place
        return path.is_file() or path.is_dir()

    def resolved(self, place: str) -> str:
        """Return where links lead a path."""
        path = Path(os.path.realpath(self.top / place))
        return path.relative_to(self.top).as_posix() if path.is_relative_to(self.top) else place

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a recipe, or nothing where it has none that may be read."""
        own = self.top / path
        try:
            return None if own.is_symlink() else read_file(own)
        except ImagenspecError:
            return None

    def check(self, path: str) -> CheckedRecipe:
        """Return a recipe with its findings."""
        return check_file(Path(name_from(self.top, path)), self._options)

    def project(self, path: str) -> Project:
        """Return the project of a recipe."""
        return project_of((self.top / path).parent)

    def lock_bytes(self, path: str) -> bytes | None:
        """Return the bytes of a recipe's lock, where it has one."""
        try:
            return path_of(self.top / path).read_bytes()
        except OSError:
            return None

    def reopen(self) -> None:
        """Do nothing: no file stays open."""
