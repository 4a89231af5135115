"""The documented members of requests, and where each stands in a recipe."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from imagenspec.catalog.aliases import older_names
from imagenspec.catalog.naming import key_of, value_of
from imagenspec.catalog.tables import rows

TASKS = ("generate", "customize", "edit", "upscale", "try_on", "recontext", "segment")
"""The seven tasks, as ``task:`` spells them."""


class Member(NamedTuple):
    """A documented member of ``parameters``, with its own members in documented order."""

    wire: str
    type: str
    values: dict[str, str]
    members: dict[str, Member]


def _request_rows(task: str) -> list[dict[str, Any]]:
    return [row for row in rows("fields") if row["in"] == "request" and task in row["tasks"]]


def wire_values(row: dict[str, Any]) -> dict[str, str]:
    """Return the documented values of a field by the word that a recipe uses for each."""
    return {value_of(value["wire"], row.get("prefix", "")): value["wire"] for value in row.get("values", ())}


@cache
def task_row(task: str) -> dict[str, Any]:
    """Return what the table of tasks says of a task: title, documenting page, documented member order."""
    return next(row for row in rows("tasks") if row["task"] == task)


@cache
def parameters(task: str) -> dict[str, Member]:
    """Return the documented parameters of a task by recipe key, in documented order."""
    by_wire = {row["wire"]: row for row in _request_rows(task)}
    order = task_row(task)

    def build(path: str, name: str) -> Member:
        row = by_wire[path]
        names = order["objects"].get(name, []) if row["type"] == "object" else []
        members = {key_of(child): build(f"{path}.{child}", child) for child in names}
        return Member(name, row["type"], wire_values(row), members)

    return {key_of(name): build(f"parameters.{name}", name) for name in order["parameters"]}


@cache
def enum_of(task: str, member: str) -> dict[str, str]:
    """Return recipe word to wire value of the request member whose wire path ends in ``member``."""
    return next(wire_values(row) for row in _request_rows(task) if row["wire"].split(".")[-1] == member)


@cache
def most_items(task: str, member: str) -> int:
    """Return how many items the request member whose wire path ends in ``member`` may have."""
    return next(int(row["maxItems"]) for row in _request_rows(task) if row["wire"].split(".")[-1] == member)


@cache
def disputed_values(task: str) -> dict[tuple[str, ...], dict[str, str]]:
    """Return values that pages disagree about, by their place in a recipe, each with what the pages say."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for row in _request_rows(task):
        words = {
            value_of(value["wire"], row.get("prefix", "")): value["disputed"]
            for value in row.get("values", ())
            if "disputed" in value
        }
        for place in row["recipe"] if words and "*" not in str(row["recipe"]) else ():
            found[tuple(place.split("."))] = words
    return found


class Spellings(NamedTuple):
    """Spellings that recipes may use too, by where they stand; ``*`` stands for any name or index.

    Attributes:
        keys: Wire spellings of keys.
        values: Wire spellings of values.
        older: Older names of values.
        places: Where any of them may stand, and what is around.
    """

    keys: dict[tuple[str, ...], dict[str, str]]
    values: dict[tuple[str, ...], dict[str, str]]
    older: dict[tuple[str, ...], dict[str, str]]
    places: frozenset[tuple[str, ...]]

    def below(self, place: tuple[str, ...], key: str) -> tuple[str, ...]:
        """Return the place of a child: by its name where the name matters, else by ``*``."""
        named = (*place, key)
        return named if named in self.places else (*place, "*")


@cache
def spellings(task: str) -> Spellings:
    """Return the wire spellings of a task's keys and values."""
    keys: dict[tuple[str, ...], dict[str, str]] = {}
    values: dict[tuple[str, ...], dict[str, str]] = {}
    older: dict[tuple[str, ...], dict[str, str]] = {}
    for row in _request_rows(task):
        wire_name = row["wire"].rsplit(".", 1)[-1]
        for place in row["recipe"]:
            *parent, key = place.split(".")
            if not parent or row["wire"].startswith("Image."):
                continue
            if wire_name != key and "[]" not in wire_name:
                keys.setdefault(tuple(parent), {})[wire_name] = key
            known = wire_values(row)
            if known:
                folded = {wire.lower(): word for word, wire in known.items()} | {word: word for word in known}
                values[(*parent, key)] = folded
            if older_names(key):
                older[(*parent, key)] = older_names(key)
    places = {place[:length] for place in (*keys, *values) for length in range(1, len(place) + 1)}
    return Spellings(keys, values, older, frozenset(places))
