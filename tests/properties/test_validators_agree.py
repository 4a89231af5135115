"""The validator that explains and the one that is fast give the same verdict on everything."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from compiling import checked, payloads
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from recipe_strategies import TASKS, any_recipes, recipes, schema
from yaml_writing import document

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        [0, 0.0, 1, 1.0, 1e20, -0.0, "1", "", "gs://b/c", "gs://b/c\n", "1..2", "1..2\n", "a\n", "person"]
    )
    | st.text(max_size=5)
)
_ANYTHING = _SCALARS | st.lists(_SCALARS, max_size=3) | st.dictionaries(st.text(max_size=3), _SCALARS, max_size=2)


@cache
def _slow(name: str) -> Draft7Validator:
    return Draft7Validator(schema(name))


@cache
def _fast(name: str) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(schema(name))


def _agree(name: str, data: Any) -> None:
    explained = [error.message for error in _slow(name).iter_errors(data)]
    assert _fast(name).is_valid(data) == (not explained), (data, explained)


def _mutated(data: st.DataObject, value: Any) -> Any:
    """Return a deep copy with one place changed, added or taken away."""
    value = copy.deepcopy(value)
    place = value
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return value
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not (isinstance(inner, (dict, list)) and inner and data.draw(st.integers(0, 3))):
            break
        place = inner
    match data.draw(st.sampled_from(["change", "delete", "add", "rename"])):
        case "delete":
            del place[key]
        case "add" if isinstance(place, dict):
            place[data.draw(st.text(max_size=4) | st.sampled_from(["x-1", "a\n", "image", "mask", "style"]))] = inner
        case "rename" if isinstance(place, dict):
            place[f"{key}s"] = place.pop(key)
        case _:
            place[key] = data.draw(_ANYTHING)
    return value


@given(any_recipes(), st.data())
def test_recipes_right_and_wrong(recipe: dict[str, Any], data: st.DataObject) -> None:
    _agree("recipe.schema.json", recipe)
    for _ in range(3):
        recipe = _mutated(data, recipe)
        _agree("recipe.schema.json", recipe)


@pytest.mark.parametrize("end", ["", "\n", "\r", "\u2028", " "])
def test_texts_with_something_behind_their_form(end: str) -> None:
    recipe = {"imagenspec": 1, "task": "upscale", "model": "m", "image": "gs://b/c"}
    config = {"upscale_config": {"upscale_factor": "x2"}}
    _agree("recipe.schema.json", {**recipe, "parameters": {**config, "storage_uri": f"gs://b/c{end}"}})
    _agree("recipe.schema.json", {**recipe, "parameters": {**config, "storage_uri": f"gs://b{end}"}})
    _agree("recipe.schema.json", {**recipe, "parameters": config, "vars": {f"a{end}": 1}})
    _agree("recipe.schema.json", {**recipe, "parameters": config, "matrix": {"a": f"1..2{end}"}})
    _agree("recipe.schema.json", {**recipe, "image": {"gcs": f"gs://{end}"}, "parameters": config})


@pytest.mark.parametrize("one", [1, 1.0, True, "1"])
def test_numbers_that_look_alike(one: object) -> None:
    recipe = {"imagenspec": one, "task": "generate", "model": "m", "prompt": "p", "parameters": {"seed": one}}
    _agree("recipe.schema.json", recipe)
    _agree("recipe.schema.json", {**recipe, "imagenspec": 1, "parameters": {"add_watermark": one}})
    _agree("recipe.schema.json", {"imagenspec": 1, "task": "segment", "model": "m", "image": "i", "classes": [one]})


@given(_ANYTHING)
def test_what_is_no_recipe_at_all(anything: Any) -> None:
    _agree("recipe.schema.json", anything)


@given(
    any_recipes(),
    st.dictionaries(st.sampled_from(["parameters.seed", "a", "a\n", "include"]), _ANYTHING, max_size=3),
    st.dictionaries(st.sampled_from(["a", "a\n", "1a", "\u00e4"]), _SCALARS, max_size=3),
)
def test_recipes_with_a_matrix_and_variables(
    recipe: dict[str, Any], matrix: dict[str, Any], variables: dict[str, Any]
) -> None:
    _agree("recipe.schema.json", {**recipe, "matrix": matrix, "vars": variables})


@pytest.mark.parametrize("task", TASKS)
def test_payloads_right_and_wrong(task: str) -> None:
    name = f"predict/{task}.request.schema.json"

    @given(recipes(task), st.data())
    def compare(recipe: dict[str, Any], data: st.DataObject) -> None:
        result = checked(document(recipe).replace("tiny.png", "gs://b/i"))
        assume(result.ok)
        for payload in payloads(result):
            _agree(name, payload)
            _agree(name, _mutated(data, payload))

    compare()
