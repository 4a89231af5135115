"""A local folder in the place of Cloud Storage: a folder for each bucket, a file for each object."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_LONGEST_NAME = 255


class MissingError(Exception):
    """The folder has no such object."""


class DeniedError(Exception):
    """An object has no place in the folder, or its file may not be read."""


class TooLargeError(Exception):
    """An object has more bytes than anything may have."""

    def __init__(self, size: int) -> None:
        super().__init__(str(size))
        self.size = size


class Bucket(NamedTuple):
    """Where objects are; without a folder none can be read, and those written are not kept."""

    folder: Path | None = None

    def read(self, uri: str, most: int) -> bytes | None:
        """Return the bytes of an object, or nothing where there is no folder.

        Args:
            uri: The object.
            most: The most bytes that are read.

        Raises:
            MissingError: The folder does not have it, or has something in its place that is no file.
            DeniedError: It lies outside of the folder, or may not be read.
            TooLargeError: It has more bytes.
        """
        if self.folder is None:
            return None
        path = self._path(uri)
        if path is None:
            raise DeniedError
        try:
            with open(path, "rb", opener=_without_waiting) as stream:
                found = os.fstat(stream.fileno())
                if not stat.S_ISREG(found.st_mode):
                    raise MissingError
                data = stream.read(most + 1) if found.st_size <= most else b""
        except PermissionError:
            raise DeniedError from None
        except OSError:
            raise MissingError from None
        if max(found.st_size, len(data)) > most:
            raise TooLargeError(max(found.st_size, len(data)))
        return data

    def can_write(self, uri: str) -> bool:
        """Tell whether objects below a URI have a place in the folder: no part of its path is ``..`` or too long."""
        return self.folder is None or self._path(f"{uri.rstrip('/')}/0") is not None

    def write(self, uri: str, data: bytes) -> None:
        """Write an object, whole or not at all.

        Raises:
            OSError: The folder cannot be written to, or has a file in the place of a folder.
        """
        path = self._path(uri)
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".object-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise

    def _path(self, uri: str) -> Path | None:
        """Return where an object is, or nothing for one without a place in the folder."""
        if self.folder is None:
            return None
        parts = uri.removeprefix("gs://").split("/")
        if any(part in ("", ".", "..") or "\0" in part or "\\" in part for part in parts):
            return None
        if any(len(os.fsencode(part)) > _LONGEST_NAME for part in parts):
            return None
        try:
            folder = self.folder.resolve()
            path = folder.joinpath(*parts)
            return path if path.resolve().is_relative_to(folder) else None
        except (OSError, RuntimeError):  # names that are too long, links in a circle
            return None


def _without_waiting(path: str, flags: int) -> int:
    """Open a file as usual, but a named pipe without waiting for who writes to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def output_uri(storage: str, digest: str, sample: int, extension: str) -> str:
    """Return the URI of an answer's image: below the storage URI, in a folder of 13 digits, which the request decides.

    Source: Google's recorded answers, where the digits are a time and the file is ``sample_0.jpg``.
    """
    folder = int(digest[:16], 16) % 10**13
    return f"{storage.rstrip('/')}/{folder:013d}/sample_{sample}.{extension}"
