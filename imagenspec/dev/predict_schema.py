"""The schemas of the documented wire: request and response of each task, made from the rows of the fields table."""

from __future__ import annotations

from typing import Any

from imagenspec.catalog.tables import rows
from imagenspec.dev.describe import limits, shown_of, wire_words

Schema = dict[str, Any]


def predict_schema(task: str, direction: str) -> Schema:
    """Return the schema of a task's requests or responses.

    Args:
        task: One of the seven tasks.
        direction: ``request`` or ``response``.
    """
    root: Schema = _object()
    for row in rows("fields"):
        if row["in"] == direction and task in row["tasks"] and not row["wire"].startswith("Image."):
            _place(root, row["wire"].split("."), row)
    if direction == "request":
        root["required"] = ["instances"]
        root["properties"]["instances"] |= {"minItems": 1, "maxItems": 1}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": f"urn:imagenspec:predict:{task}:{direction}",
        "$comment": "Generated from schemas/data by: python -m imagenspec.dev sync --write",
        "title": f"predict {direction} of task {task}",
        **root,
        "definitions": {"image": _image()},
    }


def _object() -> Schema:
    return {"type": "object", "properties": {}, "additionalProperties": False}


def _place(parent: Schema, steps: list[str], row: dict[str, Any]) -> None:
    """Put a row's schema where its wire path leads, making the objects and arrays on the way."""
    step, rest = steps[0], steps[1:]
    name = step.removesuffix("[]")
    properties = parent["properties"]
    if not rest:
        own = _leaf(row)
        properties[name] = _joined(properties.get(name), own)
        if row.get("required"):
            parent["required"] = sorted({*parent.get("required", ()), name})
        return
    if step.endswith("[]"):
        below = properties.setdefault(name, {"type": "array", "items": _object()})["items"]
    else:
        below = properties.setdefault(name, _object())
    _place(below, rest, row)


def _joined(old: Schema | None, own: Schema) -> Schema:
    """Describe an object or array that its members have made already."""
    if old is None:
        return own
    return {**own, **{key: old[key] for key in ("properties", "required", "items") if key in old}}


def _leaf(row: dict[str, Any]) -> Schema:
    shown = shown_of(row)
    shown.pop("examples")  # examples are written as recipes write them
    if "default" in row:
        shown["default"] = row["default"]
    kind = row["type"]
    if kind == "image":
        return {**shown, "allOf": [{"$ref": "#/definitions/image"}]}
    if kind == "any":
        return shown
    if kind == "object" and "items" in row:
        return {**shown, "type": "object", "additionalProperties": row["items"]}
    if kind == "object":
        return {**shown, **_object()}
    if kind == "array":
        return {**shown, "type": "array", **_array_limits(row), "items": _items(row)}
    if "values" in row:
        return {**shown, "type": "string", "enum": wire_words(row)}
    return {**shown, "type": kind, **limits(row)}


def _array_limits(row: dict[str, Any]) -> Schema:
    return {key: row[key] for key in ("minItems", "maxItems") if key in row}


def _items(row: dict[str, Any]) -> Schema:
    items: Schema = row["items"]
    return _object() if items["type"] == "object" else items


def _image() -> Schema:
    by_name = {row["wire"].split(".")[1]: row for row in rows("fields") if row["wire"].startswith("Image.")}
    properties = {name: _leaf(row) for name, row in by_name.items()}
    properties["bytesBase64Encoded"]["contentEncoding"] = "base64"
    return {
        **_object(),
        "properties": properties,
        "if": {"required": ["bytesBase64Encoded"]},
        "then": {"not": {"required": ["gcsUri"]}},
        "else": {"required": ["gcsUri"]},
    }
