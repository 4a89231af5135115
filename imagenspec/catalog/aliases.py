"""Names that recipes do not have but that their authors bring along: older ones, those of SDKs, and made-up ones."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from imagenspec.catalog.naming import key_of
from imagenspec.catalog.tables import rows

_PREFIX = r"\A(?:edit|mask|segment)_mode_"


class Alias(NamedTuple):
    """Another name for something.

    Attributes:
        means: The key or value that is meant; a dotted path where the key stands elsewhere.
        about: Whose name it is.
        safe: Whether both mean the same.
    """

    means: str
    about: str
    safe: bool


@cache
def _keys() -> dict[str, list[Alias]]:
    found: dict[str, list[Alias]] = {}
    for row in rows("aliases"):
        if "key" in row:
            found.setdefault(row["key"], []).append(Alias(row["means"], row["about"], row["safe"]))
    return found


@cache
def _values() -> dict[tuple[str, str], Alias]:
    return {
        (row["field"], row["word"]): Alias(row["means"], row["about"], row["safe"])
        for row in rows("aliases")
        if "word" in row
    }


@cache
def older_names(field: str) -> dict[str, str]:
    """Return the older names of a field's values that the service still takes, with the names of today."""
    return {row["word"]: row["means"] for row in rows("aliases") if row.get("field") == field and "understood" in row}


def key_alias(key: str, allowed: list[str]) -> Alias | None:
    """Return what a key is another name of, where that or the mapping that it stands in is allowed."""
    known = _keys().get(key) or _keys().get(key_of(key), [])
    return next((one for one in known if one.means.partition(".")[0] in allowed), None)


def value_alias(field: str, word: str, allowed: list[str]) -> Alias | None:
    """Return what a value of a field is another name of, in whatever case it is written."""
    plain = re.sub(_PREFIX, "", word.lower())
    alias = _values().get((field, word.lower())) or _values().get((field, plain))
    return alias if alias is not None and alias.means in allowed else None
