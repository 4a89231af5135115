"""Prices: what is known, what is not, and what requests add up to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pinned import options

from imagenspec.catalog.models import models
from imagenspec.project.check import check_bytes
from imagenspec.render.planning import works_of
from imagenspec.render.prices import Cost, Prices, prices_for
from imagenspec.render.service.targets import target_of

if TYPE_CHECKING:
    from imagenspec.render.work import Work

DATA = Path(__file__).resolve().parents[2] / "schemas" / "data"
EMULATOR = target_of("emulator", "p", "us-central1")
RECIPE = """\
imagenspec: 1
task: generate
model: {model}
prompt: a cup, number {{{{ n }}}}
parameters: {{sample_count: {count}}}
matrix: {{n: 1..3}}
"""


def works(folder: Path, model: str = "imagen-4.0-generate-001", count: int = 2) -> list[Work]:
    chosen = options()
    text = RECIPE.format(model=model, count=count)
    return list(works_of(check_bytes(str(folder / "one.imagen.yaml"), text.encode(), chosen), chosen.images, EMULATOR))


def test_every_price_is_of_a_known_model_and_none_is_zero() -> None:
    rows = json.loads((DATA / "prices.json").read_text())["rows"]
    assert len({(row["model"], row["task"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["model"] in models()
        assert row["task"] is None or row["task"] in models()[row["model"]].tasks
        assert row["usd"] is None or 0 < row["usd"] < 1
        assert row["note"]


def test_every_model_that_is_alive_has_a_row() -> None:
    rows = {row["model"] for row in json.loads((DATA / "prices.json").read_text())["rows"]}
    assert {model.id for model in models().values() if model.tasks and model.status != "retired"} <= rows


@pytest.mark.parametrize(
    ("model", "task", "usd"),
    [
        ("imagen-4.0-ultra-generate-001", "generate", 0.06),
        ("imagegeneration@002", "generate", 0.02),
        ("imagegeneration@002", "upscale", 0.003),
        ("image-segmentation-001", "segment", None),
        ("imagen-9", "generate", None),
    ],
)
def test_a_price_is_that_of_model_and_task(model: str, task: str, usd: float | None) -> None:
    assert Prices().of(model, task) == usd


def test_the_configuration_knows_better() -> None:
    prices = Prices({"imagen-9": 0.5, "imagegeneration@002": 0.0})
    assert (prices.of("imagen-9", "generate"), prices.of("imagegeneration@002", "upscale")) == (0.5, 0.0)


def test_the_cost_is_that_of_every_picture_of_different_requests(tmp_path: Path) -> None:
    three = works(tmp_path)
    assert Prices().cost(three) == Cost(pytest.approx(0.24), 6)
    assert Prices().cost([*three, *three]) == Cost(pytest.approx(0.24), 6)


def test_what_is_not_known_is_named_and_not_free(tmp_path: Path) -> None:
    unknown = works(tmp_path, "imagen-4.0-generate-preview-06-06")
    assert Prices().cost([*works(tmp_path), *unknown]) == Cost(
        pytest.approx(0.24), 12, ("imagen-4.0-generate-preview-06-06",)
    )


@pytest.mark.parametrize(
    ("word", "free"),
    [("emulator", True), ("http://127.0.0.1:8080", True), ("http://localhost", True), ("vertex", False),
     ("https://example.com", False)],
)  # fmt: skip
def test_only_what_stays_on_this_machine_is_free(word: str, free: bool) -> None:
    prices = prices_for(target_of(word, "p", "us-central1"), {})
    assert (prices.of("imagen-4.0-generate-001", "generate") == 0.0) is free
    assert (prices.of("image-segmentation-001", "segment") == 0.0) is free
