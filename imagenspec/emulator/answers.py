"""Drawn pictures to the JSON of an answer, in the documented and observed shapes.

Sources: VisionGenerativeModelResult; the page about responsible AI (filtered images, safety attributes); the page about
the rewriter of prompts; Google's recorded answers (several filtered images in one entry, ``gcsUri``).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import pybase64

from imagenspec.catalog.limits import default
from imagenspec.catalog.tables import rows
from imagenspec.emulator.bucket import output_uri
from imagenspec.emulator.painting import Painted, paint_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagenspec.emulator.bucket import Bucket
    from imagenspec.emulator.job import Job
    from imagenspec.emulator.triggers import Filtering

CATEGORIES = (
    "Death, Harm & Tragedy",
    "Firearms & Weapons",
    "Hate",
    "Health",
    "Illicit Drugs",
    "Politics",
    "Porn",
    "Religion & Belief",
    "Toxic",
    "Violence",
    "Vulgarity",
    "War & Conflict",
)
"""The categories of safety scores (guide to generated images)."""
_SHORT_PROMPT = 30
"""Prompts of fewer words are returned as they were rewritten (page about the rewriter)."""
_FIRST_MODELS = "imagegeneration@"
_NOT_CHARGED = "You will not be charged for blocked images. Try rephrasing the prompt."
_FEEDBACK = "If you think this was an error, send feedback."
_EXTENSIONS = {"image/jpeg": "jpg", "image/vnd.microsoft.icon": "ico"}


class Answer(NamedTuple):
    """What a request is answered with.

    Attributes:
        body: The JSON.
        images: How many images it holds, or names; those are paid for.
        filtered: How many images were withheld.
    """

    body: dict[str, Any]
    images: int
    filtered: int


def samples_of(job: Job) -> int:
    """Return how many images a request asks for."""
    if job.task == "segment":
        return 1
    fallback = 1 if job.task in ("upscale", "try_on") else 4
    return int(job.parameters.get("sample_count", default(job.model, "sampleCount") or fallback))


def answer(job: Job, digest: str, filtering: Filtering, bucket: Bucket) -> Answer:
    """Draw what a request asks for, but for what is filtered, and return the answer.

    Raises:
        ValueError: A picture of the request cannot be decoded.
    """
    drawn = [sample for sample in range(samples_of(job)) if sample not in filtering.samples]
    paintings = zip(drawn, paint_all(job, drawn), strict=True)
    predictions = [_prediction(job, digest, sample, painted, bucket) for sample, painted in paintings]
    predictions += _reasons(job, filtering, not drawn)
    if filtering.attributes or job.parameters.get("include_safety_attributes"):
        predictions.append({"contentType": "Positive Prompt", "safetyAttributes": _attributes(digest, "prompt")})
    body = {"predictions": predictions} if predictions else {}
    return Answer(body, len(drawn), len(filtering.samples))


def _prediction(job: Job, digest: str, sample: int, painted: Painted, bucket: Bucket) -> dict[str, Any]:
    entry: dict[str, Any] = {"mimeType": painted.media_type}
    storage = job.parameters.get("storage_uri")
    if storage is None:
        entry["bytesBase64Encoded"] = pybase64.b64encode_as_string(painted.data)
    else:
        extension = _EXTENSIONS.get(painted.media_type, painted.media_type.rpartition("/")[2])
        entry["gcsUri"] = output_uri(storage, digest, sample, extension)
        bucket.write(entry["gcsUri"], painted.data)
    if painted.labels:
        entry["labels"] = [{"label": label, "score": score} for label, score in painted.labels]
    if job.task == "generate" and _is_rewritten(job):
        entry["prompt"] = rewritten(job.prompt)
    if job.parameters.get("include_safety_attributes"):
        entry["safetyAttributes"] = _attributes(digest, str(sample))
    return entry


def _reasons(job: Job, filtering: Filtering, all_filtered: bool) -> Iterable[dict[str, str]]:
    """Return the entries about filtered images: one for each, one for all, or none."""
    if not filtering.samples:
        return []
    asked = bool(job.parameters.get("include_rai_reason"))
    if filtering.one_each or (asked and job.model.startswith(_FIRST_MODELS)):
        code = str(_support_codes("Violence")[0])
        return [{"raiFilteredReason": code}] * len(filtering.samples)
    if not asked:
        return []
    count = len(filtering.samples)
    reason = f"Your current safety filter threshold filtered out {count} generated images. {_NOT_CHARGED} {_FEEDBACK}"
    if all_filtered:
        codes = ", ".join(map(str, (*_support_codes("People/face"), *_support_codes("Celebrity", "input"))))
        reason = (
            "Unable to show generated images. All images were filtered out because they violated Vertex AI's usage"
            f" guidelines. {_NOT_CHARGED} {_FEEDBACK} Support codes: {codes}"
        )
    return [{"raiFilteredReason": reason}]


def _support_codes(category: str, side: str = "output") -> Sequence[int]:
    return [row["code"] for row in rows("support_codes") if (row["category"], row["side"]) == (category, side)]


def _is_rewritten(job: Job) -> bool:
    enhanced = job.parameters.get("enhance_prompt", default(job.model, "enhancePrompt"))
    return bool(enhanced) and len(job.prompt.split()) < _SHORT_PROMPT


def rewritten(prompt: str) -> str:
    """Return a prompt as the stand-in for the rewriter writes it."""
    return f"{prompt.rstrip(' .')}. A detailed picture in soft light, with fine textures and a calm background."


def _attributes(digest: str, what: str) -> dict[str, list[Any]]:
    """Return scores for all categories, with one decimal, which follow from the request."""
    numbers = hashlib.sha256(f"{digest} {what}".encode()).digest()
    return {"categories": list(CATEGORIES), "scores": [number % 4 / 10 for number in numbers[: len(CATEGORIES)]]}
