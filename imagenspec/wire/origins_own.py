"""Which key of a recipe makes a member of its body: :mod:`imagenspec.wire.lower` read backwards, member by member."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.catalog.naming import key_of

if TYPE_CHECKING:
    from imagenspec.recipe.model import Image, Product, Recipe, Reference
    from imagenspec.source.nodes import Document, Path
    from imagenspec.wire.pointers import Steps


class OwnPlace(NamedTuple):
    """A place in a recipe that makes a member.

    Attributes:
        path: The place; it is in the recipe.
        derived: Why the member follows from the key of the place, where the recipe does not write the member itself.
        automatic: Whether the value was given rather than taken from the place.
        of_items: Whether the member is made of the items of the list at the place.
    """

    path: Path
    derived: str = ""
    automatic: bool = False
    of_items: bool = False


def own_place(steps: Steps, recipe: Recipe, document: Document) -> OwnPlace | None:
    """Return what makes a member that ``raw`` does not set, or nothing where the recipe does not make it.

    Args:
        steps: Where the member stands in the body; it may hold others, as a reference, a product or an image does.
        recipe: The case that the body was made of.
        document: The text of that case.
    """
    found = _place(steps, recipe, document)
    return found if found is not None and document.node(found.path) is not None else None


def _place(steps: Steps, recipe: Recipe, document: Document) -> OwnPlace | None:
    if steps[:1] == ("labels",):
        return OwnPlace(steps)
    if steps[:1] == ("parameters",):
        return _parameter(steps, recipe, document)
    if steps[:2] != ("instances", 0) or len(steps) < 3:
        return None
    name, rest = steps[2], steps[3:]
    index = rest[0] if rest and isinstance(rest[0], int) else None
    if name == "prompt":
        if document.node(("prompt",)) is not None:
            return OwnPlace(("prompt",))
        return OwnPlace(("classes",), "the names of the classes are the prompt", of_items=True)
    if name == "referenceImages" and index is not None:
        return _reference(index, rest[1:], recipe, document)
    if name == "productImages" and index is not None and index < len(recipe.products):
        return _product(recipe.products[index], rest[1:])
    if name in ("scribble", "personImage"):
        return _image(recipe.scribble if name == "scribble" else recipe.person, rest[1:])
    return _image(recipe.image, rest) if name == "image" else None


def _parameter(steps: Steps, recipe: Recipe, document: Document) -> OwnPlace:
    path = tuple(key_of(step) if isinstance(step, str) else step for step in steps)
    if path == ("parameters", "mode") and document.node(path) is None:
        if recipe.task == "upscale":
            return OwnPlace(("task",), "the task implies the mode")
        return OwnPlace(("classes",), "classes imply the mode")
    return OwnPlace(path)


def _image(image: Image | None, rest: Steps) -> OwnPlace | None:
    if image is None:
        return None
    return OwnPlace((*image.path[:-1], "mime_type") if rest == ("mimeType",) else image.path)


def _reference(index: int, rest: Steps, recipe: Recipe, document: Document) -> OwnPlace | None:
    entries = [(one, number) for one in recipe.references for number in range(max(len(one.images), 1))]
    if index >= len(entries):
        return None
    one, number = entries[index]
    if not rest:
        return OwnPlace(one.path)
    if rest[0] == "referenceType":
        return _kind(one)
    if rest[0] == "referenceId":
        written = (*one.path, "id")
        if document.node(written) is not None:
            return OwnPlace(written)
        return OwnPlace(one.path, "no id is written, so this is the first free one in file order", automatic=True)
    if rest[0] == "referenceImage":
        return _image(one.images[number], rest[1:]) if one.images else None
    if rest[1:] == ("maskMode",):
        return _mask_mode(one, document)
    keys = _CONFIGURATION.get(str(rest[1])) if len(rest) > 1 else None
    return None if keys is None else OwnPlace((*one.path, keys, *rest[2:]))


_CONFIGURATION = {
    "dilation": "dilation",
    "maskClasses": "classes",
    "controlType": "control",
    "enableControlImageComputation": "compute",
    "subjectType": "subject",
    "subjectDescription": "description",
    "styleDescription": "description",
}
"""Members of the configurations of references, and the keys of a reference that make them."""


def _kind(one: Reference) -> OwnPlace:
    if one.name is not None:
        return OwnPlace((*one.path, one.kind), f"the key {one.kind} makes it a reference of this type")
    what = "the image of an edit is its raw image" if one.kind == "raw" else "the mask of an edit is a reference"
    return OwnPlace(one.path, what)


def _mask_mode(one: Reference, document: Document) -> OwnPlace:
    if one.name is not None:
        return OwnPlace((*one.path, "mask"))
    if document.node((*one.path, "mode")) is not None:
        return OwnPlace((*one.path, "mode"))
    if document.node((*one.path, "image")) is not None:
        return OwnPlace((*one.path, "image"), "a mask with an image is given by the user")
    return OwnPlace((*one.path, "classes"), "a mask with classes is semantic")


def _product(product: Product, rest: Steps) -> OwnPlace | None:
    if not rest:
        return OwnPlace(product.path)
    if rest[:1] == ("image",):
        return _image(product.image, rest[1:])
    if rest[:1] == ("maskImage",):
        return _image(product.mask_image, rest[1:])
    if rest[:1] == ("productConfig",):
        return OwnPlace((*product.path, "description"))
    keys = tuple(key_of(step) if isinstance(step, str) else step for step in rest)
    return OwnPlace((*product.path, *keys)) if keys[:1] == ("product_image_config",) else None
