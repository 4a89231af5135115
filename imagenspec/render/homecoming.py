"""What came, brought home while other requests are under way: pictures at their paths, then locks."""

from __future__ import annotations

import threading
from functools import cached_property
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple, Self

from imagenspec.errors import ImagenspecError, ToolError
from imagenspec.project.discovery import case_name
from imagenspec.render.delivery import Terms, deliver, write_lock
from imagenspec.render.ledger.tasks import KEPT
from imagenspec.render.plan import lock_target, name_of, outputs_of
from imagenspec.render.remaining import is_paid
from imagenspec.render.staying import is_better

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from imagenspec.render.disk.store import Store
    from imagenspec.render.ledger.ledger import Ledger
    from imagenspec.render.ledger.tasks import Outcome, Sample, State
    from imagenspec.render.locks.lines import Entry, LockedSample
    from imagenspec.render.plan import Plan
    from imagenspec.render.runner import Watcher
    from imagenspec.render.service.targets import Target
    from imagenspec.render.work import Work


class Brought(NamedTuple):
    """What became of a case.

    Attributes:
        work: The case.
        outcome: What the ledger says.
        entry: What the lock said before, where that holds.
        delivered: What was put into its place, or was found there.
    """

    work: Work
    outcome: Outcome | None
    entry: Entry | None = None
    delivered: Sequence[LockedSample] = ()


class Wish(NamedTuple):
    """On which terms pictures are brought home.

    Attributes:
        target: Who makes them.
        force: Write over files that no render made.
        provenance: Tell pictures what made them, where their project does not say otherwise.
        modified: What the locks have stays as it is where its pictures are gone for good.
    """

    target: Target
    force: bool
    provenance: bool
    modified: bool = False


