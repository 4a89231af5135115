"""Images of which not everything is known: Git LFS has their digests, or git was never given them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.images.files import ImageFile, Refusal, Stamp
from imagenspec.project.disk import DiskImages
from imagenspec.review.lfs import LONGEST, pointer_of
from imagenspec.review.values import SubmoduleCommit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagenspec.images.headers import Picture
    from imagenspec.images.pictures import MaskLook
    from imagenspec.review.lfs import Pointer

UNKNOWN = "unknown "
"""Begins what stands for the digest of an image of which only the name is known."""


class PartialImages(DiskImages):
    """Images some of which cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[Path, str] = {}

    def pointed(self, written: str, path: Path, pointer: Pointer) -> ImageFile:
        """Return an image that Git LFS keeps elsewhere."""
        self._known[path] = pointer.sha256
        return ImageFile(written, path, _type_by_name(written), Stamp(0, 0, pointer.bytes, 0, 0), is_here=False)

    def unknown(self, written: str, path: Path, place: str, submodule: SubmoduleCommit | None = None) -> ImageFile:
        """Return an image of which only the name is known: its place from the top, and where that is in a submodule."""
        self._known[path] = "\0".join((f"{UNKNOWN}{place}", *(submodule or ())))
        return ImageFile(written, path, _type_by_name(written), Stamp(0, 0, 0, 0, 0), is_here=False)

    def picture(self, image: ImageFile) -> Picture | None:
        """Return what the header of an image says, or nothing where it cannot be read."""
        return super().picture(image) if image.is_here else None

    def mask(self, image: ImageFile) -> MaskLook | None:
        """Return what the pixels of a mask are, or nothing where they cannot be decoded."""
        return super().mask(image) if image.is_here else None

    def sha256(self, image: ImageFile) -> str:
        """Return the hexadecimal SHA-256 of an image's bytes, or what stands for it."""
        return super().sha256(image) if image.is_here else self._known[image.path]


class WorkingImages(PartialImages):
    """Images on disk, where Git LFS may have left its pointers, and submodules empty folders."""

    def __init__(self, top: Path, empty: Mapping[str, str]) -> None:
        """Prepare.

        Args:
            top: The top of the repository.
            empty: The commits of submodules that are not checked out, by their paths.
        """
        super().__init__()
        self._top = top
        self._empty = empty

    def _look_up(self, folder: Path, written: str) -> ImageFile | Refusal:
        found = super()._look_up(folder, written)
        if isinstance(found, ImageFile) or found.code not in ("IMG501", "IMG505"):
            return found
        path = Path(os.path.realpath(folder / written))
        if found.code == "IMG501":
            place = path.relative_to(self._top).as_posix() if path.is_relative_to(self._top) else ""
            name = next((one for one in self._empty if place.startswith(f"{one}/")), None)
            return (
                found if name is None else self.unknown(written, path, place, SubmoduleCommit(name, self._empty[name]))
            )
        try:
            with path.open("rb") as stream:
                pointer = pointer_of(stream.read(LONGEST))
        except OSError:
            return found
        return found if pointer is None else self.pointed(written, path, pointer)


def submodule_of(known: str) -> SubmoduleCommit | None:
    """Return where an image is of which only the name is known, by what stands for its digest."""
    _, *where = known.split("\0")
    return SubmoduleCommit(*where) if where else None


def _type_by_name(name: str) -> str:
    return "image/jpeg" if name.lower().endswith((".jpg", ".jpeg")) else "image/png"
