"""What a path narrows ``diff`` to: recipes, or the recipes that use a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from repositories import CUP, SEGMENT

import imagenspec
from imagenspec.report.changes_text import summary_of

if TYPE_CHECKING:
    from repositories import Repository


def compared(*paths: str) -> tuple[int, list[str]]:
    found = imagenspec.diff("HEAD", paths=paths)
    return found.compared, [recipe.recipe for recipe in found.recipes]


@pytest.fixture
def pictures(repository: Repository) -> Repository:
    repository.picture("recipes/images/cup.png")
    repository.picture("recipes/images/other.png")
    repository.write("recipes/one.imagen.yaml", SEGMENT.replace("cup.png", "images/cup.png"))
    repository.write("recipes/two.imagen.yaml", SEGMENT.replace("cup.png", "images/other.png"))
    repository.write("recipes/words.imagen.yaml", CUP.replace("a cup", "images cup.png"))
    repository.write("docs/README.md", "words")
    repository.commit()
    repository.picture("recipes/images/cup.png", "wide.png")
    return repository


@pytest.mark.usefixtures("pictures")
def test_a_picture_means_the_recipes_that_use_it() -> None:
    assert compared("recipes/images/cup.png") == (1, ["recipes/one.imagen.yaml"])
    assert compared("recipes/images/other.png") == (1, [])
    assert compared("recipes/images") == (2, ["recipes/one.imagen.yaml"])
    assert compared("recipes") == (3, ["recipes/one.imagen.yaml"])
    assert compared("recipes/one.imagen.yaml", "recipes/images/cup.png") == (1, ["recipes/one.imagen.yaml"])


def test_a_picture_of_one_side_only(pictures: Repository) -> None:
    (pictures.folder / "recipes/images/other.png").unlink()
    assert compared("recipes/images/other.png") == (1, ["recipes/two.imagen.yaml"])
    pictures.write("recipes/two.imagen.yaml", CUP)
    assert compared("recipes/images/other.png") == (1, ["recipes/two.imagen.yaml"])


def test_a_link_and_what_it_leads_to(pictures: Repository) -> None:
    (pictures.folder / "recipes/link").symlink_to("images")
    pictures.write("recipes/two.imagen.yaml", SEGMENT.replace("cup.png", "link/cup.png"))
    pictures.commit()
    pictures.picture("recipes/images/cup.png")
    both = (2, ["recipes/one.imagen.yaml", "recipes/two.imagen.yaml"])
    assert compared("recipes/images/cup.png") == compared("recipes/link/cup.png") == both


def test_a_recipe_with_errors_that_may_use_it_is_there(pictures: Repository) -> None:
    pictures.write("recipes/two.imagen.yaml", "task: [images/cup.png")
    assert compared("recipes/images/cup.png") == (2, ["recipes/one.imagen.yaml", "recipes/two.imagen.yaml"])


@pytest.mark.usefixtures("pictures")
def test_a_folder_without_recipes_says_that_there_are_none() -> None:
    assert summary_of(imagenspec.diff("HEAD", paths="docs")) == "HEAD to working tree: no recipes to compare"


@pytest.mark.usefixtures("pictures")
def test_a_recipe_may_have_any_name(pictures: Repository) -> None:
    pictures.write("cup.txt", CUP)
    pictures.commit()
    pictures.write("cup.txt", CUP.replace("coffee", "tea"))
    assert compared("cup.txt") == (1, ["cup.txt"])


@pytest.mark.parametrize(
    ("name", "words"), [("one.imagen.lock", "name its recipe instead"), (".imagenspec.toml", "name its folder")]
)
def test_other_files_of_the_project_are_refused(pictures: Repository, name: str, words: str) -> None:
    if name.endswith("lock"):
        pictures.write(name, "{}\n")
    with pytest.raises(imagenspec.UsageError, match=words):
        compared(name)


def test_a_recipe_with_another_name_counts_once(pictures: Repository) -> None:
    pictures.git("mv", "recipes/words.imagen.yaml", "recipes/said.imagen.yaml")
    assert imagenspec.diff().compared == 3
