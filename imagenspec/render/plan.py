"""What recipes ask for, held against their locks: which cases are to be rendered, and what must not be."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.project.config import project_of
from imagenspec.project.discovery import case_name
from imagenspec.recipe.model import SAMPLE
from imagenspec.render.delivery import stem_of, suffix_of, wanted_of
from imagenspec.render.disk.durable import state_files
from imagenspec.render.disk.files import file_at
from imagenspec.render.locks.lockfile import EDITED, SHORT, State, may_be_paid, path_of, read, state_of
from imagenspec.render.planning import works_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.disk import DiskImages
    from imagenspec.render.locks.lines import Entry, LockedSample
    from imagenspec.render.locks.lockfile import Lock
    from imagenspec.render.service.targets import Target
    from imagenspec.render.work import Work

SERVICE = ""
"""How locks name the documented service as the maker of pictures."""


class Touched(NamedTuple):
    """Pictures of a case, as its lock names them, that are not what the lock says.

    Attributes:
        edited: Those that somebody changed.
        others: Those in whose place a picture of another render stands: one that the store or another line has.
    """

    edited: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a recipe asks for, held against its lock; pictures are looked at once.

    Attributes:
        recipe: The name of its file.
        works: Its cases, or those that were asked for.
        states: How each case stands to its line in the lock.
        lock: The lock.
        cases: The ids of all its cases.
    """

    recipe: str
    works: tuple[Work, ...]
    states: Mapping[str, State]
    lock: Lock
    cases: frozenset[str]
    _touched: dict[str, Touched] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def root(self) -> Path:
        """The root of the recipe's project."""
        return project_of(Path(self.recipe).parent).root

    def due(self, *, modified: bool = False, again: bool = False) -> Iterator[Work]:
        """Yield the work that a render does: what the lock does not have, or whose pictures are not where they belong.

        What did not bring what its recipe wants is due while nothing of it came, not even something else than what was
        documented; otherwise it was paid for. What the
        recipe accepts, as a filtered picture with ``on_filtered: warn``, is as good as a picture: the lock has it, and
        it is never sent again, until the recipe changes or its line is gone.

        Args:
            modified: Only what the lock does not have.
            again: Also what brought something, though not what its recipe wants.

        Raises:
            ToolError: A picture cannot be read.
        """
        for work in self.works:
            case = work.task.case
            word = (self.states[case] if modified else self.state(case)).word
            if word not in ("fresh", *SHORT) or (word in SHORT and (again or not self._is_paid(case))):
                yield work

    def unfinished(self, *, modified: bool = False, again: bool = False) -> Iterator[Work]:
        """Yield what is due, and what a render only complains of: it did not bring what its recipe wants.

        Raises:
            ToolError: A picture cannot be read.
        """
        due = {work.task.case for work in self.due(modified=modified, again=again)}
        for work in self.works:
            if work.task.case in due or self.by_lock(work.task.case).word in SHORT:
                yield work

    def by_lock(self, case: str) -> State:
        """Return how a case stands to its line in the lock and to what the line brought; pictures are not looked at."""
        state, work = self.states[case], self._works.get(case)
        if state.word != "fresh" or work is None:
            return state
        outcomes = [sample.outcome for sample in self.lock.entries[case].samples]
        if not work.wants_more(outcomes):
            return state
        filtered = work.wants_more(one for one in outcomes if one == "filtered")
        return State("filtered" if filtered else "not as documented")

    def state(self, case: str) -> State:
        """Return how a case stands to its line in the lock and to its pictures; reads them.

        Raises:
            ToolError: A picture cannot be read.
        """
        state = self.by_lock(case)
        if state.word not in ("fresh", *SHORT):
            return state
        if not self._is_there(case):
            return State("without pictures")
        others = self.touched(case).others
        return State("other pictures", others) if others else state

    def state_of_pictures(self, case: str) -> State:
        """Return the same, where a case that has nothing wrong but that somebody changed a picture is edited.

        Raises:
            ToolError: A picture cannot be read.
        """
        state = self.state(case)
        edited = self.touched(case).edited if state.word == "fresh" else ()
        return State(EDITED, edited) if edited else state

    def has_pictures(self, case: str) -> bool:
        """Return whether the lock has pictures of a case, and all of them are there; looks at names, not at bytes.

        Pictures that are only in Cloud Storage count as there.
        """
        return self._brought(case) and self._is_there(case)

    def touched(self, case: str) -> Touched:
        """Return the pictures of a case that are not what its lock says; reads them once.

        Raises:
            ToolError: A picture cannot be read.
        """
        if case not in self._touched:
            self._touched[case] = self._look_at(case)
        return self._touched[case]

    def _look_at(self, case: str) -> Touched:
        entry = self.lock.entries.get(case)
        known = [] if entry is None else [(one.file, one.sha256) for one in entry.samples if one.file and one.sha256]
        edited: list[str] = []
        others: list[str] = []
        for file, sha256 in known:
            there = file_at(self._folder / file)
            if there is not None and sha256 not in (there.sha256, there.plain):
                (others if self.is_of_a_render(there.sha256, there.plain) else edited).append(file)
        return Touched(tuple(edited), tuple(others))

    def is_of_a_render(self, *digests: str) -> bool:
        """Return whether one of some digests is that of a picture that the store has, or a line of the lock."""
        return any(
            one in self.digests or bool(state_files(self.root, "images", one[:2], one)) for one in digests if one
        )

    def _is_there(self, case: str) -> bool:
        """Return whether a case was rendered, and no picture is missing that the lock has."""
        entry = self.lock.entries.get(case)
        if entry is None or not entry.samples:
            return False
        return len(self.present(case)) == sum(sample.outcome == "image" for sample in entry.samples)

    def present(self, case: str) -> tuple[LockedSample, ...]:
        """Return the pictures that the lock has of a case and that are there; looks at names, not at bytes."""
        entry = self.lock.entries.get(case)
        images = [] if entry is None else [sample for sample in entry.samples if sample.outcome == "image"]
        return tuple(one for one in images if one.file is None or self._folder.joinpath(one.file).is_file())

    def _brought(self, case: str) -> bool:
        """Return whether the lock has a picture of a case."""
        entry = self.lock.entries.get(case)
        return entry is not None and any(sample.outcome == "image" for sample in entry.samples)

    def _is_paid(self, case: str) -> bool:
        """Return whether the lock has anything of a case that was paid for."""
        entry = self.lock.entries.get(case)
        return entry is not None and any(sample.outcome == "image" or sample.unlike for sample in entry.samples)

    def would_be_overwritten(self, work: Work, target: Target) -> Entry | None:
        """Return the line whose pictures somebody may have paid for, and something else would take their place."""
        own = lock_target(target)
        entries = [self.lock.entries.get(work.task.case)]
        if self._paid:
            entries += [self._paid.get(path) for path in outputs_of(work)]
        lost = (one for one in entries if one is not None and may_be_paid(one) and one.target != own)
        return next(lost, None)

    @property
    def paid_and_stale(self) -> list[str]:
        """The cases whose lines do not hold, and have pictures that somebody may have paid for."""
        entries = self.lock.entries
        return [
            case
            for case, state in self.states.items()
            if state.word != "fresh" and case in entries and may_be_paid(entries[case])
        ]

    @property
    def gone(self) -> frozenset[str]:
        """The cases that the lock has and the recipe has not."""
        return frozenset(self.lock.entries) - self.cases

    def paid_and_gone(self, target: Target) -> frozenset[str]:
        """Return the cases that are gone with pictures that somebody may have paid for, from elsewhere than a target.

        Their lines stay, so that nothing takes the place of these pictures unasked.
        """
        own, entries = lock_target(target), self.lock.entries
        return frozenset(case for case in self.gone if may_be_paid(entries[case]) and entries[case].target != own)

    def moves(self, work: Work) -> bool:
        """Return whether the recipe wants the pictures of a case elsewhere than its lock has them."""
        entry = self.lock.entries.get(work.task.case)
        samples = () if entry is None else entry.samples
        known = {
            whole_path(self._folder, str(PurePosixPath(sample.file).with_suffix(""))): number
            for number, sample in enumerate(samples, 1)
            if sample.file
        }
        return bool(known) and not any(
            stem == whole_path(self._folder, stem_of(work, number)) for stem, number in known.items()
        )

    @cached_property
    def digests(self) -> frozenset[str]:
        """The digests of the pictures that the lock has, as the service sent them."""
        return frozenset(one.sha256 for entry in self.lock.entries.values() for one in entry.samples if one.sha256)

    @cached_property
    def _paid(self) -> dict[str, Entry]:
        """The lines that somebody may have paid for, by the whole paths of their pictures."""
        paid = [entry for entry in self.lock.entries.values() if may_be_paid(entry)]
        return {whole_path(self._folder, one.file): entry for entry in paid for one in entry.samples if one.file}

    @cached_property
    def _works(self) -> dict[str, Work]:
        return {work.task.case: work for work in self.works}

    @property
    def _folder(self) -> Path:
        return Path(self.recipe).parent


