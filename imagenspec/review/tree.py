"""The files of a revision as a file system that can only be read: links, submodules, recipes, configuration."""

from __future__ import annotations

import io
import os
import posixpath
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from imagenspec.errors import ToolError
from imagenspec.project.config import OWN_FILE, PYPROJECT, Project, project_from
from imagenspec.project.discovery import SUFFIX, is_skipped
from imagenspec.review.git import GitError, Repository
from imagenspec.review.lfs import LONGEST, NotFetchedError, pointer_of
from imagenspec.review.values import SubmoduleCommit
from imagenspec.source.decode import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.review.git import Blobs, TreeFile

_MOST_LINKS = 40
_LARGEST = 100_000_000
"""The most bytes of a picture in a revision; requests take 10 MB."""


class Held(NamedTuple):
    """A file of a revision: the tree that has it, which may be that of a submodule, its path there, and itself."""

    tree: Tree
    path: str
    file: TreeFile


class Tree:
    """The files of a commit by their paths from the top, with forward slashes."""

    def __init__(self, repository: Repository, commit: str, blobs: Blobs) -> None:
        self.top = repository.top
        self._repository = repository
        self._blobs = blobs
        self.files, self.submodules = repository.listing(commit)
        self._opened: dict[str, Tree | None] = {}
        self._folders: set[str] | None = None
        self._projects: dict[str, Project] = {}

    def reopen(self) -> None:
        """Read through a git of its own from now on; it ends with this process."""
        self._blobs = self._repository.blobs()
        for tree in self._opened.values():
            if tree is not None:
                tree.reopen()

    def close(self) -> None:
        """End what reads submodules."""
        for tree in self._opened.values():
            if tree is not None:
                tree.close()
                tree._blobs.close()  # noqa: SLF001 - the same class
        self._opened = {}

    def recipes(self, place: str) -> Iterator[str]:
        """Yield the recipes that a path means: a folder means its ``**/*.imagen.yaml``, a file may have any name."""
        if place in self.files:
            yield place
            return
        inside = f"{place}/" if place else ""
        for path in self.files:
            if path.endswith(SUFFIX) and path.startswith(inside):
                folders = path[len(inside) :].split("/")[:-1]
                if not any(is_skipped(name) for name in folders):
                    yield path

    def has(self, place: str) -> bool:
        """Return whether there is such a file or folder."""
        if place in self.files or self._is_folder(place):
            return True
        name = self.submodule_of(place)
        tree = None if name is None else self._submodule(name)
        return name is not None and (tree is None or tree.has(place[len(name) + 1 :]))

    def submodule_of(self, place: str) -> str | None:
        """Return the submodule that a path is, or is in; nothing where it is in none."""
        return next((name for name in self.submodules if f"{place}/".startswith(f"{name}/")), None)

    def read(self, path: str, most: int | None = MAX_BYTES + 1) -> bytes | None:
        """Return the bytes of a file, or the first of them, through links inside the tree; nothing if there is none."""
        file = self.files.get(self.resolved(path) or "")
        return None if file is None else self._blobs.read(file.blob, most)

    def found(self, path: str) -> Held | SubmoduleCommit | None:
        """Return the file that a path leads to, or the submodule where it must be and that is not here, or nothing."""
        place = self.resolved(path) or ""
        if place in self.files:
            return Held(self, place, self.files[place])
        name = self.submodule_of(place)
        if name is None:
            return None
        tree = self._submodule(name)
        if tree is None:
            return SubmoduleCommit(name, self.submodules[name])
        found = tree.found(place[len(name) + 1 :])
        return found._replace(path=f"{name}/{found.path}") if isinstance(found, SubmoduleCommit) else found

    def resolved(self, path: str) -> str | None:
        """Return where the links of the tree lead a path; nothing where that is outside."""
        left, done, links = [part for part in path.split("/") if part not in ("", ".")][::-1], "", 0
        while left:
            part = left.pop()
            if part == "..":
                if not done:
                    return None
                done = posixpath.dirname(done)
                continue
            here = f"{done}/{part}" if done else part
            found = self.files.get(here)
            if found is None or not found.is_link:
                done = here
                continue
            links += 1
            target = os.fsdecode(self._blobs.read(found.blob, 4096))
            if links > _MOST_LINKS or target.startswith("/"):
                return None
            left += [one for one in target.split("/") if one not in ("", ".")][::-1]
        return done

    def project_of(self, folder: str) -> Project:
        """Return the project of a folder, as the configuration of the revision has it.

        Raises:
            UsageError: The configuration is wrong.
        """
        if folder not in self._projects:
            self._projects[folder] = self._project_of(folder)
        return self._projects[folder]

    def open_blob(self, blob: str) -> BinaryIO:
        """Open a blob; what Git LFS keeps elsewhere is opened there, if it is there.

        Raises:
            NotFetchedError: Git LFS has not fetched it.
            ToolError: It is too large for a picture.
        """
        data = self._blobs.read(blob, _LARGEST + 1)
        if len(data) > _LARGEST:
            raise ToolError(f"a file of more than {_LARGEST:,} bytes in a revision is no picture for a request")
        pointer = pointer_of(data) if len(data) < LONGEST else None
        if pointer is not None:
            name = pointer.sha256
            kept = self._repository.common_folder() / "lfs" / "objects" / name[:2] / name[2:4] / name
            if kept.is_file() and not kept.is_symlink():
                return cast("BinaryIO", kept.open("rb", buffering=0))
            raise NotFetchedError(pointer)
        return io.BytesIO(data)

    def _project_of(self, folder: str) -> Project:
        for name in (OWN_FILE, PYPROJECT):
            path = f"{folder}/{name}" if folder else name
            data = self.read(path) if path in self.files else None
            project = None if data is None else project_from(self.top / path, data)
            if project is not None:
                inside = (root for root in project.image_roots if root.is_relative_to(self.top))
                return project._replace(image_roots=tuple(inside if folder else project.image_roots))
        return self.project_of(posixpath.dirname(folder)) if folder else Project(self.top)

    def _submodule(self, name: str) -> Tree | None:
        """Return the files of a submodule at its commit in this revision; nothing where it is not checked out."""
        if name not in self._opened:
            try:
                self._opened[name] = self._checked_out(name)
            except GitError:
                self._opened[name] = None
        return self._opened[name]

    def _checked_out(self, name: str) -> Tree | None:
        folder, commit = self.top / name, self.submodules[name]
        if not os.path.lexists(folder / ".git"):
            return None
        repository = Repository(folder)
        if repository.top != folder or not repository.has(commit):
            return None
        return Tree(repository, commit, repository.blobs())

    def _is_folder(self, place: str) -> bool:
        if self._folders is None:
            self._folders = {""}
            for path in (*self.files, *self.submodules):
                while (path := posixpath.dirname(path)) not in self._folders:
                    self._folders.add(path)
        return place in self._folders
