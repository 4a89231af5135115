"""What a render says at its end: how its requests ended, what was sent, and what would help."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from imagenspec.report.text import many, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagenspec.render.ledger.tasks import Sample
    from imagenspec.render.locks.lines import LockedSample
    from imagenspec.render.session import Rendering, Result
    from imagenspec.render.tally import Tally

_WORDS = ("done", "filtered", "failed", "unknown", "not sent")


def summary(rendering: Rendering, spent: float, at_risk: float = 0.0, *, again: bool = False) -> str:
    """Return one line about everything.

    Args:
        rendering: What became of the render.
        spent: US dollars for what came.
        at_risk: US dollars that answers may have cost that were lost.
        again: Whether ``--again`` was given.
    """
    from imagenspec.report.folders import folders_of  # noqa: PLC0415 - imported with the first summary

    pictures = sum(sample.outcome == "image" for result in rendering.results for sample in _known(result))
    words = ", ".join(_counts(rendering)) or "none"
    line = f"{many(len(rendering.results), 'request')}: {words}; {many(pictures, 'picture')}"
    where = folders_of(place for result in rendering.results for place in result.places)
    line += f" in {where}" if where else ""
    stopped = rendering.interrupted or rendering.problems
    line += f"; {_sent(rendering.tally)}" if rendering.tally.due or stopped else "; nothing to send"
    line += f"; {spent:.2f} USD" if spent else ""
    if at_risk:
        line += f", and up to {at_risk:.2f} USD more" if spent else f"; up to {at_risk:.2f} USD"
        line += " for lost answers"
    helped = 0 if again else len({one.work.task.key for one in rendering.results if _would_help(one)})
    return line + (f"; --again sends {helped} of them again, to be paid for again" if helped else "")


def unlike_lines(rendering: Rendering) -> Iterator[str]:
    """Yield what is known from earlier runs of pictures that did not come as documented."""
    from imagenspec.render.plan import name_of  # noqa: PLC0415 - as above

    for result in rendering.results:
        if result.outcome is None or result.work.request.digest not in rendering.tally.digests:
            for words in _grouped(_unlike(result)):
                yield visible(f"{name_of(result.work)}: {words}")


def _grouped(reasons: Iterable[str]) -> Iterator[str]:
    """Yield reasons once each, with how many pictures they are for and the names that these are kept as."""
    from imagenspec.render.pictures import KEPT_AS  # noqa: PLC0415 - as above

    found: dict[str, list[str]] = {}
    for reason in reasons:
        what, _, name = reason.partition(KEPT_AS)
        found.setdefault(what, []).append(name)
    for what, names in found.items():
        kept = ", ".join(dict.fromkeys(filter(None, names)))
        said = what if len(names) == 1 else f"{many(len(names), 'picture')}: {what}"
        yield said + (f"{KEPT_AS}{kept}" if kept else "")


def is_unlike(result: Result) -> bool:
    """Return whether something came that is not as documented."""
    return any(True for _ in _unlike(result))


def _unlike(result: Result) -> Iterator[str]:
    """Yield what came instead of pictures; where only the lock is known, whatever is missing."""
    if result.outcome is not None:
        yield from (sample.reason for sample in result.outcome.samples if sample.unlike)
    elif result.entry is not None:
        yield from (sample.reason for sample in result.entry.samples if sample.outcome == "missing")


def _counts(rendering: Rendering) -> Iterator[str]:
    from imagenspec.render.runner import TRIED  # noqa: PLC0415 - as above

    counts = Counter(result.word for result in rendering.results)
    tried = sum(result.outcome is not None and result.outcome.why == TRIED for result in rendering.results)
    for word in _WORDS:
        if counts[word]:
            some = f"{tried} of them " if tried < counts[word] else ""
            yield f"{counts[word]} {word}" + (f" ({some}{TRIED})" if word == "filtered" and tried else "")


def _sent(tally: Tally) -> str:
    line = f"{tally.sent} sent"
    if tally.again:
        line += f", and {tally.again} times again" if tally.again > 1 else ", and once again"
    return line + (f" ({tally.after_loss} after a lost answer, which may be paid twice)" if tally.after_loss else "")


def _would_help(result: Result) -> bool:
    """Return whether only ``--again`` sends a request again that did not bring what its recipe wants."""
    outcomes = [sample.outcome for sample in result.samples]
    return result.work.wants_more(outcomes) and ("image" in outcomes or is_unlike(result))


def _known(result: Result) -> Sequence[Sample | LockedSample]:
    """Return what is known of the pictures of a case: what came, or otherwise what of its lock is in its place."""
    return result.delivered if result.outcome is None else result.outcome.samples
