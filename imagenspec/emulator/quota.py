"""Requests per minute, for each project, location and base model."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}


class Rate(NamedTuple):
    """So many requests in so many seconds."""

    requests: int
    seconds: float = 60.0


class Quota:
    """Counts requests in fixed windows, the first of which starts with the first request."""

    def __init__(self, rate: Rate | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._windows: dict[tuple[str, str, str], tuple[float, int]] = {}

    def take(self, project: str, location: str, model: str) -> bool:
        """Count a request, and tell whether it is within the quota."""
        if self._rate is None:
            return True
        key = project, location, base_model(model)
        now = self._clock()
        start, used = self._windows.get(key, (now, 0))
        passed = (now - start) // self._rate.seconds
        if passed:
            start, used = start + passed * self._rate.seconds, 0
        self._windows[key] = (start, used + 1)
        return used < self._rate.requests


def base_model(model: str) -> str:
    """Return the id of a model without its version: ``virtual-try-on`` of ``virtual-try-on-001``."""
    return re.sub(r"(?:-\d{3}|@\d+)$", "", model)


def parse_rate(text: str) -> Rate:
    """Return the rate of ``20/min``.

    Raises:
        UsageError: It is none.
    """
    found = re.fullmatch(r"(\d{1,9})(?:/(s|min|h))?", text)
    if not found:
        raise UsageError(f'a quota is written 20/min, not "{text}"')
    return Rate(int(found[1]), _SECONDS[found[2] or "min"])
