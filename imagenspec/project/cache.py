"""Verdicts of earlier runs. A verdict is used again only while everything that it came from is as it was.

It came from the bytes of the recipe and its place, the project's configuration, the options, this program with its
data and libraries, the models' dates that have passed, and the pictures. All but the pictures are in the key. A
picture is the same if its file is (device, inode, size, times of change); where a small one has another file or times,
its digest decides. Nothing is kept of a recipe whose pictures cannot be used, or have changed so lately that another
change could have the same time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import sys
import time
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import jsonschema_rs

from imagenspec.catalog.models import era
from imagenspec.catalog.tables import schemas_folder
from imagenspec.images.files import ImageFile
from imagenspec.project.config import project_of
from imagenspec.project.disk import stamp_of
from imagenspec.project.verdict import dumped, packed, unpacked
from imagenspec.source.decode import decode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.config import Project
    from imagenspec.project.options import Options
    from imagenspec.project.verdict import Verdict

_ANY = "SELECT 1 FROM verdict LIMIT 1"
_FORM = 1
"""The form of what is stored; another form is another key."""
_YOUNG = 2_000_000_000
"""Nanoseconds within which a file system may give two changes one time."""
_SMALL = 64 * 1024
_KEPT_DAYS = 30
_SECONDS_OF_DAY = 86_400


class Cache:
    """Verdicts on disk; whatever is wrong with the file, there are just no verdicts in it."""

    def __init__(self, folder: Path | None = None) -> None:
        self._connection = _connect(folder or cache_folder())
        self.empty = not self._has_rows()

    def get(self, key: bytes, name: str, data: bytes, options: Options) -> Verdict | None:
        """Return the verdict about a recipe, or nothing where none is known that still holds.

        Args:
            key: From :func:`key_of`.
            name: The recipe's path.
            data: Its bytes.
            options: Where pictures are looked up.
        """
        if self._connection is None:
            return None
        try:
            row = self._connection.execute("SELECT value FROM verdict WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            stored = json.loads(row[0])
            if not all(_is_same(name, picture, options) for picture in stored["pictures"]):
                return None
            return unpacked(decode(name, data)[0], stored)
        except (sqlite3.Error, LookupError, TypeError, ValueError, OSError):
            return None

    def put(self, entries: Iterable[tuple[bytes, str]]) -> None:
        """Keep verdicts as :func:`entry` makes them, by their keys."""
        if self._connection is None:
            return
        day = int(time.time() // _SECONDS_OF_DAY)
        try:
            with self._connection:
                rows = [(key, day, value) for key, value in entries]
                self._connection.executemany("INSERT OR REPLACE INTO verdict VALUES (?, ?, ?)", rows)
        except sqlite3.Error:
            return

    def close(self) -> None:
        """Forget what is old, once a day, and close the file."""
        if self._connection is None:
            return
        day = int(time.time() // _SECONDS_OF_DAY)
        try:
            if self._connection.execute("PRAGMA user_version").fetchone()[0] != day:
                with self._connection:
                    self._connection.execute("DELETE FROM verdict WHERE day < ?", (day - _KEPT_DAYS,))
                    self._connection.execute(f"PRAGMA user_version = {day}")
            self._connection.close()
        except sqlite3.Error:
            return

    def _has_rows(self) -> bool:
        try:
            return self._connection is not None and bool(self._connection.execute(_ANY).fetchall())
        except sqlite3.Error:
            self._connection = None
            return False


def cache_folder() -> Path:
    """Return the folder of this user's cache: ``IMAGENSPEC_CACHE_DIR``, or where the system keeps caches.

    It is not in the repository: a cache that a change could bring along could not be believed.
    """
    own = os.environ.get("IMAGENSPEC_CACHE_DIR")
    if own:
        return Path(own)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "imagenspec" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "imagenspec"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "imagenspec"


def _connect(folder: Path) -> sqlite3.Connection | None:
    """Open the file, or begin a new one in the place of one that is damaged."""
    file = folder / "verdicts.sqlite"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return _opened(file)
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError:
            file.unlink(missing_ok=True)
            return _opened(file)
    except (sqlite3.Error, OSError, RuntimeError):
        return None


def _opened(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=2)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS verdict (key BLOB PRIMARY KEY, day INTEGER, value TEXT) WITHOUT ROWID"
    )
    return connection


def key_of(name: str, data: bytes, options: Options) -> bytes:
    """Return what a recipe's verdict depends on, but for the pictures, as a digest of 32 bytes.

    Raises:
        UsageError: The project's configuration is wrong.
    """
    project = project_of(Path(name).parent)
    place = os.path.abspath(name)  # noqa: PTH100 - links are followed when images are looked up, not here
    said = _said(project, options.day(project), options.max_cases, tuple(sorted(options.variables.items())))
    return hashlib.sha256(f"{said}\0{place}\0".encode("utf-8", "surrogateescape") + data).digest()


@lru_cache(maxsize=16)
def _said(project: Project, day: date, max_cases: int, variables: tuple[tuple[str, str], ...]) -> str:
    """Return what the verdicts about all recipes of a project depend on."""
    return repr((program(), era(day.isoformat()), max_cases, variables, project._replace(as_of=None)))


@cache
def program() -> str:
    """Return what tells this program, its data and its libraries from any other."""
    data = [path for below in ("", "data") for path in (schemas_folder() / below).glob("*.json")]
    files = {*Path(__file__).parent.parent.rglob("*.py"), *data}
    states = [(str(path), status.st_size, status.st_mtime_ns) for path in sorted(files) if (status := path.stat())]
    libraries = sorted({Path(module.__file__ or "").parent.parent for module in (click, jsonschema_rs)})
    states += [(str(folder), 0, folder.stat().st_mtime_ns) for folder in libraries]
    return hashlib.sha256(repr((_FORM, sys.version, states)).encode()).hexdigest()


def entry(checked: CheckedRecipe, verdict: Verdict, options: Options, started: int) -> str | None:
    """Return what is stored of a verdict, or nothing where it cannot be known whether it will still hold.

    Args:
        checked: The recipe.
        verdict: The verdict about it.
        options: Where its pictures were looked up.
        started: When the checking began, in nanoseconds since the epoch.

    Raises:
        OSError: A picture is gone.
    """
    pictures = []
    for written in sorted(checked.seen.pictures):
        found = options.images.find(checked.name, written)
        if not isinstance(found, ImageFile):
            return None
        digest = options.images.sha256(found) if found.size <= _SMALL else None
        if found.stamp.changed > started - _YOUNG or stamp_of(found.path.stat()) != found.stamp:
            return None
        pictures.append([written, os.fspath(found.path), found.media_type, found.stamp, digest])
    return dumped({**packed(verdict), "pictures": pictures})


def _is_same(name: str, picture: list[Any], options: Options) -> bool:
    written, path, media_type, stamp, digest = picture
    found = options.images.find(name, written)
    if not isinstance(found, ImageFile) or (os.fspath(found.path), found.media_type) != (path, media_type):
        return False
    if tuple(stamp) == found.stamp:
        return True
    return digest is not None and options.images.sha256(found) == digest
