"""Pictures that were paid for: each kept under the digest of its bytes, and copied to where people want it."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from imagenspec.errors import ToolError, UsageError
from imagenspec.render.alive import bury
from imagenspec.render.decoding import FORMATS, decoded
from imagenspec.render.durable import STATE_FOLDER, make_folder, state_folder, sync_folder
from imagenspec.render.parts import PART, OtherDiskError, renamed, written
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_SUFFIXES = dict(FORMATS.values())
_NO_ENTRY = (".git", STATE_FOLDER)
"""Folders that hold what is not the author's; no recipe writes there."""


class Stored(NamedTuple):
    """A picture in the store.

    Attributes:
        sha256: The SHA-256 of its bytes in hexadecimal.
        size: How many bytes it has.
        media_type: Its content type, by its bytes.
        width: In pixels.
        height: In pixels.
        pixels: The SHA-256 of its decoded pixels.
    """

    sha256: str
    size: int
    media_type: str
    width: int
    height: int
    pixels: str = ""


class ForeignFileError(UsageError):
    """A file that stands where a picture is wanted, and that no render made."""


class Store:
    """The pictures of a project, below ``.imagenspec/images``; threads and processes may share it.

    What is there is whole: it was on the disk before it got its name. What a process that died left half-written is
    removed when the next one begins.
    """

    def __init__(self, root: Path) -> None:
        """Open the store of a project.

        Raises:
            ToolError: Its folder cannot be made.
        """
        self._root = root
        self._folder = state_folder(root, "images")
        for part in self._folder.glob("[0-9a-f]" * 32 + PART):
            bury(part)

    def put(self, chunks: Iterable[bytes]) -> Stored:
        """Keep a picture.

        Args:
            chunks: Its bytes in pieces.

        Raises:
            NotAnImageError: The bytes are no picture that can be decoded whole, or one of too many pixels.
            ToolError: There is no room, or the folder cannot be written.
        """
        part = self._new_part()
        with written(part, chunks) as (stream, digest):
            size = stream.tell()
            stream.seek(0)
            found = decoded(stream)
            stored = Stored(digest, size, found.media_type, found.width, found.height, found.pixels)
            path = self.path(stored)
            state_folder(self._root, "images", path.parent.name)
            renamed(stream, part, path, over=True)
            sync_folder(path.parent)
        return stored

    def path(self, stored: Stored) -> Path:
        """Return where a picture's bytes are kept."""
        return self._folder / stored.sha256[:2] / f"{stored.sha256}.{_SUFFIXES[stored.media_type]}"

    def has(self, stored: Stored) -> bool:
        """Return whether a picture is kept here, whole and unchanged; reads it."""
        return _digest(self.path(stored)) == stored.sha256

    def is_here(self, stored: Stored, path: Path) -> bool:
        """Return whether a picture is kept here, looking at names alone, or is already where it is wanted."""
        return self.path(stored).is_file() or _digest(path) == stored.sha256

    def materialise(self, stored: Stored, path: Path, *, force: bool = False, ours: Collection[str] = ()) -> bool:
        """Put a copy of a picture where it is wanted, whole or not at all.

        It is a copy and no hard link: whoever edits a picture in place must not change what is kept.

        Args:
            stored: The picture.
            path: Where it is wanted.
            force: Write over files that no render made.
            ours: The digests of files that renders made elsewhere, as locks have them; those of the store are known.

        Returns:
            Whether anything had to be written.

        Raises:
            ForeignFileError: Another file is there.
            UsageError: The path leads out of the project, or to where no picture belongs.
            ToolError: The picture is not kept here any more, or the file cannot be written.
        """
        place = place_in(self._root, path)
        for _ in range(3):
            there = _digest(place)
            if there == stored.sha256:
                return False
            if there is not None and not force and there not in ours and not self._made(there):
                raise ForeignFileError(
                    f"{path} was not made by a render or has been changed; move it away, or use force"
                )
            if self._publish(stored, place, over=there is not None):
                return True
        raise ToolError(f"{path} is written by somebody else at the same time")

    def _made(self, digest: str) -> bool:
        return any((self._folder / digest[:2]).glob(f"{digest}.*"))

    def _publish(self, stored: Stored, place: Path, *, over: bool) -> bool:
        """Copy a picture to its place; return whether that worked, or another file appeared there meanwhile."""
        try:
            make_folder(place.parent)
        except OSError as error:
            raise ToolError(f"{place.parent} cannot be made: {error.strerror}", error.strerror) from error
        try:
            return self._copy(stored, self._new_part(), place, over=over)
        except OtherDiskError:
            near = place.with_name(f".{place.name[:100]}{PART}")
            return self._copy(stored, near, place, over=over)

    def _copy(self, stored: Stored, part: Path, place: Path, *, over: bool) -> bool:
        source = self.path(stored)
        try:
            stream = source.open("rb")
        except OSError as error:
            raise ToolError(f"{source} is not there any more: {error.strerror}", error.strerror) from error
        with stream, written(part, _pieces(stream)) as (copy, digest):
            if digest != stored.sha256:
                raise ToolError(f"{source} was changed after it was kept; delete it, and render again")
            return renamed(copy, part, place, over=over)

    def _new_part(self) -> Path:
        return self._folder / f"{secrets.token_hex(16)}{PART}"


def place_in(root: Path, path: Path) -> Path:
    """Return where a path leads, its last part not followed, if a picture may be written there.

    Args:
        root: The project's root.
        path: Where a picture is wanted.

    Raises:
        UsageError: The path leads out of the project, or to where no picture belongs.
    """
    root = Path(os.path.realpath(root))
    if path.name in ("", "..") or "\0" in str(path):
        raise UsageError(f"{quote(path, 200)} cannot be the name of a file")
    place = Path(os.path.realpath(path.parent), path.name)
    if not place.is_relative_to(root):
        raise UsageError(f"{quote(path, 200)} leads outside the project; pictures are only written inside {root}")
    if any(part.lower() in _NO_ENTRY for part in place.relative_to(root).parts):
        raise UsageError(f"{quote(path, 200)} is no place for pictures")
    try:
        is_folder = stat.S_ISDIR(place.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        is_folder = False
    except OSError as error:
        raise UsageError(f"{quote(path, 200)} cannot be the name of a file: {error.strerror}") from error
    if is_folder:
        raise UsageError(f"{quote(path, 200)} is a folder; name a file in it")
    return place


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(1 << 20):
        yield piece


def _digest(path: Path) -> str | None:
    """Return the digest of the file at a path, an empty one for what is no file, and nothing where nothing is."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return ""
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}", error.strerror) from error
