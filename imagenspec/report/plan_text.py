"""Plans as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.project.discovery import case_name
from imagenspec.report.table import columns
from imagenspec.report.text import visible
from imagenspec.review.pricing import money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.review.plan import ModelShare, RenderPlan

_MOST_REQUESTS = 20


def plan_as_text(found: RenderPlan) -> Iterator[str]:
    """Yield a plan as lines: what is due, what locks have, and each model with its money, time and end."""
    for one in found.requests[:_MOST_REQUESTS]:
        why = f"{one.why}, from the ledger" if one.from_ledger else one.why
        yield request_line(one.recipe, one.case, one.model, one.samples, why)
    if len(found.requests) > _MOST_REQUESTS:
        yield f"and {len(found.requests) - _MOST_REQUESTS:,} more cases; --format json and -o have them all"
    kept = f"; {_count(found.from_ledger, 'request')} from the ledger" if found.from_ledger else ""
    sent = f"{_count(found.to_send, 'request')}, {_count(found.samples, 'sample')}"
    yield f"{sent} to {visible(found.asked.target)}{kept}"
    counts = [f"{count} {state}" for state, count in found.covered.items() if count]
    yield f"locks: {', '.join(counts) or 'no cases'}"
    if found.shares:
        yield from _models(found)
    cost = money(found.usd, found.unknown)
    if found.unknown:
        cost += f"; no price is known for {', '.join(map(visible, found.unknown))}"
    yield f"money: {cost}" + (
        "; the emulator itself asks for nothing" if found.asked.target == "emulator" and found.shares else ""
    )
    if found.shares:
        yield f"time: {_hours(found.hours)}"
    ending = ", ".join(_end(model, found) for model in found.ending) or "none of its models"
    yield f"ends before {found.before.isoformat()}: {ending}"


def request_line(recipe: str, case: str, model: str, samples: int, why: str) -> str:
    """Return a request that is due as a line: the case, what it asks for, and why."""
    return visible(f"{case_name(recipe, case)}: {model}, {_count(samples, 'sample')}, {why}")


def _models(found: RenderPlan) -> Iterator[str]:
    head = ("model", "task", "requests", "samples", "USD", "price", "hours", "retires")
    yield from columns(head, [_row(share) for share in found.shares])
    sources = {share.price.source: share.price for share in found.shares if share.price.source is not None}
    for source, price in sources.items():
        day = f", looked up {price.checked}" if price.checked else ""
        yield f"price from {visible(source)}{day} ({price.confidence})"


def _row(share: ModelShare) -> tuple[str, ...]:
    each = "unknown" if share.price.usd is None else f"{share.price.usd:g}"
    total = "unknown" if share.usd is None else f"{share.usd:.2f}"
    retires = (share.retires or "-") + (" (!)" if share.ends else "")
    hours = "unknown" if share.hours is None else _short(share.hours).replace("less than ", "<")
    return share.model, share.task, str(share.requests), str(share.samples), total, each, hours, retires


def _end(model: str, found: RenderPlan) -> str:
    day = found.end_of(model)
    return f"{visible(model)} ({'ended ' if day <= found.day.isoformat() else ''}{day})"


def _hours(hours: float | None) -> str:
    if hours is None:
        return 'unknown; "quotas" of the configuration does not name every model'
    return f"{_short(hours)} hours at the configured quotas"


def _short(hours: float) -> str:
    return "less than 0.01" if 0 < hours < 0.005 else f"{hours:.2f}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
