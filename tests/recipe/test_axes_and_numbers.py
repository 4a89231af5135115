"""Axes, included cases and numbers: each mistake has its diagnostic, each case its meaning."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from bounded_check import codes_within_bounds
from pinned import options

from imagenspec.project.build import requests
from imagenspec.project.check import CheckedRecipe, check_bytes

GENERATE = "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\nprompt: p\n"
CUSTOMIZE = "imagenspec: 1\ntask: customize\nmodel: imagen-3.0-capability-001\n"
EDIT = "imagenspec: 1\ntask: edit\nmodel: imagen-3.0-capability-001\nprompt: p\nimage: gs://b/c.png\n"
SEGMENT = "imagenspec: 1\ntask: segment\nmodel: image-segmentation-001\nimage: gs://b/c.png\n"


def check(text: str) -> CheckedRecipe:
    return check_bytes("a.imagen.yaml", text.encode(), options())


def errors(recipe: CheckedRecipe) -> list[str]:
    return [one.code for one in recipe.findings if one.severity == "error"]


def sent(text: str) -> list[Any]:
    recipe = check(text)
    assert errors(recipe) == []
    return [json.loads(b"".join(request.body())) for request in requests(recipe, options().images)]


@pytest.mark.parametrize(
    "axis",
    [
        "parameters.\u00b2: [1]",
        "? parameters." + "9" * 4400 + "\n  : [1]",
        "? parameters" + ".a" * 3000 + "\n  : [1]",
        "parameters.0: [1, 2]",
        "labels.0.0: [a]",
        '"": [1]',
        '".": [1]',
        '"parameters.": [1]',
        '"parameters..seed": [1]',
        "prompt.x: [1]",
        "parameters.seed.x: [1]",
        "products.0: ['gs://b/c']",
    ],
    ids=lambda axis: axis[:20],
)
def test_an_axis_that_leads_nowhere_is_an_error(axis: str) -> None:
    assert errors(check(f"{GENERATE}matrix:\n  {axis}\n"))


@pytest.mark.parametrize("values", ["|\n    1..2", '"1..2\\n"', '"1..2 "', "1...2", "1..", "2..1"])
def test_a_range_with_something_wrong_is_said_to_be_no_range(values: str) -> None:
    assert errors(check(f"{GENERATE}matrix:\n  parameters.guidance_scale: {values}\n")) == ["IMG121"]


@pytest.mark.parametrize("values", ["1..100000", "1..999999", "-400000..400000"])
def test_a_range_of_too_many_values_is_refused_soon(values: str) -> None:
    assert codes_within_bounds(f"{GENERATE}matrix: {{parameters.guidance_scale: {values}}}\n") == ["IMG122"]


@pytest.mark.parametrize(
    ("axis", "value", "code"),
    [
        ("parameters.seed: [1]", "parameters.seed: oops", "IMG103"),
        ("parameters.seed: [1]", "parameters.seed: -1", "IMG105"),
        ("parameters.aspect_ratio: ['1:1']", "parameters.aspect_ratio: '5:7'", "IMG104"),
        ("parameters.seed: [1]", "parameters.seed:", "IMG121"),
        ("labels.team: [a]", "labels.team: 1", "IMG103"),
        ("prompt: [a]", "prompt: 5", "IMG103"),
    ],
)
def test_included_values_are_checked_as_those_of_the_axis(axis: str, value: str, code: str) -> None:
    unmarked = f"{GENERATE}parameters: {{add_watermark: false}}\n"
    assert errors(check(f"{unmarked}matrix: {{{axis}, include: [{{{value}}}]}}\n")) == [code]


@pytest.mark.parametrize("item", ["{}", "{include: 1}", "{other: 1}", "1", "[]"])
@pytest.mark.parametrize("key", ["include", "exclude"])
def test_entries_that_say_nothing_are_errors(key: str, item: str) -> None:
    assert errors(check(f"{GENERATE}matrix: {{parameters.sample_count: [1, 2], {key}: [{item}]}}\n"))


@pytest.mark.parametrize("field", ["parameters: 5", "parameters: text", "parameters: [1]"])
def test_an_axis_does_not_hide_that_its_parent_is_no_mapping(field: str) -> None:
    assert "IMG103" in errors(check(f"{GENERATE}{field}\nmatrix: {{parameters.sample_count: [1]}}\n"))


@pytest.mark.parametrize(
    "axis", ["labels.a/b", "labels.c\\d", "labels.e f", '"labels.:"', "gr\u00f6\u00dfe", "labels.-r"]
)
def test_an_axis_of_any_name_makes_no_id_that_a_file_cannot_have(axis: str) -> None:
    recipe = check(f"{GENERATE}matrix:\n  {axis}: [x, y]\n")
    assert not recipe.ok or all(re.fullmatch(r"[\w=,.+-]+", case.id, re.ASCII) for case in recipe.cases())


def test_numbers_written_with_a_fraction_of_zero_are_whole() -> None:
    reference = "references:\n  a: {style: true, image: 'gs://b/c.png', id: 3.0}\nprompt: as {{ a.marker }}\n"
    [body] = sent(CUSTOMIZE + reference)
    [entry] = body["instances"][0]["referenceImages"]
    assert body["instances"][0]["prompt"] == "as [3]"
    assert (entry["referenceId"], type(entry["referenceId"])) == (3, int)
    [body] = sent(EDIT + "mask: {classes: [7.0]}\n")
    [number] = body["instances"][0]["referenceImages"][1]["maskImageConfig"]["maskClasses"]
    assert (number, type(number)) == (7, int)
    assert sent(SEGMENT + "classes: [7.0]\nparameters: {mode: semantic}\n") == sent(
        SEGMENT + "classes: [7]\nparameters: {mode: semantic}\n"
    )


@pytest.mark.parametrize("count", [5, 6])
def test_more_references_than_a_request_takes_are_an_error(count: int) -> None:
    names = "".join(f"  r{number}: {{style: true, image: 'gs://b/{number}.png'}}\n" for number in range(count))
    assert errors(check(f"{CUSTOMIZE}prompt: p\nreferences:\n{names}"))
    images = ", ".join(f"'gs://b/{number}.png'" for number in range(count))
    assert errors(check(f"{CUSTOMIZE}prompt: p\nreferences:\n  a: {{subject: person, images: [{images}]}}\n"))


@pytest.mark.parametrize("size", [12_000])
def test_thousands_of_unknown_keys_are_reported_soon(size: int) -> None:
    notes = "".join(f"x-{number}: 1\nzz{number}: 1\n" for number in range(size))
    assert codes_within_bounds(GENERATE + notes) == ["IMG101"] * size


def test_included_cases_keep_the_recipes_own_values_of_axes_that_they_do_not_name() -> None:
    axes = "parameters.guidance_scale: [1], parameters.sample_count: [2]"
    matrix = f"{{{axes}, include: [{{parameters.sample_count: 4}}]}}"
    bodies = sent(f"{GENERATE}parameters: {{guidance_scale: 5}}\nmatrix: {matrix}\n")
    assert [body["parameters"] for body in bodies] == [
        {"sampleCount": 2, "guidanceScale": 1},
        {"sampleCount": 4, "guidanceScale": 5},
    ]
