"""Output files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def write_whole(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file whole or not at all: into a temporary file beside it, then renamed over it.

    What is no file, such as a pipe or ``/dev/stdout``, is written as it comes.

    Raises:
        ToolError: The file cannot be written.
    """
    if path.exists() and not path.is_file():
        _write_through(path, chunks)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
    except OSError as error:
        raise ToolError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with open(descriptor, "wb", buffering=0) as stream:  # noqa: PTH123 - a descriptor, not a path
            stream.writelines(_joined(chunks))
        os.chmod(temporary, 0o666 & ~_umask())  # noqa: PTH101 - mkstemp's files are private
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise ToolError(f"{path} cannot be written: {error.strerror}") from error
        raise


def _write_through(path: Path, chunks: Iterable[bytes]) -> None:
    try:
        with path.open("wb", buffering=0) as stream:
            for chunk in _joined(chunks):
                stream.write(chunk)
    except OSError as error:
        raise ToolError(f"{path} cannot be written: {error.strerror}") from error


def _joined(chunks: Iterable[bytes], least: int = 64 * 1024) -> Iterator[bytes]:
    """Yield small pieces joined, large ones as they are."""
    waiting: list[bytes] = []
    size = 0
    for chunk in chunks:
        if len(chunk) < least:
            waiting.append(chunk)
            size += len(chunk)
        if size >= least or (len(chunk) >= least and waiting):
            yield b"".join(waiting)
            waiting, size = [], 0
        if len(chunk) >= least:
            yield chunk
    if waiting:
        yield b"".join(waiting)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
