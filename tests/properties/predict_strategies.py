"""Bodies drawn from the documented request schemas, with real pictures where base64 stands."""

from __future__ import annotations

import base64
import json
from functools import cache
from io import BytesIO
from typing import Any

from compiling import CHECKOUT
from hypothesis import strategies as st
from PIL import Image

Schema = dict[str, Any]
TASKS = ("generate", "customize", "edit", "upscale", "try_on", "recontext", "segment")
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30) | st.sampled_from(
    (
        *("a man with short hair [1] in the pose of [2]", "{{ name }} and {% if x %}", "{# no #} {{{", "on", "16:9"),
        *("line\nbreak\n", " led by a blank", "# imagenspec: ignore[IMG301] no", "x" * 300, "a  b " * 40, "null"),
        *("word " * 60, "${TEXT_PROMPT}", "\ufeff\u2028\x85\x7f", "a: b", "- x", "'\"\\", "7", "1e3", "\r\n", "~"),
    )
)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)


@cache
def pictures() -> tuple[str, ...]:
    """Return base64 of small pictures of several types."""
    found = []
    for kind, size in (("PNG", 8), ("PNG", 9), ("JPEG", 8), ("GIF", 8), ("BMP", 8), ("WEBP", 8)):
        stream = BytesIO()
        Image.new("L", (size, size), 90).save(stream, kind)
        found.append(base64.b64encode(stream.getvalue()).decode())
    return tuple(found)


@cache
def request_schema(task: str) -> Schema:
    loaded: Schema = json.loads((CHECKOUT / f"schemas/predict/{task}.request.schema.json").read_text("utf-8"))
    return loaded


@st.composite
def bodies(draw: st.DrawFn, task: str) -> dict[str, Any]:
    """Return a body that the request schema of a task allows, members in any order."""
    schema = request_schema(task)
    found: dict[str, Any] = draw(_values(schema, schema))
    return found


@st.composite
def strange_bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Return a documented body with members that nobody documents, and values that do not belong there."""
    body = draw(st.sampled_from(TASKS).flatmap(bodies))
    places = [place for place in _objects(body) if "bytesBase64Encoded" not in place]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places))
        name = draw(st.sampled_from((*place, "newMember", "1", "$file")) | _TEXTS)
        if place is body and name == "instances":
            continue
        if draw(st.booleans()) or name not in place:
            place[name] = draw(_ANYTHING)
        elif name not in ("referenceImages", "productImages", "personImage"):
            del place[name]
    return body


@st.composite
def mutated_bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Return a documented body in which anything but the frame was replaced, dropped or doubled."""
    body = draw(st.sampled_from(TASKS).flatmap(bodies))
    for _ in range(draw(st.integers(1, 3))):
        places = [place for place in _places(body) if place[1] != "instances"]
        if not places:
            break
        around, key = draw(st.sampled_from(places))
        change = draw(st.sampled_from(("replaced", "replaced", "dropped", "doubled")))
        if change == "replaced":
            around[key] = json.loads(json.dumps(draw(_STRANGE)))
        elif change == "dropped":
            del around[key]
        elif isinstance(around, list):
            around.insert(key, json.loads(json.dumps(around[key])))
    return body


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every member of a value: what it is in, and its key or index there."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [*((value, key) for key in keys), *(place for key in keys for place in _places(value[key]))]


@cache
def _long_picture() -> str:
    """Return base64 that is long enough to be seen as a picture wherever it stands."""
    stream = BytesIO()
    Image.new("L", (20, 20), 90).save(stream, "BMP")
    return base64.b64encode(stream.getvalue()).decode()


_STRANGE = (
    st.sampled_from((None, True, 0, 2, -1, 1.5, 1e300, "", "x2", "gs://x", [], {}, [1], {"a": 1}, {"0": 1}))
    | st.just({"$file": "x"})
    | st.builds(_long_picture)
    | st.builds(lambda: [_long_picture()])
    | st.builds(lambda: {"bytesBase64Encoded": pictures()[0]})
    | _ANYTHING
)


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(found for child in value.values() for found in _objects(child))]
    return [found for child in value for found in _objects(child)] if isinstance(value, list) else []


def _values(of: Schema, root: Schema) -> st.SearchStrategy[Any]:
    if "$ref" in of:
        return _values(root["definitions"][of["$ref"].rsplit("/", 1)[1]], root)
    for part in of.get("allOf", ()):
        if "$ref" in part:
            return _values(part, root)
    if "bytesBase64Encoded" in of.get("properties", ()):
        return _images()
    if "enum" in of or "const" in of:
        return st.sampled_from(of.get("enum") or [of["const"]])
    kind = of.get("type")
    if kind == "object":
        return _members(of, root)
    if kind == "array":
        return st.lists(_values(of["items"], root), min_size=of.get("minItems", 0), max_size=of.get("maxItems", 4))
    return _scalars(of, kind)


def _scalars(of: Schema, kind: str | None) -> st.SearchStrategy[Any]:
    if kind == "string":
        return st.sampled_from(("gs://b/out/", "gs://b/x y/")) if "pattern" in of else _TEXTS
    low, high = of.get("minimum", -(10**6)), of.get("maximum", 10**6)
    if kind == "integer":
        return st.integers(low, high)
    if kind == "number":
        return st.floats(low, high, allow_nan=False) | st.integers(max(int(low), -9), min(int(high), 9))
    return st.booleans()


@st.composite
def _members(draw: st.DrawFn, of: Schema, root: Schema) -> dict[str, Any]:
    required = of.get("required", [])
    names = draw(
        st.permutations([name for name in of.get("properties", ()) if name in required or draw(st.booleans())])
    )
    found = {name: draw(_values(of["properties"][name], root)) for name in names}
    if isinstance(of.get("additionalProperties"), dict) and draw(st.booleans()):
        found |= draw(st.dictionaries(_TEXTS, _values(of["additionalProperties"], root), max_size=3))
    return found


@st.composite
def _images(draw: st.DrawFn) -> dict[str, Any]:
    data = draw(st.sampled_from(pictures()[:3]) | st.sampled_from(pictures()))
    place = {"gcsUri": "gs://bucket/a b.png"} if draw(st.booleans()) else {"bytesBase64Encoded": data}
    mime = draw(st.sampled_from(({}, {"mimeType": "image/png"}, {"mimeType": "image/jpeg"})))
    return {**mime, **place} if draw(st.booleans()) else {**place, **mime}
