"""Files that stand where pictures go: whose they are, and what they say of where they come from."""

from __future__ import annotations

import hashlib
import stat
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.errors import ToolError
from imagenspec.provenance.stamping import LARGEST, SIDECAR, is_own_sidecar, record_in, without

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.provenance.record import Record


class FileAt(NamedTuple):
    """A file.

    Attributes:
        sha256: The SHA-256 of its bytes; empty for what is no file.
        plain: The same without the record that a render put in, as locks and the store know a picture.
        record: What it says of where it comes from.
        own: Whether it is a record and nothing else, so that it stands beside a picture.
    """

    sha256: str
    plain: str
    record: Record | None = None
    own: bool = False


_NO_FILE = FileAt("", "")


def file_at(path: Path) -> FileAt | None:
    """Return what stands at a path, links not followed, or nothing where nothing is.

    Raises:
        ToolError: It cannot be read.
    """
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return _NO_FILE
        with path.open("rb") as stream:
            if status.st_size > LARGEST:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                return FileAt(digest, digest)
            data = stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}", error.strerror) from error
    digest = hashlib.sha256(data).hexdigest()
    return FileAt(digest, plain_digest(data), record_in(data), is_own_sidecar(data))


def plain_digest(data: bytes) -> str:
    """Return the SHA-256 of a picture's bytes as the service sent them."""
    return hashlib.sha256(without(data)).hexdigest()


def sidecar_of(picture: Path) -> Path:
    """Return where the record of a picture stands that could not be put into it."""
    return picture.with_name(picture.name + SIDECAR)
