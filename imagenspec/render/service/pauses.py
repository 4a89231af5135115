"""When nobody asks for a while: after answers 429 in a row, whether a quota is configured or not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.render.service.retry import full_jitter

if TYPE_CHECKING:
    from collections.abc import Callable


class _Refusals(NamedTuple):
    """Answers 429 without another answer between them: how many pieces of news, the last one's time, and the pause."""

    news: int = 0
    heard: float = float("-inf")
    until: float = float("-inf")


class Pauses:
    """The pauses of one process, by bucket.

    One 429 says little: that request waits, others go on. A second one to a request that was sent after the first is
    a quota that is exhausted: all wait, longer with each further one. What was under way together is one piece of news.
    """

    def __init__(self, chance: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare.

        Args:
            chance: Draws a number from 0 up to but without 1.
            clock: The time in seconds.
        """
        self._chance = chance
        self._clock = clock
        self._refusals: dict[str, _Refusals] = {}

    def now(self) -> float:
        """Return the time in seconds, to be told again by :meth:`refused`."""
        return self._clock()

    def left(self, bucket: str) -> float:
        """Return the seconds until a request may go; 0.0 if one may go now."""
        return max(0.0, self._refusals.get(bucket, _Refusals()).until - self._clock())

    def refused(self, bucket: str, sent: float, asked: float | None) -> None:
        """Take note of an answer 429.

        Args:
            bucket: What the request counted against.
            sent: When the request was sent.
            asked: The seconds to wait that the service asks for, where it does.
        """
        old, now = self._refusals.get(bucket, _Refusals()), self._clock()
        if sent < old.heard:
            return
        pause = 0.0 if old.news == 0 else (asked or 0.0) + full_jitter(old.news, self._chance)
        self._refusals[bucket] = _Refusals(old.news + 1, now, max(old.until, now + pause))

    def served(self, bucket: str) -> None:
        """Take note of any other answer: the quota is not exhausted."""
        self._refusals.pop(bucket, None)
