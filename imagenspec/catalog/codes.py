"""The diagnostic codes: name, severity and source of each."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import NamedTuple

from imagenspec.catalog.tables import rows


class Severity(StrEnum):
    """How bad a finding is; only errors keep a recipe from being compiled."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Code(NamedTuple):
    """A kind of finding."""

    code: str
    name: str
    severity: Severity
    about: str
    source: tuple[str, ...]
    confidence: str
    checked: str


@cache
def codes() -> dict[str, Code]:
    """Return every diagnostic code by its number."""
    return {
        row["code"]: Code(
            row["code"],
            row["name"],
            Severity(row["severity"]),
            row["about"],
            tuple(row["source"]),
            row["confidence"],
            row["checked"],
        )
        for row in rows("rules")
    }
