"""What editors accept and the checks let pass compiles to payloads that the documented schema accepts."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from compiling import checked, errors, shape_counts_alone
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pinned import CONFIGURATION, options
from recipe_strategies import TASKS, TINY_PNG, any_recipes, recipes, schema
from yaml_writing import document, in_any_hand

from imagenspec.catalog.codes import codes
from imagenspec.project.build import requests

if TYPE_CHECKING:
    from pathlib import Path

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")


MOST_REFERENCES = 4
"""How many the schema of requests allows; that of recipes cannot count the images of all references."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shape_counts_alone(tmp_path_factory.mktemp("project"))
    (folder / TINY_PNG).write_bytes(PNG)
    return folder


@pytest.fixture(scope="module")
def ruled_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ruled")
    (folder / ".imagenspec.toml").write_text(CONFIGURATION)
    (folder / TINY_PNG).write_bytes(PNG)
    return folder


@pytest.mark.parametrize("task", TASKS)
def test_recipes_that_editors_accept_compile_to_documented_payloads(task: str, project: Path) -> None:
    documented = Draft7Validator(schema(f"predict/{task}.request.schema.json"))

    @given(recipes(task), st.data())
    def compile_one(recipe: dict[str, Any], data: st.DataObject) -> None:
        assert not list(Draft7Validator(schema()).iter_errors(recipe))
        result = checked(data.draw(in_any_hand(recipe)), project)
        assert errors(result) == []
        [request] = requests(result, options().images)
        payload = json.loads(b"".join(request.body()))
        assume(len(payload["instances"][0].get("referenceImages", ())) <= MOST_REFERENCES)
        assert [error.message for error in documented.iter_errors(payload)] == []

    compile_one()


@given(any_recipes())
def test_errors_of_recipes_that_editors_accept_are_of_rules_and_can_be_ignored(
    ruled_project: Path, recipe: dict[str, Any]
) -> None:
    for code, message in errors(checked(document(recipe), ruled_project)):
        assert code[:4] in ("IMG2", "IMG3", "IMG4"), message
        assert not codes()[code].fatal, message


def _with_images(value: Any, stand_in: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: stand_in(each) if key == "bytesBase64Encoded" else _with_images(each, stand_in)
            for key, each in value.items()
        }
    return [_with_images(each, stand_in) for each in value] if isinstance(value, list) else value


def _identity(encoded: str) -> dict[str, str]:
    return {"sha256": hashlib.sha256(base64.b64decode(encoded)).hexdigest(), "mimeType": "image/png"}


@given(any_recipes(), st.data())
def test_bodies_are_the_tree_with_real_base64(project: Path, recipe: dict[str, Any], data: st.DataObject) -> None:
    result = checked(data.draw(in_any_hand(recipe)), project)
    for request in requests(result, options().images):
        body = b"".join(request.body())
        tree = json.loads(body)
        refs = _with_images(request.file_refs(), lambda ref: base64.b64encode((project / ref["$file"]).read_bytes()))
        assert tree == _with_images(refs, bytes.decode)
        assert request.content_length == len(body)
        ascii_body = b"".join(request.body(ascii_only=True))
        assert ascii_body.isascii()
        assert json.loads(ascii_body) == tree
        canonical = json.dumps(
            _with_images(tree, _identity), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()
        assert request.digest == hashlib.sha256(canonical).hexdigest()


_RAW = st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(st.text(min_size=1, max_size=40), st.dictionaries(st.text(max_size=8), _RAW))
def test_texts_and_raw_members_arrive_unchanged(prompt: str, raw: dict[str, Any]) -> None:
    prompt = prompt.replace("{", "(").replace("[", "(")
    recipe = {"imagenspec": 1, "task": "generate", "model": "imagen-4.0-generate-001", "prompt": prompt}
    text = document({**recipe, "raw": {"instance": {}, "parameters": {f"x{key}": raw[key] for key in raw}}})
    result = checked(text)
    assert errors(result) == []
    [request] = requests(result, options().images)
    sent = json.loads(b"".join(request.body()))
    assert sent["instances"] == [{"prompt": prompt}]
    assert sent.get("parameters", {}) == {f"x{key}": value for key, value in raw.items()}
