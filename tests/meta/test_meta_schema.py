"""The recipe schema: described, used, free of unions; and the recipes that name it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from imagenspec.catalog.naming import key_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[2]
SCHEMA: dict[str, Any] = json.loads((CHECKOUT / "schemas" / "recipe.schema.json").read_text("utf-8"))
TASKS = ("generate", "customize", "edit", "upscale", "try_on", "recontext", "segment")
COMMON = ("imagenspec", "task", "model", "description", "tags", "labels", "vars", "matrix", "render", "raw")
RECIPES = sorted((CHECKOUT / "recipes").glob("*.imagen.yaml"))
GOLDENS = [path for folder in ("ok", "err", "wire") for path in sorted((CHECKOUT / "tests" / folder).glob("*.yaml"))]


def schemas(node: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping of a schema with its path."""
    if isinstance(node, dict):
        yield path, node
        for key, child in node.items():
            yield from schemas(child, f"{path}/{key}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from schemas(child, f"{path}/{index}")


def properties() -> dict[str, dict[str, Any]]:
    """Return every property that people write, by its path; those that only refuse a key are none."""
    return {
        f"{path}/{name}": schema
        for path, node in schemas(SCHEMA)
        if path.endswith("/properties") and "/if/" not in path
        for name, schema in node.items()
        if isinstance(schema, dict) and schema.get("not") != {} and "/if/properties" not in f"{path}/{name}"
    }


def test_schema_is_one_of_draft_7() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert len(properties()) > 200


@pytest.mark.parametrize("word", ["oneOf", "anyOf", "$defs", "unevaluatedProperties", "prefixItems"])
def test_schema_has_no_union_and_no_word_that_draft_7_lacks(word: str) -> None:
    assert [path for path, node in schemas(SCHEMA) if word in node] == []


def test_every_property_has_a_description_examples_and_a_documentation_link() -> None:
    for path, schema in properties().items():
        assert schema.get("description"), path
        assert schema.get("examples"), path
        link = schema["x-documentation"]
        assert link.startswith(("https://", "README.md#")), path
        assert link in schema["description"], path


def resolved(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the schemas that speak of the same value."""
    yield schema
    if "$ref" in schema:
        yield from resolved(SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[-1]])
    for each in schema.get("allOf", ()):
        yield from resolved(each)
    for word in ("then", "else"):
        if word in schema:
            yield from resolved(schema[word])


def used_properties(schema: dict[str, Any], value: Any) -> Iterator[int]:
    """Yield the identity of each property that a value fills."""
    for part in resolved(schema):
        if isinstance(value, dict):
            for key, child in value.items():
                below = part.get("properties", {}).get(key)
                if isinstance(below, dict):
                    yield id(below)
                elif not isinstance(part.get("additionalProperties"), dict):
                    continue
                else:
                    below = part["additionalProperties"]
                yield from used_properties(below, child)
        elif isinstance(value, list) and isinstance(part.get("items"), dict):
            for child in value:
                yield from used_properties(part["items"], child)


def documents() -> Iterator[dict[str, Any]]:
    for path in RECIPES + GOLDENS:
        try:
            data = YAML(typ="safe", pure=True).load(path)
        except (YAMLError, UnicodeDecodeError, ValueError):
            continue
        if isinstance(data, dict) and data.get("task") in TASKS:
            yield data


def shared_path(path: str) -> str:
    """Return one path for the copies of a key that every task has."""
    found = re.match(r"#(?:/definitions/(\w+))?/properties/(\w+)(.*)", path)
    if found and found[1] in (None, *TASKS) and found[2] in COMMON:
        return f"{found[2]}{found[3]}"
    return path


def test_every_property_is_used_by_a_recipe_or_a_golden_file() -> None:
    used = {identity for data in documents() for identity in used_properties(SCHEMA["definitions"][data["task"]], data)}
    everything = {shared_path(path) for path in properties()}
    filled = {shared_path(path) for path, schema in properties().items() if id(schema) in used}
    assert sorted(everything - filled) == []


@pytest.mark.parametrize("task", TASKS)
def test_every_parameter_is_a_documented_member_by_the_first_naming_rule(task: str) -> None:
    fields = json.loads((CHECKOUT / "schemas" / "data" / "fields.json").read_text("utf-8"))["rows"]
    rows = [row for row in fields if row["in"] == "request" and task in row["tasks"]]
    documented = {row["wire"].removeprefix("parameters.") for row in rows if row["wire"].startswith("parameters.")}
    written = set(SCHEMA["definitions"][f"parameters-{task}"]["properties"])
    assert written == {key_of(wire) for wire in documented if "." not in wire}


def test_enum_values_follow_the_second_naming_rule() -> None:
    fields = json.loads((CHECKOUT / "schemas" / "data" / "fields.json").read_text("utf-8"))["rows"]
    words = {value_of(value["wire"], row.get("prefix", "")) for row in fields for value in row.get("values", ())}
    language = {"fail", "warn", "retry", "center", "left", "right", "top", "bottom", *TASKS}
    for path, node in schemas(SCHEMA):
        if "enum" in node and isinstance(node["enum"], list) and not path.endswith("mask-class"):
            assert set(node["enum"]) <= words | language, path


def test_every_example_of_a_property_is_valid() -> None:
    for path, schema in properties().items():
        validator = jsonschema.Draft7Validator({**schema, "definitions": SCHEMA["definitions"]})
        for example in schema["examples"]:
            assert not list(validator.iter_errors(example)), (path, example)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.name)
def test_recipe_begins_with_the_schema_comment(recipe: Path) -> None:
    first = recipe.read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../schemas/recipe.schema.json"
    assert (recipe.parent / first.split("=", 1)[1]).resolve() == CHECKOUT / "schemas" / "recipe.schema.json"


def test_predict_schemas_are_valid_and_there_are_two_for_each_task() -> None:
    folder = CHECKOUT / "schemas" / "predict"
    names = {f"{task}.{direction}.schema.json" for task in TASKS for direction in ("request", "response")}
    assert {path.name for path in folder.iterdir()} == names
    for name in names:
        schema = json.loads((folder / name).read_text("utf-8"))
        jsonschema.validators.validator_for(schema).check_schema(schema)
