"""How fast requests may go: a token bucket for each project, location and base model.

The service counts by base model, the model's id without its version; when a quota is exhausted it answers 429 and names
that model (observed: GoogleCloudPlatform, online_prediction_requests_per_base_model). A bucket is a value, so that
processes can share one through a database.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from imagenspec.render.service.targets import Target

_SLOWEST = 1 / 64
"""The least share of its quota that a bucket is slowed down to."""
_RECOVERY = 120.0
"""Seconds in which a bucket would come from standing still back to its whole quota; from a half, in half of them."""
_MARGIN = 0.99
"""The share of a quota that is asked for: requests do not arrive as evenly as they are sent."""
_SAME_NEWS = 5.0
"""Seconds in which several answers 429 are one piece of news: those of requests that were under way together."""
_ONE = 1 - 1e-6
"""A whole token, but for the rounding of sums."""


class Bucket(NamedTuple):
    """A token bucket at one moment.

    Attributes:
        per_minute: The quota: tokens a minute.
        burst: The most tokens that are kept.
        tokens: The tokens at the moment.
        moment: The moment, in seconds of the caller's clock.
        share: The share of the quota that is used, from 1 down.
        slowed: When the share was last halved.
    """

    per_minute: float
    burst: float
    tokens: float
    moment: float
    share: float = 1.0
    slowed: float = float("-inf")

    @property
    def per_second(self) -> float:
        """Tokens a second at a full share: so many that no minute has more than the quota, whenever it begins."""
        return max(self.per_minute - self.burst + 1, self.per_minute / 2) * _MARGIN / 60


def full(per_minute: float, burst: float, now: float) -> Bucket:
    """Return a bucket with all its tokens."""
    return Bucket(per_minute, burst, burst, now)


def take(bucket: Bucket, now: float) -> tuple[Bucket, float]:
    """Return the bucket with one token less and 0.0, or as it is and the seconds after which to ask again."""
    filled = refilled(bucket, now)
    if filled.tokens >= _ONE:
        return filled._replace(tokens=filled.tokens - 1), 0.0
    return filled, (1 - filled.tokens) / (filled.per_second * filled.share)


def refilled(bucket: Bucket, now: float) -> Bucket:
    """Return the bucket at a later moment: with new tokens, and less slowed. A clock that goes back changes nothing."""
    passed = max(0.0, now - bucket.moment)
    share = min(1.0, bucket.share + passed / _RECOVERY)
    gained = passed * bucket.per_second * (bucket.share + share) / 2
    return bucket._replace(
        tokens=min(bucket.burst, bucket.tokens + gained), moment=max(now, bucket.moment), share=share
    )


def halved(bucket: Bucket, now: float) -> Bucket:
    """Return the bucket after a 429: half as fast, and without the tokens that the service does not have either."""
    filled = refilled(bucket, now)
    if now - bucket.slowed < _SAME_NEWS:
        return filled
    return filled._replace(tokens=0.0, share=max(_SLOWEST, filled.share / 2), slowed=now)


def base_model(model: str) -> str:
    """Return a model's id without its version, as quotas count: ``imagen-4.0-generate`` of ``…-001``."""
    return re.sub(r"(?:-[0-9]{3}|@[0-9]+)\Z", "", model)


def quota_of(model: str, quotas: Mapping[str, float]) -> float | None:
    """Return the requests a minute that a model may have, where that is known.

    Args:
        model: The model's id.
        quotas: Requests a minute by ids of models. The versions of a model share theirs, so the least of them counts.
    """
    base = base_model(model)
    return min((per_minute for other, per_minute in quotas.items() if base_model(other) == base), default=None)


def bucket_name(target: Target, model: str) -> str:
    """Return the name of the bucket that a request counts against."""
    return f"{target.project}/{target.location}/{base_model(model)}"


class Buckets(Protocol):
    """Where buckets are kept; times are seconds of one clock."""

    def take_token(self, bucket: str, now: float) -> float:
        """Take a token and return 0.0, or return the seconds after which to ask again."""

    def penalise(self, bucket: str, now: float) -> None:
        """Slow a bucket down after a 429."""


class NoBuckets:
    """Buckets where nobody gave a quota, which makes nobody wait."""

    def take_token(self, bucket: str, now: float) -> float:
        """Return 0.0."""
        del bucket, now
        return 0.0

    def penalise(self, bucket: str, now: float) -> None:
        """Change nothing."""


class Limiter:
    """Lets the requests of one event loop through in the order in which they come."""

    def __init__(
        self,
        buckets: Buckets,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Prepare.

        Args:
            buckets: Where the buckets are kept.
            clock: The time in seconds; processes that share buckets must share it.
            sleep: Waits for seconds.
        """
        self._buckets = buckets
        self._clock = clock
        self._sleep = sleep
        self._queues: dict[str, asyncio.Lock] = {}

    async def turn(self, bucket: str) -> None:
        """Wait until a request may go."""
        async with self._queues.setdefault(bucket, asyncio.Lock()):
            while (wait := self._buckets.take_token(bucket, self._clock())) > 0:
                await self._sleep(wait)

    def slow_down(self, bucket: str) -> None:
        """Take note of a 429."""
        self._buckets.penalise(bucket, self._clock())
