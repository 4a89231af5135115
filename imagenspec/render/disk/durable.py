"""What is on the disk and not only on its way there, and the folder in which a project's state is kept."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from imagenspec.errors import ToolError

STATE_FOLDER = ".imagenspec"
"""The folder below a project's root that holds what one checkout knows; it belongs into no repository."""


def sync(descriptor: int) -> None:
    """Wait until what was written into an open file is on the disk.

    Raises:
        OSError: The disk did not take it.
    """
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - only there does fsync not reach the disk itself

        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk; Windows has no way to ask for that.

    Raises:
        OSError: The disk did not take them.
    """
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are missing, so that they outlast a power cut.

    Raises:
        OSError: A folder cannot be made.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def state_files(root: Path, kind: str, group: str, name: str) -> list[Path]:
    """Return the files of a name, whatever their suffix, that a project's state has; nothing is made by looking."""
    return list(Path(root, STATE_FOLDER, kind, group).glob(f"{name}.*"))


def state_folder(root: Path, *below: str) -> Path:
    """Return the folder of a project's state, or one below it, made where it is missing; git ignores it.

    Raises:
        ToolError: It cannot be made, or is a link that leads elsewhere.
    """
    top = root / STATE_FOLDER
    folder = Path(top, *below)
    if not Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(root)):
        raise ToolError(f"{folder} leads outside of {root}; remove the link")
    try:
        make_folder(folder)
        with suppress(FileExistsError), (top / ".gitignore").open("x", encoding="utf-8") as stream:
            stream.write("*\n")
    except OSError as error:
        raise ToolError(f"{folder} cannot be made: {error.strerror}", error.strerror) from error
    return folder
