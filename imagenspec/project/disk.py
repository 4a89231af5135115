"""Image files on disk: which of them a recipe may send."""

from __future__ import annotations

import errno
import os
import stat
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from imagenspec.errors import ToolError
from imagenspec.images.files import ImageFile, Refusal, Stamp
from imagenspec.images.headers import Picture, read_header
from imagenspec.images.sniff import HEAD, media_type
from imagenspec.project.config import project_of
from imagenspec.source.diagnostics import did_you_mean, quote

if TYPE_CHECKING:
    from imagenspec.images.pictures import MaskLook

_MOST_REMEMBERED = 500
_PICTURES = (".png", ".jpg", ".jpeg")


@lru_cache(maxsize=64)
def _pictures(folder: Path) -> tuple[str, ...]:
    """Return the names of the first pictures in a folder."""
    try:
        with os.scandir(folder) as entries:
            found = (entry.name for entry in entries if entry.name.lower().endswith(_PICTURES))
            return tuple(islice(found, 200))
    except OSError:
        return ()


class DiskImages:
    """Image files of recipes on disk; each is looked at once and hashed once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], ImageFile | Refusal] = {}
        self._digests: dict[Path, str] = {}
        self._pictures: dict[Path, Picture | None] = {}
        self._masks: dict[Path, MaskLook | None] = {}
        self._recipe = self._folder = ""

    def find(self, recipe: str, written: str) -> ImageFile | Refusal:
        """Return the image that a recipe calls ``written``, or why it may not be sent."""
        if recipe != self._recipe:
            self._recipe = recipe
            self._folder = os.path.dirname(recipe)  # noqa: PTH120 - a Path for each image of each case costs more
        place = (self._folder, written)
        found = self._found.get(place)
        if found is None:
            if len(self._found) >= _MOST_REMEMBERED:
                self._forget()
            found = self._found[place] = self._look_up(Path(self._folder), written)
        return found

    def _look_up(self, folder: Path, written: str) -> ImageFile | Refusal:
        return _find(folder, written)

    def _forget(self) -> None:
        """Forget what was found of many recipes, so that memory does not grow with their number."""
        for known in (self._found, self._digests, self._pictures, self._masks):
            known.clear()

    def open(self, image: ImageFile) -> BinaryIO:
        """Open an image for reading, without buffering.

        Raises:
            ToolError: The file cannot be read any more.
        """
        try:
            return _open(image.path)
        except OSError as error:
            raise ToolError(f"{image.path} could be read before but not now: {error.strerror}") from error

    def picture(self, image: ImageFile) -> Picture | None:
        """Return what the header of an image says, or nothing where it cannot be read."""
        if image.path not in self._pictures:
            with self.open(image) as stream:
                self._pictures[image.path] = read_header(stream) or _read_carefully(stream)
        return self._pictures[image.path]

    def mask(self, image: ImageFile) -> MaskLook | None:
        """Return what the pixels of a mask are, or nothing where they cannot be decoded."""
        if image.path not in self._masks:
            from imagenspec.images.pictures import look_at_mask  # noqa: PLC0415

            with self.open(image) as stream:
                self._masks[image.path] = look_at_mask(stream)
        return self._masks[image.path]

    def sha256(self, image: ImageFile) -> str:
        """Return the hexadecimal SHA-256 of an image's bytes."""
        if image.path not in self._digests:
            import hashlib  # noqa: PLC0415 - most lints hash nothing

            with self.open(image) as stream:
                self._digests[image.path] = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
        return self._digests[image.path]


def _read_carefully(stream: BinaryIO) -> Picture | None:
    from imagenspec.images.pictures import read_picture  # noqa: PLC0415 - most headers are plain

    stream.seek(0)
    return read_picture(stream)


def _open(path: Path) -> BinaryIO:
    """Open a file without following a link that was put in its place, and without waiting for a pipe."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return open(os.open(path, flags), "rb", buffering=0)  # noqa: PTH123 - the caller closes it


def _find(folder: Path, written: str) -> ImageFile | Refusal:
    shown = quote(written, 60)
    if "\0" in written:
        return Refusal("IMG501", f"{shown} cannot be the name of a file")
    project = project_of(folder)
    try:
        path = Path(os.path.realpath(folder / written))
        roots = [Path(os.path.realpath(root)) for root in (project.root, *project.image_roots)]
        if not any(path.is_relative_to(root) for root in roots):
            return Refusal(
                "IMG502", f'{shown} leads outside the project; "image_roots" in .imagenspec.toml can allow it'
            )
        return _look(path, written)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            return Refusal("IMG501", f"{shown} does not exist{_near(folder, written)}")
        return Refusal("IMG504", f"{shown} cannot be read: {error.strerror}")


def _look(path: Path, written: str) -> ImageFile | Refusal:
    shown = quote(written, 60)
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        what = (
            "a directory; name a picture in it"
            if stat.S_ISDIR(status.st_mode)
            else "not a file; copy the picture into one"
        )
        return Refusal("IMG503", f"{shown} is {what}")
    with _open(path) as stream:
        head = stream.read(HEAD)
    return image_of(written, path, head, stamp_of(status))


def image_of(written: str, path: Path, head: bytes, stamp: Stamp) -> ImageFile | Refusal:
    """Return the image that a file is by its first bytes, or why it is none."""
    found = media_type(head)
    if found is None:
        what = "is empty" if not head else "is text" if _is_text(head) else "is no image"
        return Refusal("IMG505", f"{quote(written, 60)} {what}; requests take PNG and JPEG")
    return ImageFile(written, path, found, stamp)


def stamp_of(status: os.stat_result) -> Stamp:
    """Return the part of a file's state that changes with its content."""
    return Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _is_text(head: bytes) -> bool:
    return head.isascii() and all(character.isprintable() or character.isspace() for character in head.decode())


def _near(folder: Path, written: str) -> str:
    """Return the path of a picture beside a missing one that was probably meant, as the recipe would write it."""
    parent, name = os.path.split(written)
    near = did_you_mean(name, _pictures(folder / parent))
    return f"; did you mean {quote(os.path.join(parent, near), 60)}?" if near else ""  # noqa: PTH118 - as written
