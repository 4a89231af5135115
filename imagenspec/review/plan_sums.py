"""Whether the sums of a plan file, which somebody has looked at, are those of its requests."""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING, Any

from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ROUNDED = 1e-6


def wrong_sums(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield, in words, each sum of a plan that its requests do not make."""
    sent = [one for one in document["requests"] if not one.get("from_ledger", False)]
    total = document["total"]
    yield from _wrong("the total", total, sent)
    unknown = sorted({one["model"] for one in sent if one["usd"] is None})
    if sorted(total["unknown_prices"]) != unknown:
        yield '"unknown_prices" are not the models without a price'
    shares = {(share["model"], share["task"]): share for share in document["models"]}
    for model, task in sorted({(one["model"], one["task"]) for one in sent} - shares.keys()):
        yield f"its models lack {quote(model, 80)} for {task}"
    for (model, task), share in shares.items():
        own = [one for one in sent if (one["model"], one["task"]) == (model, task)]
        yield from _wrong(f"model {quote(model, 80)}", share, own)


def _wrong(name: str, said: Mapping[str, Any], requests: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    once = {(one["model"], one["digest"]): one for one in requests}.values()
    known = sum(one["usd"] * one["samples"] for one in once if one["usd"] is not None)
    sums = {
        "requests": len(once),
        "samples": sum(one["samples"] for one in once),
        "usd": None if any(one["usd"] is None for one in once) else known,
        "usd_of_known_prices": known,
    }
    for word, wanted in sums.items():
        if word in said and not _is_equal(said[word], wanted):
            yield f"{name} says {_amount(said[word])} {word}, and the requests make {_amount(wanted)}"


def _is_equal(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else isclose(one, other, rel_tol=1e-9, abs_tol=_ROUNDED)


def _amount(number: float | None) -> str:
    return "unknown" if number is None else f"{number:.12g}"
