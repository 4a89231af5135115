"""Why a document is not a recipe: the errors of the JSON Schema in sentences that end the search.

Only invalid documents come here; the yes or no is answered by a faster validator.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from jsonschema import Draft7Validator, ValidationError, validators

from imagenspec.catalog.aliases import key_alias, value_alias
from imagenspec.catalog.fields import TASKS, parameters
from imagenspec.catalog.limits import limit
from imagenspec.catalog.naming import key_of
from imagenspec.catalog.schemas import RECIPE, schema
from imagenspec.source.diagnostics import any_of, did_you_mean, is_slip, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.source.nodes import Path


class ShapeError(NamedTuple):
    """One thing that is wrong with the shape.

    Attributes:
        path: The offending key or value; of a missing key, where it should stand.
        code: The diagnostic code.
        message: What is wrong and what is allowed.
        word: Of an unknown key or value, the legal one that was probably meant.
        missing: Whether the path leads to nothing because a key is missing.
        at_key: Whether the key is at fault rather than its value.
        types: Of a value of the wrong type, the types allowed.
        same: Whether ``word`` means the same as what is written, by another name.
        means: Of an unknown key, the steps from its mapping to the key that was probably meant.
    """

    path: Path
    code: str
    message: str
    word: str | None = None
    missing: bool = False
    at_key: bool = False
    types: tuple[str, ...] = ()
    same: bool = False
    means: tuple[str, ...] = ()


def shape_errors(data: Any) -> list[ShapeError]:
    """Return what the recipe schema has against plain data, one error a place."""
    found: dict[Path, ShapeError] = {}
    task = data.get("task") if isinstance(data, dict) else None
    for error in _explainer().iter_errors(data):
        one = _sentence(error, tuple(error.absolute_path), task, data.get("model") if isinstance(data, dict) else None)
        known = found.get(one.path)
        if known is None or _weight(one) < _weight(known):
            found[one.path] = one
    return list(found.values())


_CODES = {
    "additionalProperties": "IMG101",
    "required": "IMG102",
    "type": "IMG103",
    "enum": "IMG104",
    "const": "IMG104",
    "minimum": "IMG105",
    "maximum": "IMG105",
    "exclusiveMinimum": "IMG105",
    "exclusiveMaximum": "IMG105",
    "pattern": "IMG106",
    "minLength": "IMG107",
    "maxLength": "IMG107",
    "minItems": "IMG107",
    "maxItems": "IMG107",
    "minProperties": "IMG107",
    "not": "IMG110",
}
_ANY_WRONG_VALUE = ("IMG111", "IMG121")
"""Codes of the schema's own that stand for a value of the wrong type too."""
_WEIGHT = ("IMG108", "IMG103", "IMG101", "IMG102", "IMG104")
"""Which of two errors at one place explains it: the nearer to the front."""

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


def _weight(error: ShapeError) -> int:
    return _WEIGHT.index(error.code) if error.code in _WEIGHT else len(_WEIGHT)


@cache
def _explainer() -> Any:
    extend: Any = validators.extend
    keywords = {"additionalProperties": _unknown_keys, "required": _missing_keys}
    return extend(Draft7Validator, keywords)(schema(RECIPE))


def _unknown_keys(validator: Any, allowed: Any, data: Any, here: dict[str, Any]) -> Iterator[ValidationError]:
    """Yield an error for each key that the schema does not know, with a path that ends at the key."""
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        if key in here.get("properties", {}) or (key.startswith("x-") and "patternProperties" in here):
            continue
        if allowed is False:
            yield ValidationError("unknown", path=[key])
        else:
            yield from validator.descend(value, allowed, path=key)


def _missing_keys(_validator: Any, required: list[str], data: Any, _here: Any) -> Iterator[ValidationError]:
    """Yield an error for each missing key, with the path at which it should stand."""
    if not isinstance(data, dict):
        return
    for key in required:
        if key not in data:
            yield ValidationError("missing", path=[key])


