"""Keys that nobody knows: which one was probably meant."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.catalog.aliases import key_alias
from imagenspec.catalog.naming import key_of
from imagenspec.catalog.schemas import RECIPE, schema

if TYPE_CHECKING:
    from imagenspec.source.nodes import Path

ALIKE = 0.6
"""From which likeness on, of 0 to 1, a word is taken for a misspelling of another."""
SAME_AXIS = 0.95
_LONGEST_KEY = 100
_MOST_WORDS = 20


class Outline(NamedTuple):
    """The paths that were taken out of a recipe, by what is asked of them.

    Attributes:
        above: They and all paths above them.
        words: By mapping, the keys that were taken out of it, but not endlessly many.
    """

    above: frozenset[Path]
    words: dict[Path, list[str]]


@lru_cache(maxsize=16)
def outline(broken: frozenset[Path]) -> Outline:
    """Return paths by what is asked of them."""
    above = frozenset(path[:length] for path in broken for length in range(len(path) + 1))
    words: dict[Path, list[str]] = {}
    for path in sorted(broken, key=str):
        beside = words.setdefault(path[:-1], [])
        if path and isinstance(path[-1], str) and len(beside) < _MOST_WORDS:
            beside.append(path[-1])
    return Outline(above, words)


def was_meant(task: str, mapping: Path, written: str, path: Path) -> bool:
    """Tell whether a key that was taken out of a mapping was meant to lead to a path or above it.

    Args:
        task: The task of the recipe.
        mapping: Where the mapping stands, above the path.
        written: The key.
        path: Where nothing stands.
    """
    known = _keys(task, mapping)
    if written in known:
        return False
    if not mapping and path[0] == "parameters" and path[1:] == (key_of(written),):
        return True
    key, below = path[len(mapping)], path[len(mapping) :]
    alias = key_alias(written, [str(key)])
    if alias is not None:
        return tuple(alias.means.split(".")) in (below, below[:1])
    return isinstance(key, str) and _nearest(written, known or frozenset((key,))) == key


@lru_cache(maxsize=1000)
def is_slip(written: str, word: str, alike: float = ALIKE) -> bool:
    """Tell whether a word is much like another."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - only a recipe with something broken asks

    return len(written) <= _LONGEST_KEY and SequenceMatcher(None, written.lower(), word).ratio() >= alike


@lru_cache(maxsize=1000)
def _nearest(written: str, words: frozenset[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - only a recipe with something broken asks

    near = get_close_matches(written.lower(), sorted(words), 1, ALIKE) if len(written) <= _LONGEST_KEY else []
    return near[0] if near else None


@lru_cache(maxsize=1000)
def _keys(task: str, parent: Path) -> frozenset[str]:
    """Return the keys that the recipe schema knows in a mapping."""
    here: Any = {"$ref": f"#/definitions/{task}"}
    for step in parent:
        here = _resolved(here)
        known = here.get("properties", {})
        here = known.get(step, here.get("items" if isinstance(step, int) else "additionalProperties"))
        if not isinstance(here, dict):
            return frozenset()
    return frozenset(_resolved(here).get("properties", ()))


def _resolved(here: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in here or "allOf" in here or "then" in here:
        if "$ref" in here:
            here = schema(RECIPE)["definitions"][here["$ref"].rsplit("/", 1)[-1]]
        elif "properties" in here:
            return here
        else:
            here = here["then"] if "then" in here else here["allOf"][0]
    return here
