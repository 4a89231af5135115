"""Renders of one project that share its ledger, and are killed: nothing is lost, and little is paid for twice."""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING

from rendering import agreed, counted, emulator, ended, left_behind, recipe_of, requests_of, start

if TYPE_CHECKING:
    from pathlib import Path

REQUESTS = 200
KILLS = 4
JOBS = 4


def test_killed_renders_lose_nothing_and_pay_again_only_for_what_was_under_way(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", REQUESTS)
    with emulator() as url:
        processes = [start(recipe, url, JOBS) for _ in range(3)]
        for killed in range(1, KILLS + 1):
            while requests_of(url) < killed * REQUESTS // (KILLS + 2):
                assert all(process.poll() is None for process in processes)
            time.sleep(random.random() * 0.02)  # noqa: S311 - so that kills come anywhere
            victim = processes.pop(0)
            victim.send_signal(signal.SIGKILL)
            victim.communicate()
            processes.append(start(recipe, url, JOBS))
        assert {ended(process) for process in processes} == {"through"}
        found = counted(url)
        assert len(found["digests"]["image-segmentation-001"]) == REQUESTS
        assert found["requests_paid"] - REQUESTS == found["requests_paid_again"] <= KILLS * JOBS
        assert agreed(recipe, url) == {"done": REQUESTS}
        ended(start(recipe, url, JOBS))
        assert counted(url) == found
    assert left_behind(recipe.parent) == []


def test_renders_that_start_at_once_share_the_work_and_each_brings_home_all_of_it(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", 40)
    with emulator() as url:
        processes = [start(recipe, url, 2) for _ in range(3)]
        assert [ended(process) for process in processes] == ["through"] * 3
        assert counted(url)["requests_paid"] == requests_of(url) == 40
        assert agreed(recipe, url) == {"done": 40}
