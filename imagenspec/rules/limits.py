"""Rules about what the model allows, all from ``schemas/data/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.catalog.fields import most_items
from imagenspec.catalog.limits import limit
from imagenspec.source.diagnostics import Diagnostic, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.rules.subject import Subject


def too_many_references(subject: Subject) -> Iterator[Diagnostic]:
    """IMG403: more reference images than the model takes, those of one subject counted singly.

    Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api-customization.
    """
    recipe = subject.recipe
    if not recipe.references:
        return
    known = limit(recipe.model, "referenceImages")
    most = known.value if known is not None else most_items(recipe.task, "referenceImages")
    total = sum(max(1, len(one.images)) for one in recipe.references)
    count = 0
    for reference in recipe.references:
        count += max(1, len(reference.images))
        if count > most:
            message = f"a request to {quote(recipe.model, 60)} takes {most} reference images, this recipe has {total}"
            yield subject.at_span("IMG403", subject.document.key_span(reference.path), message)
            return
