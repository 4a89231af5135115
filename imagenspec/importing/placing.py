"""Recipes and pictures into their places: all of them or none, and nothing written over unless asked."""

from __future__ import annotations

import filecmp
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.errors import ToolError, UsageError
from imagenspec.project.discovery import SUFFIX
from imagenspec.project.output import open_to_others, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """Yield an empty folder on the disk of another one, which may not be there yet; it is gone afterwards.

    Raises:
        ToolError: There is no place to write to.
    """
    there = next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
    try:
        made = Path(tempfile.mkdtemp(prefix=".imagenspec-import-", dir=there))
    except OSError as error:
        raise ToolError(f"{there} cannot be written to: {error.strerror}") from error
    try:
        yield made
    except OSError as error:
        raise ToolError(f"{there} cannot be written to: {error.strerror}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def place(files: dict[Path, Path], folder: Path, *, force: bool) -> None:
    """Move files to where they belong; a picture that is there already stays.

    Args:
        files: Where each file goes, and where it is.
        folder: The folder that none may leave, by a symbolic link either.
        force: Whether to write over what is there.

    Raises:
        UsageError: A file is there already, or a path leaves the folder; nothing was moved.
        ToolError: The disk does not take them; nothing is left behind that was not there before.
    """
    files = {target: made_at for target, made_at in files.items() if not _is_there(made_at, target)}
    for target in files:
        _require_free(target, folder, force=force)
    done: list[Path] = []
    made: list[Path] = []
    try:
        for target, made_at in files.items():
            made += _folders(target.parent)
            open_to_others(made_at)
            existed = os.path.lexists(target)
            if force:
                _move(made_at, target)
            else:
                _link(made_at, target)
            done += [] if existed else [target]
    except BaseException as error:
        for target in done:
            target.unlink(missing_ok=True)
        for one in reversed(made):
            one.rmdir()
        if not isinstance(error, OSError):
            raise
        if isinstance(error, FileExistsError):
            raise UsageError(f"{error.filename2 or error.filename} exists already; --force writes over it") from error
        raise ToolError(f"{folder} cannot be written to: {error.strerror}") from error


def _require_free(target: Path, folder: Path, *, force: bool) -> None:
    """Raise :class:`UsageError` unless a file may be put into a place."""
    if not Path(os.path.realpath(target.parent)).is_relative_to(os.path.realpath(folder)):
        raise UsageError(f"{target} would leave {folder}; a folder there is a symbolic link")
    if target.is_dir():
        raise UsageError(f"{target} is a folder")
    if not force and os.path.lexists(target):
        is_recipe = target.name.endswith(SUFFIX)
        what = "writes over it" if is_recipe else "keeps it, and gives the picture of the request another name"
        raise UsageError(f"{target} exists already; --force {what}")


def _is_there(made_at: Path, target: Path) -> bool:
    """Return whether a picture is in its place already, byte for byte."""
    if target.name.endswith(SUFFIX) or target.is_symlink() or not target.is_file():
        return False
    return filecmp.cmp(made_at, target, shallow=False)


def _folders(folder: Path) -> list[Path]:
    """Make a folder and those around it; return the ones that were not there, the outer first."""
    new = [one for one in (folder, *folder.parents) if not one.exists()][::-1]
    for one in new:
        one.mkdir(exist_ok=True)
    return new


def _move(made_at: Path, target: Path) -> None:
    """Put a file in the place of another one, from whatever disk it is on."""
    with replacing(target) as beside:
        shutil.move(made_at, beside)


def _link(made_at: Path, target: Path) -> None:
    """Give a file a name that nothing has yet."""
    try:
        os.link(made_at, target)
    except OSError as error:
        if isinstance(error, FileExistsError):
            raise
        with target.open("xb") as stream, made_at.open("rb") as data:
            shutil.copyfileobj(data, stream)
