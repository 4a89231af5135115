"""Quotas that processes share through a ledger: no more goes out than allowed, and an answer 429 slows all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagenspec.render.ledger.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "project/us-central1/imagen-4.0-generate"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Ledger, Ledger]]:
    with Ledger(tmp_path) as first, Ledger(tmp_path) as second:
        yield first, second


def taken(ledgers: tuple[Ledger, ...], start: float, end: float, step: float = 0.05) -> int:
    """Return how many tokens ledgers get that ask in turns from one time to another."""
    count, now, turn = 0, start, 0
    while now < end:
        wait = ledgers[turn % len(ledgers)].take_token(NAME, now)
        assert wait >= 0
        count += wait == 0
        now += wait and max(wait, step)
        turn += 1
    return count


def test_bucket_without_a_quota_makes_nobody_wait(two: tuple[Ledger, Ledger]) -> None:
    two[0].penalise(NAME, 0)
    assert [two[0].take_token(NAME, 0) for _ in range(100)] == [0.0] * 100


def test_two_ledgers_use_one_quota_and_all_of_it(two: tuple[Ledger, Ledger]) -> None:
    two[0].configure_bucket(NAME, 600, 5)
    two[1].configure_bucket(NAME, 600, 5)
    assert taken(two, 100, 160) == pytest.approx(595, abs=5)


def test_waiting_as_long_as_told_is_enough(two: tuple[Ledger, Ledger]) -> None:
    two[0].configure_bucket(NAME, 20, 1)
    assert two[0].take_token(NAME, 50) == 0
    wait = two[1].take_token(NAME, 50)
    assert wait == pytest.approx(3, rel=0.02)
    assert two[0].take_token(NAME, 50 + wait / 2) > 0
    assert two[1].take_token(NAME, 50 + wait) == 0


def test_answer_429_halves_the_rate_for_all_and_it_grows_back(two: tuple[Ledger, Ledger]) -> None:
    two[0].configure_bucket(NAME, 600, 5)
    whole = taken(two, 100, 110)
    two[0].penalise(NAME, 110)
    for moment in (110.1, 110.2, 110.3):
        two[1].penalise(NAME, moment)
    assert taken(two[1:], 110.3, 115.3) == pytest.approx(whole / 4, rel=0.15)
    assert taken(two[:1], 1000, 1060) == pytest.approx(595, abs=5)


def test_configuring_again_gives_no_tokens_back(two: tuple[Ledger, Ledger]) -> None:
    two[0].configure_bucket(NAME, 60, 3)
    assert [two[0].take_token(NAME, 100) for _ in range(3)] == [0, 0, 0]
    two[1].configure_bucket(NAME, 60, 3)
    assert two[1].take_token(NAME, 100) > 0


def test_other_limits_hold_at_once(two: tuple[Ledger, Ledger]) -> None:
    two[0].configure_bucket(NAME, 600, 50)
    two[0].configure_bucket(NAME, 60, 2)
    assert taken(two, 100, 160) == pytest.approx(60, abs=1)


def test_clock_that_was_set_back_does_not_stop_everything(two: tuple[Ledger, Ledger]) -> None:
    two[0].configure_bucket(NAME, 60, 1)
    two[0].take_token(NAME, 1_000_000)
    two[0].penalise(NAME, 1_000_000)
    two[1].take_token(NAME, 500)
    assert taken(two, 500, 560) > 25


@pytest.mark.parametrize(("per_minute", "burst"), [(0, 1), (-5, 1), (60, 0.5), (float("inf"), 1), (60, float("nan"))])
def test_quota_that_lets_nothing_or_everything_through_is_refused(
    two: tuple[Ledger, Ledger], per_minute: float, burst: float
) -> None:
    with pytest.raises(ValueError, match="quota"):
        two[0].configure_bucket(NAME, per_minute, burst)


@settings(deadline=None, max_examples=60)
@given(
    per_minute=st.floats(1, 6000),
    burst=st.floats(1, 20),
    steps=st.lists(st.tuples(st.floats(0, 3), st.integers(0, 12)), min_size=1, max_size=40),
    slowed=st.sets(st.integers(0, 39)),
)
def test_no_stretch_of_time_gets_more_than_its_quota_and_a_burst(
    tmp_path_factory: pytest.TempPathFactory,
    per_minute: float,
    burst: float,
    steps: list[tuple[float, int]],
    slowed: set[int],
) -> None:
    root = tmp_path_factory.getbasetemp() / "stretches"
    root.mkdir(exist_ok=True)
    name, now = f"{per_minute} {burst} {steps} {slowed}", 1000.0
    got: list[float] = []
    with Ledger(root) as ledger:
        ledger.configure_bucket(name, per_minute, burst)
        for number, (passed, wishes) in enumerate(steps):
            now += passed
            if number in slowed:
                ledger.penalise(name, now)
            got += [now for _ in range(wishes) if ledger.take_token(name, now) == 0]
    for first in range(len(got)):
        for last in range(first, len(got)):
            assert last - first + 1 <= burst + per_minute * (got[last] - got[first]) / 60 + 0.01
