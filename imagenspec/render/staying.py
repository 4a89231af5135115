"""Which of two stays: what a lock says that a case brought, or what the ledger has of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagenspec.render.ledger.tasks import Outcome, Sample
    from imagenspec.render.locks.lines import Entry, LockedSample


def pictures(samples: Iterable[Sample | LockedSample]) -> int:
    """Return how many pictures came."""
    return sum(sample.outcome == "image" for sample in samples)


def is_same(entry: Entry, outcome: Outcome) -> bool:
    """Return whether a line of a lock and the ledger have the same pictures."""
    known = [(one.outcome, one.sha256, one.gcs) for one in entry.samples]
    came = [(one.outcome, None if one.stored is None else one.stored.sha256, one.gcs) for one in outcome.samples]
    return known == came


def is_better(entry: Entry, outcome: Outcome, *, is_there: bool, is_new: bool) -> bool:
    """Return whether a line that holds is better than what the ledger has for the same request.

    Args:
        entry: The line.
        outcome: What the ledger has.
        is_there: The pictures of the line are in their places.
        is_new: The ledger got it in this run.
    """
    if not outcome.samples or is_same(entry, outcome):
        return False
    locked, came = pictures(entry.samples), pictures(outcome.samples)
    if is_there:
        return came < locked or (came == locked and not is_new)
    return came < locked and not is_new
