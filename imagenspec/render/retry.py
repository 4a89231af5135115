"""When a failed request is sent again: pure functions over a chance and a clock that are passed in.

Which statuses pass, and the figures: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors
and the retry options of google-genai (5 attempts, 1 s at first, doubling, 60 s at most).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.render.errors_of_service import Lost, ServiceError, Transient

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
    """

    attempts: int = 5
    first: float = 1.0
    longest: float = 60.0


PATIENT = Policy()
"""What is done unless somebody says otherwise."""


def is_retryable(status: int) -> bool:
    """Return whether the same request may succeed later after this HTTP status."""
    return status in (408, TOO_MANY) or 500 <= status <= 599


def wait_before_next(
    failure: ServiceError, failed: int, throttled: int, chance: Callable[[], float], policy: Policy = PATIENT
) -> float | None:
    """Return the seconds to wait before a request is sent again, or nothing where it must not be.

    Full jitter: the wait is drawn evenly between zero and a bound that doubles. What the service asks for is added to
    it, so that many clients do not come back at the same moment. A lost answer may have been paid for; whether that
    risk is taken is the caller's decision. An exhausted quota never ends the attempts: it pauses.

    Args:
        failure: What happened.
        failed: How many attempts of the request have failed so far, this one included.
        throttled: How many of these were answered 429.
        chance: Draws a number from 0 up to but without 1.
        policy: How patient the client is.
    """
    if not isinstance(failure, Transient | Lost):
        return None
    if failure.status != TOO_MANY and failed - throttled >= policy.attempts:
        return None
    asked = failure.retry_after if isinstance(failure, Transient) else None
    return (asked or 0.0) + full_jitter(failed, chance, policy)


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
