"""Where the packaged data is, and its tables as rows."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def schemas_folder() -> Path:
    """Return the folder ``schemas/``: inside an installed package, or at the top of a checkout."""
    packaged = _PACKAGE / "schemas"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "schemas"


@cache
def rows(table: str) -> list[dict[str, Any]]:
    """Return the rows of a table of ``schemas/data/``; each has ``source``, ``confidence`` and ``checked``."""
    data = json.loads((schemas_folder() / "data" / f"{table}.json").read_bytes())
    found: list[dict[str, Any]] = data["rows"]
    return found


@cache
def source_urls() -> dict[str, str]:
    """Return the public page behind every key that ``source`` columns use."""
    return {row["key"]: row["url"] for row in rows("sources")}
