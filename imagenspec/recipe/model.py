"""A recipe's meaning as values, before it is spelt for any service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from imagenspec.source.nodes import Path

Kind: TypeAlias = Literal["subject", "style", "control", "raw", "mask"]
KINDS: tuple[Kind, ...] = ("subject", "style", "control", "raw", "mask")


class Image(NamedTuple):
    """A picture that a recipe names: a file relative to the recipe, or an object in Cloud Storage."""

    path: Path
    file: str | None = None
    gcs: str | None = None
    mime_type: str | None = None


class Reference(NamedTuple):
    """A reference image, or several images of one subject or style.

    Attributes:
        path: Where it stands in the recipe.
        name: Its name under ``references``; of a top-level ``image`` or ``mask``, nothing.
        kind: Subject, style, control, raw or mask.
        choice: What the kind key says (``person``, ``face_mesh``, ``background``); of style and raw, nothing.
        number: Its ``referenceId``.
        description: The rendered description.
        images: Its pictures, in order.
        compute: Whether the service computes the control image from the picture.
        dilation: How far a mask grows, as a fraction of the image's width.
        classes: The classes of a semantic mask, by number.
    """

    path: Path
    name: str | None
    kind: Kind
    choice: str | None
    number: int
    description: str | None = None
    images: tuple[Image, ...] = ()
    compute: bool | None = None
    dilation: float | None = None
    classes: tuple[int, ...] | None = None


class Product(NamedTuple):
    """A product of try-on or recontext, with what the recipe says of it beside the picture."""

    path: Path
    image: Image
    description: str | None = None
    mask_image: Image | None = None
    config: dict[str, Any] | None = None


class Rendering(NamedTuple):
    """What happens to the answer.

    Attributes:
        path: Where pictures go, from the recipe's folder; :data:`SAMPLE` stands for the number of each.
        on_filtered: What a filtered picture does.
    """

    path: str | None = None
    on_filtered: Literal["fail", "warn", "retry"] = "fail"


SAMPLE = "{sample}"
"""Stands in a path for the number of a picture, from 1."""


class Raw(NamedTuple):
    """What ``raw`` does to the whole body, after its members of the instance and of the parameters were merged in.

    Attributes:
        body: Members merged into the body.
        omit: JSON pointers of members that are taken out.
        order: JSON pointers of objects, each with the order of its members.
    """

    body: dict[str, Any] = {}  # noqa: RUF012 - never changed
    omit: tuple[str, ...] = ()
    order: dict[str, list[str]] = {}  # noqa: RUF012 - never changed


class Recipe(NamedTuple):
    """One case of a recipe, ready to be spelt as a request."""

    task: str
    model: str
    prompt: str | None
    references: tuple[Reference, ...]
    image: Image | None
    scribble: Image | None
    person: Image | None
    products: tuple[Product, ...]
    parameters: dict[str, Any]
    labels: dict[str, str] | None
    raw_instance: dict[str, Any]
    raw_parameters: dict[str, Any]
    rendering: Rendering = Rendering()
    raw: Raw = Raw()

    def images(self) -> list[Image]:
        """Return every picture of the recipe, in the order in which the request names them."""
        found = [self.image, *(image for reference in self.references for image in reference.images)]
        found += [self.scribble, self.person]
        for product in self.products:
            found += [product.image, product.mask_image]
        for tree in (self.raw_instance, self.raw_parameters, self.raw.body):
            found += _raw_images(tree) if tree else ()
        return [image for image in found if image is not None]


def _raw_images(value: Any) -> list[Image]:
    if isinstance(value, Image):
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [image for child in children for image in _raw_images(child)]
