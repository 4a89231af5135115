"""The cases of a recipe compared: which of them came, went, moved or changed, and what is to be rendered for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.catalog.version import data_version
from imagenspec.review.bodies import reasons_of, unknown_of
from imagenspec.review.matching import partners_of
from imagenspec.review.pricing import price_of
from imagenspec.review.values import Again, CaseChange, Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from imagenspec.render.locks.lines import Entry
    from imagenspec.review.bodies import Shot


class Due(NamedTuple):
    """A request that is to be rendered.

    Attributes:
        model: Its model.
        samples: Its pictures.
        usd: The price of one, where it is known.
        is_stale: Whether it must be rendered although there was such a request before.
    """

    model: str
    samples: int
    usd: float | None
    is_stale: bool


def changes_of(old: Mapping[str, Shot], new: Mapping[str, Shot], locked: Mapping[str, Entry]) -> Iterator[CaseChange]:
    """Yield what became of the cases of a recipe, but for those that are as they were.

    Args:
        old: The requests of the old side by the ids of their cases.
        new: Those of the new side.
        locked: What the lock of the new side has, by cases.
    """
    gone = {case: shot for case, shot in old.items() if case not in new}
    partners = partners_of(gone, {case: shot for case, shot in new.items() if case not in old})
    for case, shot in new.items():
        before = partners.get(case, case)
        if before in old:
            yield from _kept(before, case, old[before], shot, _stale(shot, locked.get(case)))
        else:
            yield added(case, shot)
    left = gone.keys() - set(partners.values())
    yield from (removed(case, shot) for case, shot in gone.items() if case in left)


def added(case: str, shot: Shot) -> CaseChange:
    """Return the change of a case that is new."""
    return CaseChange(case, "added", shot.request.model, None, shot.digest, shot.samples, unknown_of(shot))


def removed(case: str, shot: Shot) -> CaseChange:
    """Return the change of a case that is gone."""
    return CaseChange(case, "removed", shot.request.model, shot.digest, None, 0)


def due_of(changes: Iterable[CaseChange], shots: Mapping[str, Shot], prices: Mapping[str, float]) -> dict[str, Due]:
    """Return what is to be rendered for changes, by the identities of the requests.

    Args:
        changes: What became of cases.
        shots: The requests of the new side by cases.
        prices: What the project says of prices.
    """
    found = {}
    for change in changes:
        if change.word in ("added", "changed"):
            shot = shots[change.case]
            usd = price_of(shot.request.model, shot.request.task, prices).usd
            is_stale = any(reason.kind == "data" for reason in change.reasons)
            found[shot.key] = Due(shot.request.model, shot.samples, usd, is_stale)
    return found


def again_of(wanted: Mapping[str, Due], known: Collection[str]) -> Again:
    """Return what rendering requests takes.

    Args:
        wanted: The requests that came with changes.
        known: The identities of the requests of the old side, which need not be rendered again.
    """
    due = [one for key, one in wanted.items() if one.is_stale or key not in known]
    usd = sum(one.samples * one.usd for one in due if one.usd is not None)
    unknown = {one.model for one in due if one.usd is None}
    return Again(len(due), sum(one.samples for one in due), usd, tuple(sorted(unknown)))


def _kept(old_case: str, case: str, old: Shot, new: Shot, stale: tuple[Reason, ...]) -> Iterator[CaseChange]:
    """Yield what became of a case that both sides have, perhaps under another id."""
    reasons = () if old.key == new.key else reasons_of(old, new)
    is_same = old.key == new.key or (
        not (old.is_whole and new.is_whole) and all(reason.is_unknown for reason in reasons)
    )
    other = None if old_case == case else old_case
    if not is_same or stale:
        reasons = (*reasons, *stale)
        yield CaseChange(case, "changed", new.request.model, old.digest, new.digest, new.samples, reasons, other)
    elif other is not None:
        yield CaseChange(case, "moved", new.request.model, old.digest, new.digest, new.samples, (), other)


def _stale(shot: Shot, entry: Entry | None) -> tuple[Reason, ...]:
    """Return why a request that is the same must be made again: the facts behind it are others."""
    now = data_version(shot.request.task)
    return () if entry is None or entry.data == now else (Reason("data", "", entry.data, now),)
