"""The two naming rules, and wire spellings that mean the recipe's own words."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from compiling import CHECKOUT, checked, errors, payloads, shape_counts_alone
from hypothesis import given
from hypothesis import strategies as st
from recipe_strategies import TINY_PNG, any_recipes, flat, schema
from yaml_writing import document

from imagenspec.source.text import SourceFile
from imagenspec.source.yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row = dict[str, Any]

ROWS: list[Row] = [
    row
    for row in json.loads((CHECKOUT / "schemas" / "data" / "fields.json").read_text("utf-8"))["rows"]
    if row["in"] == "request"
]
_BY_TASK = [(task, row) for row in ROWS for task in row["tasks"]]
_WIRE_SPELLING = "IMG109"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shape_counts_alone(tmp_path_factory.mktemp("spelling"))
    shutil.copy(CHECKOUT / "tests" / "images" / "cup.png", folder / TINY_PNG)
    return folder


def _snake(wire: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in wire)


def _word(row: Row, wire: str) -> str:
    return wire.removeprefix(row.get("prefix", "")).lower()


def _named(cases: list[tuple[str, Row]]) -> Any:
    return pytest.mark.parametrize(("task", "row"), cases, ids=[f"{task}-{row['wire']}" for task, row in cases])


@_named([(task, row) for task, row in _BY_TASK if row["wire"].startswith("parameters.")])
def test_parameters_are_the_documented_members_in_snake_case(task: str, row: Row) -> None:
    assert row["recipe"] == [".".join(map(_snake, row["wire"].split(".")))]
    assert list(_at(task, row["recipe"][0]))


@_named([(task, row) for task, row in _BY_TASK if row.get("values") and row["recipe"]])
def test_values_are_the_documented_ones_without_prefix_in_lower_case(task: str, row: Row) -> None:
    words = [_word(row, value["wire"]) for value in row["values"]]
    assert all(words)
    assert len(set(words)) == len(words)
    for place in row["recipe"]:
        for found in _at(task, place):
            assert found.get("enum") == words, place


@_named([(task, row) for task, row in _BY_TASK if row.get("values")])
def test_prefixes_are_whole(task: str, row: Row) -> None:
    wires = [value["wire"] for value in row["values"]]
    assert all(wire.startswith(row.get("prefix", "")) for wire in wires)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", row["wire"].rsplit(".", 1)[-1]).upper() + "_"
    assert row.get("prefix", "") or not all(wire.startswith(name) for wire in wires), task


def _at(task: str, place: str) -> Iterator[dict[str, Any]]:
    """Yield the sub-schemas that describe a dotted place of recipes of a task."""
    steps = place.split(".")
    if steps[0] == "image":
        start, steps = schema()["definitions"]["image-object"], steps[1:]
    else:
        start = schema()["definitions"][task]
    found = [start]
    for step in steps:
        found = [child for one in found for child in _children(one, step)]
    return (flat(one) for one in found)


def _children(of: dict[str, Any], step: str) -> Iterator[dict[str, Any]]:
    of = flat(of)
    if step in of.get("properties", {}) and of["properties"][step].get("not") != {}:
        yield of["properties"][step]
    elif step == "*":
        yield from (of[key] for key in ("items", "additionalProperties") if isinstance(of.get(key), dict))
    for part in (*of.get("allOf", ()), of.get("then", {}), of.get("else", {})):
        yield from _children(part, step) if part else ()


def _spellings(task: str) -> dict[tuple[str, ...], Row]:
    """Return the fields that stand below the top level, by place."""
    rows = {tuple(place.split(".")): row for row in ROWS if task in row["tasks"] for place in row["recipe"]}
    return {place: row for place, row in rows.items() if len(place) > 1 and not row["wire"].startswith("Image.")}


class _WireSpeller:
    """Respells some of the keys and values of a recipe as on the wire, and counts them."""

    def __init__(self, data: st.DataObject, task: str) -> None:
        self.data, self.rows, self.count = data, _spellings(task), 0

    def mapping(self, value: dict[str, Any], at: tuple[str, ...] = ()) -> dict[str, Any]:
        respelt = {}
        for key, each in value.items():
            known = {*self.rows, ("references", "*"), ("products", "*")}
            place = (*at, key) if any(one[: len(at) + 1] == (*at, key) for one in known) else (*at, "*")
            row = self.rows.get(place)
            wire = row["wire"].rsplit(".", 1)[-1] if row else key
            name = wire if wire != key and "[]" not in wire and self._wanted() else key
            respelt[name] = self._value(each, place, row)
        return respelt

    def _value(self, value: Any, place: tuple[str, ...], row: Row | None) -> Any:
        if isinstance(value, dict):
            return self.mapping(value, place)
        if isinstance(value, list):
            return [self._value(each, (*place, "*"), None) for each in value]
        for known in (row or {}).get("values", ()):
            if _word(row or {}, known["wire"]) == value and known["wire"] != value and self._wanted():
                return known["wire"]
        return value

    def _wanted(self) -> bool:
        wanted = self.data.draw(st.booleans())
        self.count += wanted
        return wanted


@given(any_recipes(), st.data())
def test_wire_spellings_compile_to_the_same_payload_with_an_info_each(
    project: Path, recipe: dict[str, Any], data: st.DataObject
) -> None:
    own = checked(document(recipe), project)
    assert errors(own) == []
    speller = _WireSpeller(data, recipe["task"])
    respelt = checked(document(speller.mapping(recipe)), project)
    assert errors(respelt) == []
    assert payloads(respelt) == payloads(own)
    told = [finding for finding in respelt.findings if finding.code == _WIRE_SPELLING]
    assert len(told) == speller.count
    assert all(finding.severity == "info" and finding.fix is not None for finding in told)


@given(any_recipes(), st.data())
def test_the_fixes_of_wire_spellings_give_the_recipe_in_its_own_words(
    recipe: dict[str, Any], data: st.DataObject
) -> None:
    text = document(_WireSpeller(data, recipe["task"]).mapping(recipe))
    result = checked(text)
    edits = [edit for finding in result.findings if finding.code == _WIRE_SPELLING for edit in finding.fix.edits]
    for edit in sorted(edits, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    assert json.loads(_as_json(text)) == recipe


def _as_json(text: str) -> str:
    read, problems = read_yaml(SourceFile("a.yaml", text))
    assert read is not None, problems
    return json.dumps(read.data)


@pytest.mark.parametrize(
    ("wire", "own"),
    [
        ("parameters.sampleCount: [1, 2]", "parameters.sample_count: [1, 2]"),
        ("parameters.outputOptions.mimeType: [image/png]", "parameters.output_options.mime_type: [image/png]"),
        ("parameters.sampleImageSize: [1K, 2k]", "parameters.sample_image_size: [1k, 2k]"),
    ],
)
def test_axes_may_be_spelt_as_on_the_wire(wire: str, own: str) -> None:
    head = "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\nprompt: p\nmatrix:\n  "
    respelt, plain = checked(f"{head}{wire}\n"), checked(f"{head}{own}\n")
    assert errors(respelt) == errors(plain) == []
    assert payloads(respelt) == payloads(plain)
    assert _WIRE_SPELLING in [finding.code for finding in respelt.findings]
