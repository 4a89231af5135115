"""Every worked recipe is answered with what it asks for, and the digest of a request is the same on both sides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from emulated import CHECKOUT, Emulator, picture, predictions

import imagenspec

if TYPE_CHECKING:
    from imagenspec.wire.request import Request

RECIPES = sorted((CHECKOUT / "recipes").glob("*.imagen.yaml"))


def requests() -> list[Any]:
    return [
        pytest.param(request, id=f"{Path(request.recipe).name.partition('.')[0]} {request.case}".strip())
        for recipe in RECIPES
        for request in imagenspec.compile(recipe)
    ]


@pytest.mark.parametrize("request_", requests())
def test_worked_recipe_is_answered(request_: Request) -> None:
    emulator = Emulator()
    body = b"".join(request_.body())
    response = emulator.post(request_.model, body)
    found = predictions(response)
    sizes = {picture(one).size for one in found}
    wanted = request_.file_refs().get("parameters", {}).get("sampleCount")
    assert len(sizes) == 1
    assert wanted is None or len(found) == wanted
    assert list(emulator.counters()["digests"][request_.model]) == [request_.digest]


def test_there_are_recipes_of_every_task() -> None:
    assert len({param.values[0].task for param in requests()}) == 7
