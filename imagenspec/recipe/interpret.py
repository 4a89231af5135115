"""A case's document to its meaning. What has the wrong shape was taken out before; what is missing is skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from imagenspec.catalog.models import class_names, mask_classes
from imagenspec.recipe.model import KINDS, SAMPLE, Image, Kind, Product, Raw, Recipe, Reference, Rendering
from imagenspec.recipe.template import ReferenceText
from imagenspec.recipe.texts import Text, TextRenderer

if TYPE_CHECKING:
    from imagenspec.recipe.matrix import Case
    from imagenspec.source.diagnostics import Diagnostic
    from imagenspec.source.nodes import Document, Path

_TEMPLATED = (("prompt",), ("parameters", "negative_prompt"))
_UNNUMBERED = -(2**63)


class Reading(NamedTuple):
    """What was understood of a case: the recipe, its texts, the names its templates use, and problems of templates.

    ``texts`` has only what could be rendered; of a broken template nobody can say what it would have said.
    """

    recipe: Recipe
    texts: dict[Path, Text]
    used: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]


def interpret(case: Case) -> Reading:
    """Return the meaning of a case."""
    document = case.document
    renderer = TextRenderer(document, case.variables)
    texts: dict[Path, Text] = {}
    references = []
    for reference in _numbered(_references(document)):
        described = (*reference.path, "description")
        text = renderer.text(described, {})
        if text is not None:
            texts[described] = text
        references.append(reference._replace(description=text.rendered if text else None))
    named = _reference_texts(references)
    for path in _TEMPLATED:
        text = renderer.text(path, named)
        if text is not None:
            texts[path] = text
    recipe = _recipe(document, tuple(references), texts)._replace(rendering=_rendering(case, renderer, named))
    sound = {path: text for path, text in texts.items() if path not in renderer.failed}
    return Reading(recipe, sound, frozenset(renderer.used), tuple(renderer.diagnostics))


def _rendering(case: Case, renderer: TextRenderer, named: dict[str, ReferenceText]) -> Rendering:
    written = case.document.node(("render",))
    if written is None or not isinstance(written.value, dict):
        return Rendering()
    file = case.document.file.name.replace("\\", "/").rpartition("/")[2]
    names = {"case": case.id, "recipe": file.removesuffix(".imagen.yaml"), "sample": SAMPLE}
    path = renderer.text(("render", "path"), {**names, **named})
    return Rendering(None if path is None else path.rendered, written.value.get("on_filtered", "fail"))


def _reference_texts(references: list[Reference]) -> dict[str, ReferenceText]:
    return {one.name: ReferenceText(one.number, one.description) for one in references if one.name is not None}


def _recipe(document: Document, references: tuple[Reference, ...], texts: dict[Path, Text]) -> Recipe:
    data = document.data if isinstance(document.data, dict) else {}
    task = str(data.get("task"))
    parameters = dict(data.get("parameters") or {})
    if ("parameters", "negative_prompt") in texts:
        parameters["negative_prompt"] = texts["parameters", "negative_prompt"].rendered
    if task == "segment" and data.get("classes"):
        parameters.setdefault("mode", "semantic")
    raw = data.get("raw") or {}
    return Recipe(
        task=task,
        model=str(data.get("model", "")),
        prompt=_prompt(data, texts),
        references=references,
        image=None if task == "edit" else _image(document, ("image",)),
        scribble=_image(document, ("scribble",)),
        person=_image(document, ("person",)),
        products=tuple(_products(document)),
        parameters=parameters,
        labels=data.get("labels"),
        raw_instance=_with_files(raw.get("instance") or {}, ("raw", "instance")),
        raw_parameters=_with_files(raw.get("parameters") or {}, ("raw", "parameters")),
        raw=Raw(
            _with_files(raw.get("body") or {}, ("raw", "body")),
            tuple(raw.get("omit") or ()),
            dict(raw.get("order") or {}),
        ),
    )


def _with_files(value: Any, path: Path) -> Any:
    """Return raw data with an :class:`Image` where ``{$file: path}`` stands."""
    if isinstance(value, dict):
        if list(value) == ["$file"] and isinstance(value["$file"], str):
            return Image((*path, "$file"), file=value["$file"])
        return {key: _with_files(child, (*path, key)) for key, child in value.items()}
    if isinstance(value, list):
        return [_with_files(child, (*path, index)) for index, child in enumerate(value)]
    return value


def _prompt(data: dict[str, Any], texts: dict[Path, Text]) -> str | None:
    if ("prompt",) in texts:
        return texts["prompt",].rendered
    classes = data.get("classes")
    if data.get("task") == "segment" and classes:
        return ", ".join(each if isinstance(each, str) else class_names()[int(each)] for each in classes)
    return None


def _image(document: Document, path: Path) -> Image | None:
    node = document.node(path)
    if node is None:
        return None
    if isinstance(node.value, str):
        gcs = node.value.startswith("gs://")
        return Image(path, gcs=node.value) if gcs else Image(path, file=node.value)
    if not isinstance(node.value, dict):
        return None
    file, gcs_uri = node.value.get("file"), node.value.get("gcs")
    if file is None and gcs_uri is None:
        return None
    where = (*path, "file" if file is not None else "gcs")
    return Image(where, file=file, gcs=gcs_uri, mime_type=node.value.get("mime_type"))


def _products(document: Document) -> list[Product]:
    node = document.node(("products",))
    found = []
    for index, item in enumerate((node.items or ()) if node else ()):
        path: Path = ("products", index)
        if item.entries is None or "image" not in item.entries:
            image = _image(document, path)
            if image is not None:
                found.append(Product(path, image))
            continue
        image = _image(document, (*path, "image"))
        if image is not None:
            mask = _image(document, (*path, "mask_image"))
            value = item.value
            found.append(Product(path, image, value.get("description"), mask, value.get("product_image_config")))
    return found


def _references(document: Document) -> list[Reference]:
    """Return the references in wire order: a top-level image and mask of an edit, then those with names."""
    found: list[Reference] = []
    data = document.data if isinstance(document.data, dict) else {}
    if data.get("task") == "edit":
        image = _image(document, ("image",))
        if image is not None:
            found.append(Reference(("image",), None, "raw", None, _UNNUMBERED, images=(image,)))
        mask = data.get("mask")
        if isinstance(mask, dict):
            found.append(_mask(document, ("mask",), None, _mask_mode(mask), mask))
    node = document.node(("references",))
    for name, entry in ((node.entries or {}) if node else {}).items():
        value = entry.node.value
        kind = next((kind for kind in KINDS if isinstance(value, dict) and kind in value), None)
        if kind is not None:
            found.append(_reference(document, name, kind, value))
    return found


def _reference(document: Document, name: str, kind: Kind, value: dict[str, Any]) -> Reference:
    path: Path = ("references", name)
    if kind == "mask":
        return _mask(document, path, name, value["mask"], value)
    images = [_image(document, (*path, "image"))]
    listed = document.node((*path, "images"))
    images += [
        _image(document, (*path, "images", index)) for index in range(len((listed.items or ()) if listed else ()))
    ]
    return Reference(
        path=path,
        name=name,
        kind=kind,
        choice=value[kind] if kind in ("subject", "control") else None,
        number=int(value.get("id", _UNNUMBERED)),
        images=tuple(image for image in images if image is not None),
        compute=value.get("compute"),
    )


def _mask_mode(mask: dict[str, Any]) -> str | None:
    if "mode" in mask:
        return cast("str", mask["mode"])
    return "user_provided" if "image" in mask else "semantic" if "classes" in mask else None


def _mask(document: Document, path: Path, name: str | None, mode: str | None, value: dict[str, Any]) -> Reference:
    image = _image(document, (*path, "image"))
    classes = value.get("classes")
    numbers = tuple(mask_classes()[one] if isinstance(one, str) else int(one) for one in classes or ())
    return Reference(
        path=path,
        name=name,
        kind="mask",
        choice=mode,
        number=int(value.get("id", _UNNUMBERED)),
        images=() if image is None else (image,),
        dilation=value.get("dilation"),
        classes=None if classes is None else numbers,
    )


def _numbered(references: list[Reference]) -> list[Reference]:
    """Give references without an id the free ids in file order, from 1."""
    taken = {reference.number for reference in references if _written(reference)}
    free = (number for number in range(1, len(references) + len(taken) + 2) if number not in taken)
    return [one if _written(one) else one._replace(number=next(free)) for one in references]


def _written(reference: Reference) -> bool:
    return reference.number != _UNNUMBERED
