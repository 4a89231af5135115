"""The requests of a recipe as one side of a comparison has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.render.planning import works_of
from imagenspec.render.service.targets import target_of
from imagenspec.review.bodies import Shot

if TYPE_CHECKING:
    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.disk import DiskImages
    from imagenspec.review.bodies import Look

_TARGET = target_of("vertex", "project", "us-central1")
"""Requests are the same wherever they go."""


def shots_of(checked: CheckedRecipe, images: DiskImages, looks: dict[str, Look]) -> dict[str, Shot]:
    """Return the requests of a recipe by their cases.

    Args:
        checked: The recipe.
        images: Where its images are found.
        looks: What images look like, by the digests of their bytes; grows.

    Raises:
        RecipeError: The recipe has errors, or one of its images may not be sent.
    """
    works = works_of(checked, images, _TARGET)
    return {work.task.case: Shot(work.request, work.task.samples, looks) for work in works}
