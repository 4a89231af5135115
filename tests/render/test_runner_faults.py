"""A service on which everything goes wrong at once: each request ends in a state, and what is written agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rendering import agreed, counted, emulator, ended, left_behind, planned, recipe_of, requests_of, start

from imagenspec.emulator.faults import CUTS, STATUSES
from imagenspec.render.ledger.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

REQUESTS = 150
MODEL = "image-segmentation-001"


def test_each_request_ends_in_a_state_whatever_goes_wrong(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", REQUESTS)
    faults = [*(f"{one}:0.03" for one in (*STATUSES, *CUTS)), "slow:20ms:0.1", "filtered:0.1"]
    with emulator("--fault", ",".join(faults), "--seed", "3") as url:
        processes = [start(recipe, url, 16) for _ in range(2)]
        assert [ended(process) for process in processes] == ["through"] * 2
        found = counted(url)
        happened = found["requests"][MODEL]
        assert {*STATUSES, *CUTS, "200"} <= set(happened)
        assert requests_of(url) == REQUESTS + sum(happened[one] for one in (*STATUSES, *CUTS))
        assert found["requests_paid_again"] <= happened["lost"] + happened["truncate"]
        states = agreed(recipe, url)
    assert states["filtered"] > 0
    assert states["done"] + states["filtered"] == REQUESTS
    assert left_behind(recipe.parent) == []


def test_fault_that_stays_fails_after_five_attempts_and_is_tried_again_by_the_next_render(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", 1)
    with emulator("--fault", "500") as url:
        ended(start(recipe, url, 2))
        assert counted(url)["requests"] == {MODEL: {"500": 5}}
        assert agreed(recipe, url) == {"failed": 1}
        with Ledger(planned(recipe, url).root, "url") as ledger:
            assert ledger.counts()["failed"] == 1
    with emulator() as url:
        ended(start(recipe, url, 2))
        assert agreed(recipe, url) == {"done": 1}


def test_exhausted_quota_pauses_and_fails_nothing(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", 24)
    with emulator("--quota", "8/s") as url:
        ended(start(recipe, url, 8))
        happened = counted(url)["requests"][MODEL]
        assert happened["200"] == 24
        assert 0 < happened["429"] < 120
        assert agreed(recipe, url) == {"done": 24}
