"""Locks: beside each recipe, which requests were made of it and what they brought, so that others can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from imagenspec.errors import ToolError
from imagenspec.project.discovery import recipe_name
from imagenspec.render.disk.alive import bury
from imagenspec.render.disk.durable import sync_folder
from imagenspec.render.disk.parts import PART, renamed, written
from imagenspec.render.locks.lines import HEADER, Entry, LockedSample, LockError, entries_of, line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from pathlib import Path

    from imagenspec.render.disk.store import Stored
    from imagenspec.render.ledger.tasks import Sample

__all__ = [
    "Entry",
    "Lock",
    "LockError",
    "LockedSample",
    "State",
    "Wanted",
    "likeness",
    "locked_sample",
    "may_be_paid",
    "path_of",
    "read",
    "state_of",
    "target_word",
    "update",
]

SUFFIX = ".imagen.lock"
LOCAL = ("emulator", "url")
"""How locks name the makers of pictures on this machine; a URL elsewhere has a digest behind it."""


class Lock(NamedTuple):
    """What a lock says.

    Attributes:
        entries: The cases by their ids.
        lines: The cases as they were read, with their lines; a case that did not change keeps its line.
        header: The first line.
    """

    entries: Mapping[str, Entry] = {}
    lines: Mapping[str, tuple[Entry, str]] = {}
    header: str = HEADER

    def updated(self, entries: Iterable[Entry], cases: Container[str] | None = None) -> Lock:
        """Return the lock with some cases anew; what newer versions wrote into their lines stays.

        Args:
            entries: The cases that are anew.
            cases: The ids of the recipe's cases; others are dropped. Nothing drops none.
        """
        found = {case: entry for case, entry in self.entries.items() if cases is None or case in cases}
        for entry in entries:
            old = self.entries.get(entry.case)
            found[entry.case] = entry if old is None or entry.extra else entry._replace(extra=old.extra)
        return self._replace(entries=found)


class Wanted(NamedTuple):
    """What a case asks for now; members as those of :class:`Entry`."""

    task: str
    model: str
    digest: str
    data: str
    inputs: Mapping[str, str]
    seed: int | None
    target: str = ""


_LockWord: TypeAlias = Literal[
    "fresh",
    "changed",
    "from another target",
    "new",
    "gone",
    "without pictures",
    "other pictures",
    "filtered",
    "not as documented",
]
EDITED: Literal["edited"] = "edited"
StateWord: TypeAlias = _LockWord | Literal["edited"]
STATE_WORDS: tuple[_LockWord, ...] = get_args(_LockWord)
"""The states of which a render has something to do or to say; it leaves edited pictures as they are."""
SHORT: tuple[_LockWord, ...] = ("filtered", "not as documented")
"""The states in which a line holds, and did not bring what the recipe wants."""


class State(NamedTuple):
    """How a case stands to its line in the lock.

    Attributes:
        word: ``fresh`` where nothing differs, ``from another target`` where only that does, ``new`` without a line,
            ``gone`` without a case, ``without pictures`` where only these are missing, ``other pictures`` where
            those of another render stand in their places, ``edited`` where one of them was changed since its render,
            ``filtered`` where the recipe does not allow that, ``not as documented`` where a picture is missing.
        what: What differs of a changed case: the names of members; or the other target; or the pictures.
    """

    word: StateWord
    what: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The state for people: ``changed (request)``; a digest that differs is a request that says something else."""
        what = ", ".join("request" if name == "digest" else name for name in self.what)
        return f"{self.word} ({what})" if what else self.word


def path_of(recipe: Path) -> Path:
    """Return the path of a recipe's lock."""
    return recipe.with_name(recipe_name(recipe) + SUFFIX)


def read(path: Path) -> Lock:
    """Return a lock, an empty one where there is no file.

    Raises:
        LockError: A line is not what a lock has there; the message has its number.
        ToolError: The file cannot be read.
    """
    return _lock(path, _bytes(path))


