"""The version of the facts that requests are made with."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from imagenspec.catalog.tables import rows

_TABLES = ("fields", "tasks", "mask_classes")
_SHOWN = 16


@cache
def data_version(task: str) -> str:
    """Return a word that changes when the facts change from which requests of a task are made.

    It is the beginning of a SHA-256 over the rows about the task: documented members, their order, mask classes.
    """
    own = [row for table in _TABLES for row in rows(table) if task in row.get("tasks", (row.get("task", task),))]
    text = json.dumps(own, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_SHOWN]
