"""Who is still there: locks on files that the system lets go of when their process dies, however it dies.

A process id says little, because ids are used again. A lock does not outlive its process, not even after SIGKILL or a
power cut, and asking for it answers at once.
"""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from imagenspec.errors import ToolError

if TYPE_CHECKING:
    from pathlib import Path

_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_SUFFIX = ".owner"

if sys.platform == "win32":
    import msvcrt

    _FAR_OFF = 1 << 30
    """A byte that no file here has; what is locked on Windows cannot be read by others."""

    def hold(descriptor: int, *, wait: bool) -> bool:
        """Lock an open file for its holder alone, until it is closed; return whether that worked."""
        place = os.lseek(descriptor, 0, os.SEEK_CUR)
        try:
            while True:
                os.lseek(descriptor, _FAR_OFF, os.SEEK_SET)
                try:
                    msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
                except OSError:
                    if not wait:
                        return False
                else:
                    return True
        finally:
            os.lseek(descriptor, place, os.SEEK_SET)

else:
    import fcntl

    def hold(descriptor: int, *, wait: bool) -> bool:
        """Lock an open file for its holder alone, until it is closed; return whether that worked."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True


def open_held(path: Path) -> int:
    """Open a file, made where there is none, and hold it; wait while another holds it.

    Returns:
        A descriptor of the file that has this path, also where others made, held and removed one meanwhile.

    Raises:
        OSError: The file cannot be made or locked, or the path is a symbolic link.
    """
    while True:
        descriptor = os.open(path, _FLAGS | os.O_CREAT, 0o666)
        try:
            hold(descriptor, wait=True)
            if is_at(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def is_at(descriptor: int, path: Path) -> bool:
    """Return whether an open file still has a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def is_held(path: Path) -> bool:
    """Return whether a file is there and somebody holds it."""
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        return False
    try:
        return not hold(descriptor, wait=False)
    finally:
        os.close(descriptor)


def bury(path: Path) -> None:
    """Remove a file that nobody holds; one that cannot be opened or removed stays."""
    with suppress(OSError):
        descriptor = os.open(path, _FLAGS)
        try:
            dead = hold(descriptor, wait=False) and is_at(descriptor, path)
            if dead and sys.platform != "win32":
                path.unlink()
        finally:
            os.close(descriptor)
        if dead and sys.platform == "win32":
            path.unlink()


class Owner:
    """Somebody who takes tasks: a name that is never used again, and a file that is held as long as they live.

    Attributes:
        name: The name.
    """

    def __init__(self, folder: Path) -> None:
        """Begin to live.

        Raises:
            ToolError: The folder cannot hold such files.
        """
        self.name = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._path = _path(folder, self.name)
        try:
            self._descriptor = open_held(self._path)
        except OSError as error:
            raise ToolError(f"{self._path} cannot be written and locked: {error.strerror}", error.strerror) from error

    def close(self) -> None:
        """Stop living; what the owner still has is anybody's."""
        if sys.platform != "win32":
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        if sys.platform == "win32":
            self._path.unlink(missing_ok=True)


def is_alive(folder: Path, name: str) -> bool:
    """Return whether the owner of that name lives. Who is dead stays dead."""
    return is_held(_path(folder, name))


def bury_dead(folder: Path) -> None:
    """Remove the files of owners that are dead."""
    for path in folder.glob(f"*{_SUFFIX}"):
        bury(path)


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}{_SUFFIX}"