def lock_target(target: Target) -> str:
    """Return what a lock says of who made the pictures; of the documented service, nothing.

    Services on other machines are told apart by a digest of their address, which no lock gives away. Those on this
    machine are one: they have another port each time.
    """
    if target.is_google:
        return SERVICE
    if target.is_loopback:
        return target.kind
    return f"{target.kind}-{hashlib.sha256(target.base_url.encode()).hexdigest()[:8]}"


def plan(
    checked: CheckedRecipe,
    images: DiskImages,
    target: Target,
    only: Collection[str] = (),
    *,
    by_anyone: bool = False,
) -> Plan:
    """Return what a recipe asks for.

    What the documented service made is as good as what anything else would make, so it is not made again by others.

    Args:
        checked: The recipe.
        images: Where its images are found.
        target: Where requests would go.
        only: The ids of the cases wanted; none means all.
        by_anyone: It does not matter who made the pictures of the lock.

    Raises:
        RecipeError: The recipe has errors, or one of its images may not be sent.
        LockError: Its lock cannot be read.
    """
    works = tuple(works_of(checked, images, target, only))
    lock = read(path_of(Path(checked.name)))
    own = lock_target(target)

    def maker(entry: Entry | None) -> str:
        return entry.target if entry is not None and (by_anyone or entry.target == SERVICE) else own

    cases = frozenset(case.id for case in checked.cases())
    wanted = {work.task.case: wanted_of(work, maker(lock.entries.get(work.task.case))) for work in works}
    states = state_of(lock, wanted)
    others = cases - wanted.keys()
    states = {case: state for case, state in states.items() if case not in others}
    return Plan(checked.name, works, states, lock, cases)


def name_of(work: Work) -> str:
    """Return how people know what is to be rendered."""
    return case_name(work.request.recipe, work.task.case)


def outputs_of(work: Work) -> Iterator[str]:
    """Yield the paths that the pictures of a request may get, as far as they are known before."""
    folder, suffix = Path(work.request.recipe).parent, suffix_of(work.expected.media_type)
    count = 1 if SAMPLE not in work.path else work.expected.pictures or 1
    for number in range(1, count + 1):
        yield whole_path(folder, stem_of(work, number) + suffix)


def whole_path(folder: Path, file: str) -> str:
    """Return a path from a recipe's folder as a text that is the same for each folder's name."""
    return os.path.normpath(os.path.join(os.path.realpath(folder), file))  # noqa: PTH118
