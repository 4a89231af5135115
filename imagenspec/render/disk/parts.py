"""Files that are whole or not there: written under another name, waited for, then renamed.

Whoever writes such a part holds it. So a part that nobody holds was left by a process that died; the next one that
wants the same part takes it over, and :func:`imagenspec.render.disk.alive.bury` removes it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from imagenspec.errors import ToolError
from imagenspec.render.disk.alive import is_at, open_held
from imagenspec.render.disk.durable import sync

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PART = ".part"
"""The ending of such files."""


class OtherDiskError(Exception):
    """A file cannot be renamed to where it is wanted."""


class _SourceError(Exception):
    """What was to be written could not be read; nothing is wrong with the place.

    Attributes:
        error: What happened.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


@contextmanager
def written(part: Path, chunks: Iterable[bytes]) -> Iterator[tuple[BinaryIO, str]]:
    """Write a file that is gone afterwards unless it was renamed; yield it and the digest of its bytes.

    Raises:
        OSError: The pieces could not be read.
        OtherDiskError: The file was to be renamed to another disk.
        ToolError: The file cannot be written or renamed.
    """
    try:
        descriptor = _opened(part)
        with open(descriptor, "w+b") as stream:  # noqa: PTH123 - a descriptor, not a path
            try:
                found = hashlib.sha256()
                for chunk in _read(chunks):
                    found.update(chunk)
                    stream.write(chunk)
                stream.truncate()
                stream.flush()
                sync(descriptor)
                yield stream, found.hexdigest()
            finally:
                if stream.closed or is_at(descriptor, part):
                    part.unlink(missing_ok=True)
    except _SourceError as source:
        raise source.error from None
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise OtherDiskError from error
        place = error.filename2 or part  # where it could not be renamed to
        raise ToolError(f"{place} cannot be written: {error.strerror}", error.strerror) from error


def _read(chunks: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except OSError as error:
        raise _SourceError(error) from error


def renamed(stream: BinaryIO, part: Path, place: Path, *, over: bool) -> bool:
    """Give a written file its name; return whether that worked, or a file that must stay has the name."""
    if sys.platform == "win32":
        stream.close()
    if not over:
        try:
            os.link(part, place)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno == errno.EXDEV:
                raise
        else:
            return True
    part.replace(place)
    return True


def _opened(part: Path) -> int:
    """Open a part and hold it; one that is another name of a finished file is not written again."""
    while True:
        descriptor = open_held(part)
        if os.fstat(descriptor).st_nlink <= 1:
            return descriptor
        part.unlink()
        os.close(descriptor)
