"""Output files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
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
        with replacing(path) as beside, beside.open("wb", buffering=0) as stream:
            stream.writelines(_joined(chunks))
    except OSError as error:
        raise ToolError(f"{path} cannot be written: {error.strerror}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield an empty file beside a path, which takes its place at the end; if anything fails, it is gone.

    Raises:
        OSError: The disk does not take it.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
    os.close(descriptor)
    beside = Path(name)
    try:
        yield beside
        open_to_others(beside)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def open_to_others(path: Path) -> None:
    """Give a file of ``tempfile``, which is private, the mode that new files have."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


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
