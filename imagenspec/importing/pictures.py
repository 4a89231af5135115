"""The pictures of imported requests: each in a file of its own, named by what it is, equal ones kept once."""

from __future__ import annotations

import os
import struct
import zlib
from typing import TYPE_CHECKING, Any

from imagenspec.images.files import ImageFile, Refusal
from imagenspec.importing.blobs import HeldPicture, write_picture
from imagenspec.project.disk import DiskImages, stamp_of

if TYPE_CHECKING:
    from pathlib import Path

_SIDE = 64
_PIECE = 1024 * 1024


class Pictures:
    """All pictures of one import.

    Attributes:
        names: The pictures by the paths that recipes give them.
        stand_ins: Those of them that are made up.
        aside: The paths that others have already on the disk, by the path that a picture got instead.
    """

    def __init__(self, workplace: Path, folder: Path | None = None) -> None:
        """Start without pictures.

        Args:
            workplace: Where they are until they are placed.
            folder: Where they will be placed; paths of files with other bytes there are not taken.
        """
        self.names: dict[str, HeldPicture] = {}
        self.stand_ins: set[str] = set()
        self.aside: dict[str, str] = {}
        self._folder = folder
        self._workplace = workplace
        self._made = 0
        self._by_size: dict[int, list[HeldPicture]] = {}
        self._named: dict[Path, str] = {}

    def keep(self, data: bytes, start: int, end: int) -> HeldPicture:
        """Decode a picture into a file, or return the one that has the same bytes.

        Raises:
            UnreadableError: It is no base64, or no image.
        """
        held = write_picture(data, start, end, self._new_file())
        for other in self._by_size.setdefault(held.size, []):
            if _are_equal(held.path, other.path):
                held.path.unlink()
                return other._replace(respelt=held.respelt)
        self._by_size[held.size].append(held)
        return held

    def name(self, held: HeldPicture, folder: str, role: str) -> str:
        """Return the path of a picture; it gets one in a folder if it has none yet."""
        if held.path not in self._named:
            self._named[held.path] = self._free(folder, role, held.suffix, held.path)
            self.names[self._named[held.path]] = held
        return self._named[held.path]

    def stand_in(self, folder: str, role: str) -> str:
        """Return the path of a picture that is made up: grey, or half white where a mask belongs."""
        path = self._new_file()
        path.write_bytes(_png(self._made, is_mask="mask" in role or role == "scribble"))
        name = self._free(folder, role, ".png", path)
        self.names[name] = HeldPicture(path, path.stat().st_size, "image/png", respelt=False)
        self.stand_ins.add(name)
        return name

    def _new_file(self) -> Path:
        self._made += 1
        return self._workplace / f"{self._made}.part"

    def _free(self, folder: str, role: str, suffix: str, path: Path) -> str:
        name, number = f"{folder}/{role}{suffix}", 2
        taken = None
        while name in self.names or self._is_taken(name, path):
            taken = taken or (None if name in self.names else name)
            name, number = f"{folder}/{role}-{number}{suffix}", number + 1
        if taken is not None:
            self.aside[name] = taken
        return name

    def _is_taken(self, name: str, path: Path) -> bool:
        """Tell whether another picture has a name on the disk, where other recipes may refer to it."""
        there = None if self._folder is None else self._folder / name
        if there is None or not os.path.lexists(there):
            return False
        try:
            return not there.is_file() or not _are_equal(path, there)
        except OSError:
            return True


class PicturesOfRequest:
    """The pictures of one request, in a folder of its own.

    Attributes:
        used: The paths of the pictures that it names.
    """

    def __init__(self, pictures: Pictures, folder: str) -> None:
        self.used: dict[str, None] = {}
        self._pictures = pictures
        self._folder = folder

    def name(self, data: Any, role: str) -> str | None:
        """Return the file that holds the bytes of a picture, or nothing for what is none."""
        if not isinstance(data, HeldPicture):
            return None
        name = self._pictures.name(data, self._folder, role)
        self.used[name] = None
        return name

    def stand_in(self, role: str) -> str:
        """Return the file of a made-up picture."""
        name = self._pictures.stand_in(self._folder, role)
        self.used[name] = None
        return name


class HeldImages(DiskImages):
    """Pictures that have their names already but are not in their places yet."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__()
        self._pictures_held = pictures

    def _look_up(self, _folder: Path, written: str) -> ImageFile | Refusal:
        held = self._pictures_held.names.get(written)
        if held is None:
            return Refusal("IMG501", "no picture of this import has that name")
        return ImageFile(written, held.path, held.media_type, stamp_of(held.path.stat()))


def _are_equal(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb", buffering=0) as first, other.open("rb", buffering=0) as second:
        while piece := first.read(_PIECE):
            if piece != second.read(len(piece)):
                return False
    return True


def _png(number: int, *, is_mask: bool) -> bytes:
    """Return a small grey PNG that no other number gives, or one that is black and white."""
    shade = 96 + number % 64
    row = bytes([0, *([0] * (_SIDE // 2)), *([255] * (_SIDE // 2))]) if is_mask else bytes([0, *[shade] * _SIDE])
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 0, 0, 0, 0)),
        (b"tEXt", b"Comment\0stand-in %d: put the real picture here" % number),
        (b"IDAT", zlib.compress(row * _SIDE)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