def _sentence(error: ValidationError, path: Path, task: Any, model: Any) -> ShapeError:
    keyword, value = str(error.validator), error.instance
    here = cast("dict[str, Any]", error.schema)
    own = here.get("x-code")
    is_of_type = keyword == "type" and own not in (None, *_ANY_WRONG_VALUE)
    code = _CODES[keyword] if own is None or is_of_type else own
    if "propertyNames" in error.absolute_schema_path:
        message = f"{quote(value)} cannot be a name; names have letters, digits and _"
        return ShapeError((*path, str(value)), code, message, at_key=True)
    if value is None and keyword not in ("additionalProperties", "required"):
        return ShapeError(path, "IMG108", _empty(path, here))
    if keyword == "additionalProperties":
        return _unknown_key(path, here, task)
    if keyword == "required":
        message = here.get("x-message") or f"key {quote(path[-1])} is missing"
        return ShapeError(path, code, message, missing=True)
    if "x-message" in here and not is_of_type:
        return ShapeError(path, code, here["x-message"], at_key=code == "IMG110")
    if keyword in ("enum", "const"):
        return _unknown_value(path, code, here, value)
    if keyword == "type":
        message = f"{_named(path)} must be {_expected(here)}, not {describe(value)}"
        return ShapeError(path, code, message, types=_types(here))
    here = {**here, **_own_range(path, task, model)}
    return ShapeError(path, code, f"{_named(path)} {_outside(keyword, error.validator_value, value, here)}")


def _empty(path: Path, here: dict[str, Any]) -> str:
    if not path:
        return 'the file is empty; a recipe starts with "imagenspec: 1"'
    what = "it" if isinstance(path[-1], int) else "the key"
    return f"{_named(path)} is empty; write {_expected(here)} or delete {what}"


def _own_range(path: Path, task: Any, model: Any) -> dict[str, Any]:
    """Return the range of a parameter that a model is documented to take, where it is narrower than all models'."""
    if len(path) != 2 or path[0] != "parameters" or task not in TASKS or not isinstance(model, str):
        return {}
    member = parameters(task).get(str(path[1]))
    known = limit(model, member.wire) if member is not None else None
    return known.value if known is not None and known.firm and isinstance(known.value, dict) else {}


def _outside(keyword: str, limit: Any, value: Any, here: dict[str, Any]) -> str:
    """Return how a value misses a limit: what it is, then what is allowed."""
    if keyword == "pattern":
        examples = here.get("examples")
        return f"is {quote(value)}, which does not have the documented form" + (
            f"; for example {quote(examples[0])}" if examples else ""
        )
    if keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        low, high = here.get("minimum", here.get("exclusiveMinimum")), here.get("maximum", here.get("exclusiveMaximum"))
        if low is not None and low == high:
            return f"is {value}; allowed is {low}"
        if low is not None and high is not None:
            return f"is {value}; allowed is {low} to {high}"
        bound = "more than" if keyword == "exclusiveMinimum" else "at least" if low is not None else "at most"
        return f"is {value}; allowed is {bound} {limit}"
    unit = {"minLength": "characters", "maxLength": "characters", "minProperties": "keys"}.get(keyword, "items")
    if len(value) == 0:
        return "is empty"
    return f"has {len(value)} {unit}; allowed are at {'least' if keyword.startswith('min') else 'most'} {limit}"


