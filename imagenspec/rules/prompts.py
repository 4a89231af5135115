"""Rules about prompts: their length, and the references that they should cite."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.catalog.tables import rows
from imagenspec.rules.references import has_dangling_marker
from imagenspec.source.diagnostics import Diagnostic, Related, any_of, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.recipe.model import Reference
    from imagenspec.rules.subject import Subject

_WORDS_PER_TOKEN = 0.75
"""A common estimate for English; the service counts tokens of its own model, so this is never an error."""
_WITHOUT_PROMPT = ("inpaint_removal", "outpaint")


def prompt_too_long(subject: Subject) -> Iterator[Diagnostic]:
    """IMG606: an estimate of the tokens of a prompt against the model's documented number."""
    allowed = subject.limit("promptTokens")
    prompt = subject.texts.get(("prompt",))
    if allowed is None or prompt is None:
        return
    words = len(re.findall(r"\w+|[^\w\s]", prompt.rendered))
    tokens = round(words / _WORDS_PER_TOKEN)
    if tokens > allowed.value:
        message = (
            f"by an estimate the prompt has more than the {allowed.value} tokens that {subject.recipe.model} reads"
        )
        yield subject.at_span("IMG606", subject.document.key_span(("prompt",)), message)


def uncited_references(subject: Subject) -> Iterator[Diagnostic]:
    """IMG415: a subject, style or control that the prompt does not cite may be passed over."""
    prompt = subject.texts.get(("prompt",))
    if prompt is None or not prompt.rendered.strip() or has_dangling_marker(subject):
        return
    for reference in _uncited(subject, prompt.rendered):
        span = subject.document.key_span(reference.path)
        name = quote(reference.path[-1])
        message = f"the prompt does not cite {name}; write {{{{ {reference.path[-1]} }}}} or [{reference.number}]"
        place = Related(subject.document.key_span(("prompt",)), "the prompt")
        yield subject.at_span("IMG415", span, message, place)


def _uncited(subject: Subject, prompt: str) -> Iterator[Reference]:
    cited = {int(number) for number in re.findall(r"\[(\d{1,6})\]", prompt)}
    for reference in subject.recipe.references:
        if reference.kind in ("subject", "style", "control") and reference.number not in cited:
            yield reference


def missing_description(subject: Subject) -> Iterator[Diagnostic]:
    """IMG416: one page calls the description of a subject both required and optional."""
    for reference in subject.recipe.references:
        path = reference.path
        if reference.kind == "subject" and reference.description is None and not subject.is_broken(*path):
            span = subject.document.key_span(path)
            yield subject.at_span("IMG416", span, f'subject {quote(path[-1])} has no "description"')


def empty_prompt(subject: Subject) -> Iterator[Diagnostic]:
    """IMG607: pages disagree whether an edit needs a prompt; samples leave it empty for removal and outpainting."""
    recipe = subject.recipe
    if recipe.task not in ("customize", "edit") or recipe.prompt is None or recipe.prompt.strip():
        return
    mode = recipe.parameters.get("edit_mode", "default")
    if recipe.task == "edit" and mode == "default" and any(one.kind == "mask" for one in recipe.references):
        return
    if mode not in _WITHOUT_PROMPT and not subject.is_broken("parameters", "edit_mode"):
        message = f"the prompt is empty; edit mode {quote(mode)} needs one, only {any_of(_WITHOUT_PROMPT)} do not"
        yield subject.at_value("IMG607", ("prompt",), message)


def documented_pattern(subject: Subject) -> Iterator[Diagnostic]:
    """IMG417: how Google's guides word the prompt for this combination of references."""
    prompt = subject.texts.get(("prompt",))
    if subject.recipe.task != "customize" or prompt is None or subject.is_broken("references"):
        return
    if not prompt.rendered.strip():
        return
    kinds = sorted({f"{one.kind}:{one.choice}" if one.choice else one.kind for one in subject.recipe.references})
    row = next((row for row in rows("prompt_patterns") if row["references"] == kinds), None)
    if row is None or any(_uncited(subject, prompt.rendered)):
        return
    words = " ".join(prompt.rendered.lower().split())
    if not any(cue in words for cue in row["cues"]):
        message = f"the guide words such prompts {quote(row['pattern'], 200)}"
        yield subject.at_span("IMG417", subject.document.key_span(("prompt",)), message)
