"""Checked recipes to work: what each case asks of the service and where its pictures go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagenspec.catalog.limits import default, limit
from imagenspec.catalog.version import data_version
from imagenspec.images.files import ImageFile
from imagenspec.project.build import built
from imagenspec.project.discovery import recipe_name
from imagenspec.recipe.model import SAMPLE
from imagenspec.render.ledger.tasks import Task, key_of
from imagenspec.render.work import Expected, Work

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from imagenspec.project.build import Built
    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.disk import DiskImages
    from imagenspec.recipe.model import Image, Recipe
    from imagenspec.render.service.targets import Target

FOLDER = "renders"
"""Where pictures go, from the recipe's folder, unless the recipe says."""
_MASK_EDITS = ("inpaint_insertion", "inpaint_removal", "outpaint", "bgswap")


def works_of(checked: CheckedRecipe, images: DiskImages, target: Target, only: Collection[str] = ()) -> Iterator[Work]:
    """Yield the work of a recipe, one a case.

    Raises:
        RecipeError: The recipe has errors, or one of its images may not be sent.
    """
    for one in built(checked, images, only):
        yield _work(one, images, target)


def _work(one: Built, images: DiskImages, target: Target) -> Work:
    request, recipe = one.request, one.recipe
    expected = Expected(
        pictures_of(
            recipe.task,
            recipe.model,
            recipe.raw_parameters.get("sampleCount", recipe.parameters.get("sample_count")),
        ),
        bool(recipe.parameters.get("include_rai_reason", False)),
        _media_type(recipe),
        _size(recipe, request.recipe, images),
    )
    data = data_version(recipe.task)
    task = Task(
        key_of(request.model, request.digest, data),
        request.model,
        request.digest,
        request.recipe,
        request.case,
        expected.pictures or 1,
        target.project,
        target.location,
        data,
    )
    inputs = {image.written: images.sha256(image) for image in request.images}
    path = _path(recipe, request.recipe, request.case, expected.pictures)
    return Work(task, request, recipe, one.document, expected, path, recipe.rendering.on_filtered, inputs, data)


def pictures_of(task: str, model: str, written: Any) -> int | None:
    """Return how many pictures a request asks for; the masks of a segmentation are as many as it finds.

    Args:
        task: The task.
        model: The publisher model.
        written: The request's ``sampleCount``, if it has one.
    """
    if task == "segment":
        return None
    if task == "upscale":
        return 1
    if isinstance(written, int) and not isinstance(written, bool):
        return written
    known = default(model, "sampleCount")
    return int(known) if known is not None else 4


def _media_type(recipe: Recipe) -> str:
    options = recipe.parameters.get("output_options")
    written = options.get("mime_type") if isinstance(options, dict) else None
    return str(written or "image/png")


def _size(recipe: Recipe, name: str, images: DiskImages) -> tuple[int, int] | None:
    """Return the documented width and height of the pictures, where they follow from the recipe."""
    if recipe.task == "generate":
        size = str(recipe.parameters.get("sample_image_size", "1k")).upper()
        known = limit(recipe.model, "outputPixels")
        found = (known.value.get(size, {}) if known is not None else {}).get(
            recipe.parameters.get("aspect_ratio", "1:1")
        )
        return (found[0], found[1]) if found else None
    if recipe.task == "upscale":
        base = _pixels(recipe.image, name, images)
        factor = int(str(recipe.parameters["upscale_config"]["upscale_factor"])[1:])
        return None if base is None else (base[0] * factor, base[1] * factor)
    if recipe.task == "segment":
        return _pixels(recipe.image, name, images)
    if recipe.parameters.get("edit_mode") in _MASK_EDITS:
        raw = next((one.images[0] for one in recipe.references if one.kind == "raw" and one.images), None)
        return _pixels(raw, name, images)
    return None


def _pixels(image: Image | None, name: str, images: DiskImages) -> tuple[int, int] | None:
    if image is None or image.file is None:
        return None
    found = images.find(name, image.file)
    picture = images.picture(found) if isinstance(found, ImageFile) else None
    return None if picture is None else (picture.width, picture.height)


def _path(recipe: Recipe, name: str, case: str, count: int | None) -> str:
    """Return where pictures go, from the recipe's folder, without a suffix; several have a number."""
    written = recipe.rendering.path
    if written is None:
        own = recipe_name(Path(name)) + (f".{case}" if case else "")
        written = f"{FOLDER}/{own}"
    else:
        stem, suffix = os.path.splitext(written)  # noqa: PTH122 - a path is a text here
        written = stem if suffix.lower() in (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tiff") else written
    return written if SAMPLE in written or count == 1 else f"{written}-{SAMPLE}"
