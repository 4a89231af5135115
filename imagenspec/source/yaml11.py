"""What a reader of YAML 1.1 makes of a plain scalar, where that is something else (https://yaml.org/type/)."""

from __future__ import annotations

import re
from typing import Any

_TRUTH = dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), "true") | dict.fromkeys(
    ("n", "N", "no", "No", "NO", "off", "Off", "OFF"), "false"
)
_SEXAGESIMAL = r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
_UNDERSCORED = r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)"
_DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?"
_OCTAL = r"[-+]?0[0-7]+"
_NUMBER_START = frozenset("+-0123456789")


def may_be_misread(value: Any) -> bool:
    """Tell quickly whether it is worth asking :func:`misread` about a plain scalar of this meaning."""
    if isinstance(value, str):
        return value != "" and (value[0] in _NUMBER_START or value in _TRUTH)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def misread(written: str, value: Any) -> str | None:
    """Return what a reader of YAML 1.1 takes a plain scalar for, or nothing where it reads the same.

    Args:
        written: The scalar as it stands in the text.
        value: What it means in YAML 1.2.
    """
    if isinstance(value, str):
        return _TRUTH.get(written) or (_number_or_date(written) if written[0] in _NUMBER_START else None)
    if isinstance(value, int) and not isinstance(value, bool):
        if written.startswith("0o"):
            return "text"
        if re.fullmatch(_OCTAL, written) and int(written, 8) != value:
            return f"the octal number {int(written, 8)}"
    if isinstance(value, float) and "." not in written:
        return "text"
    return None


def _number_or_date(written: str) -> str | None:
    if re.fullmatch(_SEXAGESIMAL, written):
        return f"the number {_base60(written):g}"
    if re.fullmatch(_DATE, written):
        return "a date"
    return "a number" if re.fullmatch(_UNDERSCORED, written) else None


def _base60(written: str) -> float:
    number = 0.0
    for part in written.replace("_", "").lstrip("+-").split(":"):
        number = number * 60 + float(part)
    return -number if written.startswith("-") else number
