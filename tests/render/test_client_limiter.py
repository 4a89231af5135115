"""Token buckets: never more than the quota, the whole quota when it is wanted, half as fast after a 429."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagenspec.render.service.limiter import (
    Bucket,
    Limiter,
    NoBuckets,
    base_model,
    bucket_name,
    full,
    halved,
    refilled,
    take,
)
from imagenspec.render.service.targets import target_of

NAME = "a-project/us-central1/imagen-4.0-generate"


class Clock:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class OneBucket:
    """A bucket that is a value, for a clock that is none of a ledger's."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    def take_token(self, bucket: str, now: float) -> float:
        assert bucket == NAME
        self.bucket, wait = take(self.bucket, now)
        return wait

    def penalise(self, bucket: str, now: float) -> None:
        assert bucket == NAME
        self.bucket = halved(self.bucket, now)


def passes(per_minute: float, burst: float, count: int) -> list[float]:
    """Return the moments at which requests that all come at once may go."""
    clock, moments = Clock(), []
    limiter = Limiter(OneBucket(full(per_minute, burst, clock.now)), clock, clock.sleep)

    async def one(number: int) -> None:
        await limiter.turn(NAME)
        moments.append((clock.now - 1000.0, number))

    async def run() -> None:
        await asyncio.gather(*(one(number) for number in range(count)))

    asyncio.run(run())
    assert [number for _, number in moments] == list(range(count)), "who comes first goes first"
    return [moment for moment, _ in moments]


@pytest.mark.parametrize(("per_minute", "burst"), [(600, 1), (600, 10), (20, 1), (20, 2), (5, 2)])
def test_the_quota_is_used_and_no_minute_has_more(per_minute: int, burst: int) -> None:
    count = 3 * per_minute
    moments = passes(per_minute, burst, count)
    assert 178 <= moments[-1] <= 180 * 1.1
    for start in range(0, count, max(1, per_minute // 10)):
        within = [moment for moment in moments if moments[start] <= moment < moments[start] + 60 - 1e-6]
        assert len(within) <= per_minute


def test_without_a_quota_nobody_waits() -> None:
    buckets = NoBuckets()
    assert {buckets.take_token("nobody", now) for now in range(100)} == {0.0}
    buckets.penalise("nobody", 5)
    assert buckets.take_token("nobody", 5) == 0.0


def test_a_429_halves_the_rate_and_the_rest_comes_back_in_a_minute() -> None:
    bucket = halved(full(600, 10, 0), 0)
    assert (bucket.share, bucket.tokens) == (0.5, 0.0)
    assert take(bucket, 0)[1] == pytest.approx(0.2, rel=0.03)
    assert refilled(bucket, 30).share == pytest.approx(0.75)
    assert refilled(bucket, 60).share == refilled(bucket, 600).share == 1.0


def test_several_429_at_once_are_one_piece_of_news() -> None:
    bucket = full(600, 10, 0)
    for moment in (0.0, 0.1, 0.2, 4.9):
        bucket = halved(bucket, moment)
    assert bucket.share == pytest.approx(0.5 + 4.9 / 120)
    assert halved(bucket, 5.0).share == pytest.approx((0.5 + 5 / 120) / 2)


def test_a_bucket_is_never_slowed_down_for_ever() -> None:
    bucket = full(60, 1, 0)
    for number in range(200):
        bucket = halved(bucket, number * 5.0)
    assert bucket.share >= 1 / 64
    assert take(bucket, 1000.0 + 300)[1] == 0.0


@given(
    steps=st.lists(st.tuples(st.sampled_from(["take", "halve"]), st.floats(-5, 100)), max_size=60),
    per_minute=st.floats(0.1, 10_000),
    burst=st.floats(1, 100),
)
def test_no_series_of_events_gives_more_than_the_quota(
    steps: list[tuple[str, float]], per_minute: float, burst: float
) -> None:
    now, taken, bucket = 0.0, 0, full(per_minute, burst, 0.0)
    latest = 0.0
    for what, passed in steps:
        now += passed
        latest = max(now, latest)
        if what == "take":
            bucket, wait = take(bucket, now)
            taken += wait == 0.0
            assert wait >= 0
        else:
            bucket = halved(bucket, now)
        assert bucket.tokens <= burst
        assert 1 / 64 <= bucket.share <= 1
    assert taken <= burst + per_minute / 60 * latest + 0.001


@pytest.mark.parametrize(
    ("model", "base"),
    [
        ("imagen-4.0-fast-generate-001", "imagen-4.0-fast-generate"),
        ("imagegeneration@006", "imagegeneration"),
        ("virtual-try-on-001", "virtual-try-on"),
        ("imagen-4.0-upscale-preview", "imagen-4.0-upscale-preview"),
        ("imagen-product-recontext-preview-06-30", "imagen-product-recontext-preview-06-30"),
    ],
)
def test_quotas_count_by_base_model(model: str, base: str) -> None:
    assert base_model(model) == base
    assert bucket_name(target_of("vertex", "a-project", "us-east1"), model) == f"a-project/us-east1/{base}"
