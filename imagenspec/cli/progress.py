"""How a render goes on: a bar on a terminal, lines for logs."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import click

from imagenspec.render.plan import name_of
from imagenspec.report.text import many, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagenspec.render.ledger.tasks import Sample, State
    from imagenspec.render.prices import Prices
    from imagenspec.render.work import Work

_LONGEST = 200
_SOON = 1.0
"""Waits of fewer seconds are not worth a line."""
_OFTEN = 5.0
"""Seconds between lines that have rate, money and time left."""


def watcher_of(total: int, prices: Prices) -> Lines:
    """Return who tells people how a render of so many requests goes on; enter it while that lasts."""
    return _Bar(total, prices) if sys.stderr.isatty() else Lines(total, prices)


class Lines:
    """A line for each request that ends, with what became of it; every few seconds, and at the end, also figures."""

    def __init__(self, total: int, prices: Prices) -> None:
        self._total = total
        self._prices = prices
        self._ended: Counter[str] = Counter()
        self._began = self._told = time.monotonic()
        self.spent = 0.0
        """US dollars for the pictures that came, as far as prices are known."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def finished(self, work: Work, state: State, samples: Sequence[Sample], why: str) -> None:
        """A request has come to its end."""
        self._ended[state] += 1
        images = sum(sample.outcome == "image" for sample in samples)
        paid = sum(sample.is_paid for sample in samples)
        self.spent += paid * (self._prices.of(work.task.model, work.recipe.task) or 0.0)
        line = f"[{self._done}/{self._total}] {state} {_name(work)}"
        if samples:
            line += f": {images} of {many(len(samples), 'picture')}"
        said = "; ".join(filter(None, (why, _reason(samples))))
        line += f"; {visible(said[:_LONGEST])}" if said else ""
        self._say(line + self._figures())
        self._show()

    def paused(self, work: Work, seconds: float, why: str) -> None:
        """A request has to be sent again."""
        if seconds >= _SOON or not seconds:
            when = f" in {_span(seconds)}" if seconds else ""
            self._say(f"{_name(work)}: again{when}; {visible(why[:_LONGEST])}")

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing will be sent for some seconds."""
        self._say(f"waiting {_span(seconds)}{f', {why}' if why else ''}")

    @property
    def _done(self) -> int:
        return sum(self._ended.values())

    def _say(self, line: str) -> None:
        with suppress(OSError):  # what came is worth more than telling of it
            click.echo(line, err=True)

    def _show(self) -> None:
        """Show the counts, where they have a place of their own."""

    def _figures(self) -> str:
        """Return the end of a line: the counts, where it is time for them."""
        now = time.monotonic()
        is_last = self._done == self._total > 1
        if now < self._told + _OFTEN and not is_last:
            return ""
        self._told = now
        return f" ({self._counts()})"

    def _counts(self) -> str:
        words: list[Any] = [
            f"{self._ended[state]} {state}" for state in ("filtered", "failed", "unknown") if self._ended[state]
        ]
        seconds = max(time.monotonic() - self._began, 0.001)
        words.append(f"{self._done / seconds:.1f}/s")
        if self.spent:
            words.append(f"{self.spent:.2f} USD")
        left = int(max(0, self._total - self._done) * seconds / self._done)
        words.append(f"{left // 60}:{left % 60:02} left")
        return ", ".join(words)


class _Bar(Lines):
    """A bar with counts, rate, money and time left; above it, lines for what did not go well."""

    def __init__(self, total: int, prices: Prices) -> None:
        from rich.console import Console  # noqa: PLC0415 - logs do not draw
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

        super().__init__(total, prices)
        self._progress = Progress(
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.description}", markup=False),
            console=Console(file=sys.stderr, highlight=False),
            transient=True,
        )
        self._task = self._progress.add_task("", total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._progress.stop()

    def finished(self, work: Work, state: State, samples: Sequence[Sample], why: str) -> None:
        self._quiet = state == "done"
        super().finished(work, state, samples, why)

    def paused(self, work: Work, seconds: float, why: str) -> None:
        self._quiet = False
        super().paused(work, seconds, why)

    def waiting(self, seconds: float, why: str) -> None:
        self._quiet = False
        super().waiting(seconds, why)

    def _say(self, line: str) -> None:
        if not self._quiet:
            with suppress(OSError):
                self._progress.console.print(line, markup=False, soft_wrap=True)

    def _show(self) -> None:
        self._progress.update(self._task, completed=self._done, description=self._counts())

    def _figures(self) -> str:
        return ""  # the bar has them


def _span(seconds: float) -> str:
    """Return a time in words, in the largest unit that still says enough of it."""
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _name(work: Work) -> str:
    return visible(name_of(work))


def _reason(samples: Sequence[Sample]) -> str:
    """Return why pictures are missing, with support codes in words."""
    bad = next((sample for sample in samples if sample.outcome != "image"), None)
    if bad is None:
        return ""
    if not bad.codes:
        return bad.reason
    from imagenspec.render.service.texts import decoded  # noqa: PLC0415 - most pictures come

    return f"{', '.join(code.words for code in decoded(bad.codes))}: {bad.reason}"
