"""The place in a recipe that a refusal is about: the member that it names, or that its words mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.wire.places import recipe_place

if TYPE_CHECKING:
    from imagenspec.render.service.errors import Refused
    from imagenspec.render.work import Work
    from imagenspec.source.nodes import Path
    from imagenspec.source.text import Span

_MEANT: tuple[tuple[str, str], ...] = (
    (r"is unavailable|end of life|publisher model|was not found", "model"),
    (r"\bseed\b", "parameters.seed"),
    (r"aspect ?ratio", "parameters.aspectRatio"),
    (r"image size", "parameters.upscaleConfig"),
    (r"image size", "parameters.sampleImageSize"),
    (r"negativePrompt", "parameters.negativePrompt"),
    (r"person/face generation", "parameters.personGeneration"),
    (r"rai level|safety filter threshold", "parameters.safetySetting"),
    (r"mask image", "mask"),
    (r"product images", "instances[0].productImages"),
    (r"input image|media content", "image"),
    (r"\bprompt\b", "instances[0].prompt"),
)
"""What the service's sentences are about: it was never seen to name a member as APIs usually do."""


def span_of(refusal: Refused, work: Work) -> Span:
    """Return where the recipe says what was refused; where nobody can tell, its task."""
    place = _place(refusal, work)
    return work.document.value_span(place if place is not None else ("task",))


def _place(refusal: Refused, work: Work) -> Path | None:
    if refusal.field is not None:
        named = _written(refusal.field, work)
        if named is not None:
            return named
    for pattern, member in _MEANT:
        if re.search(pattern, refusal.message, re.IGNORECASE):
            meant = _written(member, work)
            if meant is not None:
                return meant
    return None


def _written(member: str, work: Work) -> Path | None:
    if member == "image":
        return next((image.path for image in work.recipe.images()), None)
    if member in ("model", "mask"):
        return (member,) if work.document.node((member,)) is not None else None
    place = recipe_place(member, work.recipe, work.document)
    return None if place in (None, ("parameters",)) else place