class Homecoming:
    """Brings home what came of the recipes of one project, in a thread of its own once that was begun.

    Whoever dies meanwhile has lost nothing: the next one finds it in ledger and store.

    Attributes:
        problems: What kept pictures from their places, or locks from being written.
        notes: What people should know of pictures that are not where they were to be.
    """

    def __init__(self, plans: Sequence[Plan], ledger: Ledger, store: Store, wish: Wish) -> None:
        self.problems: list[ImagenspecError] = []
        self.notes: list[str] = []
        self._plans = plans
        self._ledger = ledger
        self._store = store
        self._wish = wish
        self._brought: list[dict[str, Brought]] = [{} for _ in plans]
        self._locks: list[bool] = [False for _ in plans]
        self._awaited: list[set[str]] = [set() for _ in plans]
        self._new: set[str] = set()
        self._works: dict[str, list[tuple[int, Work]]] = {}
        self._ended: SimpleQueue[str | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._hurried = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._hurried = kind is not None
        self._join()

    def begin(self, waiting: Collection[str]) -> None:
        """Begin to bring home what the watcher hears of; a recipe is through when the last of these keys ended."""
        self._awaited = [{work.task.key for work in one.works} & set(waiting) for one in self._plans]
        for number, one in enumerate(self._plans):
            for work in one.works:
                self._works.setdefault(work.task.key, []).append((number, work))
        self._thread = threading.Thread(target=self._run, name="homecoming", daemon=True)
        self._thread.start()

    def watched(self, watcher: Watcher) -> Watcher:
        """Return a watcher that hears of what has ended, and passes everything on."""
        return _Hearing(watcher, self._ended)

    def finish(self) -> list[Brought]:
        """Bring home the rest, and return what became of each case in the order of the plans."""
        self._join()
        if self._failure is not None:
            raise self._failure
        for number in range(len(self._plans)):
            self._close(number)
        return [self._brought[number][work.task.case] for number, one in enumerate(self._plans) for work in one.works]

    def _join(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.put(None)
            thread.join()

    def _run(self) -> None:
        try:
            while (key := self._ended.get()) is not None and not self._hurried:
                self._new.add(key)
                for number, work in self._works[key]:
                    self._bring(number, work)
                    awaited = self._awaited[number]
                    awaited.discard(key)
                    if not awaited:
                        self._close(number)
        except BaseException as error:  # noqa: BLE001 - raised again by finish
            self._failure = error

    def _close(self, number: int) -> None:
        """Bring home what is left of a recipe, and write its lock."""
        if self._locks[number]:
            return
        self._locks[number] = True
        one, brought = self._plans[number], self._brought[number]
        for work in one.works:
            self._bring(number, work)
        came = [
            (one.work, tuple(one.delivered))
            for one in brought.values()
            if one.outcome is not None and one.outcome.samples and one.delivered
        ]
        kept = frozenset() if self._wish.force else one.paid_and_gone(self._wish.target)
        if came or one.gone - kept:
            try:
                write_lock(one.recipe, came, one.cases | kept, lock_target(self._wish.target))
            except ImagenspecError as error:
                self.problems.append(error)
        for case in sorted(kept):
            name = case_name(one.recipe, case)
            self.notes.append(
                f'{name} is gone; the lock keeps its pictures, which may be paid for; "--force" drops them'
            )

    def _bring(self, number: int, work: Work) -> None:
        """Put the pictures of a case where they belong, unless that is done."""
        if work.task.case not in self._brought[number]:
            self._brought[number][work.task.case] = self._home(self._plans[number], work)

    def _home(self, one: Plan, work: Work) -> Brought:
        case = work.task.case
        entry = one.lock.entries[case] if one.states[case].word == "fresh" else None
        kept = entry if entry is not None and entry.samples else None
        outcome = self._ledger.outcome(work.task.key)
        try:
            stays = kept is not None and self._stays(one, work, kept, outcome)
            if work.task.key in self._new and outcome is not None and (stays or outcome.why == KEPT):
                self.notes.append(f"{name_of(work)}: what came now is less than what came before, which stays")
            if stays:
                outcome = None
            if outcome is None or not outcome.samples:
                return Brought(work, outcome, kept, () if kept is None else one.present(case))
            holds = kept is not None and one.has_pictures(case)
            locked = deliver(work, outcome, self._store, self._terms(one, case, holds=holds), self.notes)
        except ImagenspecError as error:
            self.problems.append(error)
            return Brought(work, outcome, kept)
        return Brought(work, outcome, kept, locked)

    def _stays(self, one: Plan, work: Work, entry: Entry, outcome: Outcome | None) -> bool:
        """Return whether a line that holds stays as it is, whatever the ledger has.

        Raises:
            ToolError: Its pictures are not here, and the ledger has fewer.
        """
        wish, case = self._wish, work.task.case
        is_new = work.task.key in self._new
        if wish.modified and not is_paid(work, outcome, self._store):
            return True
        is_there = one.has_pictures(case) and not one.touched(case).others
        if entry.target != lock_target(wish.target):
            lost = not wish.force and one.would_be_overwritten(work, wish.target) is not None
            return lost or (is_there and not is_new)
        if outcome is None or not is_better(entry, outcome, is_there=is_there, is_new=is_new):
            return False
        if is_there or wish.modified:
            return True
        if not work.wants_more(sample.outcome for sample in outcome.samples):
            return False
        advice = 'bring them here, or say "--again" to pay for others'
        raise ToolError(f"{name_of(work)}: the lock has pictures that are not here, and more than came here; {advice}")

    def _terms(self, one: Plan, case: str, *, holds: bool) -> Terms:
        """Return on which terms the pictures of a case are delivered; its line may hold, with its pictures there."""
        own = one.lock.entries.get(case)
        return Terms(
            force=self._wish.force,
            ours=one.digests,
            provenance=self._wish.provenance,
            before={} if own is None else {one.file: one.sha256 for one in own.samples if one.file and one.sha256},
            is_taken=self._is_taken,
            keep_edited=holds,
            others=one.touched(case).others if holds else (),
        )

    def _is_taken(self, path: str, work: Work) -> bool:
        """Return whether another request of this run has a path for its own."""
        return self._takers.get(path, work.task.key) != work.task.key

    @cached_property
    def _takers(self) -> dict[str, str]:
        return {path: work.task.key for one in self._plans for work in one.works for path in outputs_of(work)}


class _Hearing(NamedTuple):
    """A watcher that says the keys of what has ended."""

    watcher: Watcher
    ended: SimpleQueue[str | None]

    def finished(self, work: Work, state: State, samples: Sequence[Sample], why: str) -> None:
        self.ended.put(work.task.key)
        self.watcher.finished(work, state, samples, why)

    def paused(self, work: Work, seconds: float, why: str) -> None:
        self.watcher.paused(work, seconds, why)

    def waiting(self, seconds: float, why: str) -> None:
        self.watcher.waiting(seconds, why)
