"""The day of the tests: models come and go, so what a recipe is found to be depends on the day."""

from __future__ import annotations

from datetime import date
from typing import Any

from imagenspec.project.options import Options

DAY = date(2026, 1, 15)
CONFIGURATION = f"as_of = {DAY}\n"
"""What a project of a test writes into its ``.imagenspec.toml``."""


def options(**given: Any) -> Options:
    """Return the options of a run on the day of the tests."""
    return Options(as_of=DAY, **given)
