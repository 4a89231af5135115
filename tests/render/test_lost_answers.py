"""Answers that were lost: what became of their requests is unknown, and each run that sends them again says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from loopback_service import Exchange, LoopbackService
from render_worker import Silent
from rendering import agreed, planned, recipe_of
from test_runner_sharing import Place, answer, held, until

from imagenspec.render.ledger.ledger import Ledger
from imagenspec.render.prices import Prices
from imagenspec.render.remaining import left_to_send, unsure_of
from imagenspec.render.service.targets import target_of
from imagenspec.render.session import Route, render
from imagenspec.render.tally import Budget

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.render.plan import Plan
    from imagenspec.render.runner import Runner
    from imagenspec.render.session import Rendering

PRICES = Prices({"image-segmentation-001": 0.03})


def lost(exchange: Exchange) -> None:
    exchange.body()
    exchange.reset()


def unavailable(exchange: Exchange) -> None:
    exchange.answer(503, {})


def rendered(one: Plan, url: str, watcher: Silent | None = None, **more: Any) -> Rendering:
    return render([one], Route(target_of(url, "a-project", "us-central1"), 2, **more), watcher or Silent())


def test_the_next_run_says_that_it_may_pay_twice(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", 1)
    with LoopbackService(lost, lost, lost, answer()) as service:
        target, watcher = target_of(service.url, "a-project", "us-central1"), Silent()
        found = rendered(planned(recipe, service.url), service.url, watcher)
        assert (found.results[0].word, watcher.states) == ("unknown", ["unknown"])
        works = {work.task.key: work for work in planned(recipe, service.url).works}
        assert found.tally.usd_at_risk(PRICES, works) == pytest.approx(0.09)
        assert agreed(recipe, service.url) == {"unknown": 1}
        one = planned(recipe, service.url)
        assert unsure_of([one], left_to_send([one], target), target) == 1
        found = rendered(one, service.url)
        assert (found.results[0].word, found.tally.sent, found.tally.after_loss) == ("done", 1, 1)
        assert found.tally.usd_at_risk(PRICES, works) == 0
        assert unsure_of([one], one.works, target) == 0
        assert len(service.requests) == 4


def test_each_run_may_lose_as_much_again(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", 1)
    with LoopbackService(lost) as service:
        for run in (1, 2):
            found = rendered(planned(recipe, service.url), service.url)
            assert (len(service.requests), found.tally.after_loss) == (3 * run, 1 + run)


def test_what_fails_in_other_ways_after_a_lost_answer_is_unknown_all_the_same(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", 1)
    budget = Budget(PRICES, 0.0).take
    with LoopbackService(lost, *[unavailable] * 5, answer()) as service:
        assert rendered(planned(recipe, service.url), service.url, resend=budget).results[0].word == "unknown"
        found = rendered(planned(recipe, service.url), service.url)
        assert [result.word for result in found.results] == ["unknown"]
        assert rendered(planned(recipe, service.url), service.url).tally.after_loss == 1


def test_a_lost_answer_leaves_a_mark_before_it_is_asked_for_again(tmp_path: Path) -> None:
    with Place(tmp_path, 1, answer()) as place:
        other = place.open()
        owner = other.join()
        [task] = other.lease(owner, 1, 900)
        other.sent(task.key, owner, 1)
        other.retry(task.key, owner, 3600, "no answer", lost=True)
        other.close()
        assert place.counts() == {"planned": 1}
        assert place.ledger.unsure() == {task.key}
        found = rendered(planned(place.recipe, place.service.url), place.service.url)
        assert (found.results[0].word, found.tally.after_loss) == ("done", 1)
        assert place.ledger.unsure() == set()


def test_what_is_given_up_under_way_may_have_cost_something(tmp_path: Path) -> None:
    with Place(tmp_path, 1, held) as place:
        runners = []

        async def give_up(runner: Runner) -> None:
            runners.append(runner)
            await until(lambda: place.requests)
            await asyncio.sleep(0.5)  # the client goes on in this loop, until it waits for the answer
            [main] = [one for one in asyncio.all_tasks() if one.get_coro().__name__ == "main"]  # type: ignore[union-attr]
            main.cancel()

        with pytest.raises(asyncio.CancelledError):
            place.run(1, give_up)
        place.service.release.set()
        assert runners[0].lost == {place.keys[0]: 1}


def test_what_another_run_gives_up_is_left_to_the_next_one(tmp_path: Path) -> None:
    with Place(tmp_path, 1, answer()) as place:
        other = place.open()
        owner = other.join()
        [task] = other.lease(owner, 1, 900)
        other.sent(task.key, owner, 1)

        async def give_up(_: Runner) -> None:
            await until(lambda: place.ledger.leases)
            other.lost(task.key, owner, "no answer")

        place.run(2, give_up)
        assert (place.counts(), place.requests) == ({"unknown": 1}, 0)
        place.run(2)
        assert (place.counts(), place.requests) == ({"done": 1}, 1)


def test_an_answer_that_nobody_knows_says_nothing_where_the_lock_holds(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", 1)
    with LoopbackService(answer()) as service:
        one = planned(recipe, service.url)
        rendered(one, service.url)
        key = one.works[0].task.key
        with Ledger(one.root, "url") as ledger:
            owner = ledger.join()
            ledger.plan([one.works[0].task])
            ledger.again(key, paid=True)
            ledger.lease(owner, 1, 60)
            ledger.sent(key, owner, 2)
        found = rendered(planned(recipe, service.url), service.url)
        assert [result.word for result in found.results] == ["done"]
        assert len(service.requests) == 1
