"""Can the same images be made again? What weakens a seed, and the grade of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.catalog.limits import default
from imagenspec.catalog.models import models
from imagenspec.source.diagnostics import Related

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.recipe.model import Recipe
    from imagenspec.rules.subject import Subject
    from imagenspec.source.diagnostics import Diagnostic

SEEDLESS_TASKS = ("upscale", "segment")
"""Tasks whose documented parameters have no seed."""
GRADES = {
    "A": "the seed holds",
    "B": "the seed holds, but the service guesses the prompt's language",
    "C": "the prompt enhancer is on, so that the seed has no effect",
    "D": "no seed",
}
"""How well the images of a recipe can be made again, the best first."""
_RETURNED_WORDS = 30


def seed_with_enhancer(subject: Subject) -> Iterator[Diagnostic]:
    """IMG701: the prompt enhancer writes another prompt each time, so a seed does not hold the picture."""
    recipe = subject.recipe
    if "seed" not in recipe.parameters or subject.is_broken("parameters", "enhance_prompt"):
        return
    if _enhanced(recipe):
        related: tuple[Related, ...] = ()
        if "enhance_prompt" in recipe.parameters:
            place = subject.document.value_span(("parameters", "enhance_prompt"))
            related = (Related(place, "the enhancer is on here"),)
        message = "the seed has no effect while the prompt enhancer is on; write enhance_prompt: false"
        yield subject.at_span("IMG701", subject.document.key_span(("parameters", "seed")), message, *related)


def rewritten_prompt_unseen(subject: Subject) -> Iterator[Diagnostic]:
    """IMG702: the service returns the rewritten prompt only where the author's is short."""
    prompt = subject.texts.get(("prompt",))
    if prompt is None or subject.recipe.parameters.get("enhance_prompt") is not True:
        return
    if len(prompt.rendered.split()) >= _RETURNED_WORDS:
        message = f"the rewritten prompt is returned for prompts below {_RETURNED_WORDS} words; this one is longer"
        yield subject.at_span("IMG702", subject.document.key_span(("parameters", "enhance_prompt")), message)


def _enhanced(recipe: Recipe) -> bool:
    written = recipe.parameters.get("enhance_prompt")
    if written is not None:
        return bool(written)
    model = models().get(recipe.model)
    return model is not None and recipe.task in model.tasks and bool(default(model.id, "enhancePrompt"))


def grade_of(recipe: Recipe) -> str | None:
    """Return how well the images of a recipe can be made again: one of :data:`GRADES`, or nothing without seeds."""
    if recipe.task in SEEDLESS_TASKS:
        return None
    if "seed" not in recipe.parameters:
        return "D"
    if _enhanced(recipe):
        return "C"
    return "B" if recipe.parameters.get("language") == "auto" else "A"
