"""Bodies as clients spell them, put into the documented spelling.

Only what is known to mean the same is changed: ``instances`` as an object (google-genai 1.0), snake_case names of
documented members (google-genai 1.42 and later), ``computeControl`` (google-genai, all versions), and the case of the
values that the service reads in any case. Everything else stays as it is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from imagenspec.catalog.tables import rows
from imagenspec.wire.pointers import pointer

_OTHER_NAMES = {"computeControl": "enableControlImageComputation", "compute_control": "enableControlImageComputation"}
_ANY_CASE = ("safetySetting", "personGeneration", "sampleImageSize", "mode")
"""Enumerations that the service reads in any case, as documents and Google's SDKs show."""


class Respelling(NamedTuple):
    """A member that was put into the documented spelling: where it stood, and how it is spelt now."""

    pointer: str
    documented: str


def documented(body: dict[str, Any], task: str) -> tuple[dict[str, Any], list[Respelling]]:
    """Return a body in documented spelling, and what was spelt otherwise."""
    found: list[Respelling] = []
    if isinstance(body.get("instances"), dict):
        found.append(Respelling("/instances", "a list"))
        body = {name: [value] if name == "instances" else value for name, value in body.items()}
    return _respelt(body, _members(task), (), found), found


@cache
def _members(task: str) -> dict[str, Any]:
    """Return the documented members of a task's requests as a tree; leaves are the documented values."""
    own = [row for row in rows("fields") if row["in"] == "request" and task in row["tasks"]]
    image: dict[str, Any] = {row["wire"].partition(".")[2]: {} for row in own if row["wire"].startswith("Image.")}
    tree: dict[str, Any] = {}
    for row in sorted(own, key=lambda row: str(row["wire"])):
        *around, last = row["wire"].replace("[]", "").split(".")
        place = tree
        for step in around:
            place = place.setdefault(step, {})
        is_folded = last in _ANY_CASE and "values" in row
        values = {value["wire"].lower(): value["wire"] for value in row["values"]} if is_folded else {}
        place.setdefault(last, image if row["type"] == "image" else values)
    return tree


def _respelt(value: Any, known: dict[str, Any], steps: tuple[str | int, ...], found: list[Respelling]) -> Any:
    if isinstance(value, list):
        return [_respelt(child, known, (*steps, index), found) for index, child in enumerate(value)]
    if isinstance(value, str):
        word = known.get(value.lower())
        if not isinstance(word, str) or word == value:
            return value
        found.append(Respelling(pointer(steps), word))
        return word
    if not isinstance(value, dict):
        return value
    spelt: dict[str, Any] = {}
    for name, child in value.items():
        word = _word(name, known)
        if word != name and word in value:
            word = name
        if word != name:
            found.append(Respelling(pointer((*steps, name)), word))
        below = known.get(word)
        spelt[word] = _respelt(child, below if isinstance(below, dict) else {}, (*steps, name), found)
    return spelt


def _word(name: str, known: dict[str, Any]) -> str:
    if name in known:
        return name
    camel = re.sub(r"_([a-z])", lambda letter: letter[1].upper(), name)
    other = _OTHER_NAMES.get(name, camel)
    return other if other in known else name
