"""Where in a recipe a member of its request comes from, so that a refusal is shown at the line to mend."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.catalog.fields import parameters
from imagenspec.catalog.naming import key_of
from imagenspec.catalog.tables import rows

if TYPE_CHECKING:
    from imagenspec.recipe.model import Image, Recipe, Reference
    from imagenspec.source.nodes import Document, Path

_LONGEST = 500
_ALIASES = {"compute_control": "enable_control_image_computation"}
"""What SDKs call a member that the documentation calls otherwise."""
_DERIVED = {
    ("segment", "instances.prompt"): "classes",
    ("segment", "parameters.mode"): "classes",
    ("upscale", "parameters.mode"): "task",
}
"""Members that follow from another key where the recipe does not write them, by task."""


class _Member(NamedTuple):
    """A member of a body: its names from the outside, in snake_case, and the indexes behind those that are lists."""

    names: tuple[str, ...]
    indexes: dict[str, int]


def recipe_place(field: str, recipe: Recipe, document: Document) -> Path | None:
    """Return where a recipe says what a member of its body is, or the nearest thing around that is written.

    Args:
        field: The member's path as refusals have it: ``instances[0].referenceImages[1].maskImageConfig.dilation``, a
            JSON pointer, or only the name of a parameter.
        recipe: The case that was sent.
        document: The text of that case.

    Returns:
        A path that the document has; nothing where the field is unknown or nothing around it is written.
    """
    member = _member(field, recipe.task)
    raw = _raw_place(member, document)
    if raw is not None:
        return raw
    ways = _ways(member, recipe)
    whole = next((way for way in ways if document.node(way) is not None), None)
    return whole or max((_written(document, way) for way in ways), key=len, default=()) or None


def _member(field: str, task: str) -> _Member:
    names: list[str] = []
    indexes: dict[str, int] = {}
    for word in re.split(r"[./\[\]'\"$]+", field[:_LONGEST]):
        if word.isascii() and word.isdigit():
            if names:
                indexes[names[-1]] = int(word)
        elif word:
            name = word if names[:1] == ["labels"] else key_of(word)
            names.append(_ALIASES.get(name, name))
    if names and names[0] not in ("instances", "parameters", "labels"):
        names.insert(0, "parameters" if names[0] in parameters(task) else "instances")
    return _Member(tuple(names), indexes)


def _raw_place(member: _Member, document: Document) -> Path | None:
    """Return the place below ``raw`` where a member is set, since that is merged in last."""
    parent = {"instances": "instance", "parameters": "parameters"}.get(member.names[0] if member.names else "")
    node = document.node(("raw", parent)) if parent else None
    if node is None or node.entries is None or len(member.names) < 2:
        return None
    key = next((key for key in node.entries if key_of(key) == member.names[1]), None)
    return None if key is None or parent is None else ("raw", parent, key)


def _ways(member: _Member, recipe: Recipe) -> list[Path]:
    """Return the places in a recipe that a member may come from; the most telling way comes first."""
    if member.names[:1] == ("labels",):
        return [member.names]
    reference = _reference(member, recipe)
    image = _image(member, recipe, reference)
    if image is not None:
        return [(*image.path[:-1], "mime_type")] if member.names[-1] == "mime_type" else [image.path]
    row = _row(member, recipe.task)
    ways = [_filled(pattern, member, reference) for pattern in row["recipe"]] if row else []
    if reference is not None:
        own = [way for way in ways if way[: len(reference[0].path)] == reference[0].path]
        return [*own, reference[0].path]
    if "product_images" in member.indexes:
        ways.append(("products", member.indexes["product_images"]))
    derived = _DERIVED.get((recipe.task, ".".join(member.names)))
    return ways if derived is None else [*ways, (derived,)]


def _reference(member: _Member, recipe: Recipe) -> tuple[Reference, int] | None:
    """Return the reference that an entry of ``referenceImages`` comes from, and which of its images it is."""
    index = member.indexes.get("reference_images")
    if index is None:
        return None
    entries = [(one, number) for one in recipe.references for number in range(max(len(one.images), 1))]
    return entries[index] if index < len(entries) else None


def _image(member: _Member, recipe: Recipe, reference: tuple[Reference, int] | None) -> Image | None:
    names = member.names[1:]
    if reference is not None:
        found, number = reference
        return found.images[number] if "reference_image" in names and found.images else None
    if names[:1] == ("product_images",):
        index = member.indexes.get("product_images", len(recipe.products))
        product = recipe.products[index] if index < len(recipe.products) else None
        if product is None or len(names) < 2 or names[1] not in ("image", "mask_image"):
            return None
        return product.image if names[1] == "image" else product.mask_image
    whole = {"image": recipe.image, "scribble": recipe.scribble, "person_image": recipe.person}
    return whole.get(names[0]) if names else None


def _row(member: _Member, task: str) -> dict[str, Any] | None:
    """Return the row of the catalog for a member, or for the nearest one around it."""
    known = _rows(task)
    prefixes = (member.names[:length] for length in range(len(member.names), 0, -1))
    return next((known[prefix] for prefix in prefixes if prefix in known), None)


@cache
def _rows(task: str) -> dict[tuple[str, ...], dict[str, Any]]:
    return {
        tuple(key_of(name) for name in row["wire"].replace("[]", "").split(".")): row
        for row in rows("fields")
        if row["in"] == "request" and task in row["tasks"]
    }


def _filled(pattern: str, member: _Member, reference: tuple[Reference, int] | None) -> Path:
    """Return a recipe path of the catalog with the name or the index that its ``*`` stands for."""
    words: list[str | int] = list(pattern.split("."))
    if words[0] == "references" and reference is not None and reference[0].name is not None:
        words = [reference[0].name if word == "*" else word for word in words]
    elif words[0] == "products" and "product_images" in member.indexes:
        index = member.indexes["product_images"]
        words = [index if word == "*" else word for word in words] if "*" in words else [*words, index]
    last = member.names[-1]
    if last in member.indexes and last not in ("product_images", "reference_images", "instances"):
        words.append(member.indexes[last])
    return tuple(words)


def _written(document: Document, way: Path) -> Path:
    """Return the longest beginning of a path that the document has."""
    lengths = range(len(way), 0, -1)
    return next((way[:length] for length in lengths if document.node(way[:length]) is not None), ())
