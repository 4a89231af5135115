"""What recipes ask for, held against their locks: which cases are to be rendered, and what must not be."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.errors import UsageError
from imagenspec.project.config import project_of
from imagenspec.project.discovery import case_name
from imagenspec.recipe.model import SAMPLE
from imagenspec.render.delivery import suffix_of, wanted_of
from imagenspec.render.durable import state_files
from imagenspec.render.files import file_at
from imagenspec.render.lockfile import EDITED, State, path_of, read, state_of
from imagenspec.render.planning import works_of
from imagenspec.render.store import place_in
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.disk import DiskImages
    from imagenspec.render.lock_lines import Entry
    from imagenspec.render.lockfile import Lock
    from imagenspec.render.targets import Target
    from imagenspec.render.work import Work

SERVICE = ""
"""How locks name the documented service as the maker of pictures."""


class Plan(NamedTuple):
    """What a recipe asks for, held against its lock.

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

    @property
    def root(self) -> Path:
        """The root of the recipe's project."""
        return project_of(Path(self.recipe).parent).root

    def due(self, *, modified: bool = False, again: bool = False) -> Iterator[Work]:
        """Yield the work that the lock does not have, or whose pictures are not where they belong.

        Args:
            modified: Only what the lock does not have.
            again: Also that of which some pictures came, and others did not.
        """
        for work in self.works:
            state = self.states[work.task.case] if modified else self.state(work.task.case)
            if state.word != "fresh" or (again and not modified and not self._is_whole(work.task.case)):
                yield work

    def state(self, case: str) -> State:
        """Return how a case stands to its line in the lock and to its pictures."""
        state = self.states[case]
        return State("without pictures") if state.word == "fresh" and not self.has_pictures(case) else state

    def state_of_pictures(self, case: str) -> State:
        """Return the state of a case, where it is fresh also by the bytes of its pictures; reads them.

        Raises:
            ToolError: A picture cannot be read.
        """
        state = self.state(case)
        edited = self.edited(case) if state.word == "fresh" else []
        return State(EDITED, tuple(edited)) if edited else state

    def has_pictures(self, case: str) -> bool:
        """Return whether the lock has pictures of a case, and all of them are there; looks at names, not at bytes.

        Pictures that are only in Cloud Storage count as there.
        """
        entry = self.lock.entries.get(case)
        images = [] if entry is None else [sample for sample in entry.samples if sample.outcome == "image"]
        files = [sample.file for sample in images if sample.file is not None]
        return bool(images) and all(self._folder.joinpath(file).is_file() for file in files)

    def edited(self, case: str) -> list[str]:
        """Return the pictures of a case, as its lock names them, that were changed since their render; reads them.

        Raises:
            ToolError: A picture cannot be read.
        """
        entry = self.lock.entries.get(case)
        known = [] if entry is None else [(one.file, one.sha256) for one in entry.samples if one.file and one.sha256]
        found = [(file, sha256, file_at(self._folder / file)) for file, sha256 in known]
        return [file for file, sha256, there in found if there and sha256 not in (there.sha256, there.plain)]

    def _is_whole(self, case: str) -> bool:
        """Return whether every picture came that the lock has a line for."""
        entry = self.lock.entries.get(case)
        return entry is not None and all(sample.outcome == "image" for sample in entry.samples)

    def would_be_overwritten(self, work: Work, target: Target) -> bool:
        """Return whether the lock has pictures of the documented service, and something else would take their place."""
        entry = self.lock.entries.get(work.task.case)
        return (
            target.kind != "vertex"
            and entry is not None
            and entry.target == SERVICE
            and any(sample.sha256 is not None for sample in entry.samples)
        )

    @property
    def digests(self) -> frozenset[str]:
        """The digests of the pictures that the lock has, as the service sent them."""
        return frozenset(one.sha256 for entry in self.lock.entries.values() for one in entry.samples if one.sha256)

    @property
    def _folder(self) -> Path:
        return Path(self.recipe).parent


def lock_target(target: Target) -> str:
    """Return what a lock says of who made the pictures; of the documented service, nothing.

    Services on other machines are told apart by a digest of their address, which no lock gives away. Those on this
    machine are one: they have another port each time.
    """
    if target.kind == "vertex":
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


def check_outputs(plans: Iterable[Plan], target: Target, *, force: bool = False, again: bool = False) -> None:
    """Refuse a run before anything is sent whose pictures would take each other's place, or that of better ones.

    Args:
        plans: What is asked for.
        target: Where requests would go.
        force: Write over files that no render made.
        again: What did not come whole is sent again too.

    Raises:
        UsageError: Two requests have one output path, a path is no place for a picture, or something would be written
            over: pictures of the service by others, or a file that no render made.
    """
    taken: dict[str, Work] = {}
    for one in plans:
        for work in one.works:
            place_in(one.root, Path(one.recipe).parent / _first_output(work))
            for path in outputs_of(work):
                other = taken.setdefault(path, work)
                if other.task.key != work.task.key:
                    both = f"{name_of(other)} and {name_of(work)}"
                    raise UsageError(
                        f"{both} would be written to the same {quote(path, 200)}; give each its render.path"
                    )
        for work in one.due(again=again):
            if not force and one.would_be_overwritten(work, target):
                raise UsageError(
                    f"{name_of(work)}: its lock has pictures that the service made, and those of {target.kind} would "
                    'take their place; say "--target vertex", or "--force" to lose them'
                )
            if not force:
                _check_foreign(one, work)


def _check_foreign(one: Plan, work: Work) -> None:
    """Refuse a request whose picture has no place because a file is there that no render made."""
    for path in outputs_of(work):
        there = file_at(Path(path))
        if there is None:
            continue
        digests = {there.sha256, there.plain} - {""}
        kept = any(state_files(one.root, "images", digest[:2], digest) for digest in digests)
        if not kept and not digests & one.digests:
            raise UsageError(
                f"{name_of(work)}: {quote(path, 200)} was not made by a render or has been changed; move it away, or "
                'say "--force"'
            )


def name_of(work: Work) -> str:
    """Return how people know what is to be rendered."""
    return case_name(work.request.recipe, work.task.case)


def _first_output(work: Work) -> str:
    return work.path.replace(SAMPLE, "1") + suffix_of(work.expected.media_type)


def outputs_of(work: Work) -> Iterator[str]:
    """Yield the paths that the pictures of a request may get, as far as they are known before."""
    folder = os.path.realpath(Path(work.request.recipe).parent)
    whole = os.path.normpath(os.path.join(folder, work.path + suffix_of(work.expected.media_type)))  # noqa: PTH118
    if SAMPLE not in whole or work.expected.pictures is None:
        yield whole
        return
    for number in range(1, work.expected.pictures + 1):
        yield whole.replace(SAMPLE, str(number))
