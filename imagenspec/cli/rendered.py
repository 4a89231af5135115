"""What a render says at its end: how its requests ended, what was sent, and what would help."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from imagenspec.report.text import many, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.render.session import Rendering, Result
    from imagenspec.render.tally import Tally

_WORDS = ("done", "filtered", "failed", "not sent")


def summary(rendering: Rendering, spent: float, *, again: bool = False) -> str:
    """Return one line about everything.

    Args:
        rendering: What became of the render.
        spent: US dollars for what came.
        again: Whether ``--again`` was given.
    """
    from imagenspec.report.folders import folders_of  # noqa: PLC0415 - imported with the first summary

    pictures = sum(sample.outcome == "image" for result in rendering.results for sample in result.samples)
    words = ", ".join(_counts(rendering)) or "none"
    line = f"{many(len(rendering.results), 'request')}: {words}; {many(pictures, 'picture')}"
    where = folders_of(place for result in rendering.results for place in result.places)
    line += f" in {where}" if where else ""
    stopped = rendering.interrupted or rendering.problems
    line += f"; {_sent(rendering.tally)}" if rendering.tally.due or stopped else "; nothing to send"
    line += f"; {spent:.2f} USD" if spent else ""
    helped = 0 if again else sum(_would_help(result) for result in rendering.results)
    return line + (f"; --again sends {helped} of them again, to be paid for again" if helped else "")


def unlike_lines(rendering: Rendering) -> Iterator[str]:
    """Yield what is known from earlier runs of pictures that did not come as documented."""
    from imagenspec.render.plan import name_of  # noqa: PLC0415 - as above

    for result in rendering.results:
        if result.outcome is not None and result.work.request.digest not in rendering.tally.digests:
            for sample in result.outcome.samples:
                if sample.unlike:
                    yield visible(f"{name_of(result.work)}: {sample.reason}")


def is_unlike(result: Result) -> bool:
    """Return whether something came that is not as documented."""
    return result.outcome is not None and any(sample.unlike for sample in result.outcome.samples)


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
    if is_unlike(result):
        return True
    outcomes = {sample.outcome for sample in result.samples}
    return result.work.on_filtered != "warn" and len(outcomes) > 1 and "image" in outcomes
