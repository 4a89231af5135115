"""Rules about what the model allows, all from ``schemas/data/``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.catalog.fields import disputed_values, most_items, parameters
from imagenspec.rules.masks import images_in_excess
from imagenspec.source.diagnostics import Diagnostic, any_of, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.catalog.limits import Limit
    from imagenspec.rules.subject import Subject
    from imagenspec.source.nodes import Path


def parameter_of_model(subject: Subject) -> Iterator[Diagnostic]:
    """IMG210 and IMG211: a parameter that the model is documented not to take, or that sources disagree about."""
    model = subject.recipe.model
    known = parameters(subject.recipe.task)
    for key in subject.recipe.parameters:
        taken = subject.limit(f"parameter:{known[key].wire}") if key in known else None
        if taken is None or taken.value or _is_no_op(key, subject.recipe.parameters[key]):
            continue
        path: Path = ("parameters", key)
        code, message = "IMG210", f"{model} does not take {quote(key)}"
        if not taken.firm:
            why = "sources disagree" if taken.disputed else "it is documented for other models"
            code, message = "IMG211", f"{model} may ignore or refuse {quote(key)}: {why}"
        yield subject.at_span(code, subject.document.key_span(path), message, fix=subject.without(path))


def _is_no_op(key: str, value: Any) -> bool:
    """Tell whether a parameter asks for nothing: a rewriter that is switched off where there is none."""
    return key == "enhance_prompt" and value is False


def value_of_model(subject: Subject) -> Iterator[Diagnostic]:
    """IMG212 and IMG213: a value that the language has, but not this model, or that sources disagree about."""
    model = subject.recipe.model
    for key, value in subject.recipe.parameters.items():
        path = ("parameters", key)
        allowed, message = _limited(subject, key, value)
        if message and allowed is not None:
            code, doubt = ("IMG212", "") if allowed.firm else ("IMG213", ", as far as is known")
            yield subject.at_value(code, path, f"{model} takes {quote(key)} {message}{doubt}")
        elif allowed is not None and _wire(subject, key, value) in allowed.doubtful:
            yield subject.at_value("IMG213", path, f"sources disagree whether {model} takes {quote(value)}")


def _limited(subject: Subject, key: str, value: Any) -> tuple[Limit | None, str | None]:
    """Return the model's limit of a parameter, and what a value is not that should be."""
    member = parameters(subject.recipe.task).get(key)
    allowed = subject.limit(member.wire) if member is not None and not isinstance(value, dict) else None
    outside = _outside(allowed.value, _wire(subject, key, value)) if allowed is not None and allowed.value else None
    return allowed, outside


def _wire(subject: Subject, key: str, value: Any) -> Any:
    return parameters(subject.recipe.task)[key].values.get(value, value) if isinstance(value, str) else value


def disputed_value(subject: Subject) -> Iterator[Diagnostic]:
    """IMG214: a value that one page lists and another does not; the row of the field says which."""
    for path, notes in disputed_values(subject.recipe.task).items():
        node = subject.document.node(path)
        if node is None or not isinstance(node.value, str) or node.value not in notes:
            continue
        if len(path) != 2 or _limited(subject, path[1], node.value)[1] is None:
            yield subject.at_value("IMG214", path, f"pages disagree about {quote(node.value)}: {notes[node.value]}")


def _outside(allowed: Any, value: Any) -> str | None:
    if isinstance(allowed, list):
        return None if value in allowed else f"{any_of(word.lower() for word in allowed)}, not {quote(value)}"
    if isinstance(allowed, dict) and isinstance(value, (int, float)):
        low, high = allowed.get("minimum"), allowed.get("maximum")
        if (low is not None and value < low) or (high is not None and value > high):
            return f"{low} to {high}, not {value}" if low != high else f"{low}, not {value}"
    return None


def too_many_references(subject: Subject) -> Iterator[Diagnostic]:
    """IMG403: more reference images than the model takes, those of one subject counted singly.

    Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api-customization.
    """
    recipe = subject.recipe
    if not recipe.references:
        return
    known = subject.limit("referenceImages")
    most = known.value if known is not None else most_items(recipe.task, "referenceImages")
    total = sum(max(1, len(one.images)) for one in recipe.references)
    if total - images_in_excess(subject) <= most:
        return
    count = 0
    for reference in recipe.references:
        count += max(1, len(reference.images))
        if count > most:
            request = f"a request to {quote(recipe.model, 60)}" if known is not None and known.firm else "a request"
            message = f"{request} takes {most} reference images, this recipe has {total}"
            yield subject.at_span("IMG403", subject.document.key_span(reference.path), message)
            return
