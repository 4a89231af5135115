"""``diff`` of cases and recipes that have another name and say something else: what stands for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from repositories import CUP, SEASONS

import imagenspec
from imagenspec.review.matching import renamed_by_requests, renamed_by_texts

if TYPE_CHECKING:
    from repositories import Repository

    from imagenspec.review.values import CaseChange

SEEDS = CUP.replace("seed: 7, ", "") + "matrix: {parameters.seed: [1, 2]}\n"


def told(case: CaseChange) -> tuple[str, str, str | None]:
    return case.case, case.word, case.old_case


@pytest.fixture
def seasons(repository: Repository) -> Repository:
    repository.write("seasons.imagen.yaml", SEASONS)
    repository.commit()
    return repository


def test_a_value_of_a_matrix(repository: Repository) -> None:
    repository.write("seeds.imagen.yaml", SEEDS)
    repository.commit()
    repository.write("seeds.imagen.yaml", SEEDS.replace("[1, 2]", "[1, 3]"))
    found = imagenspec.diff()
    [case] = found.recipes[0].cases
    assert told(case) == ("seed=3", "changed", "seed=2")
    assert [(one.kind, one.old, one.new) for one in case.reasons] == [("seed", 2, 3)]
    assert (found.recipes[0].same, found.again.requests) == (1, 1)


def test_another_axis_keeps_what_cases_stand_for(seasons: Repository) -> None:
    text = SEASONS.replace("{season:", "{kind: [red, blue], season:").replace("a cup", "a {{ kind }} cup")
    seasons.write("seasons.imagen.yaml", text)
    assert [told(case) for case in imagenspec.diff().recipes[0].cases] == [
        ("kind=red,season=spring", "changed", "season=spring"),
        ("kind=red,season=autumn", "changed", "season=autumn"),
        ("kind=blue,season=spring", "added", None),
        ("kind=blue,season=autumn", "added", None),
    ]


def test_another_model_is_another_case(seasons: Repository) -> None:
    seasons.write("seasons.imagen.yaml", SEASONS.replace("[spring", "[summer").replace("0-generate", "0-fast-generate"))
    words = [(case.case, case.word) for case in imagenspec.diff().recipes[0].cases]
    assert words == [("season=summer", "added"), ("season=autumn", "changed"), ("season=spring", "removed")]


def test_equal_requests_that_went_are_all_told(repository: Repository) -> None:
    text = SEASONS.replace("{{ season }}", "spring")
    repository.write("seasons.imagen.yaml", text + "vars: {x: '{{ season }}'}\n")
    repository.commit()
    repository.write("seasons.imagen.yaml", text.replace("season: [spring, autumn]", "time: [summer]"))
    [recipe] = imagenspec.diff().recipes
    assert [case.word for case in recipe.cases] in (["moved", "removed"], ["added"])


@pytest.mark.parametrize("is_added", [True, False])
def test_a_recipe_with_another_name_that_was_edited(seasons: Repository, is_added: bool) -> None:
    (seasons.folder / "seasons.imagen.yaml").rename(seasons.folder / "year.imagen.yaml")
    seasons.write("year.imagen.yaml", SEASONS.replace("a cup", "a pot"))
    if is_added:
        seasons.git("add", "-A")
    [recipe] = imagenspec.diff().recipes
    assert (recipe.recipe, recipe.word, recipe.old_recipe) == ("year.imagen.yaml", "renamed", "seasons.imagen.yaml")
    assert [(case.word, case.reasons[0].kind) for case in recipe.cases] == [("changed", "prompt")] * 2


def test_a_recipe_with_another_name_and_one_more_case(seasons: Repository) -> None:
    seasons.git("mv", "seasons.imagen.yaml", "year.imagen.yaml")
    seasons.write("year.imagen.yaml", "# rewritten\n" * 40 + SEASONS.replace("[spring", "[summer, spring"))
    found = imagenspec.diff()
    [recipe] = found.recipes
    assert (recipe.word, recipe.same, [told(case) for case in recipe.cases]) == (
        "renamed",
        2,
        [("season=summer", "added", None)],
    )
    assert found.again.requests == 1
    assert (found.renamed, found.is_empty) == (1, False)


def test_requests_that_went_elsewhere_are_not_rendered_again(repository: Repository) -> None:
    repository.write("one.imagen.yaml", SEASONS)
    repository.write("two.imagen.yaml", CUP)
    repository.commit()
    repository.write("one.imagen.yaml", SEASONS.replace("[spring, autumn]", "[spring]"))
    repository.write("three.imagen.yaml", SEASONS.replace("[spring, autumn]", "[autumn]"))
    found = imagenspec.diff()
    assert (found.count("added"), found.count("removed")) == (1, 1)
    assert found.again == (0, 0, 0, ())


def test_a_broken_recipe_with_another_name_is_said(repository: Repository) -> None:
    repository.write("one.imagen.yaml", CUP + "colour: blue\n")
    repository.commit()
    repository.git("mv", "one.imagen.yaml", "two.imagen.yaml")
    [recipe] = imagenspec.diff().recipes
    assert (recipe.word, recipe.old_recipe) == ("broken", "one.imagen.yaml")


def test_best_pairs_first() -> None:
    went = {"a/x": {"1", "2", "3"}, "b/y": {"1"}}
    assert renamed_by_requests(went, {"c/y": {"1"}, "c/z": {"1", "2"}}) == {"c/z": "a/x", "c/y": "b/y"}
    texts = {f"old/{number}": b"same\n" * 9 + b"%d" % number for number in range(200)}
    moved = {name.replace("old", "new"): text for name, text in texts.items()}
    assert renamed_by_texts(texts, moved) == {name: name.replace("new", "old") for name in moved}
    assert renamed_by_texts({"a": b"one\ntwo"}, {"b": b"three\nfour"}) == {}


@pytest.mark.usefixtures("seasons")
def test_one_path_and_one_label() -> None:
    with pytest.raises(imagenspec.UsageError, match="HEAD does not have such a file"):
        imagenspec.diff("HEAD", "HEAD", paths="nowhere")
