"""Tasks that are to wait: who asks for them anew need not, and nobody waits for a clock that was wrong."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ledger_values import crash, sent, task
from test_runner_sharing import Place, answer, until

from imagenspec.render.ledger.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from loopback_service import Exchange

    from imagenspec.render.runner import Runner

DAY = 86400.0
ASKED = "as the service asked (Retry-After)"


def later() -> float:
    return time.time() + DAY


def test_a_task_that_is_named_again_need_not_wait_any_longer(tmp_path: Path) -> None:
    with Ledger(tmp_path) as first:
        owner = first.join()
        first.retry(sent(first, owner, task(1)), owner, 3600, "429")
        assert first.lease(owner, 1, 60) == []
        assert 3590 < (first.planned_in() or 0) <= 3600
    with Ledger(tmp_path) as second:
        assert second.planned_in() is None
        second.plan([task(2)])
        assert second.planned_in() == 0
        second.plan([task(1)])
        assert second.lease(second.join(), 2, 60) == [task(1), task(2)]


def test_a_wait_by_a_clock_that_was_ahead_is_forgotten_with_the_lease(tmp_path: Path) -> None:
    ahead = Ledger(tmp_path, clock=later)
    owner = ahead.join()
    ahead.retry(sent(ahead, owner, task(1)), owner, 2, "429")
    ahead._clock = lambda: later() + 3
    assert ahead.lease(owner, 1, 60) == [task(1)]
    crash(ahead)
    with Ledger(tmp_path) as ledger:
        ledger.plan([task(1)])
        ledger.recover(time.time())
        assert ledger.planned_in() == 0


def test_a_run_says_that_it_waits_for_what_another_was_told_to_do_later(tmp_path: Path) -> None:
    with Place(tmp_path, 1, answer()) as place:
        other = place.open()
        owner = other.join()
        [leased] = other.lease(owner, 1, 60)
        other.sent(leased.key, owner, 1)

        async def later_and_now(runner: Runner) -> None:
            other.retry(leased.key, owner, 3600, "429")
            await until(lambda: place.watcher.waits)
            await until(lambda: place.ledger.leases > 2)
            runner.stop()

        place.run(2, later_and_now)
        [(seconds, why)] = place.watcher.waits
        assert 3590 < seconds <= 3600
        assert why == ASKED


def test_a_pause_that_the_service_asks_for_is_told_once(tmp_path: Path) -> None:
    def refuse(exchange: Exchange) -> None:
        exchange.answer(429, {"error": {"code": 429, "message": "Quota exceeded"}}, retry_after="3600")

    with Place(tmp_path, 9, refuse) as place:

        async def stop(runner: Runner) -> None:
            await until(lambda: place.watcher.waits)
            runner.stop()

        place.run(1, stop)
        [(seconds, why)] = place.watcher.waits
        assert seconds > 3500
        assert why == ASKED
        assert place.counts() == {"planned": 9}
