"""A recipe's meaning to the documented ``predict`` body: ``lower`` of the target Imagen.

Members stand in the order of Google's own samples (``schemas/data/tasks.json``); only what the recipe says is sent.
Documented at https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api and its sister pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.catalog.fields import Member, enum_of, parameters, task_row
from imagenspec.catalog.naming import key_of
from imagenspec.wire.image_bytes import ImageBytes
from imagenspec.wire.raw import with_raw

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagenspec.images.files import ImageFile
    from imagenspec.recipe.model import Image, Product, Recipe, Reference


def lower(recipe: Recipe, find: Callable[[Image], ImageFile]) -> dict[str, Any]:
    """Return the body of a recipe's request, with :class:`ImageBytes` where base64 stands.

    Args:
        recipe: One case of a recipe.
        find: Gives the file of an image; called for each image that is not in Cloud Storage.
    """
    lowering = _Lowering(recipe, find)
    body: dict[str, Any] = {"instances": [lowering.instance()]}
    sent = lowering.parameters()
    if sent or recipe.raw_parameters:
        body["parameters"] = sent
    if recipe.labels is not None:
        body["labels"] = dict(recipe.labels)
    return with_raw(body, recipe, find)


class _Lowering:
    def __init__(self, recipe: Recipe, find: Callable[[Image], ImageFile]) -> None:
        self.recipe = recipe
        self.find = find

    def instance(self) -> dict[str, Any]:
        recipe = self.recipe
        members = {
            "prompt": recipe.prompt,
            "referenceImages": [entry for one in recipe.references for entry in self.reference(one)] or None,
            "image": self.image(recipe.image),
            "scribble": None if recipe.scribble is None else {"image": self.image(recipe.scribble)},
            "personImage": None if recipe.person is None else {"image": self.image(recipe.person)},
            "productImages": [self.product(product) for product in recipe.products] or None,
        }
        return {name: members[name] for name in task_row(recipe.task)["instance"] if members.get(name) is not None}

    def parameters(self) -> dict[str, Any]:
        sent = _members(self.recipe.parameters, parameters(self.recipe.task))
        if self.recipe.task != "upscale" or "mode" in sent:
            return sent
        order = task_row("upscale")["parameters"]
        return dict(sorted([*sent.items(), ("mode", "upscale")], key=lambda item: order.index(item[0])))

    def image(self, image: Image | None) -> dict[str, Any] | None:
        if image is None:
            return None
        sent: dict[str, Any] = (
            {"gcsUri": image.gcs} if image.gcs is not None else {"bytesBase64Encoded": ImageBytes(self.find(image))}
        )
        if image.mime_type is not None:
            sent["mimeType"] = image.mime_type
        return sent

    def reference(self, reference: Reference) -> list[dict[str, Any]]:
        """Return the wire entries of a reference: one for each picture, or one without a picture."""
        kinds = enum_of(self.recipe.task, "referenceType")
        head = {"referenceType": kinds[reference.kind], "referenceId": reference.number}
        pictures = [{"referenceImage": self.image(image)} for image in reference.images] or [{}]
        return [{**head, **picture, **self.config(reference)} for picture in pictures]

    def config(self, reference: Reference) -> dict[str, Any]:
        task = self.recipe.task
        members: dict[str, Any]
        if reference.kind == "subject":
            name = "subjectImageConfig"
            choice = enum_of(task, "subjectType")[str(reference.choice)]
            members = {"subjectDescription": reference.description, "subjectType": choice}
        elif reference.kind == "style":
            name = "styleImageConfig"
            members = {"styleDescription": reference.description}
        elif reference.kind == "control":
            name = "controlImageConfig"
            choice = enum_of(task, "controlType")[str(reference.choice)]
            members = {"controlType": choice, "enableControlImageComputation": reference.compute}
        elif reference.kind == "mask":
            name = "maskImageConfig"
            mode = None if reference.choice is None else enum_of(task, "maskMode")[reference.choice]
            classes = None if reference.classes is None else list(reference.classes)
            members = {"maskMode": mode, "dilation": reference.dilation, "maskClasses": classes}
        else:
            return {}
        sent = {member: value for member, value in members.items() if value is not None}
        return {name: sent} if sent else {}

    def product(self, product: Product) -> dict[str, Any]:
        sent: dict[str, Any] = {"image": self.image(product.image)}
        if product.mask_image is not None:
            sent["maskImage"] = self.image(product.mask_image)
        if product.config is not None:
            names = task_row(self.recipe.task)["objects"]["productImageConfig"]
            modes = enum_of(self.recipe.task, "maskMode")
            given = {name: product.config[key_of(name)] for name in names if key_of(name) in product.config}
            sent["productImageConfig"] = {
                name: modes[value] if name == "maskMode" else value for name, value in given.items()
            }
        if product.description is not None:
            sent["productConfig"] = {"productDescription": product.description}
        return sent


def _members(values: dict[str, Any], known: dict[str, Member]) -> dict[str, Any]:
    """Return parameters in wire spelling and documented order."""
    return {member.wire: _value(values[key], member) for key, member in known.items() if key in values}


def _value(value: Any, member: Member) -> Any:
    if isinstance(value, dict):
        return _members(value, member.members)
    if isinstance(value, str):
        return member.values.get(value, value)
    if member.type == "integer" and isinstance(value, float):
        return int(value)
    return value
