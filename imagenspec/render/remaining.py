"""What a render has to send: what is due, without what a ledger says was paid for and is here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.render.delivery import paths_of
from imagenspec.render.disk.store import Store
from imagenspec.render.ledger.ledger import Ledger, ledger_path
from imagenspec.render.plan import lock_target
from imagenspec.render.staying import is_same

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagenspec.render.ledger.tasks import Outcome
    from imagenspec.render.plan import Plan
    from imagenspec.render.service.targets import Target
    from imagenspec.render.work import Work


def left_to_send(plans: Sequence[Plan], target: Target, *, modified: bool = False, again: bool = False) -> list[Work]:
    """Return the due work, each request once, whose pictures are not here; no ledger is made by looking.

    Args:
        plans: What the recipes ask for.
        target: Where requests would go.
        modified: Only what the locks do not have.
        again: Also what did not come whole or as documented, although something of it was paid for.

    Raises:
        ToolError: A ledger cannot be read.
    """
    found: dict[str, Work] = {}
    for root, own in by_root(plans):
        works = {work.task.key: work for one in own for work in one.due(modified=modified, again=again)}
        if works and ledger_path(root, lock_target(target)).is_file():
            with Ledger(root, lock_target(target), looking=True) as ledger:
                store = Store(root)
                works = {
                    key: work
                    for key, work in works.items()
                    if not is_paid(work, ledger.outcome(key), store, again=again)
                }
        found |= works
    return list(found.values())


def to_be_moved(plans: Sequence[Plan], target: Target) -> list[Work]:
    """Return the work whose line holds, with pictures that a render puts where the recipe wants them now.

    Only those move that the ledger has; others stay where the lock has them.

    Raises:
        ToolError: A ledger cannot be read.
    """
    found: list[Work] = []
    own = lock_target(target)
    for root, some in by_root(plans):
        moving = [
            (work, one.lock.entries[work.task.case])
            for one in some
            for work in one.works
            if one.states[work.task.case].word == "fresh" and one.moves(work)
        ]
        if moving and ledger_path(root, own).is_file():
            with Ledger(root, own, looking=True) as ledger:
                for work, entry in moving:
                    outcome = ledger.outcome(work.task.key)
                    if entry.target == own and outcome is not None and is_same(entry, outcome):
                        found.append(work)
    return found


def unsure_of(plans: Sequence[Plan], works: Sequence[Work], target: Target) -> int:
    """Return how many requests were sent before without an answer, so that sending them may pay for them twice.

    Raises:
        ToolError: A ledger cannot be read.
    """
    unsure: set[str] = set()
    for root, _ in by_root(plans if works else ()):
        if ledger_path(root, lock_target(target)).is_file():
            with Ledger(root, lock_target(target), looking=True) as ledger:
                unsure |= ledger.unsure()
    return sum(work.task.key in unsure for work in works)


def by_root(plans: Sequence[Plan]) -> Iterator[tuple[Path, list[Plan]]]:
    """Yield the root of each project, with its plans."""
    for root in dict.fromkeys(one.root for one in plans):
        yield root, [one for one in plans if one.root == root]


def is_paid(work: Work, outcome: Outcome | None, store: Store, *, again: bool = False) -> bool:
    """Return whether a request brought something, and all its pictures are here; if so it must not be sent again.

    Args:
        work: The request.
        outcome: What became of it.
        store: Has the pictures.
        again: It may be sent again if it did not bring what its recipe wants.
    """
    if outcome is None or not any(sample.is_paid for sample in outcome.samples):
        return False
    if again and work.wants_more(sample.outcome for sample in outcome.samples):
        return False
    folder = Path(work.request.recipe).parent
    places = zip(outcome.samples, paths_of(work, outcome.samples), strict=True)
    return all(one.stored is None or path is None or store.is_here(one.stored, folder / path) for one, path in places)
