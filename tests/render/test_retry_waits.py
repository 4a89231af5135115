"""When a failed request is sent again, and after how long: arithmetic over chances and clocks of the test's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagenspec.render.service.errors import Lost, Refused, ServiceError, Transient
from imagenspec.render.service.retry import (
    Failures,
    Policy,
    full_jitter,
    is_retryable,
    retry_after,
    retry_delay,
    wait_before_next,
)

NOW = 1_790_000_000.0
DAY = 86_400.0
LAZY = 1 - 1e-9
"""The largest chance."""


def test_the_statuses_that_pass() -> None:
    assert [status for status in range(100, 500) if is_retryable(status)] == [408, 429]
    assert all(is_retryable(status) for status in range(500, 600))
    assert not is_retryable(600)


@pytest.mark.parametrize("failure", [Refused(400, "X", "no"), Refused(404, "X", "no"), ServiceError("odd")])
def test_refusals_are_never_sent_again(failure: ServiceError) -> None:
    assert wait_before_next(failure, Failures(1), lambda: 0.5) is None


@pytest.mark.parametrize("failure", [Transient(503, None, "x"), Transient(None, None, "x"), Lost("x"), Lost("x", 200)])
def test_passing_failures_are_sent_again_until_the_attempts_are_used_up(failure: ServiceError) -> None:
    waits = [wait_before_next(failure, Failures(failed), lambda: 0.5) for failed in range(1, 7)]
    assert waits == [0.5, 1.0, 2.0, 4.0, None, None]


def test_lost_answers_are_asked_for_again_twice() -> None:
    waits = [wait_before_next(Lost("x"), Failures(failed, 0, failed), lambda: 0.5) for failed in (1, 2, 3)]
    assert waits == [0.5, 1.0, None]
    assert wait_before_next(Transient(503, None, "x"), Failures(4, 0, 3), lambda: 0.5) is not None


def test_waits_double_up_to_the_longest() -> None:
    policy = Policy(attempts=100, first=1, longest=10)
    waits = [wait_before_next(Lost("x"), Failures(failed), lambda: LAZY, policy) for failed in (1, 2, 3, 4, 5, 99)]
    assert [round(wait or 0, 3) for wait in waits] == [1, 2, 4, 8, 10, 10]


@given(failed=st.integers(-5, 10**6), chance=st.floats(0, LAZY))
def test_full_jitter_is_drawn_from_zero_to_the_bound(failed: int, chance: float) -> None:
    bound = min(60.0, 2.0 ** min(max(failed, 1) - 1, 60))
    assert full_jitter(failed, lambda: chance) == pytest.approx(chance * bound)


def test_an_exhausted_quota_pauses_and_never_ends() -> None:
    exhausted = Transient(429, None, "x")
    waits = [wait_before_next(exhausted, Failures(failed, failed), lambda: 0.5) for failed in range(1, 200)]
    assert None not in waits
    assert wait_before_next(exhausted, Failures(9), lambda: LAZY) == pytest.approx(60)
    assert wait_before_next(Transient(503, None, "x"), Failures(103, 100), lambda: 0.5) is not None
    assert wait_before_next(Transient(503, None, "x"), Failures(105, 100), lambda: 0.5) is None


def test_what_the_service_asks_for_is_the_least_and_spread() -> None:
    asked = Transient(429, 30.0, "x")
    assert wait_before_next(asked, Failures(3, 3), lambda: 0.0) == 30.0
    assert wait_before_next(asked, Failures(3, 3), lambda: 0.5) == 32.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("99999999999999999999999", DAY),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        (formatdate(NOW + 60, usegmt=True), 60.0),
        (formatdate(NOW - 60, usegmt=True), 0.0),
        (formatdate(NOW + 10 * DAY, usegmt=True), DAY),
        (datetime.fromtimestamp(NOW + 60, UTC).strftime("%A, %d-%b-%y %H:%M:%S GMT"), 60.0),
        (datetime.fromtimestamp(NOW + 60, UTC).strftime("%a %b %d %H:%M:%S %Y"), 60.0),
        (format_datetime(datetime.fromtimestamp(NOW + 60, timezone(timedelta(hours=-7)))), 60.0),
        ("Fri, 31 Feb 2026 00:00:00 GMT", None),
        ("Fri, 01 Jan 99999 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@given(header=st.text(max_size=60), now=st.floats(0, 4e9))
def test_any_header_is_a_sensible_wait_or_none(header: str, now: float) -> None:
    found = retry_after(header, now)
    assert found is None or 0 <= found <= DAY


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3.5s", 3.5),
        ("0s", 0.0),
        ("-1s", 0.0),
        ("infs", None),
        ("nans", None),
        ("3", None),
        (3, None),
        (None, None),
        ("s", None),
        ("1e30s", DAY),
    ],
)
def test_the_delay_of_a_retry_info(value: object, seconds: float | None) -> None:
    assert retry_delay(value) == seconds
