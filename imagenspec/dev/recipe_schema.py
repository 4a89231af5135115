"""The recipe schema that editors load, made from the documented fields and the keys of the language.

It stays inside what draft-07 and 2020-12 share, because editors read draft-07, and it has no untagged unions: every
alternative hangs on ``if`` and ``then``, so that one mistake makes one message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.catalog.fields import TASKS, task_row
from imagenspec.catalog.naming import key_of
from imagenspec.catalog.tables import rows
from imagenspec.dev.describe import exact, limits, recipe_words, shown_of

if TYPE_CHECKING:
    from collections.abc import Callable

Schema = dict[str, Any]

_NAME = "^[A-Za-z_][A-Za-z0-9_]*$"
_COMMON = (
    "imagenspec",
    "task",
    "model",
    "description",
    "tags",
    "labels",
    "vars",
    "matrix",
    "parameters",
    "render",
    "raw",
)
_REFERENCE_KEYS = {
    "subject": ("subject", "description", "image", "images", "id"),
    "style": ("style", "description", "image", "images", "id"),
    "control": ("control", "image", "compute", "id"),
    "raw": ("raw", "image", "id"),
    "mask": ("mask", "image", "classes", "dilation", "draw", "id"),
}
_OWN_KEYS = {
    "generate": ("prompt",),
    "customize": ("prompt", "references"),
    "edit": ("prompt", "image", "mask", "references", "canvas"),
    "upscale": ("image", "prompt"),
    "try_on": ("person", "products", "prompt"),
    "recontext": ("products", "prompt"),
    "segment": ("image", "prompt", "classes", "scribble"),
}
_REQUIRED = {
    "generate": ("prompt",),
    "customize": ("prompt", "references"),
    "edit": ("prompt",),
    "upscale": ("image", "parameters"),
    "try_on": ("person", "products"),
    "recontext": ("products",),
    "segment": ("image",),
}
_IMPLIED = {("upscale", "mode")}
"""Documented as required, but written by the compiler where the recipe does not."""


def recipe_schema() -> Schema:
    """Return the schema of recipes."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:imagenspec:recipe:1",
        "$comment": "Generated from schemas/data by: python -m imagenspec.dev sync --write",
        "title": "imagenspec recipe",
        "description": "One family of Imagen predict requests.",
        "type": "object",
        "required": ["imagenspec", "task", "model"],
        "properties": {key: _key(key) for key in ("imagenspec", "task", "model")},
        "allOf": [
            {
                "if": {"properties": {"task": {"const": task}}, "required": ["task"]},
                "then": {"$ref": f"#/definitions/{task}"},
            }
            for task in TASKS
        ],
        "definitions": {
            **{task: _task(task) for task in TASKS},
            **{f"parameters-{task}": _parameters(task) for task in TASKS},
            "reference": _reference(),
            "mask": _mask(),
            "image": _image(),
            "image-object": _image_object(),
            "product-try_on": _product("try_on"),
            "product-recontext": _product("recontext"),
            "shape": _shape(),
            "mask-class": _mask_class(),
        },
    }


def _language(path: str) -> dict[str, Any]:
    return next(row for row in rows("language") if row["path"] == path)


def _field(task: str, recipe_path: str) -> dict[str, Any]:
    """Return the row of the request member that stands at a path of recipes of a task."""
    for row in rows("fields"):
        if row["in"] == "request" and task in row["tasks"] and recipe_path in row["recipe"]:
            return row
    message = f"{task} has no field {recipe_path}"
    raise LookupError(message)


def _described(row: dict[str, Any], own: Schema) -> Schema:
    return {**shown_of(row), **own}


def _refused(key: str, beside: str) -> Schema:
    return {"not": {}, "x-message": f'"{key}" does not go with "{beside}"'}


