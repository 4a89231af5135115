"""The files of a revision as a file system that can only be read: links, recipes, configuration, pictures."""

from __future__ import annotations

import io
import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from imagenspec.errors import ToolError
from imagenspec.images.files import Refusal, Stamp
from imagenspec.images.sniff import HEAD
from imagenspec.project.config import OWN_FILE, PYPROJECT, Project, project_from
from imagenspec.project.discovery import SUFFIX, is_skipped
from imagenspec.project.disk import DiskImages, image_of
from imagenspec.review.lfs import LONGEST, NotFetchedError, pointer_of
from imagenspec.review.partial import PartialImages
from imagenspec.source.decode import MAX_BYTES
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from imagenspec.images.files import ImageFile
    from imagenspec.review.git import Blobs, Repository, TreeFile

_MOST_LINKS = 40
_LARGEST = 100_000_000
"""The most bytes of a picture in a revision; requests take 10 MB."""


class Tree:
    """The files of a commit by their paths from the top, with forward slashes."""

    def __init__(self, repository: Repository, commit: str, blobs: Blobs) -> None:
        self.top = repository.top
        self._repository = repository
        self._blobs = blobs
        self.files = repository.files(commit)
        self._folders: set[str] | None = None
        self._projects: dict[str, Project] = {}

    def reopen(self) -> None:
        """Read through a git of its own from now on; it ends with this process."""
        self._blobs = self._repository.blobs()

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
        return place in self.files or self._is_folder(place)

    def read(self, path: str, most: int | None = MAX_BYTES + 1) -> bytes | None:
        """Return the bytes of a file, or the first of them, through links inside the tree; nothing if there is none."""
        file = self.file(path)
        return None if file is None else self._blobs.read(file[1].blob, most)

    def file(self, path: str) -> tuple[str, TreeFile] | None:
        """Return the file that a path leads to, with its own path; nothing where there is none in the tree."""
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
        found = self.files.get(done)
        return None if found is None else (done, found)

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

    def _is_folder(self, place: str) -> bool:
        if self._folders is None:
            self._folders = {""}
            for path in self.files:
                while (path := posixpath.dirname(path)) not in self._folders:
                    self._folders.add(path)
        return place in self._folders


class TreeImages(PartialImages):
    """Image files of recipes in a revision; those that the project takes from outside the checkout are on disk.

    An image that the revision does not have is missing if git has it on the other side of the comparison: then the
    revision is at fault. Otherwise git was never given it, and it is unknown: what else its recipes say can be
    compared nevertheless.
    """

    def __init__(self, tree: Tree, differing: Collection[str] = ()) -> None:
        """Prepare.

        Args:
            tree: The revision.
            differing: The paths that only one of both sides has, perhaps among others.
        """
        super().__init__()
        self._tree = tree
        self._differing = differing
        self._disk = DiskImages()
        self._blobs: dict[Path, str] = {}

    def open(self, image: ImageFile) -> BinaryIO:
        """Open an image for reading."""
        if image.path not in self._blobs:
            return self._disk.open(image)
        return self._tree.open_blob(self._blobs[image.path])

    def _look_up(self, folder: Path, written: str) -> ImageFile | Refusal:
        shown = quote(written, 60)
        if "\0" in written:
            return Refusal("IMG501", f"{shown} cannot be the name of a file")
        path = Path(os.path.abspath(folder / written))  # noqa: PTH100 - the links of the disk do not count
        if not path.is_relative_to(self._tree.top):
            return self._disk.find(str(folder / "recipe"), written)
        home = Path(os.path.abspath(folder)).relative_to(self._tree.top).as_posix()  # noqa: PTH100 - as before
        project = self._tree.project_of("" if home == "." else home)
        place = path.relative_to(self._tree.top).as_posix()
        found = self._tree.file(place)
        own = path if found is None else self._tree.top / found[0]
        if not any(own.is_relative_to(root) for root in (project.root, *project.image_roots)):
            return Refusal("IMG502", f"{shown} leads outside the project")
        if found is not None:
            return self._read(written, own, found[1].blob)
        if place in self._differing or self._tree.has(place):
            return Refusal("IMG501", f"{shown} does not exist in this revision")
        return self.unknown(written, own, place)

    def _read(self, written: str, own: Path, blob: str) -> ImageFile | Refusal:
        try:
            with self._tree.open_blob(blob) as stream:
                head = stream.read(HEAD)
                size = stream.seek(0, os.SEEK_END)
        except NotFetchedError as error:
            return self.pointed(written, own, error.pointer)
        self._blobs[own] = blob
        return image_of(written, own, head, Stamp(0, 0, size, 0, 0))
