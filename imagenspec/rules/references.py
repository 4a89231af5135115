"""Rules about references: their ids, and the markers that cite them."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from imagenspec.recipe.templates import is_template
from imagenspec.recipe.texts import span_within
from imagenspec.source.diagnostics import Diagnostic, Related, any_of, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.recipe.texts import Text
    from imagenspec.rules.subject import Subject
    from imagenspec.source.text import Span

_MOST_MARKERS = 50
_MARKER = r"\[(\d{1,6})\]"


def marker_without_reference(subject: Subject) -> Iterator[Diagnostic]:
    """IMG401: every ``[n]`` in the prompt cites the reference with that id.

    Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api-customization.
    """
    prompt = subject.texts.get(("prompt",))
    if prompt is None or not _knows_ids(subject):
        return
    numbers = {reference.number for reference in subject.recipe.references}
    known = any_of(f"[{number}]" for number in sorted(numbers)) or "none"
    place = _last_reference(subject)
    related = () if place is None else (Related(place, "the last reference"),)
    for marker in islice(_dangling(subject, prompt), _MOST_MARKERS):
        message = f"marker {quote(marker[0])} cites no reference; references here: {known}"
        yield subject.at_span("IMG401", _marker_span(subject, prompt, marker), message, *related)


def has_dangling_marker(subject: Subject) -> bool:
    """Tell whether a marker cites no reference: it may have been meant for one that seems not to be cited."""
    prompt = subject.texts.get(("prompt",))
    return prompt is None or not _knows_ids(subject) or next(_dangling(subject, prompt), None) is not None


def _dangling(subject: Subject, prompt: Text) -> Iterator[re.Match[str]]:
    numbers = {reference.number for reference in subject.recipe.references}
    return (one for one in re.finditer(_MARKER, prompt.rendered) if int(one[1]) not in numbers)


def _knows_ids(subject: Subject) -> bool:
    """Tell whether the ids of all references are known; of the others, those left out are counted from them."""
    if subject.recipe.task not in ("customize", "edit") or not subject.knows_references:
        return False
    return not any(subject.is_broken(*one.path, "id") for one in subject.recipe.references)


def _last_reference(subject: Subject) -> Span | None:
    references = subject.recipe.references
    return subject.document.key_span(references[-1].path) if references else None


def _marker_span(subject: Subject, prompt: Text, marker: re.Match[str]) -> Span:
    """Return where a marker is written; one that a template made, where the text stands."""
    source = str(prompt.node.value)
    if not is_template(source):
        return span_within(subject.document, prompt.node, marker.start(), marker.end())
    place = source.find(marker[0])
    if place >= 0:
        return span_within(subject.document, prompt.node, place, place + len(marker[0]))
    return prompt.node.anchor or prompt.node.span


def shared_reference_id(subject: Subject) -> Iterator[Diagnostic]:
    """IMG402: only the images of one subject or style share an id.

    Sources: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/Shared.Types/VisionGenerativeModelInstance
    (ids are unique) and the customization page (images of one subject repeat theirs).
    """
    first: dict[int, tuple[str | int, ...]] = {}
    for reference in subject.recipe.references:
        if reference.number not in first:
            first[reference.number] = reference.path
            continue
        written = (*reference.path, "id")
        other = first[reference.number]
        span = subject.document.value_span(written)
        related = Related(subject.document.value_span((*other, "id")), f"{quote(other[-1])} has it too")
        message = f"id {reference.number} is taken; only the images of one subject or style share an id (images: [...])"
        yield subject.at_span("IMG402", span, message, related)