def _chain(choices: list[tuple[str, Schema]], otherwise: Schema) -> Schema:
    """Return ``if`` the first key is there ``then`` …, ``else`` the next: exactly one branch speaks."""
    schema = otherwise
    for key, branch in reversed(choices):
        schema = {"if": {"required": [key]}, "then": branch, "else": schema}
    return schema


def _needs(key: str, message: str) -> Schema:
    return {"required": [key], "x-message": message}


def _task(task: str) -> Schema:
    keys = (*_COMMON, *_OWN_KEYS[task])
    schema: Schema = {
        "type": "object",
        "required": list(_REQUIRED[task]),
        "properties": {key: _key(key, task) for key in keys},
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }
    if task == "edit":
        message = 'task "edit" needs an "image", or "references" with one that is raw'
        schema["allOf"] = [_chain([("references", {})], _needs("image", message))]
    if task == "segment":
        schema["allOf"] = [_chain([("classes", {"properties": {"prompt": _refused("prompt", "classes")}})], {})]
    return schema


def _key(key: str, task: str = "generate") -> Schema:
    """Return the schema of a top-level key."""
    if key == "labels":
        return _described(_field(task, "labels"), {"type": "object", "additionalProperties": {"type": "string"}})
    if key == "prompt":
        return _described(_field(task, "prompt"), {"type": "string"} | ({"minLength": 1} if task == "generate" else {}))
    if (task, key) == ("edit", "image"):
        return _described(_language("edit.image"), {"allOf": [{"$ref": "#/definitions/image"}]})
    if key in ("image", "person", "scribble"):
        return _described(_field(task, key), {"allOf": [{"$ref": "#/definitions/image"}]})
    if key == "references":
        own = {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": exact(_NAME)},
            "additionalProperties": {"$ref": "#/definitions/reference"},
            "x-message": "references are names with what each is: man: {subject: person, image: man.png}",
        }
        return _described(_language(key), own)
    if key == "products":
        row = _field(task, key)
        items = {"$ref": f"#/definitions/product-{task}"}
        return _described(row, {"type": "array", **limits(row), "items": items})
    if key == "classes":
        return _described(_language(key), _classes())
    if key == "parameters":
        row = _language(f"{task}.parameters" if task in ("upscale", "segment") else key)
        return _described(row, {"allOf": [{"$ref": f"#/definitions/parameters-{task}"}]})
    if key == "mask":
        return _described(_language(key), {"allOf": [{"$ref": "#/definitions/mask"}]})
    return _described(_language(key), _PLAIN_KEYS[key]())


def _matrix() -> Schema:
    combinations = {"type": "array", "minItems": 1, "items": {"type": "object", "minProperties": 1}}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {
            "include": _described(_language("matrix.include"), combinations),
            "exclude": _described(_language("matrix.exclude"), combinations),
        },
        "additionalProperties": {
            "type": ["array", "string"],
            "minItems": 1,
            "pattern": exact(r"^-?[0-9]{1,18}\.\.-?[0-9]{1,18}$"),
            "x-code": "IMG121",
            "x-message": "an axis is a list of values, or a..b for integers",
        },
    }


def _render() -> Schema:
    own: dict[str, Schema] = {
        "path": {"type": "string", "minLength": 1},
        "on_filtered": {"type": "string", "enum": ["fail", "warn", "retry"]},
        "composite": {"type": "boolean"},
        "expect": {"type": "object"},
    }
    return _object({key: _described(_language(f"render.{key}"), schema) for key, schema in own.items()})


def _canvas() -> Schema:
    own: dict[str, Schema] = {
        "aspect": {"type": "string", "pattern": exact("^[0-9]+:[0-9]+$")},
        "place": {"type": "string", "enum": ["center", "left", "right", "top", "bottom"]},
        "feather": {"type": "integer", "minimum": 0},
    }
    return _object({key: _described(_language(f"canvas.{key}"), schema) for key, schema in own.items()})


