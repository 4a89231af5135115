"""The example recipes of the codes, a bad and a good one each, and what the bad one prints."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from imagenspec.catalog.tables import schemas_folder

if TYPE_CHECKING:
    from pathlib import Path

Kind = Literal["bad", "good"]
SUFFIX = ".imagen.yaml"
DAY = "2026-01-15"
"""The day whose models count in an example that names no other; most Imagen models were alive then."""


def examples_folder() -> Path:
    """Return the folder of the example recipes."""
    return schemas_folder() / "data" / "examples"


def example_path(code: str, kind: Kind) -> Path:
    """Return where the bad or good example of a code is, if it has one."""
    return examples_folder() / f"{code}.{kind}{SUFFIX}"


def example(code: str, kind: Kind) -> str | None:
    """Return the bad or good example of a code, if it has one; bytes that are no text are shown as U+FFFD."""
    path = example_path(code, kind)
    return path.read_bytes().decode("utf-8", errors="replace") if path.exists() else None


@cache
def printed() -> dict[str, dict[str, Any]]:
    """Return the one finding of each bad example by code, with ``start``, ``end``, ``message`` and ``fix``.

    ``python -m imagenspec.dev sync --write`` runs the examples and writes the table.
    """
    rows = json.loads((examples_folder() / "printed.json").read_bytes())["rows"]
    return {row.pop("code"): row for row in rows}