def _unknown_key(path: Path, here: dict[str, Any], task: Any) -> ShapeError:
    key = str(path[-1])
    known = [name for name, allowed in here.get("properties", {}).items() if allowed is not False]
    message = f"unknown key {quote(key)}"
    elsewhere = _elsewhere(key, task) if len(path) == 1 else None
    if elsewhere:
        means: tuple[str, ...] = ("parameters", key_of(key)) if "parameters" in elsewhere else ()
        return ShapeError(path, "IMG101", f"{message} here; {elsewhere}", at_key=True, means=means)
    alias = key_alias(key, known)
    if alias is not None:
        word = alias.means if "." not in alias.means else None
        message, means = f"{message}; it is {alias.about} of {quote(alias.means)}", tuple(alias.means.split("."))
        return ShapeError(path, "IMG101", message, word=word, at_key=True, same=alias.safe, means=means)
    near = did_you_mean(key, known) or did_you_mean(key, _image_keys(path, key))
    if near:
        message = f'{message}; did you mean "{near}"?'
        return ShapeError(path, "IMG101", message, word=near, at_key=True, same=is_slip(key, near), means=(near,))
    return ShapeError(path, "IMG101", f"{message}; allowed here: {any_of(known)}", at_key=True)


def _image_keys(path: Path, key: str) -> list[str]:
    """Return the keys of an image where a product may be one, of which the key is none."""
    keys = list(schema(RECIPE)["definitions"]["image-object"]["properties"]) if path[0] == "products" else []
    return keys if key not in keys else []


def _elsewhere(key: str, task: Any) -> str | None:
    """Return where a key that the top level does not have does belong."""
    definitions = schema(RECIPE)["definitions"]
    if task in TASKS and key_of(key) in definitions[f"parameters-{task}"]["properties"]:
        return f'it belongs under "parameters", as {quote(key_of(key))}'
    tasks = [other for other in TASKS if key in definitions[other]["properties"]]
    return f"task {quote(task)} does not have it, {any_of(tasks)} does" if tasks else None


def _unknown_value(path: Path, code: str, here: dict[str, Any], value: Any) -> ShapeError:
    allowed = here["enum"] if "enum" in here else [here["const"]]
    words = [word for word in allowed if isinstance(word, str)]
    if isinstance(value, (dict, list)) or not words:
        choices = any_of(words) if words else " or ".join(_literal(word) for word in allowed)
        return ShapeError(path, code, f"{_named(path)} must be {choices}, not {describe(value)}")
    alias = value_alias(str(_name(path)), value, words) if isinstance(value, str) else None
    near = did_you_mean(value, words) if isinstance(value, str) and value.upper() != value.lower() else None
    if code == "IMG111" and str(value) in map(str, allowed):
        return ShapeError(path, code, f"mask class {quote(value)} is text; write {value} without quotes, or its name")
    if code == "IMG111" and not isinstance(value, str):
        return ShapeError(path, code, f"unknown mask class {value}; the classes are 0 to {len(words) - 1}")
    what = {"IMG111": "unknown mask class"}.get(code, f"unknown {str(_name(path)).replace('_', ' ')}")
    if alias is not None:
        message = f"{what} {quote(value)}; it is {alias.about} of {quote(alias.means)}"
        return ShapeError(path, code, message, word=alias.means, same=alias.safe)
    choices = f"did you mean {quote(near)}?" if near else f"allowed: {_choices(tuple(words))}"
    if near and len(words) <= 12:
        choices = f"allowed: {_choices(tuple(words))}; {choices}"
    return ShapeError(path, code, f"{what} {quote(value)}; {choices}", word=near)


@lru_cache(maxsize=100)
def _choices(words: tuple[str, ...]) -> str:
    return any_of(words)


def describe(value: Any) -> str:
    """Return a value as a short phrase: never a whole mapping, list or long text."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return f"the text {quote(value)}"
    return _literal(value)


def _literal(value: Any) -> str:
    return (
        {True: "true", False: "false", None: "nothing"}[value] if isinstance(value, (bool, type(None))) else str(value)
    )


def _types(here: dict[str, Any]) -> tuple[str, ...]:
    types = here.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


def _expected(here: dict[str, Any]) -> str:
    return " or ".join(_TYPES[name] for name in _types(here)) or "a value"


def _name(path: Path) -> str | int:
    return next((step for step in reversed(path) if isinstance(step, str)), "recipe")


def _named(path: Path) -> str:
    if not path:
        return "a recipe"
    if isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {quote(_name(path))}"
    return quote(path[-1])
