"""Pictures that were paid for: each kept under the digest of its bytes, and copied to where people want it."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.errors import ToolError, UsageError
from imagenspec.provenance.stamping import delivered, without
from imagenspec.render.disk.alive import bury
from imagenspec.render.disk.decoding import SUFFIXES, decoded
from imagenspec.render.disk.durable import STATE_FOLDER, make_folder, state_folder, sync_folder
from imagenspec.render.disk.files import FileAt, file_at, sidecar_of
from imagenspec.render.disk.parts import PART, OtherDiskError, renamed, written
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from imagenspec.provenance.record import Record

_FOREIGN = '{} was not made by a render or has been changed; move it away, or say "--force"'
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
        """Open the store of a project; its folder is made when the first picture comes.

        Raises:
            ToolError: Its folder is a link that leads elsewhere.
        """
        self._root = root
        self._folder = Path(root, STATE_FOLDER, "images")
        if self._folder.is_dir() or self._folder.parent.is_symlink():
            state_folder(root, "images")
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
        return self._folder / stored.sha256[:2] / f"{stored.sha256}.{SUFFIXES[stored.media_type]}"

    def has(self, stored: Stored) -> bool:
        """Return whether a picture is kept here, whole and unchanged; reads it."""
        there = file_at(self.path(stored))
        return there is not None and there.sha256 == stored.sha256

    def is_here(self, stored: Stored, path: Path) -> bool:
        """Return whether a picture is kept here, looking at names alone, or is already where it is wanted."""
        if self.path(stored).is_file():
            return True
        there = file_at(path)
        return there is not None and stored.sha256 in (there.plain, there.sha256)

    def materialise(  # noqa: PLR0913 - what may be written over, and what is to be said
        self,
        stored: Stored,
        path: Path,
        *,
        force: bool = False,
        ours: Collection[str] = (),
        only_ours: bool = False,
        record: Record | None = None,
    ) -> bool:
        """Put a copy of a picture where it is wanted, whole or not at all.

        It is a copy and no hard link: whoever edits a picture in place must not change what is kept.

        Args:
            stored: The picture.
            path: Where it is wanted.
            force: Write over files that no render made.
            ours: The digests of files that renders made elsewhere, as locks have them; those of the store are known.
            only_ours: Those are all that may be written over, not what else is in the store.
            record: What the picture is to say of where it comes from; what is kept stays as it came.

        Returns:
            Whether anything had to be written.

        Raises:
            ForeignFileError: Another file is there.
            UsageError: The path leads out of the project, or to where no picture belongs.
            ToolError: The picture is not kept here any more, or the file cannot be written.
        """
        place = place_in(self._root, path)
        for _ in range(3):
            there, beside = file_at(place), file_at(sidecar_of(place))
            if there is not None and _says(there, beside, stored, record):
                return False
            told = None if record is None else delivered(b"".join(self._bytes(stored, place, there)), record)
            if not force:
                self._check(path, there, ours, only_ours=only_ours)
                if told is not None and told.sidecar is not None and beside is not None and not beside.own:
                    raise ForeignFileError(_FOREIGN.format(sidecar_of(path)))
            if told is None:
                content = _Content(stored.sha256, partial(self._bytes, stored, place, there))
            else:
                content = _content(told.data)
            changed = there is None or there.sha256 != content.sha256
            if changed and not self._publish(content, place, over=there is not None):
                continue
            return self._put_beside(sidecar_of(place), beside, None if told is None else told.sidecar) or changed
        raise ToolError(f"{path} is written by somebody else at the same time")

    def _put_beside(self, place: Path, there: FileAt | None, sidecar: bytes | None) -> bool:
        """Write what could not be put into a picture beside it, or remove what is no longer needed there."""
        if sidecar is None:
            if there is not None and there.own:
                place.unlink(missing_ok=True)
            return there is not None and there.own
        return self._publish(_content(sidecar), place, over=there is not None)

    def _check(self, path: Path, there: FileAt | None, ours: Collection[str], *, only_ours: bool) -> None:
        """Refuse to write over a file that no render made."""
        digests = () if there is None else (there.sha256, there.plain)
        if digests and not any(digest in ours or (not only_ours and self._made(digest)) for digest in digests):
            raise ForeignFileError(_FOREIGN.format(path))

    def _made(self, digest: str) -> bool:
        return any((self._folder / digest[:2]).glob(f"{digest}.*"))

    def _publish(self, content: _Content, place: Path, *, over: bool) -> bool:
        """Write a file; return whether that worked, or another file appeared there meanwhile."""
        try:
            make_folder(place.parent)
        except OSError as error:
            raise ToolError(f"{place.parent} cannot be made: {error.strerror}", error.strerror) from error
        try:
            return _copy(content, self._new_part(), place, over=over)
        except OtherDiskError:
            near = place.with_name(f".{place.name[:100]}{PART}")
            return _copy(content, near, place, over=over)

    def _bytes(self, stored: Stored, place: Path, there: FileAt | None) -> Iterable[bytes]:
        """Return the bytes of a picture: as they are kept, or from its place, where the store has lost them."""
        if there is not None and there.plain == stored.sha256 and not self.path(stored).is_file():
            with suppress(OSError):
                data = without(place.read_bytes())
                if hashlib.sha256(data).hexdigest() == stored.sha256:
                    return [data]
        return self._chunks(stored)

    def _chunks(self, stored: Stored) -> Iterator[bytes]:
        """Yield the bytes of a picture that is kept; raise at their end if they are not what was kept."""
        source, found = self.path(stored), hashlib.sha256()
        try:
            stream = source.open("rb")
        except OSError as error:
            raise ToolError(f"{source} is not there any more: {error.strerror}", error.strerror) from error
        with stream:
            while piece := stream.read(1 << 20):
                found.update(piece)
                yield piece
        if found.hexdigest() != stored.sha256:
            raise ToolError(f"{source} was changed after it was kept; delete it, and render again")

    def _new_part(self) -> Path:
        return state_folder(self._root, "images") / f"{secrets.token_hex(16)}{PART}"


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


class _Content(NamedTuple):
    """Bytes to be written, with their digest."""

    sha256: str
    chunks: Callable[[], Iterable[bytes]]


def _content(data: bytes) -> _Content:
    return _Content(hashlib.sha256(data).hexdigest(), lambda: [data])


def _copy(content: _Content, part: Path, place: Path, *, over: bool) -> bool:
    with written(part, content.chunks()) as (copy, _):
        return renamed(copy, part, place, over=over)


def _says(there: FileAt, beside: FileAt | None, stored: Stored, record: Record | None) -> bool:
    """Return whether a picture and what is beside it already are what is wanted.

    What says the same by another version of the tool stays: that version made the picture.
    """
    if stored.sha256 not in (there.plain, there.sha256):
        return False
    own = beside is not None and beside.own
    if record is None:
        return there.sha256 == stored.sha256 and not own
    if there.sha256 != stored.sha256 and record.tells_the_same(there.record):
        return not own
    return beside is not None and own and record.tells_the_same(beside.record)
