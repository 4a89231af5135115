"""What the ledger has, brought to where people look: pictures at their paths, and a line in the lock."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.errors import ToolError
from imagenspec.project.config import project_of
from imagenspec.project.discovery import case_name
from imagenspec.recipe.model import SAMPLE
from imagenspec.render.disk.decoding import SUFFIXES
from imagenspec.render.disk.store import ForeignFileError
from imagenspec.render.locks.lines import Entry
from imagenspec.render.locks.lockfile import Wanted, locked_sample, path_of, update
from imagenspec.render.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from imagenspec.provenance.record import Record
    from imagenspec.render.disk.store import Store, Stored
    from imagenspec.render.ledger.tasks import Outcome, Sample
    from imagenspec.render.locks.lines import LockedSample
    from imagenspec.render.work import Work


def wanted_of(work: Work, target: str) -> Wanted:
    """Return what a case asks for now, to be held against its line in the lock."""
    return Wanted(work.recipe.task, work.task.model, work.task.digest, work.data, work.inputs, work.seed, target)


def paths_of(work: Work, samples: Sequence[Sample]) -> list[str | None]:
    """Return where the pictures of a request go, from the recipe's folder with forward slashes."""
    return [
        None if one.stored is None else stem_of(work, number) + suffix_of(one.stored.media_type)
        for number, one in enumerate(samples, 1)
    ]


def stem_of(work: Work, number: int) -> str:
    """Return the path of a picture, counted from 1, without a suffix; one more than was asked for gets a number."""
    if number > 1 and SAMPLE not in work.path:
        return f"{work.path}-{number}"
    return work.path.replace(SAMPLE, str(number))


def suffix_of(media_type: str) -> str:
    """Return the suffix of files of a content type: ``.jpg``."""
    return f".{SUFFIXES.get(media_type, media_type.partition('/')[2])}"


class Terms(NamedTuple):
    """On which terms the pictures of a request are delivered.

    Attributes:
        force: Write over files that no render made.
        ours: The digests of files that renders made elsewhere.
        provenance: Tell pictures what made them, unless their project does not want it.
        before: What the lock has of the case: the digests of its pictures by their paths.
        is_taken: Whether a whole path is for pictures of another request than that of a work.
        keep_edited: What the lock has of the case holds, so a picture that was changed since stays as it is; otherwise
            it is in the way.
        others: What the lock has of the case holds, but pictures of other renders stand at these of its paths.
    """

    force: bool = False
    ours: Collection[str] = ()
    provenance: bool = True
    before: Mapping[str, str] = {}
    is_taken: Callable[[str, Work], bool] = lambda _path, _work: False
    keep_edited: bool = False
    others: Collection[str] = ()


def deliver(
    work: Work, outcome: Outcome, store: Store, terms: Terms, notes: list[str] | None = None
) -> tuple[LockedSample, ...]:
    """Put the pictures of a request where they are wanted, and return what the lock says of those that are there.

    Args:
        work: What the request is for.
        outcome: What became of it.
        store: Has the pictures.
        terms: What may be written over, and what pictures are told.
        notes: Gets what people should know of pictures that are not where they were to be.

    Raises:
        UsageError: A path leads out of the project, or a file is there that no render made.
        ToolError: A file cannot be written.
    """
    folder = Path(work.request.recipe).parent
    teller = Teller.of(work) if terms.provenance and project_of(folder).provenance else None
    locked = []
    for number, (sample, path) in enumerate(zip(outcome.samples, paths_of(work, outcome.samples), strict=True), 1):
        note, is_there = "", True
        if sample.stored is not None and path is not None:
            record = None if teller is None else teller.record(number, sample.stored.sha256)
            note, is_there = _put(_Parcel(work, number, sample.stored, path, record), store, terms)
        if is_there:
            locked.append(locked_sample(sample, path))
        if note and notes is not None:
            notes.append(note)
    return tuple(locked)


class _Parcel(NamedTuple):
    """A picture on its way to its place: its number in the request, its bytes, its path, and what it is told."""

    work: Work
    number: int
    stored: Stored
    path: str
    record: Record | None


def _put(parcel: _Parcel, store: Store, terms: Terms) -> tuple[str, bool]:
    """Put a picture into its place; return what people should know of it, and whether it is there."""
    work, number, stored, path, record = parcel
    name, whole = case_name(work.request.recipe, work.task.case), Path(work.request.recipe).parent / path
    is_surplus = work.expected.pictures is not None and number > work.expected.pictures
    before = terms.before.get(path)
    ours = {digest for digest in (before, stored.sha256) if digest} if is_surplus else terms.ours
    try:
        _check_place(work, whole, number, terms)
        written = store.materialise(stored, whole, force=terms.force, ours=ours, only_ours=is_surplus, record=record)
    except ForeignFileError as error:
        if is_surplus:
            return f"{name}: picture {number} is more than was asked for, and only in the store: {error}", False
        if terms.keep_edited and before == stored.sha256:
            return f'{name}: {path} was changed after it was rendered, and stays so; "--force" takes that back', True
        raise
    except ToolError as error:
        raise ToolError(f"{name}: picture {number} cannot be delivered: {error}", error.reason) from error
    if written and path in terms.others:
        return f"{name}: {path} was a picture of another render; its own is there again", True
    return "", True


def _check_place(work: Work, path: Path, number: int, terms: Terms) -> None:
    """Refuse a place of which nobody knew that this request would want it, if it is another's."""
    if number <= (work.expected.pictures or 0):
        return
    whole = os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118 - compared as a text
    if terms.is_taken(whole, work):
        raise ForeignFileError(f"{path} is for a picture of another request")


def write_lock(
    recipe: str, done: Sequence[tuple[Work, tuple[LockedSample, ...]]], cases: Collection[str], target: str
) -> None:
    """Write lines for what was rendered of a recipe, and drop those of cases that it does not have any more.

    Raises:
        LockError: The lock cannot be read.
        ToolError: It cannot be written.
    """
    entries = [entry_of(work, samples, target) for work, samples in done]
    update(path_of(Path(recipe)), lambda lock: lock.updated(entries, cases))


def entry_of(work: Work, samples: tuple[LockedSample, ...], target: str) -> Entry:
    """Return what a lock says of a case."""
    wanted = wanted_of(work, target)
    return Entry(
        work.task.case,
        wanted.task,
        wanted.model,
        wanted.digest,
        wanted.data,
        wanted.inputs,
        wanted.seed,
        samples,
        target,
    )
