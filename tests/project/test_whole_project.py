"""What ``lint --project`` finds that no look at a single recipe can."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pinned import CONFIGURATION

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

RECIPE = "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\nprompt: a cup\n"
SEEDED = f"{RECIPE}parameters: {{seed: 7, enhance_prompt: false}}\n"


def found(imagenspec: Imagenspec, *arguments: str) -> list[tuple[str, str, int]]:
    """Return the code, file and line of each finding of a whole project."""
    report = json.loads(imagenspec("lint", "--project", "--format", "json", *arguments).stdout)
    return [(one["code"], one["file"], one["start"]["line"]) for one in report["findings"]]


def test_recipes_whose_names_differ_in_case_alone_clash(folder: Path, imagenspec: Imagenspec) -> None:
    for name in ("cup", "Cup", "mug"):
        (folder / f"{name}.imagen.yaml").write_text(RECIPE)
    [(code, name, _)] = found(imagenspec)
    assert (code, name.lower()) == ("IMG801", "cup.imagen.yaml")


def test_recipes_whose_letters_are_composed_in_two_ways_clash(folder: Path, imagenspec: Imagenspec) -> None:
    for name in ("caf\u00e9", "cafe\u0301"):
        (folder / f"{name}.imagen.yaml").write_text(RECIPE)
    assert [code for code, _, _ in found(imagenspec)] == ["IMG801"]


@pytest.mark.parametrize("name", ["mug.imagen.yml", "mug.imagen.json", "deep/mug.imagen.YAML"])
def test_a_file_that_is_almost_named_like_a_recipe_is_reported(name: str, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(RECIPE)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(RECIPE)
    assert found(imagenspec) == [("IMG802", name, 1)]


SETTINGS = {
    "code that is nowhere": ('ignore = ["IMG301", "IMG603"]\n', [2]),
    "name that is nowhere": ('ignore = ["seed-with-watermark", "unused-variable"]\n', [2]),
    "family that is nowhere": ('ignore = [\n  "IMG3",\n  "IMG6",\n]\n', [4]),
    "pattern that means nothing": ('[per_file_ignores]\n"cup*" = ["IMG301"]\n"mug*" = ["IMG301"]\n', [4]),
    "code that is not found there": ('[per_file_ignores]\n"cup*" = ["IMG301", "IMG603"]\n', [3]),
    "code that a comment names too": ('# "IMG3" is off\nignore = ["IMG3", "IMG6"] # and IMG6\n', [3]),
    "pattern that a comment names too": ('ignore = ["IMG302"]  # "mug*"\n[per_file_ignores]\n"mug*" = ["IMG3"]\n', [4]),
    "models that there are not": ('[prices]\nimagen-4 = 1\n[quotas]\n"imagen-4.0-generate-0001" = 1\n', [3, 5]),
    "versions of models that there are": (
        '[prices]\n"imagen-4.0-generate-001" = 1\n[quotas]\nimagen-4 = 1\n"imagen-4.0-fast-generate-002" = 1\n',
        [5],
    ),
    "everything has its use": ('ignore = ["IMG302"]\n[per_file_ignores]\n"cup*" = ["IMG301"]\n', []),
}


@pytest.mark.parametrize(("settings", "lines"), SETTINGS.values(), ids=SETTINGS)
def test_a_setting_that_silences_nothing_is_reported_in_the_configuration(
    settings: str, lines: list[int], folder: Path, imagenspec: Imagenspec
) -> None:
    (folder / ".imagenspec.toml").write_text(CONFIGURATION + settings)
    (folder / "cup.imagen.yaml").write_text(SEEDED.replace("seed: 7", "seed: 0"))
    idle = [(name, line) for code, name, line in found(imagenspec) if code == "IMG905"]
    assert idle == [(".imagenspec.toml", line) for line in lines]


def test_a_single_recipe_says_nothing_of_its_project(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / ".imagenspec.toml").write_text(f'{CONFIGURATION}ignore = ["IMG603"]\n')
    (folder / "cup.imagen.yaml").write_text(RECIPE)
    (folder / "mug.imagen.yml").write_text(RECIPE)
    assert imagenspec("lint", "cup.imagen.yaml").returncode == 0
    assert imagenspec("lint").returncode == 0
    assert imagenspec("lint", "--project").returncode == 1
