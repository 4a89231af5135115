"""How well the images of a recipe can be made again: the grades of its cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from pinned import DAY

from imagenspec.project.check import check_bytes
from imagenspec.project.options import Options
from imagenspec.rules.reproducibility import GRADES

HERE = Path(__file__).resolve().parent
GENERATE = "imagenspec: 1\ntask: generate\nmodel: {model}\nprompt: a cup\nparameters: {{{parameters}}}\n"
USUAL = "imagen-4.0-generate-001"


def grades_of(text: str) -> list[str]:
    return sorted(check_bytes(str(HERE / "cup.imagen.yaml"), text.encode(), Options(as_of=DAY)).seen.grades)


@pytest.mark.parametrize(
    ("parameters", "model", "grade"),
    [
        ("seed: 7, enhance_prompt: false", USUAL, "A"),
        ("seed: 0, enhance_prompt: false, language: en", USUAL, "A"),
        ("seed: 7, enhance_prompt: false, language: auto", USUAL, "B"),
        ("seed: 7, enhance_prompt: true", USUAL, "C"),
        ("seed: 7, enhance_prompt: true, language: auto", USUAL, "C"),
        ("seed: 7", USUAL, "C"),
        ("seed: 7", "imagen-3.0-fast-generate-001", "A"),
        ("seed: 7", "imagen-9", "A"),
        ("seed: 7, enhance_prompt: true", "imagen-9", "C"),
        ("seed: 7", "imagen-product-recontext-preview-06-30", "A"),
        ("enhance_prompt: false", USUAL, "D"),
        ("enhance_prompt: true, language: auto", USUAL, "D"),
        ("", USUAL, "D"),
    ],
)
def test_grade_is_that_of_what_weakens_the_seed_most(parameters: str, model: str, grade: str) -> None:
    assert grades_of(GENERATE.format(model=model, parameters=parameters)) == [grade]


def test_each_case_has_its_grade() -> None:
    recipe = GENERATE.format(model=USUAL, parameters="seed: 7, enhance_prompt: false")
    assert grades_of(f"{recipe}matrix: {{parameters.language: [en, auto], parameters.enhance_prompt: [false, true]}}\n")
    axes = "matrix: {parameters.language: [en, auto], parameters.seed: [1, 2]}\n"
    assert grades_of(recipe + axes) == ["A", "B"]


@pytest.mark.parametrize(
    "recipe",
    [
        "task: upscale\nmodel: imagen-4.0-upscale-preview\nimage: a.png\n",
        "task: segment\nmodel: image-segmentation-001\nimage: a.png\n",
    ],
)
def test_tasks_without_seeds_have_no_grade(recipe: str) -> None:
    assert grades_of(f"imagenspec: 1\n{recipe}") == []


@pytest.mark.parametrize(
    "recipe",
    [
        "task: try_on\nmodel: virtual-try-on-001\nperson: a.png\nproducts: [b.png]\n",
        "task: recontext\nmodel: imagen-product-recontext-preview-06-30\nproducts: [b.png]\n",
        "task: edit\nmodel: imagen-3.0-capability-001\nprompt: a cup\nimage: a.png\n",
    ],
)
def test_tasks_with_seeds_have_one(recipe: str) -> None:
    assert grades_of(f"imagenspec: 1\n{recipe}") == ["D"]


def test_grades_are_letters_the_best_first() -> None:
    assert list(GRADES) == ["A", "B", "C", "D"]