def update(path: Path, change: Callable[[Lock], Lock]) -> Lock:
    """Read a lock, change it and write it, with no other process in between; return it as it is now.

    It is written whole or not at all, and not touched where its bytes stay the same.

    Args:
        path: The lock.
        change: Returns what the lock shall be; may be called twice, and sees what others wrote meanwhile.

    Raises:
        LockError: The lock cannot be read.
        ToolError: The file cannot be written.
    """
    old = _bytes(path)
    lock = change(_lock(path, old))
    part = path.with_name(f".{path.name}{PART}")
    if _written(lock, old) == old:
        bury(part)
        return lock

    def chunks() -> Iterator[bytes]:
        """Yield the new bytes, from what the file has now that nobody else can write it."""
        nonlocal old, lock
        old = _bytes(path)
        lock = change(_lock(path, old))
        yield _written(lock, old)

    with written(part, chunks()) as (stream, _):
        if _written(lock, old) != old:
            renamed(stream, part, path, over=True)
            sync_folder(path.parent)
    return lock


def state_of(lock: Lock, wanted: Mapping[str, Wanted]) -> dict[str, State]:
    """Return how each case of a recipe or its lock stands: those of the recipe first, in their order."""
    found = {case: _state(lock.entries.get(case), one) for case, one in wanted.items()}
    return found | {case: State("gone") for case in sorted(lock.entries) if case not in wanted}


def target_word(target: str) -> str:
    """Return how people know what a lock has as a target; the documented service has no word there."""
    return target or "vertex"


def may_be_paid(entry: Entry) -> bool:
    """Return whether a line has pictures that somebody may have paid for: any but those made on this machine."""
    return entry.target not in LOCAL and any(sample.outcome == "image" for sample in entry.samples)


def likeness(locked: LockedSample, stored: Stored) -> Literal["bytes", "pixels", "different"]:
    """Return how far a picture is the one that a lock names: the same bytes, the same pixels, or a different one."""
    if locked.sha256 == stored.sha256:
        return "bytes"
    return "pixels" if stored.pixels and locked.pixels == stored.pixels else "different"


def locked_sample(sample: Sample, file: str | None) -> LockedSample:
    """Return what a lock says of a sample.

    Args:
        sample: What became of a picture.
        file: Where it was put, from the recipe's folder.
    """
    if sample.stored is None:
        return LockedSample(
            sample.outcome, gcs=sample.gcs, reason=sample.reason, codes=sample.codes, unlike=sample.unlike
        )
    return LockedSample("image", file, sample.stored.sha256, sample.stored.pixels, sample.gcs)


def _state(entry: Entry | None, wanted: Wanted) -> State:
    if entry is None:
        return State("new")
    what = tuple(name for name in Wanted._fields if getattr(entry, name) != getattr(wanted, name))
    if what == ("target",):
        return State("from another target", (target_word(entry.target),))
    return State("changed", what) if what else State("fresh")


def _bytes(path: Path) -> bytes | None:
    try:
        if not (path.is_file() or path.is_dir()) and path.exists():
            raise ToolError(f"{path} cannot be read: it is no file")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}", error.strerror) from error


def _lock(path: Path, data: bytes | None) -> Lock:
    if data is None:
        return Lock()
    entries: dict[str, Entry] = {}
    lines: dict[str, tuple[Entry, str]] = {}
    header = HEADER
    for line, entry in entries_of(str(path), data):
        if entry is None:
            header = line
        else:
            entries[entry.case], lines[entry.case] = entry, (entry, line)
    return Lock(entries, lines, header)


def _written(lock: Lock, old: bytes | None) -> bytes:
    """Return a lock's bytes, with the line breaks that its file has so far.

    An empty line stands before each case: git takes changes of lines that touch for a conflict.
    """
    lines = [lock.header]
    for case, entry in sorted(lock.entries.items()):
        said, line = lock.lines.get(case, (None, ""))
        lines += ["", line if said == entry else line_of(entry)]
    ending = "\r\n" if old is not None and old.partition(b"\n")[0].endswith(b"\r") else "\n"
    return "".join(line + ending for line in lines).encode()
