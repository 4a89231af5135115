"""The JSON Schemas, and the validator that answers yes or no in microseconds."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs

from imagenspec.catalog.tables import schemas_folder

RECIPE = "recipe.schema.json"


@cache
def schema(name: str) -> dict[str, Any]:
    """Return a schema of ``schemas/``, named by its path there."""
    loaded: dict[str, Any] = json.loads((schemas_folder() / name).read_bytes())
    return loaded


@cache
def validator(name: str) -> jsonschema_rs.Validator:
    """Return the compiled validator of a schema."""
    return jsonschema_rs.validator_for(schema(name))
