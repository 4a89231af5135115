"""Checked recipes to requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.images.files import Refusal
from imagenspec.project.findings import RecipeError
from imagenspec.recipe.interpret import interpret
from imagenspec.source.budget import renew
from imagenspec.wire.lower import lower
from imagenspec.wire.request import Request

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from imagenspec.images.files import ImageFile
    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.disk import DiskImages
    from imagenspec.recipe.matrix import Case
    from imagenspec.recipe.model import Image, Recipe
    from imagenspec.source.nodes import Document


def requests(
    checked: CheckedRecipe, images: DiskImages, only: Collection[str] = (), *, unchecked: bool = False
) -> Iterator[Request]:
    """Yield the requests of a recipe, one a case, made one by one.

    Args:
        checked: The recipe.
        images: Where its images are found.
        only: The ids of the cases wanted; none means all.
        unchecked: Compile what the shape allows although the recipe has errors. An image that may not be read is
            never sent, and what could not be understood is left out.

    Raises:
        RecipeError: The recipe has errors, or one of its images may not be sent.
    """
    if not unchecked:
        checked.require()
    renew()
    for case in checked.cases():
        if not only or case.id in only:
            yield _request(checked, case, images)


class Built(NamedTuple):
    """A request, with what the case means and its text."""

    request: Request
    recipe: Recipe
    document: Document
    case: Case


def built(checked: CheckedRecipe, images: DiskImages, only: Collection[str] = ()) -> Iterator[Built]:
    """Yield the requests of a recipe with what they were made of, one a case.

    Raises:
        RecipeError: The recipe has errors, or one of its images may not be sent.
    """
    checked.require()
    renew()
    for case in checked.cases():
        if not only or case.id in only:
            recipe = interpret(case).recipe
            yield Built(_lowered(checked, case, recipe, images), recipe, case.document, case)


def _request(checked: CheckedRecipe, case: Case, images: DiskImages) -> Request:
    return _lowered(checked, case, interpret(case).recipe, images)


def _lowered(checked: CheckedRecipe, case: Case, recipe: Recipe, images: DiskImages) -> Request:
    def find(image: Image) -> ImageFile:
        found = images.find(checked.name, str(image.file))
        if isinstance(found, Refusal):
            raise RecipeError(f"{checked.name}: {found.message}", checked.findings)
        return found

    return Request(checked.name, case.id, recipe.task, recipe.model, lower(recipe, find), images)
