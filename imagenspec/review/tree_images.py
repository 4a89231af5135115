"""Image files of recipes in a revision."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from imagenspec.errors import UsageError
from imagenspec.images.files import Refusal, Stamp
from imagenspec.images.sniff import HEAD
from imagenspec.project.disk import DiskImages, image_of
from imagenspec.review.lfs import NotFetchedError
from imagenspec.review.partial import PartialImages
from imagenspec.review.tree import Held
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Collection

    from imagenspec.images.files import ImageFile
    from imagenspec.review.tree import Tree


class TreeImages(PartialImages):
    """Image files of recipes in a revision.

    Those that the project takes from outside the checkout are on disk. They are only read if the configuration there
    takes them too: a revision that somebody else wrote must not open this machine's files. Else they are unknown.

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
        self._held: dict[Path, Held] = {}

    def open(self, image: ImageFile) -> BinaryIO:
        """Open an image for reading."""
        if image.path not in self._held:
            return self._disk.open(image)
        held = self._held[image.path]
        return held.tree.open_blob(held.file.blob)

    def _look_up(self, folder: Path, written: str) -> ImageFile | Refusal:
        shown = quote(written, 60)
        if "\0" in written:
            return Refusal("IMG501", f"{shown} cannot be the name of a file")
        top = self._tree.top
        path = Path(os.path.abspath(folder / written))  # noqa: PTH100 - the links of the disk do not count
        if not path.is_relative_to(top):
            path = Path(os.path.realpath(path))
        home = Path(os.path.abspath(folder)).relative_to(top).as_posix()  # noqa: PTH100 - as before
        project = self._tree.project_of("" if home == "." else home)
        place = path.relative_to(top).as_posix() if path.is_relative_to(top) else None
        found = None if place is None else self._tree.found(place)
        own = found.tree.top / found.path if isinstance(found, Held) else path
        if not any(own.is_relative_to(root) for root in (project.root, *project.image_roots)):
            return Refusal(
                "IMG502", f'{shown} leads outside the project; "image_roots" in .imagenspec.toml can allow it'
            )
        if place is None:
            return self._outside(folder, written, own)
        if isinstance(found, Held):
            return self._read(written, own, found)
        if found is None and self._is_missing(place):
            return Refusal("IMG501", f"{shown} does not exist in this revision")
        return self.unknown(written, own, place, found)

    def _outside(self, folder: Path, written: str, own: Path) -> ImageFile | Refusal:
        """Return an image that the revision takes from outside the checkout."""
        try:
            found = self._disk.find(str(folder / "recipe"), written)
        except UsageError:
            found = None
        if found is None or (isinstance(found, Refusal) and found.code == "IMG502"):
            return self.unknown(written, own, own.as_posix())
        return found

    def _is_missing(self, place: str) -> bool:
        """Return whether git has, on one of both sides, what could be a file; or else a submodule that had another."""
        parents = (parent.as_posix() for parent in PurePosixPath(place).parents)
        return self._tree.has(place) or any(one in self._differing for one in (place, *parents))

    def _read(self, written: str, own: Path, held: Held) -> ImageFile | Refusal:
        try:
            with held.tree.open_blob(held.file.blob) as stream:
                head = stream.read(HEAD)
                size = stream.seek(0, os.SEEK_END)
        except NotFetchedError as error:
            return self.pointed(written, own, error.pointer)
        self._held[own] = held
        return image_of(written, own, head, Stamp(0, 0, size, 0, 0))
