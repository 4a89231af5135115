"""The two naming rules of the recipe language; there is no dictionary to learn."""

from __future__ import annotations

import re

_HUMP = r"(?<=[a-z0-9])(?=[A-Z])"


def key_of(wire: str) -> str:
    """Rule 1: a key is the documented member in snake_case (``sampleCount`` is ``sample_count``)."""
    return re.sub(_HUMP, "_", wire).lower()


def value_of(wire: str, prefix: str = "") -> str:
    """Rule 2: a value is the documented one without prefix, in lower case (``EDIT_MODE_BGSWAP`` is ``bgswap``)."""
    return wire.removeprefix(prefix).lower()
