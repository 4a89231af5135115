"""A runner among others on one ledger, and when it is stopped or something breaks; requests are counted."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import pytest
from ledger_values import crash, picture
from loopback_service import Exchange, LoopbackService
from render_worker import Silent
from rendering import SIZE, planned, recipe_of

from imagenspec.errors import ToolError
from imagenspec.render.disk.store import Store
from imagenspec.render.ledger.journal import Journal
from imagenspec.render.ledger.ledger import Ledger
from imagenspec.render.runner import Means, Runner
from imagenspec.render.service.client import Client
from imagenspec.render.service.credential_errors import CredentialsError
from imagenspec.render.service.limiter import Limiter, NoBuckets, bucket_name
from imagenspec.render.service.targets import target_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PNG = picture(7, (SIZE, SIZE))


class CountingLedger(Ledger):
    """A ledger that counts how often tasks are asked for."""

    leases = 0

    def lease(self, *given: Any) -> Any:
        self.leases += 1
        return super().lease(*given)


class Place:
    """A project with a recipe, a service for it, and a ledger in which its requests are planned."""

    def __init__(self, root: Path, requests: int, *deeds: Callable[[Exchange], None], extra: str = "") -> None:
        self.root = root / "project"
        self.recipe = recipe_of(self.root, requests, extra)
        self.service = LoopbackService(*deeds)
        self.target = target_of(self.service.url, "a-project", "us-central1")
        self.works = {work.task.key: work for work in planned(self.recipe, self.service.url).works}
        self.keys = list(self.works)
        self.watcher = Silent()
        self.stack = ExitStack()
        self.ledger = self.open()

    def __enter__(self) -> Self:
        self.stack.enter_context(self.service)
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def open(self, clock: Callable[[], float] = time.time) -> CountingLedger:
        """Return another connection to the ledger, in which all is planned."""
        ledger = self.stack.enter_context(CountingLedger(self.root, "url", clock))
        ledger.plan(work.task for work in self.works.values())
        return ledger

    def run(
        self, jobs: int, *beside: Callable[[Runner], Any], limiter: Limiter | None = None, proof: Any = None
    ) -> None:
        """Run a runner to its end, and coroutines beside it."""

        async def main() -> None:
            async with Client(self.target, jobs, proof, folder=self.root) as client:
                journal, store = Journal(self.ledger), Store(self.root)
                limits = limiter or Limiter(NoBuckets())
                means = Means(self.target, client, limits, self.ledger, journal, store, self.watcher)
                runner = Runner(self.works, means, jobs)
                others = [asyncio.create_task(one(runner)) for one in beside]
                try:
                    await asyncio.wait_for(runner.run(), 60)
                finally:
                    await asyncio.gather(*others)

        asyncio.run(main())

    def configure(self, per_minute: float) -> None:
        """Give the model of the requests a quota, of which one request may go at once."""
        [model] = {work.task.model for work in self.works.values()}
        self.ledger.configure_bucket(bucket_name(self.target, model), per_minute, 1)

    def counts(self) -> dict[str, int]:
        """Return the states that tasks are in, with their numbers."""
        return {state: count for state, count in self.ledger.counts().items() if count}

    @property
    def requests(self) -> int:
        """How many requests the service had."""
        return len(self.service.requests)


def answer(data: bytes = PNG) -> Callable[[Exchange], None]:
    entry = {"mimeType": "image/png", "bytesBase64Encoded": base64.b64encode(data).decode()}

    def deed(exchange: Exchange) -> None:
        exchange.answer(200, {"predictions": [entry]})

    return deed


def held(exchange: Exchange) -> None:
    """Answer when the service is told to release."""
    exchange.body()
    assert exchange.service.release.wait(60)
    answer()(exchange)


async def until(happened: Callable[[], object]) -> None:
    """Wait until something has happened that only another thread can tell."""
    while not happened():  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0.005)


def test_what_was_sent_by_an_owner_who_died_is_sent_again_and_what_it_had_leased_too(tmp_path: Path) -> None:
    with Place(tmp_path, 3, answer()) as place:
        dead = Ledger(place.root, "url")
        dead.plan(work.task for work in place.works.values())
        owner = dead.join()
        [first, second] = dead.lease(owner, 2, 900)
        dead.sent(first.key, owner, 1)
        crash(dead)
        place.run(2)
        assert place.counts() == {"done": 3}
        assert place.requests == 3
        assert [place.ledger.outcome(task.key).sent for task in (first, second)] == [2, 1]  # type: ignore[union-attr]


def test_work_of_an_owner_who_lives_is_waited_for_and_not_done_again(tmp_path: Path) -> None:
    with Place(tmp_path, 2, answer()) as place:
        other = place.open()
        owner = other.join()
        leased = other.lease(owner, 2, 900)
        other.sent(leased[0].key, owner, 1)

        async def go_on(_: Runner) -> None:
            await asyncio.sleep(1.5)
            assert place.counts() == {"leased": 1, "sent": 1}
            other.retry(leased[0].key, owner, 0, "busy")
            other.release(leased[1].key, owner)

        place.run(8, go_on)
        assert place.counts() == {"done": 2}
        assert place.requests == 2
        assert place.ledger.leases < 20


def test_runner_ends_when_another_one_has_finished_everything(tmp_path: Path) -> None:
    with Place(tmp_path, 2, answer()) as place:
        other = place.open()
        owner = other.join()
        for task in other.lease(owner, 2, 900):
            other.sent(task.key, owner, 1)

        async def fail(_: Runner) -> None:
            await asyncio.sleep(0.2)
            for key in place.keys:
                other.finish(key, owner, (), state="failed", why="refused")

        place.run(4, fail)
        assert place.counts() == {"failed": 2}
        assert place.requests == 0
        assert place.watcher.states == []


def test_task_whose_lease_ran_out_in_the_queue_is_left_to_who_has_it_now(tmp_path: Path) -> None:
    with Place(tmp_path, 3, answer()) as place:
        thief = place.open(lambda: time.time() + 1000)
        owner = thief.join()
        place.configure(600)
        stolen: list[str] = []

        async def steal(seconds: float) -> None:
            if not stolen:
                for task in thief.lease(owner, 3, 900):
                    stolen.append(task.key)
                    thief.sent(task.key, owner, 1)
                    thief.finish(task.key, owner, (), state="failed", why="stolen")
            await asyncio.sleep(seconds)

        place.run(2, limiter=Limiter(place.ledger, sleep=steal))
        assert stolen
        assert place.ledger.counts() | {"done": 3 - len(stolen), "failed": len(stolen)} == place.ledger.counts()
        assert place.requests == 3 - len(stolen)


def test_runner_that_is_stopped_finishes_what_is_under_way_and_gives_the_rest_back(tmp_path: Path) -> None:
    with Place(tmp_path, 9, held) as place:

        async def stop(runner: Runner) -> None:
            await until(lambda: place.requests >= 3)
            runner.stop()
            runner.stop()
            await asyncio.sleep(0.1)
            place.service.release.set()

        place.run(3, stop)
        assert place.counts() == {"planned": 6, "done": 3}
        assert place.requests == 3


def test_runner_that_waits_for_its_turn_can_be_stopped(tmp_path: Path) -> None:
    with Place(tmp_path, 4, answer()) as place:
        place.configure(1 / 60)

        async def stop(runner: Runner) -> None:
            await until(lambda: place.watcher.states)
            runner.stop()

        place.run(2, stop, limiter=Limiter(place.ledger))
        assert place.counts() == {"planned": 3, "done": 1}
        assert place.requests == 1


def test_runner_that_waits_for_others_can_be_stopped(tmp_path: Path) -> None:
    with Place(tmp_path, 2, answer()) as place:
        other = place.open()
        other.lease(other.join(), 2, 900)

        async def stop(runner: Runner) -> None:
            await until(lambda: place.ledger.leases)
            runner.stop()

        place.run(2, stop)
        assert place.counts() == {"leased": 2}


def test_picture_that_cannot_be_kept_stops_the_run_and_nothing_paid_for_is_called_failed(tmp_path: Path) -> None:
    other = picture(9, (SIZE, SIZE))
    first = threading.Event()

    def unkept(exchange: Exchange) -> None:
        answer()(exchange)
        first.set()

    def kept(exchange: Exchange) -> None:
        exchange.body()
        assert first.wait(60)
        assert exchange.service.release.wait(60)
        answer(other)(exchange)

    with Place(tmp_path, 9, unkept, kept) as place:
        images = place.root / ".imagenspec" / "images"
        images.mkdir()
        (images / hashlib.sha256(PNG).hexdigest()[:2]).write_text("no folder")

        async def go_on(_: Runner) -> None:
            await until(lambda: place.counts().get("unknown"))
            place.service.release.set()

        with pytest.raises(ToolError, match="images"):
            place.run(2, go_on)
        assert place.counts() == {"planned": 7, "unknown": 1, "done": 1}
        assert place.requests == 2


class Expiring:
    """Credentials that are there for one request."""

    def __init__(self) -> None:
        self.asked = 0

    async def headers(self) -> dict[str, str]:
        self.asked += 1
        if self.asked > 1:
            raise CredentialsError("the login has expired")
        return {"authorization": "Bearer once"}

    async def renewed(self, _: dict[str, str]) -> None:
        return None


def test_login_that_expires_ends_the_run_but_not_what_is_under_way(tmp_path: Path) -> None:
    with Place(tmp_path, 5, held) as place:

        async def go_on(_: Runner) -> None:
            await until(lambda: place.requests >= 1)
            await until(lambda: place.counts() == {"planned": 4, "sent": 1})
            place.service.release.set()

        with pytest.raises(CredentialsError, match="expired"):
            place.run(2, go_on, proof=Expiring())
        assert place.counts() == {"planned": 4, "done": 1}
        assert place.requests == 1


def test_filtered_request_is_sent_three_times_where_the_recipe_asks_for_that(tmp_path: Path) -> None:
    def filtered(exchange: Exchange) -> None:
        exchange.answer(200, {"predictions": [{"raiFilteredReason": "Support codes: 56562880"}]})

    with Place(tmp_path, 2, filtered, extra="render: {on_filtered: retry}\n") as place:
        place.run(2)
        assert place.counts() == {"filtered": 2}
        assert place.requests == 6


def test_storm_of_429_makes_all_wait_and_fails_nothing(tmp_path: Path) -> None:
    def refuse(exchange: Exchange) -> None:
        exchange.answer(429, {"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}})

    with Place(tmp_path, 100, *[refuse] * 12, answer()) as place:
        place.run(4)
        assert place.counts() == {"done": 100}
        assert place.requests == 112
        assert len(place.watcher.pauses) == 12
