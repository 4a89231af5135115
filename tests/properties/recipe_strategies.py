"""Recipes drawn from the recipe schema: what an editor would accept, as plain data."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from compiling import CHECKOUT
from hypothesis import strategies as st

from imagenspec.catalog.models import models

Schema = dict[str, Any]

TASKS = ("generate", "customize", "edit", "upscale", "try_on", "recontext", "segment")
TINY_PNG = "tiny.png"
_UNSENT = frozenset(("matrix", "render", "canvas", "draw", "from", "case", "raw", "vars"))
_IMAGES = ("gs://bucket/a.png", "gs://bucket/b/c d.jpg", TINY_PNG)
_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="{}[]", exclude_categories=("Cs", "Cc")), max_size=20)
_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)


@cache
def schema(name: str = "recipe.schema.json") -> Schema:
    loaded: Schema = json.loads((CHECKOUT / "schemas" / name).read_text("utf-8"))
    return loaded


def definition(name: str) -> Schema:
    found: Schema = schema()["definitions"][name]
    return found


@st.composite
def recipes(draw: st.DrawFn, task: str) -> dict[str, Any]:
    """Return a recipe of a task with a model that takes it."""
    data = draw(_objects(definition(task)))
    fitting = [model.id for model in models().values() if task in model.tasks]
    head = {"imagenspec": 1, "task": task, "model": draw(st.sampled_from(fitting))}
    return {**head, **{key: value for key, value in data.items() if key not in head}}


def any_recipes() -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(TASKS).flatmap(recipes)


def values(of: Schema) -> st.SearchStrategy[Any]:
    """Return values that a schema of the recipe language allows."""
    of = flat(of)
    if of == definition("image"):
        return st.sampled_from(_IMAGES) | _objects(definition("image-object"))
    if "const" in of or "enum" in of:
        return st.sampled_from(of["enum"] if "enum" in of else [of["const"]])
    kind = of.get("type")
    if isinstance(kind, list):
        return _of_several_types(of)
    if kind == "object":
        return _objects(of)
    if kind == "array":
        return st.lists(values(of["items"]), min_size=of.get("minItems", 0), max_size=of.get("maxItems", 4))
    return _scalars(of)


def _of_several_types(of: Schema) -> st.SearchStrategy[Any]:
    if of.get("if") == {"type": "object"}:
        objects = of["then"]
        while "else" in objects:
            objects = objects["else"]
        return st.sampled_from(_IMAGES) | _objects(flat(objects))
    return st.one_of(*(values({**of, "type": one}) for one in of["type"] if one != "null"))


def _scalars(of: Schema) -> st.SearchStrategy[Any]:
    low, high = (
        of.get("minimum", of.get("exclusiveMinimum", -1000)),
        of.get("maximum", of.get("exclusiveMaximum", 10**6 + 1) - 1),
    )
    match of.get("type"):
        case "integer":
            return st.integers(low + ("exclusiveMinimum" in of), high)
        case "number":
            excluded = of.get("not", {}).get("maximum")
            numbers = st.floats(low, high, allow_nan=False) | st.integers(low, high)
            return numbers.filter(lambda one: excluded is None or one == low or one > excluded)
        case "boolean":
            return st.booleans()
    if str(of.get("pattern", "")).startswith("^gs://"):
        return st.sampled_from(_IMAGES[:2])
    return _WORDS.filter(lambda text: len(text) >= of.get("minLength", 0))


@st.composite
def _objects(draw: st.DrawFn, of: Schema) -> dict[str, Any]:
    of = flat(of)
    known = {key: one for key, one in of.get("properties", {}).items() if key not in _UNSENT}
    optional = [key for key in known if key not in of.get("required", ())]
    keys = {*of.get("required", ()), *(key for key in optional if draw(st.booleans()))}
    keys = _settled(of, keys)
    data = {key: TINY_PNG if key == "file" else draw(values(known[key])) for key in sorted(keys)}
    free = of.get("additionalProperties")
    if isinstance(free, dict):
        count = st.integers(of.get("minProperties", 0), 3)
        names = _NAMES if "propertyNames" in of else st.sampled_from(["team", "campaign", "cost-centre"])
        for name in draw(st.lists(names, unique=True, min_size=draw(count), max_size=3)):
            data[name] = draw(values(free))
    return data


def flat(of: Schema) -> Schema:
    """Return a schema with references, and what only wraps them, resolved."""
    if "$ref" in of:
        return flat(definition(of["$ref"].rsplit("/", 1)[-1]))
    wrapped = of.get("allOf", ())
    if len(wrapped) == 1 and "$ref" in wrapped[0]:
        return flat(wrapped[0])
    return of


def _settled(of: Schema, keys: set[str]) -> set[str]:
    """Return the keys after every if, then and else of an object's schema has had its word."""
    while True:
        refused: set[str] = set()
        needed: set[str] = set()
        _apply(of, keys, refused, needed)
        settled = (keys | needed) - refused
        if settled == keys:
            return keys
        keys = settled


def _apply(of: Schema, keys: set[str], refused: set[str], needed: set[str]) -> None:
    needed |= set(of.get("required", ()))
    refused |= {key for key, one in of.get("properties", {}).items() if one.get("not") == {}}
    if "if" in of:
        fits = set(of["if"].get("required", ())) <= keys
        _apply(of.get("then" if fits else "else", {}), keys, refused, needed)
    for part in of.get("allOf", ()):
        if "$ref" not in part:
            _apply(part, keys, refused, needed)
