"""How a row of the data describes a property of a schema."""

from __future__ import annotations

from typing import Any

from imagenspec.catalog.naming import value_of

_LIMITS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusiveMinimum",
    "exclusiveMaximum": "exclusiveMaximum",
    "pattern": "pattern",
    "minItems": "minItems",
    "maxItems": "maxItems",
    "minLength": "minLength",
}


def shown_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return what editors show of a property: description, documentation link, examples and default."""
    about, link = row["about"], row["doc"]
    shown = {
        "description": f"{about}\n{link}",
        "x-documentation": link,
        "examples": row["examples"],
    }
    if "default" in row:
        default = row["default"]
        shown["default"] = value_of(default, row.get("prefix", "")) if "values" in row else default
    return shown


def limits(row: dict[str, Any]) -> dict[str, Any]:
    """Return the documented limits of a value as schema keywords."""
    found = {keyword: row[name] for name, keyword in _LIMITS.items() if name in row}
    if "excluded" in row:
        found |= {"not": row["excluded"], "x-code": "IMG105", "x-message": row["excluded_about"]}
    return {**found, "pattern": exact(row["pattern"])} if "pattern" in row else found


def exact(pattern: str) -> str:
    """Return a pattern whose ``$`` is the end of the text everywhere; Python's also matches before a line break."""
    return f"{pattern}(?!\\n)" if pattern.endswith("$") else pattern


def recipe_words(row: dict[str, Any]) -> list[str]:
    """Return the documented values as recipes write them."""
    return [value_of(value["wire"], row.get("prefix", "")) for value in row["values"]]


def wire_words(row: dict[str, Any]) -> list[str]:
    """Return the documented values as requests write them."""
    return [value["wire"] for value in row["values"]]
