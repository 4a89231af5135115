"""Faults on request: which of them befall a request, decided by its digest and by how often it has been sent."""

from __future__ import annotations

import random
from typing import NamedTuple

from imagenspec.emulator.refusals import INTERNAL, QUOTA, REWRITER, Refusal
from imagenspec.errors import UsageError

_STATUSES = {
    "408": ("The request timed out.", "CANCELLED"),
    "500": (INTERNAL, "INTERNAL"),
    "504": ("Deadline exceeded.", "DEADLINE_EXCEEDED"),
}
STATUSES = ("408", "429", "500", "502", "503", "504")
CUTS = ("reset", "lost", "truncate")
MENU = (*STATUSES, *CUTS, "slow", "filtered")
HELP = (
    "408, 429, 500, 502, 503 and 504 answer so (429:0.1:2s with Retry-After), reset ends the connection before"
    " anything is drawn, lost after it, truncate ends it inside the answer, slow:2s:0.5 delays an answer, filtered"
    " withholds an image; each with a share of requests, or of images, from 0 to 1."
)


class Fault(NamedTuple):
    """A fault, and how likely it is.

    Attributes:
        kind: A word of :data:`MENU`.
        share: The share of requests, or of images for ``filtered``, that it befalls, from 0 to 1.
        seconds: How long ``slow`` takes, or what ``Retry-After`` says.
    """

    kind: str
    share: float
    seconds: float | None = None


class Fate(NamedTuple):
    """What befalls one request.

    Attributes:
        status: The HTTP status that it is answered with, instead of being read.
        retry_after: What that answer says in ``Retry-After``, in seconds.
        cut: How its connection ends: a word of :data:`CUTS`.
        delay: By how many seconds its answer is late.
        filtered: The share of its images that are withheld.
        chance: What decides about each image.
    """

    chance: random.Random
    status: str | None = None
    retry_after: float | None = None
    cut: str | None = None
    delay: float = 0.0
    filtered: float = 0.0


class Faults(NamedTuple):
    """The faults that were asked for, and the seed of their chances."""

    faults: tuple[Fault, ...] = ()
    seed: int = 0

    def fate(self, request: str, attempt: int) -> Fate:
        """Return what befalls a request when it is sent for the ``attempt``-th time; the same in every run."""
        chance = random.Random(f"{self.seed} {request} {attempt}")  # noqa: S311 - no secret
        fate = Fate(chance)
        ends = chance.random()
        for fault in self.faults:
            if fault.kind == "slow":
                fate = fate._replace(delay=fault.seconds or 0.0) if chance.random() < fault.share else fate
            elif fault.kind == "filtered":
                fate = fate._replace(filtered=fault.share)
            else:
                if 0 <= ends < fault.share:
                    fate = _ended(fate, fault)
                ends -= fault.share
        return fate


def _ended(fate: Fate, fault: Fault) -> Fate:
    if fault.kind in CUTS:
        return fate._replace(cut=fault.kind)
    return fate._replace(status=fault.kind, retry_after=fault.seconds)


def parse_faults(text: str, seed: int = 0) -> Faults:
    """Return the faults of ``429:0.1,slow:2s,truncate:0.01``.

    Raises:
        UsageError: A fault is not on the menu, or a share or time is none; or the shares make more than 1.
    """
    faults = Faults(tuple(_fault(part.strip()) for part in text.split(",")) if text.strip() else (), seed)
    total = sum(fault.share for fault in faults.faults if fault.kind in (*STATUSES, *CUTS))
    if total > 1 + 1e-9:
        raise UsageError(f"the shares of faults that end a request make {total:g}, which is more than 1")
    return faults


def _fault(text: str) -> Fault:
    kind, *rest = text.split(":")
    if kind not in MENU:
        raise UsageError(f'no fault "{kind}"; the menu: {", ".join(MENU)}')
    form = "TIME:SHARE" if kind == "slow" else "SHARE:TIME" if kind in STATUSES else "SHARE"
    if len(rest) > len(form.split(":")):
        raise UsageError(f'a fault is written {kind}:{form}, not "{text}"; what follows the name may be left out')
    if kind == "slow":
        seconds = parse_seconds(rest[0]) if rest else 1.0
        return Fault(kind, _share(rest[1]) if len(rest) > 1 else 1.0, seconds)
    return Fault(kind, _share(rest[0]) if rest else 1.0, parse_seconds(rest[1]) if len(rest) > 1 else None)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UsageError(f'a share is a number from 0 to 1, not "{text}"')
    return share


def parse_seconds(text: str) -> float:
    """Return the seconds of ``2s``, ``250ms`` or ``2``.

    Raises:
        UsageError: It is no time.
    """
    number, unit = (text.removesuffix("ms"), 0.001) if text.endswith("ms") else (text.removesuffix("s"), 1.0)
    try:
        seconds = float(number) * unit
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86400:
        raise UsageError(f'a time is written 8s or 250ms, not "{text}"')
    return seconds


def refusal_with(status: str, base_model: str) -> Refusal | None:
    """Return the refusal of a status; 502 has none, it is a page and no JSON."""
    if status == "429":
        message = QUOTA.format(base=base_model)
        return Refusal(message, status="RESOURCE_EXHAUSTED", verified=True, prefixed=False)
    if status == "503":
        return Refusal(REWRITER, status="UNAVAILABLE", verified=True)
    if status == "502":
        return None
    message, name = _STATUSES[status]
    return Refusal(message, status=name, code=int(status), prefixed=False)
