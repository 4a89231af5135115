"""Words in a prompt, or in the value of a label, that make the emulator answer in a certain way.

:data:`TRIGGERS` lists them. Two names of projects do the same: ``api-disabled`` has the API switched off, and
``unlisted`` may not use ``allow_all`` and ``block_none``, which are for projects on Google's list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.emulator.refusals import API_OFF, REWRITER, Refusal, own, seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagenspec.emulator.job import Job

DISABLED_PROJECT = "api-disabled"
UNLISTED_PROJECT = "unlisted"
FRESH = "__fresh__"
_FILTERED = "__filtered__"
_SOME_FILTERED = "__some_filtered__"
_OLD_FILTERED = "__old_filtered__"
_SAFETY_ATTRIBUTES = "__safety_attributes__"
_SEND_FEEDBACK = "If you think this was an error, send feedback."
_NOT_SUBMITTED = "The prompt could not be submitted."
_PROMPT = "instances[0].prompt"
_REFUSED: Mapping[str, Refusal] = {
    "__blocked__": seen(
        f"{_NOT_SUBMITTED} This prompt contains sensitive words that violate Google's Responsible AI practices. Try"
        f" rephrasing the prompt. {_SEND_FEEDBACK}",
        _PROMPT,
    )._replace(detail="Support codes: 42876398"),
    "__blocked_person__": seen(
        f"{_NOT_SUBMITTED} Your current safety settings for person/face generation prohibited one or more words in"
        f" this prompt. {_SEND_FEEDBACK}",
        _PROMPT,
        "parameters.personGeneration",
    ),
    "__blocked_threshold__": seen(
        f"{_NOT_SUBMITTED} Your current safety filter threshold prohibited one or more words in this prompt."
        f" {_SEND_FEEDBACK}",
        _PROMPT,
        "parameters.safetySetting",
    ),
    "__blocked_response__": seen(
        "The response is blocked, as it may violate our policies. If you believe this is an error, please send"
        " feedback to your account team."
    ),
    "__blocked_input__": seen(
        "The input image contains content that has been blocked by your current safety filter threshold. Support"
        " codes: 43188360;"
    ),
    "__rewriter_down__": seen(REWRITER)._replace(status="UNAVAILABLE"),
}
TRIGGERS: Mapping[str, str] = {
    _FILTERED: "every image is filtered: no predictions at all, or with includeRaiReason one reason for all",
    _SOME_FILTERED: "half of the images are filtered, at least one; with includeRaiReason one entry counts them",
    _OLD_FILTERED: "the same half, with an entry for each that is a support code, as of older models",
    _SAFETY_ATTRIBUTES: 'an entry "Positive Prompt" without an image, as with includeSafetyAttributes',
    "__blocked__": "the prompt is refused",
    "__blocked_person__": "the prompt is refused because of a person",
    "__blocked_threshold__": "the prompt is refused by the safety threshold",
    "__blocked_response__": "the answer is refused, as by older models",
    "__blocked_input__": "an input image is refused",
    "__rewriter_down__": "the rewriter of prompts fails with 503",
    FRESH: "other pictures each time, as of the service without a seed",
}
PROJECTS: Mapping[str, str] = {
    DISABLED_PROJECT: "answers 403: the API is not enabled",
    UNLISTED_PROJECT: "may not use allow_all and block_none",
}


class Filtering(NamedTuple):
    """Which images of an answer are filtered, and how it says so.

    Attributes:
        samples: The numbers of the filtered images.
        one_each: Whether each filtered image has an entry of its own, a support code.
        attributes: Whether the answer has the entry about the prompt.
    """

    samples: frozenset[int] = frozenset()
    one_each: bool = False
    attributes: bool = False


def words_of(job: Job) -> tuple[str, ...]:
    """Return the trigger words of a request."""
    texts = " ".join((job.prompt, *job.labels.values()))
    return tuple(word for word in re.findall(r"__[a-z_]+?__", texts) if word in TRIGGERS)


def refusal_by(words: tuple[str, ...]) -> Refusal | None:
    """Return the refusal that a trigger word asks for."""
    return next((_REFUSED[word] for word in words if word in _REFUSED), None)


def filtering_by(words: tuple[str, ...], samples: int) -> Filtering:
    """Return what trigger words filter of a number of images."""
    kept = samples - max(1, samples // 2) if _SOME_FILTERED in words or _OLD_FILTERED in words else samples
    kept = 0 if _FILTERED in words else kept
    filtered = frozenset(range(kept, samples))
    return Filtering(filtered, one_each=_OLD_FILTERED in words, attributes=_SAFETY_ATTRIBUTES in words)


def refusal_of_project(project: str, job: Job | None) -> Refusal | None:
    """Return the refusal that a project's name asks for."""
    if project == DISABLED_PROJECT:
        url = f"https://console.developers.google.com/apis/api/aiplatform.googleapis.com/overview?project={project}"
        message = API_OFF.format(project=project, url=url)
        return Refusal(message, status="PERMISSION_DENIED", verified=True, prefixed=False, link=url)
    for key, value, member in (
        ("person_generation", "allow_all", "personGeneration"),
        ("safety_setting", "block_none", "safetySetting"),
    ):
        if project == UNLISTED_PROJECT and job is not None and job.parameters.get(key) == value:
            message = f"The project is not allowlisted for {value}."
            return own(message, f"parameters.{member}")._replace(status="FAILED_PRECONDITION")
    return None
