"""What properties do with a recipe: check it, compile it, look at the payload."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pinned import CONFIGURATION, options

from imagenspec.catalog.codes import Severity, codes
from imagenspec.project.build import requests
from imagenspec.project.check import CheckedRecipe, check_bytes

CHECKOUT = Path(__file__).resolve().parents[2]
RECIPES = sorted((CHECKOUT / "recipes").glob("*.imagen.yaml"))
NAME = "generated.imagen.yaml"


def shape_counts_alone(folder: Path) -> Path:
    """Configure a folder so that a recipe compiles whatever its values, right each for itself, are together."""
    together = [code.code for code in codes().values() if code.severity is Severity.ERROR and not code.fatal]
    (folder / ".imagenspec.toml").write_text(f"{CONFIGURATION}ignore = {json.dumps(together)}\n")
    return folder


def checked(text: str | bytes, folder: Path | None = None, **given: Any) -> CheckedRecipe:
    name = NAME if folder is None else str(folder / NAME)
    return check_bytes(name, text.encode() if isinstance(text, str) else text, options(**given))


def errors(recipe: CheckedRecipe) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in recipe.findings if one.severity == "error"]


def payloads(recipe: CheckedRecipe) -> list[Any]:
    return [json.loads(b"".join(request.body())) for request in requests(recipe, options().images)]


def digests(recipe: CheckedRecipe) -> list[str]:
    return [request.digest for request in requests(recipe, options().images)]
