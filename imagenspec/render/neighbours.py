"""Pictures that belong to other recipes of a project, as their locks say."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.project.discovery import case_name, files_below
from imagenspec.render.locks.lines import LockError, entries_of
from imagenspec.render.locks.lockfile import SUFFIX, may_be_paid, path_of
from imagenspec.render.locks.orphans import recipe_of
from imagenspec.render.plan import lock_target, whole_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from imagenspec.render.locks.lines import Entry
    from imagenspec.render.service.targets import Target
    from imagenspec.render.work import Work


class Neighbours:
    """The locks below the root of a project, read when somebody asks for the first time."""

    def __init__(self, root: Path, target: Target) -> None:
        """Prepare.

        Args:
            root: The root of the project.
            target: What would make other pictures.
        """
        self._root = root
        self._target = lock_target(target)

    def owner(self, work: Work, path: str, digests: Collection[str]) -> str | None:
        """Return the name of another recipe's case whose picture stands at a path.

        One of the same request is none, and a lock without a recipe has none, but for pictures of another target that
        somebody may have paid for: these have an owner always.

        Args:
            work: What wants the path for a picture of its own.
            path: The whole path.
            digests: The digests of what stands there.
        """
        own = os.path.realpath(path_of(Path(work.request.recipe)))
        for lock, data in self._locks.items():
            if os.path.realpath(lock) == own or not any(digest.encode() in data for digest in digests):
                continue
            recipe = recipe_of(lock)
            for entry in _entries(lock, data):
                is_free = recipe is None or _is_same(entry, work)
                if _has(entry, lock.parent, path, digests) and (not is_free or self._is_dear(entry)):
                    name = case_name(os.path.relpath(lock if recipe is None else recipe), entry.case)
                    return name if recipe is not None else f"{name}, a lock without a recipe"
        return None

    def _is_dear(self, entry: Entry) -> bool:
        """Return whether somebody may have paid for pictures that would give way to those of another target."""
        return may_be_paid(entry) and entry.target != self._target

    @cached_property
    def _locks(self) -> dict[Path, bytes]:
        """What can be read of the locks."""
        found: dict[Path, bytes] = {}
        for lock in files_below(self._root, (SUFFIX,)):
            with suppress(OSError):
                found[lock] = lock.read_bytes()
        return found


def _entries(lock: Path, data: bytes) -> Iterator[Entry]:
    """Yield the lines of a lock, as far as it can be read."""
    with suppress(LockError):
        yield from (entry for _, entry in entries_of(str(lock), data) if entry is not None)


def _has(entry: Entry, folder: Path, path: str, digests: Collection[str]) -> bool:
    """Return whether a line names a path and one of the digests for a picture."""
    return any(
        one.sha256 in digests and one.file is not None and whole_path(folder, one.file) == path for one in entry.samples
    )


def _is_same(entry: Entry, work: Work) -> bool:
    """Return whether a line is about the same request, so that both want the same picture."""
    return (entry.model, entry.digest) == (work.task.model, work.task.digest)
