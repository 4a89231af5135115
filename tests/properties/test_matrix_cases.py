"""A matrix makes its product, less what is excluded, and what is included; each case has an id of its own."""

from __future__ import annotations

import itertools
import re
import tracemalloc
from typing import Any

import pytest
from compiling import checked, errors
from hypothesis import assume, given
from hypothesis import strategies as st
from pinned import options
from yaml_writing import document

from imagenspec.project.build import requests

_SAFE = re.compile(r"[A-Za-z0-9=,_+-][A-Za-z0-9=,._+-]*")
_NAMES = ("season", "a", "B_2", "x" * 30)
_FIELDS = {
    "parameters.seed": st.integers(0, 9),
    "parameters.aspect_ratio": st.sampled_from(["1:1", "16:9", "9:16"]),
    "parameters.output_options.compression_quality": st.integers(0, 100),
    "labels.team": st.text(max_size=6),
    "labels.where to/x": st.text(max_size=2),
    "prompt": st.text("abc /\\", min_size=1, max_size=60),
}
_WORDS = (
    st.sampled_from(
        ["Red", "red", "RED", "1", "true", "..", ".", "-", "", "a b", "a-b", "a/b", "\u00e4", "x" * 50, "con"]
    )
    | st.text(max_size=8)
    | st.integers(-3, 3)
    | st.booleans()
    | st.sampled_from([0.5, -1.5, 1e-9])
)
Matrix = dict[str, list[Any]]


@st.composite
def _axes(draw: st.DrawFn) -> Matrix:
    axes = draw(st.lists(st.sampled_from([*_NAMES, *_FIELDS]), min_size=1, max_size=3, unique=True))
    values = {name: _FIELDS.get(name, _WORDS) for name in axes}
    return {name: draw(st.lists(values[name], min_size=1, max_size=4, unique_by=_identity)) for name in axes}


def _identity(value: Any) -> tuple[bool, Any]:
    return isinstance(value, bool), value


def _recipe(matrix: dict[str, Any]) -> str:
    head = {"imagenspec": 1, "task": "generate", "model": "imagen-4.0-generate-001", "prompt": "p"}
    shared = {"add_watermark": False, "output_options": {"mime_type": "image/jpeg"}}
    return document({**head, "parameters": shared, "matrix": matrix})


def _cases(matrix: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return the values of each axis by case id."""
    recipe = checked(_recipe(matrix))
    assert errors(recipe) == [], matrix
    found = list(recipe.cases())
    cases = {case.id: tuple(_value(case, name) for name in matrix) for case in found}
    assert len(cases) == len(found)
    return cases


def _value(case: Any, name: str) -> Any:
    data, steps = case.document.data, name.split(".")
    if name in _NAMES:
        return _identity(case.variables[name])
    for step in [steps[0], name.partition(".")[2]] if steps[0] == "labels" else steps:
        data = data[step]
    return _identity(data)


@given(_axes())
def test_every_combination_is_one_case(axes: Matrix) -> None:
    cases = _cases(axes)
    expected = itertools.product(*(map(_identity, values) for values in axes.values()))
    assert sorted(map(repr, cases.values())) == sorted(map(repr, expected))


@given(_axes())
def test_ids_are_safe_as_file_names_everywhere(axes: Matrix) -> None:
    ids = [case.id for case in checked(_recipe(axes)).cases()]
    assert len({one.lower() for one in ids}) == len(ids)
    for one in ids:
        assert _SAFE.fullmatch(one), one
        assert len(one) <= 120


@given(_axes(), st.data())
def test_ids_do_not_depend_on_the_order_of_values(axes: Matrix, data: st.DataObject) -> None:
    shuffled = {name: data.draw(st.permutations(values)) for name, values in axes.items()}
    assert _cases(shuffled) == _cases(axes)


@given(_axes(), st.data())
def test_excluded_cases_are_left_out(axes: Matrix, data: st.DataObject) -> None:
    combinations = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    picked = data.draw(st.lists(st.sampled_from(combinations), min_size=1, max_size=2))
    excluded = [{name: one[name] for name in data.draw(_some_of(list(one)))} for one in picked]
    left = [one for one in combinations if not any(_covers(exclusion, one) for exclusion in excluded)]
    assume(left)
    assert _case_count({**axes, "exclude": excluded}) == len(left)


def _some_of(names: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=1, max_size=len(names), unique=True)


def _covers(exclusion: dict[str, Any], combination: dict[str, Any]) -> bool:
    return all(_identity(combination[name]) == _identity(value) for name, value in exclusion.items())


def _case_count(matrix: dict[str, Any]) -> int:
    recipe = checked(_recipe(matrix))
    assert errors(recipe) == [], matrix
    return sum(1 for _ in recipe.cases())


@given(_axes(), st.lists(st.integers(100, 200), min_size=1, max_size=3, unique=True))
def test_included_cases_are_added(axes: Matrix, added: list[int]) -> None:
    axes = {**axes, "added": [1]}
    count = _case_count(axes)
    assert _case_count({**axes, "include": [{"added": value} for value in added]}) == count + len(added)


@given(st.integers(-5, 50), st.integers(0, 30))
def test_ranges_count_from_the_first_to_the_last(first: int, length: int) -> None:
    matrix = {"season": f"{first}..{first + length}"}
    assert [value for ((_, value),) in _cases(matrix).values()] == list(range(first, first + length + 1))


@pytest.mark.parametrize("count", [2_000])
def test_cases_and_requests_are_made_one_by_one(count: int) -> None:
    recipe = checked(_recipe({"parameters.seed": f"1..{count}", "season": ["x" * 2_000]}))
    tracemalloc.start()
    first = next(iter(requests(recipe, options().images)))
    after_one = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    seen = sum(1 for _ in requests(recipe, options().images))
    after_all = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert first.case
    assert seen == count
    assert after_all < after_one + 200_000
