"""Whatever stands in a file: findings come out, each at a place of the text, and never an exception."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from compiling import RECIPES
from hypothesis import given
from hypothesis import strategies as st
from pinned import options
from recipe_strategies import TASKS, any_recipes
from yaml_writing import document

from imagenspec import RecipeError, ToolError
from imagenspec.project.build import requests
from imagenspec.project.check import CheckedRecipe, check_bytes
from imagenspec.project.verdict import verdict
from imagenspec.report.json import as_json
from imagenspec.report.text import as_text, summary

if TYPE_CHECKING:
    from pathlib import Path

_FRAGMENTS = [
    "\t", "\r", "\x00", "\x07", "\x85", "\u2028", "\ufeff", "\U0001f600", "&a ", "*a", "!!str ", "!x ", "<<: *a", "? ",
    ": ", "- ", "#", "{", "}", "[", "]", "'", '"', "|", ">", "%YAML 1.1\n", "---\n", "...\n", "{{ ", " }}", "{% ",
    " %}", "{#", "[9]", "1.0", "null", "~", "0x10", "1e999", ".inf", "gs://", "1..3", "\\", "matrix: {x: [1]}\n",
    "\n\n", "\u00b2", ".0", "...\n---\n", "%TAG ! tag:example.com,2000:app/\n---\n",
]  # fmt: skip
_TEXTS = [path.read_text("utf-8") for path in RECIPES]
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["", "1.0", "{{ x }}", "{{ x", "[1]", "a..b", "3..1", "gs://", "\n", "\0", ".", "/", "http://x/y"]
    )
)
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | st.sampled_from(TASKS), inner, max_size=3)
    ),
    max_leaves=5,
)


def _holds_together(data: bytes, name: str = "any.imagen.yaml") -> CheckedRecipe:
    chosen = options()
    recipe = check_bytes(name, data, chosen)
    for finding in recipe.findings:
        end = len(finding.source.text)
        spans = [finding.span, *(related.span for related in finding.related)]
        spans += [edit.span for edit in (finding.fix.edits if finding.fix else ())]
        for span in spans:
            assert 0 <= span.start <= span.end <= end, (finding.code, finding.message, span, end)
        assert finding.start <= finding.end
    assert all(list(as_text(recipe.findings, colour=colour)) or not recipe.findings for colour in (True, False))
    assert len(json.loads(as_json([verdict(recipe)]))["findings"]) == len(recipe.findings)
    assert summary(recipe.findings, 1).startswith("1 recipe")
    try:
        for request in requests(recipe, chosen.images, unchecked=True):
            json.dumps(request.file_refs())
            json.loads(b"".join(request.body()))
    except (RecipeError, ToolError):
        assert not recipe.ok
    return recipe


@given(st.binary(max_size=300))
def test_arbitrary_bytes(data: bytes) -> None:
    _holds_together(data)


@given(st.text(max_size=200))
def test_arbitrary_text(text: str) -> None:
    _holds_together(text.encode("utf-8", errors="surrogatepass"))


@given(st.lists(st.sampled_from([*_FRAGMENTS, "a", " ", "\n", "a: 1\n", "- b\n", "  "]), max_size=25).map("".join))
def test_yaml_looking_text(text: str) -> None:
    _holds_together(text.encode("utf-8", errors="surrogatepass"))


@given(st.data())
def test_damaged_recipes(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(_TEXTS) - 1))
    text = _TEXTS[index]
    for _ in range(data.draw(st.integers(1, 3))):
        text = _damaged(data, text)
    _holds_together(text.encode("utf-8", errors="surrogatepass"), str(RECIPES[index]))


def _damaged(data: st.DataObject, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(text)))
    match data.draw(st.sampled_from(["delete", "insert", "duplicate", "swap", "fragment", "cut", "crlf"])):
        case "delete":
            del lines[at]
        case "insert":
            lines.insert(at, data.draw(st.sampled_from(lines)))
        case "duplicate":
            lines.insert(at, lines[at])
        case "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        case "fragment":
            return text[:place] + data.draw(st.sampled_from(_FRAGMENTS)) + text[place:]
        case "cut":
            return text[:place] + text[place + data.draw(st.integers(1, 40)) :]
        case "crlf":
            return text.replace("\n", data.draw(st.sampled_from(["\r\n", "\r"])))
    return "".join(lines)


@given(any_recipes(), st.data())
def test_recipes_with_anything_anywhere(recipe: dict[str, Any], data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 2))):
        _plant(data, recipe)
    _holds_together(document(recipe).encode())


def _plant(data: st.DataObject, place: Any) -> None:
    """Put any value at any place below a mapping or list; sometimes take one away."""
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    extra = ["matrix", "vars", "raw", "labels", "references", "mask", "classes", "parameters", "id", "image", "x-a"]
    key = data.draw(st.sampled_from([*keys, *extra]) if isinstance(place, dict) else st.sampled_from(keys))
    inner = place.get(key) if isinstance(place, dict) else place[key]
    if isinstance(inner, (dict, list)) and inner and data.draw(st.booleans()):
        _plant(data, inner)
    elif data.draw(st.integers(0, 5)) == 0 and isinstance(place, dict):
        place.pop(key, None)
    else:
        place[key] = data.draw(_ANYTHING)


_STEPS = st.sampled_from(["seed", "sample_count", "0", "-1", "9" * 30, "\u00b2", "\u0663", "", "a", "image", "team"])
_AXES = st.sampled_from(["season", "prompt", "image", "0", "a b"]) | st.builds(
    lambda first, rest: ".".join([first, *rest]),
    st.sampled_from(["parameters", "labels", "references", "products", "mask", "image", "canvas", "x-a"]),
    st.lists(_STEPS, min_size=1, max_size=3),
)
_AXIS_VALUES = st.lists(_ANYTHING, min_size=1, max_size=3) | st.sampled_from(["1..3", "3..1", "1..3\n"])


@given(any_recipes(), st.dictionaries(_AXES, _AXIS_VALUES, min_size=1, max_size=2), st.booleans(), st.data())
def test_any_matrix(recipe: dict[str, Any], matrix: dict[str, Any], varied: bool, data: st.DataObject) -> None:
    if varied:
        entries = st.dictionaries(st.sampled_from([*matrix, "other"]), _ANYTHING, max_size=2)
        matrix["include"] = data.draw(st.lists(entries, max_size=2))
        matrix["exclude"] = data.draw(st.lists(entries, max_size=2))
    _holds_together(document({**recipe, "matrix": matrix}).encode())


_PIECES = [
    "{{ ", " }}", "{% if ", "{% for c in ", "{% endif %}", "{% endfor %}", " %}", "{# ", " #}", "{%- ", "a", "b", "c",
    "loop", ".index", "|trim", "|truncate(", "|round(", "|replace('x', a)", "|list", "|sum", "|int", "|join(", "(", ")",
    "1", "-", " + ", " ~ ", " not ", " is even", " is divisibleby(0)", "0", "'x'", "[", "]", ", ", ".x", " if ",
    " else ", "true", "none", "\n", "text", "\\",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join) | st.text("{}%#|.~+-()[]'\" \n\tab01", max_size=40))
def test_any_template(template: str) -> None:
    recipe = {"imagenspec": 1, "task": "generate", "model": "m", "vars": {"a": "x", "b": 2}, "prompt": template}
    _holds_together(document(recipe).encode())


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_worked_recipes_hold_together_undamaged(path: Path) -> None:
    assert _holds_together(path.read_bytes(), str(path)).ok
