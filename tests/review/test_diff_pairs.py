"""Differences without git: of two requests, and of two recipe files."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import imagenspec

if TYPE_CHECKING:
    from pathlib import Path

CUP = "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\nprompt: a {kind} cup\n{more}"


def generate(prompt: str = "a cup", **parameters: Any) -> imagenspec.LoadedRequest:
    body = {"instances": [{"prompt": prompt}], "parameters": parameters}
    return imagenspec.load_request({name: value for name, value in body.items() if value})


def picture(colour: str) -> str:
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def test_two_requests_differ_by_their_members() -> None:
    found = imagenspec.diff(generate(sampleCount=2), generate("a red cup", sampleCount=3))
    [recipe] = found.recipes
    [case] = recipe.cases
    assert [(one.kind, one.pointer, one.old, one.new) for one in case.reasons] == [
        ("prompt", "/instances/0/prompt", "a cup", "a red cup"),
        ("parameter", "/parameters/sampleCount", 2, 3),
    ]
    assert (found.again.requests, found.again.samples) == (1, 3)
    assert not found.is_empty


def test_same_request_differs_in_nothing() -> None:
    assert imagenspec.diff(generate(seed=1), generate(seed=1).request).is_empty


def test_pictures_of_requests_are_looked_at() -> None:
    bodies = [
        {"instances": [{"prompt": "", "image": {"bytesBase64Encoded": picture(colour)}}], "parameters": parameters}
        for colour in ("red", "blue")
        for parameters in [{"mode": "upscale", "upscaleConfig": {"upscaleFactor": "x2"}}]
    ]
    found = imagenspec.diff(*[imagenspec.load_request(body) for body in bodies])
    [reason] = found.recipes[0].cases[0].reasons
    assert reason.kind == "image"
    assert reason.old.size == reason.new.size == (64, 48)
    assert reason.old.thumbnail != reason.new.thumbnail


def test_recipes_are_compared_case_by_case(tmp_path: Path) -> None:
    old, new = tmp_path / "old.imagen.yaml", tmp_path / "new.imagen.yaml"
    old.write_text(CUP.format(kind="{{ kind }}", more="matrix: {kind: [red, blue]}\n"))
    new.write_text(CUP.format(kind="{{ kind }}", more="matrix: {kind: [red, green]}\n"))
    found = imagenspec.diff(str(old), new)
    [recipe] = found.recipes
    assert [(one.case, one.word, one.old_case) for one in recipe.cases] == [("kind=green", "changed", "kind=blue")]
    assert (recipe.same, recipe.recipe, recipe.old_recipe) == (1, str(new), str(old))


def test_single_cases_are_compared_whatever_they_are_called(tmp_path: Path) -> None:
    [request] = imagenspec.compile(_written(tmp_path / "one.imagen.yaml", "red"))
    found = imagenspec.diff(generate("a red cup"), request)
    assert found.is_empty
    matrix = tmp_path / "matrix.imagen.yaml"
    matrix.write_text(CUP.format(kind="{{ kind }}", more="matrix: {kind: [blue]}\n"))
    [change] = imagenspec.diff(request, matrix).recipes[0].cases
    assert (change.case, change.word) == ("kind=blue", "changed")


def test_recipe_with_errors_is_no_side(tmp_path: Path) -> None:
    bad = tmp_path / "bad.imagen.yaml"
    bad.write_text("imagenspec: 1\ntask: generate\n")
    with pytest.raises(imagenspec.RecipeError):
        imagenspec.diff(bad, generate())


@pytest.mark.parametrize("other", ["HEAD", None])
def test_revision_is_compared_with_a_revision(other: str | None) -> None:
    with pytest.raises(imagenspec.UsageError, match="a revision with a revision"):
        imagenspec.diff(generate(), other)


@pytest.mark.parametrize("body", [{"instances": []}, b"{}", 1])
def test_body_is_no_side_but_made_one_by_load_request(body: Any) -> None:
    with pytest.raises(imagenspec.UsageError, match=r"diff does not take a .*; give load_request\(body"):
        imagenspec.diff(body, body)


def _written(path: Path, kind: str) -> Path:
    path.write_text(CUP.format(kind=kind, more=""))
    return path