def _raw() -> Schema:
    members = {key: {"type": "object"} for key in ("instance", "parameters", "body")}
    pointers = {"type": "string", "pattern": exact("^/.*$")}
    names = {"type": "array", "items": {"type": "string"}}
    own: dict[str, Schema] = {
        **members,
        "omit": {"type": "array", "minItems": 1, "items": pointers},
        "order": {"type": "object", "minProperties": 1, "additionalProperties": names},
    }
    return {**_object({key: _described(_language(f"raw.{key}"), one) for key, one in own.items()}), "minProperties": 1}


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


_PLAIN_KEYS: dict[str, Callable[[], Schema]] = {
    "imagenspec": lambda: {"type": "integer", "const": 1},
    "task": lambda: {"type": "string", "enum": list(TASKS)},
    "model": lambda: {"type": "string", "minLength": 1},
    "description": lambda: {"type": "string"},
    "tags": lambda: {"type": "array", "items": {"type": "string"}},
    "vars": lambda: {
        "type": "object",
        "propertyNames": {"pattern": exact(_NAME)},
        "additionalProperties": {"type": ["string", "number", "boolean"]},
    },
    "matrix": _matrix,
    "render": _render,
    "canvas": _canvas,
    "raw": _raw,
}


def _parameters(task: str) -> Schema:
    by_wire = {row["wire"]: row for row in rows("fields") if row["in"] == "request" and task in row["tasks"]}
    order = task_row(task)

    def members(path: str, names: list[str]) -> Schema:
        schema = _object({key_of(name): value(f"{path}.{name}", name) for name in names})
        needed = [key_of(name) for name in names if by_wire[f"{path}.{name}"].get("required")]
        needed = [key for key in needed if (task, key) not in _IMPLIED]
        return {**schema, "required": needed} if needed else schema

    def value(path: str, name: str) -> Schema:
        row = by_wire[path]
        if row["type"] == "object":
            return _described(row, members(path, order["objects"][name]))
        return _described(row, _value(row))

    return members("parameters", order["parameters"])


def _value(row: dict[str, Any]) -> Schema:
    if "values" in row:
        return {"type": "string", "enum": recipe_words(row)}
    return {"type": row["type"], **limits(row)}


