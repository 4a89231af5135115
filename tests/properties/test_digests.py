"""A digest names what is sent: it ignores how a recipe is written and sees every change of what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from compiling import checked, digests, errors, shape_counts_alone
from hypothesis import assume, given
from hypothesis import strategies as st
from recipe_strategies import TINY_PNG, any_recipes
from test_generated_recipes import PNG
from yaml_writing import document, in_any_hand

if TYPE_CHECKING:
    from pathlib import Path

_ORDERED = ("references", "matrix")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shape_counts_alone(tmp_path_factory.mktemp("digests"))
    (folder / TINY_PNG).write_bytes(PNG)
    (folder / "sub").mkdir()
    (folder / "sub" / "other name.png").write_bytes(PNG)
    (folder / "changed.png").write_bytes(PNG + b"\0")
    return folder


def _shuffled(data: st.DataObject, value: Any, *, keep_order: bool = False) -> Any:
    if isinstance(value, dict):
        keys = list(value) if keep_order else data.draw(st.permutations(list(value)))
        return {key: _shuffled(data, value[key], keep_order=key in _ORDERED) for key in keys}
    return [_shuffled(data, each) for each in value] if isinstance(value, list) else value


def _renamed(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(each, name) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, name) for each in value]
    return name if value == TINY_PNG else value


def _digest(text: str, folder: Path) -> str:
    recipe = checked(text, folder)
    assert errors(recipe) == []
    [digest] = digests(recipe)
    return digest


@given(any_recipes(), st.data())
def test_key_order_is_not_seen(project: Path, recipe: dict[str, Any], data: st.DataObject) -> None:
    shuffled = document(_shuffled(data, recipe))
    assert _digest(shuffled, project) == _digest(document(recipe), project)


@given(any_recipes(), st.data())
def test_comments_and_styles_are_not_seen(project: Path, recipe: dict[str, Any], data: st.DataObject) -> None:
    assert _digest(data.draw(in_any_hand(recipe)), project) == _digest(document(recipe), project)


@given(any_recipes())
def test_names_of_files_are_not_seen(project: Path, recipe: dict[str, Any]) -> None:
    renamed = _renamed(recipe, "sub/other name.png")
    assume(renamed != recipe)
    assert _digest(document(renamed), project) == _digest(document(recipe), project)


@given(any_recipes())
def test_the_place_of_the_checkout_is_not_seen(
    project: Path, tmp_path_factory: pytest.TempPathFactory, recipe: dict[str, Any]
) -> None:
    assume(_renamed(recipe, "") != recipe)
    elsewhere = tmp_path_factory.getbasetemp() / "elsewhere"
    if not elsewhere.exists():
        elsewhere.mkdir()
        shape_counts_alone(elsewhere)
    (elsewhere / TINY_PNG).write_bytes(PNG)
    assert _digest(document(recipe), elsewhere) == _digest(document(recipe), project)


@given(any_recipes())
def test_a_changed_byte_of_an_image_is_seen(project: Path, recipe: dict[str, Any]) -> None:
    changed = _renamed(recipe, "changed.png")
    assume(changed != recipe)
    assert _digest(document(changed), project) != _digest(document(recipe), project)


@given(any_recipes(), st.text("abc ", min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_a_changed_prompt_or_seed_is_seen(project: Path, recipe: dict[str, Any], added: str, seed: int) -> None:
    before = _digest(document(recipe), project)
    other = {**recipe, "prompt": recipe.get("prompt", "") + added}
    if recipe["task"] != "segment":
        assert _digest(document(other), project) != before
    if recipe["task"] in ("generate", "customize", "edit", "try_on", "recontext"):
        assume(recipe.get("parameters", {}).get("seed") != seed)
        seeded = {**recipe, "parameters": {**recipe.get("parameters", {}), "seed": seed}}
        assert _digest(document(seeded), project) != before


@given(any_recipes(), st.text(max_size=20), st.lists(st.text("ab", max_size=3), max_size=2))
def test_what_is_for_people_is_not_seen(project: Path, recipe: dict[str, Any], about: str, tags: list[str]) -> None:
    told = {**recipe, "description": about, "tags": tags, "x-note": {"of": tags}}
    assert _digest(document(told), project) == _digest(document(recipe), project)
