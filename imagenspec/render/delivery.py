"""What the ledger has, brought to where people look: pictures at their paths, and a line in the lock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.project.config import project_of
from imagenspec.recipe.model import SAMPLE
from imagenspec.render.lock_lines import Entry
from imagenspec.render.lockfile import Wanted, locked_sample, path_of, update
from imagenspec.render.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from imagenspec.render.lock_lines import LockedSample
    from imagenspec.render.store import Store
    from imagenspec.render.tasks import Outcome, Sample
    from imagenspec.render.work import Work

_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg"}


def wanted_of(work: Work, target: str) -> Wanted:
    """Return what a case asks for now, to be held against its line in the lock."""
    return Wanted(work.recipe.task, work.task.model, work.task.digest, work.data, work.inputs, work.seed, target)


def paths_of(work: Work, samples: Sequence[Sample]) -> list[str | None]:
    """Return where the pictures of a request go, from the recipe's folder with forward slashes."""
    found: list[str | None] = []
    for number, sample in enumerate(samples, 1):
        if sample.stored is None:
            found.append(None)
            continue
        found.append(work.path.replace(SAMPLE, str(number)) + suffix_of(sample.stored.media_type))
    return found


def suffix_of(media_type: str) -> str:
    """Return the suffix of files of a content type: ``.jpg``."""
    return _SUFFIXES.get(media_type, f".{media_type.partition('/')[2]}")


def deliver(  # noqa: PLR0913 - what there is to deliver, and on which terms
    work: Work,
    outcome: Outcome,
    store: Store,
    *,
    force: bool = False,
    ours: Collection[str] = (),
    provenance: bool = True,
) -> tuple[LockedSample, ...]:
    """Put the pictures of a request where they are wanted, and return what the lock says of them.

    Args:
        work: What the request is for.
        outcome: What became of it.
        store: Has the pictures.
        force: Write over files that no render made.
        ours: The digests of files that renders made elsewhere.
        provenance: Tell pictures what made them, unless their project does not want it.

    Raises:
        UsageError: A path leads out of the project, or a file is there that no render made.
        ToolError: A file cannot be written.
    """
    folder = Path(work.request.recipe).parent
    teller = Teller.of(work) if provenance and project_of(folder).provenance else None
    locked = []
    for number, (sample, path) in enumerate(zip(outcome.samples, paths_of(work, outcome.samples), strict=True), 1):
        if sample.stored is not None and path is not None:
            record = None if teller is None else teller.record(number, sample.stored.sha256)
            store.materialise(sample.stored, folder / path, force=force, ours=ours, record=record)
        locked.append(locked_sample(sample, path))
    return tuple(locked)


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
