"""Pictures made again, past everything that is known, and held against those that locks have."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.errors import ToolError
from imagenspec.render.disk.durable import state_files
from imagenspec.render.disk.files import file_at
from imagenspec.render.disk.store import Store
from imagenspec.render.ledger.ledger import Ledger
from imagenspec.render.likeness import Difference, changed_outside, difference, is_masked_by_service
from imagenspec.render.locks.lockfile import likeness, target_word
from imagenspec.render.plan import lock_target
from imagenspec.render.session import Home, send_all
from imagenspec.render.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagenspec.project.disk import DiskImages
    from imagenspec.render.ledger.tasks import Outcome, Sample
    from imagenspec.render.locks.lines import Entry, LockedSample
    from imagenspec.render.plan import Plan
    from imagenspec.render.runner import Watcher
    from imagenspec.render.service.targets import Target
    from imagenspec.render.session import Route
    from imagenspec.render.stopping import Interruption
    from imagenspec.render.work import Work


class Verdict(NamedTuple):
    """How a picture stands to the one that the lock has.

    Attributes:
        work: The case.
        number: The number of the picture, from 1; 0 is the case as a whole.
        word: ``bytes equal``, ``pixels equal``, ``different``, ``as before`` (without a picture), or ``not verified``.
        how: How they differ, or why nobody can tell.
        outside: How many pixels an edit changed outside its mask, where that is known.
        is_masked_by_service: Whether it is not known because the service makes the mask.
    """

    work: Work
    number: int
    word: str
    how: str = ""
    outside: int | None = None
    is_masked_by_service: bool = False

    @property
    def equal(self) -> bool:
        """Whether the lock holds."""
        return self.word not in ("different", "not verified")


class Verification(NamedTuple):
    """What became of a verification.

    Attributes:
        verdicts: How each picture stands to its lock.
        left: How many cases somebody's signal left without an answer.
        interrupted: How somebody stopped it.
    """

    verdicts: tuple[Verdict, ...]
    left: int = 0
    interrupted: Interruption | None = None


def can_be_verified(one: Plan, work: Work, target: Target) -> str | None:
    """Return why the pictures of a case cannot be made again to compare them, or nothing where they can."""
    entry = one.lock.entries.get(work.task.case)
    if entry is None or not entry.samples:
        return "it was not rendered yet"
    state = one.states[work.task.case]
    if state.word == "changed":
        return state.words
    if entry.target != lock_target(target):
        word = target_word(entry.target)
        option = "URL" if word.startswith("url") else word
        return f"its pictures are from another target ({word}); say --target {option}"
    return None


def works_to_verify(plans: Sequence[Plan], target: Target) -> dict[str, Work]:
    """Return what is to be sent to verify recipes, by the keys of the tasks."""
    return {work.task.key: work for one in plans for work in one.works if can_be_verified(one, work, target) is None}


def verify(plans: Sequence[Plan], how: Route, watcher: Watcher, images: DiskImages) -> Verification:
    """Render again and return how each picture stands to its lock; nothing that is known is used or changed.

    Of cases that were not sent because somebody stopped it, only the number is returned.

    Raises:
        ToolError: There is no room for the pictures.
        CredentialsError: There is no valid token.
    """
    works = works_to_verify(plans, how.target)
    with tempfile.TemporaryDirectory(prefix="imagenspec-verify-") as name:
        root = Path(name)
        with Ledger(root) as ledger:
            store = Store(root)
            ledger.plan(work.task for work in works.values())
            interrupted = send_all(works, Home(root, ledger, store), how, watcher, Tally()) if works else None
            found: list[Verdict] = []
            left = 0
            for one in plans:
                for work in one.works:
                    why = can_be_verified(one, work, how.target)
                    if why is not None:
                        found.append(Verdict(work, 0, "not verified", why))
                        continue
                    outcome = ledger.outcome(work.task.key)
                    if outcome is None and interrupted is not None:
                        left += 1
                        continue
                    found += _verdicts(one, work, outcome, store, images)
            return Verification(tuple(found), left, interrupted)


def _verdicts(one: Plan, work: Work, outcome: Outcome | None, store: Store, images: DiskImages) -> Iterator[Verdict]:
    entry: Entry = one.lock.entries[work.task.case]
    if outcome is None or not outcome.samples:
        yield Verdict(work, 0, "not verified", "it was not sent" if outcome is None else outcome.why)
        return
    if len(outcome.samples) != len(entry.samples):
        yield Verdict(work, 0, "different", f"{len(entry.samples)} pictures became {len(outcome.samples)}")
        return
    for number, (locked, sample) in enumerate(zip(entry.samples, outcome.samples, strict=True), 1):
        yield _verdict(one, Verdict(work, number, "as before"), locked, sample, store, images)


def _verdict(  # noqa: PLR0913, PLR0917 - two pictures and where each is
    one: Plan, begun: Verdict, locked: LockedSample, sample: Sample, store: Store, images: DiskImages
) -> Verdict:
    if locked.outcome != sample.outcome:
        return begun._replace(word="different", how=f"{locked.outcome} became {sample.outcome}")
    if sample.stored is None:
        where = " in Cloud Storage, which is not looked into" if sample.gcs is not None else ""
        return begun._replace(how=f"{locked.outcome}{where}")
    picture = store.path(sample.stored)
    begun = begun._replace(
        outside=changed_outside(begun.work, picture, images), is_masked_by_service=is_masked_by_service(begun.work)
    )
    word = likeness(locked, sample.stored)
    if word != "different":
        return begun._replace(word=f"{word} equal")
    before = _locked_file(one, locked)
    if before is None:
        return begun._replace(word="different", how="the picture of the lock is not here to see by how much")
    how = difference(before, picture)
    return begun._replace(word="different", how=f"{how}" if isinstance(how, Difference) else how)


def _locked_file(one: Plan, locked: LockedSample) -> Path | None:
    """Return where the picture is that a lock has: at its path, or in the store."""
    digest = locked.sha256 or ""
    places = [] if locked.file is None else [Path(one.recipe).parent / locked.file]
    places += state_files(one.root, "images", digest[:2], digest) if digest else []
    for place in places:
        try:
            found = file_at(place)
        except ToolError:
            continue
        if found is not None and digest in (found.sha256, found.plain):
            return place
    return None
