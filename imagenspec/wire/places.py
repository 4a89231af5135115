"""Where in a recipe a member of its request comes from, so that a refusal is shown at the line to mend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.catalog.fields import parameters
from imagenspec.catalog.naming import key_of
from imagenspec.wire.origins import raw_place
from imagenspec.wire.origins_own import own_place

if TYPE_CHECKING:
    from imagenspec.recipe.model import Recipe
    from imagenspec.source.nodes import Document, Path
    from imagenspec.wire.pointers import Steps

_LONGEST = 500
_ALIASES = {"computeControl": "enableControlImageComputation"}
"""What SDKs call a member that the documentation calls otherwise."""


def recipe_place(field: str, recipe: Recipe, document: Document) -> Path | None:
    """Return where a recipe says what a member of its body is, or the nearest thing around that is written.

    Args:
        field: The member's path as refusals have it: ``instances[0].referenceImages[1].maskImageConfig.dilation``, a
            JSON pointer, or only the name of a parameter; in snake_case too.
        recipe: The case that was sent.
        document: The text of that case.

    Returns:
        A path that the document has; nothing where the field is unknown or nothing around it is written.
    """
    steps = _steps(field, recipe.task)
    for length in range(len(steps), 0, -1):
        around = steps[:length]
        place = raw_place(around, document) or _place(around, recipe, document)
        if place is not None:
            return place
    return None


def _place(steps: Steps, recipe: Recipe, document: Document) -> Path | None:
    """Return what makes a member, or a list or mapping of members."""
    own = own_place(steps, recipe, document)
    if own is not None:
        return own.path
    lists: dict[Steps, Path] = {
        ("instances", 0, "referenceImages"): ("references",),
        ("instances", 0, "productImages"): ("products",),
    }
    path = lists.get(steps)
    return path if path is not None and document.node(path) is not None else None


def _steps(field: str, task: str) -> Steps:
    """Return the keys and indexes of a field, spelt as the wire has them, from the outside."""
    steps: list[str | int] = []
    for word in re.split(r"[./\[\]'\"$]+", field[:_LONGEST]):
        if word.isascii() and word.isdigit():
            steps += [int(word)] if steps else []
        elif word:
            steps.append(word if steps[:1] == ["labels"] else _wire_name(word))
    if steps and steps[0] not in ("instances", "parameters", "labels"):
        steps.insert(0, "parameters" if key_of(str(steps[0])) in parameters(task) else "instances")
    if steps[:1] == ["instances"] and (len(steps) == 1 or not isinstance(steps[1], int)):
        steps.insert(1, 0)
    return tuple(steps)


def _wire_name(word: str) -> str:
    name = re.sub(r"_+([a-z0-9])", lambda letter: letter[1].upper(), key_of(word))
    return _ALIASES.get(name, name)