def _classes() -> Schema:
    return {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/mask-class"}}


def _mask_class() -> Schema:
    known = rows("mask_classes")
    words = [row["name"] for row in known] + [row["id"] for row in known]
    return {"type": ["string", "integer"], "enum": words, "x-code": "IMG111"}


def _draw(path: str) -> Schema:
    own: Schema = {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/shape"}}
    return _described(_language(path), own)


def _shape() -> Schema:
    numbers = {"type": "array", "items": {"type": ["number", "string", "array"]}}
    forms = {form: _described(_language(f"draw.{form}"), numbers) for form in ("rect", "ellipse", "polygon")}
    flags = {flag: _described(_language(f"draw.{flag}"), {"type": "boolean"}) for flag in ("subtract", "invert")}
    return _object({**forms, **flags})


def _mask() -> Schema:
    classes = _field("edit", "mask.classes")
    properties = {
        "mode": _described(_field("edit", "mask.mode"), _value(_field("edit", "mask.mode"))),
        "image": _described(_language("mask.image"), {"allOf": [{"$ref": "#/definitions/image"}]}),
        "classes": _described(classes, {**_classes(), "maxItems": classes["maxItems"]}),
        "dilation": _described(_field("edit", "mask.dilation"), _value(_field("edit", "mask.dilation"))),
        "draw": _draw("mask.draw"),
    }
    message = 'a mask needs a "mode", an "image", "classes" or "draw"'
    return {**_object(properties), "allOf": [_mask_sources([("mode", {})], _needs("mode", message))]}


def _mask_sources(choices: list[tuple[str, Schema]], otherwise: Schema) -> Schema:
    """Return that of image, classes and drawing a mask has one."""
    image = {"properties": {key: _refused(key, "image") for key in ("classes", "draw")}}
    classes = {"properties": {"draw": _refused("draw", "classes")}}
    return _chain([("image", image), ("classes", classes), ("draw", {}), *choices], otherwise)


def _reference() -> Schema:
    keys = dict.fromkeys(key for allowed in _REFERENCE_KEYS.values() for key in allowed)
    message = "a reference has one kind: subject, style, control, raw or mask"
    kinds = [(kind, _reference_kind(kind, list(keys))) for kind in _REFERENCE_KEYS]
    properties = {key: _reference_key(key) for key in keys}
    return {**_object(properties), "allOf": [_chain(kinds, _needs("subject", message))]}


def _reference_key(key: str) -> Schema:
    path = f"references.*.{key}"
    own: dict[str, Schema] = {
        "style": {"type": "boolean", "const": True},
        "raw": {"type": "boolean", "const": True},
        "image": {"allOf": [{"$ref": "#/definitions/image"}]},
        "images": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/image"}},
    }
    if key in own:
        return _described(_language(path), own[key])
    if key == "draw":
        return _draw(path)
    row = _field("customize", path)
    return _described(row, {**_classes(), "maxItems": row["maxItems"]} if key == "classes" else _value(row))


def _reference_kind(kind: str, keys: list[str]) -> Schema:
    schema: Schema = {"properties": {key: _refused(key, kind) for key in keys if key not in _REFERENCE_KEYS[kind]}}
    if kind in ("subject", "style"):
        one = {"properties": {"images": _refused("images", "image")}}
        several = _needs("image", f'a {kind} needs an "image" or "images"')
        schema["allOf"] = [_chain([("image", one), ("images", {})], several)]
    if kind == "raw":
        schema["required"] = ["image"]
    if kind == "mask":
        schema["allOf"] = [_mask_sources([], {})]
    return schema


def _image() -> Schema:
    return {
        "type": ["string", "object"],
        "minLength": 1,
        "if": {"type": "object"},
        "then": {"$ref": "#/definitions/image-object"},
    }


def _image_object() -> Schema:
    mime = next(row for row in rows("fields") if row["wire"] == "Image.mimeType")
    properties = {
        "file": _described(_language("image.file"), {"type": "string", "minLength": 1}),
        "gcs": _described(_language("image.gcs"), {"type": "string", "pattern": "^gs://", "x-code": "IMG507"}),
        "from": _described(_language("image.from"), {"type": "string", "minLength": 1}),
        "case": _described(_language("image.case"), {"type": "string"}),
        "mime_type": _described(mime, {"type": "string", "enum": recipe_words(mime)}),
    }
    file = {"properties": {key: _refused(key, "file") for key in ("gcs", "from", "case")}}
    gcs = {"properties": {key: _refused(key, "gcs") for key in ("from", "case")}}
    needs = _needs("file", 'an image needs "file", "gcs" or "from"')
    return {**_object(properties), "allOf": [_chain([("file", file), ("gcs", gcs), ("from", {})], needs)]}


def _product(task: str) -> Schema:
    image = {"allOf": [{"$ref": "#/definitions/image"}]}
    properties = {"image": _described(_field(task, "products.*.image"), image)}
    if task == "recontext":
        properties["description"] = _described(_field(task, "products.*.description"), {"type": "string"})
    else:
        properties["mask_image"] = _described(_field(task, "products.*.mask_image"), image)
        config = {
            key: _described(row := _field(task, f"products.*.product_image_config.{key}"), _value(row))
            for key in ("mask_mode", "dilation", "product_description")
        }
        row = _field(task, "products.*.product_image_config")
        properties["product_image_config"] = _described(row, _object(config))
    product = {**_object(properties), "required": ["image"]}
    as_image: Schema = {"$ref": "#/definitions/image-object"}
    return {
        "type": ["string", "object"],
        "minLength": 1,
        "if": {"type": "object"},
        "then": _chain([("file", as_image), ("gcs", as_image), ("from", as_image)], product),
    }
