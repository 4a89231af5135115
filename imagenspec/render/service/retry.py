"""When a failed request is sent again: pure functions over a chance and a clock that are passed in.

Which statuses pass, and the figures: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors
and the retry options of google-genai (5 attempts, 1 s at first, doubling, 60 s at most).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.render.service.errors import Lost, ServiceError, Transient

if TYPE_CHECKING:
    from collections.abc import Callable

TOO_MANY = 429
"""The status of an exhausted quota; it says "later", not "no"."""
_LONGEST_PAUSE = 24 * 3600.0
_DIGITS = 12


class Policy(NamedTuple):
    """How patient a client is.

    Attributes:
        attempts: How often a request is sent at most; answers 429 do not count.
        first: The longest wait after the first failure in seconds; it doubles with each further one.
        longest: The longest wait in seconds that the client chooses by itself.
        resends: How often a request is sent again at most whose answer was lost: each time it may be paid for.
    """

    attempts: int = 5
    first: float = 1.0
    longest: float = 60.0
    resends: int = 2


class Failures(NamedTuple):
    """How often a request has failed so far.

    Attributes:
        all: All failures.
        throttled: How many of these were answered 429.
        lost: How many of these went out whole and lost their answer.
    """

    all: int
    throttled: int = 0
    lost: int = 0


PATIENT = Policy()
"""What is done unless somebody says otherwise."""


def is_retryable(status: int) -> bool:
    """Return whether the same request may succeed later after this HTTP status."""
    return status in (408, TOO_MANY) or 500 <= status <= 599


def wait_before_next(
    failure: ServiceError, failures: Failures, chance: Callable[[], float], policy: Policy = PATIENT
) -> float | None:
    """Return the seconds to wait before a request is sent again, or nothing where it must not be.

    Full jitter: the wait is drawn evenly between zero and a bound that doubles. What the service asks for is added to
    it, so that many clients do not come back at the same moment. A lost answer may have been paid for, so few are asked
    for again. An exhausted quota never ends the attempts: it pauses.

    Args:
        failure: What happened.
        failures: How often the request has failed so far, this time included.
        chance: Draws a number from 0 up to but without 1.
        policy: How patient the client is.
    """
    if not isinstance(failure, Transient | Lost):
        return None
    if isinstance(failure, Lost) and failures.lost > policy.resends:
        return None
    if failure.status != TOO_MANY and failures.all - failures.throttled >= policy.attempts:
        return None
    asked = failure.retry_after if isinstance(failure, Transient) else None
    return (asked or 0.0) + full_jitter(failures.all, chance, policy)


def full_jitter(failed: int, chance: Callable[[], float], policy: Policy = PATIENT) -> float:
    """Return a wait in seconds, drawn evenly from zero to the bound of the attempt."""
    doublings = min(max(failed, 1) - 1, 60)
    return chance() * float(min(policy.longest, policy.first * 2**doublings))


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, at most a day, or nothing where it says nothing.

    Args:
        value: The header: seconds, or an HTTP date (RFC 9110, 10.2.3).
        now: The time in seconds since the epoch.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:_DIGITS]), _LONGEST_PAUSE)
    return _until(text, now) if text else None


def retry_delay(value: object) -> float | None:
    """Return the seconds of a ``google.rpc.RetryInfo`` (``"3.5s"``), at most a day, or nothing where there are none."""
    if not isinstance(value, str) or not value.endswith("s") or len(value) > 2 * _DIGITS:
        return None
    try:
        seconds = float(value[:-1])
    except ValueError:
        return None
    return min(max(seconds, 0.0), _LONGEST_PAUSE) if math.isfinite(seconds) else None


def _until(date: str, now: float) -> float | None:
    from datetime import UTC  # noqa: PLC0415 - few answers have a date
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        moment = parsedate_to_datetime(date)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return min(max(moment.timestamp() - now, 0.0), _LONGEST_PAUSE)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
