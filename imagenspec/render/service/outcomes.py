"""What became of each image that was asked for: here, filtered, or missing. Any JSON is understood somehow.

The shapes of answers: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/image/responsible-ai-imagen and
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api, and Google's recorded answers in
FirebaseExtended/vertexai-sdk-test-data.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from imagenspec.render.service.blobs import Blob, Bytes, bytes_of
from imagenspec.render.service.texts import SupportCode, codes_in, decoded, is_only_codes, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

POSITIVE_PROMPT = "Positive Prompt"
"""The content type of the entry that scores the prompt and is no image."""
WITHOUT_A_WORD = "the service left it out without a reason; parameters.include_rai_reason asks for one"
"""The reason of an image that a service leaves out as it does with filtered ones."""

_URI = r"gs://[^\x00-\x1f\x7f\ud800-\udfff]{1,2000}"
"""Any URI of Cloud Storage is shorter, and has neither control characters nor halves of characters."""
_MOST_ENTRIES = 1000
"""The most entries of an answer that are looked at; requests ask for a handful."""

Scores: TypeAlias = tuple[tuple[str, float], ...]
"""Names with a number each: safety categories, or what a mask shows."""


class Image(NamedTuple):
    """An image that came.

    Attributes:
        content: Its bytes, unless it is only in Cloud Storage.
        gcs: Its ``gs://`` URI, where it was put into Cloud Storage.
        media_type: The content type that the service names; look at the bytes to be sure.
        prompt: The prompt as the service rewrote it, where it says so.
        safety: Its safety categories with scores.
        labels: What a mask shows, with scores.
    """

    content: Blob | Bytes | None
    gcs: str | None
    media_type: str | None
    prompt: str | None = None
    safety: Scores = ()
    labels: Scores = ()


class Filtered(NamedTuple):
    """An image that the service made and kept back; it is not charged.

    Attributes:
        reason: What the service says, or that it says nothing.
        codes: The support codes, decoded.
    """

    reason: str
    codes: tuple[SupportCode, ...] = ()


class Missing(NamedTuple):
    """An image of which nobody knows what became.

    Attributes:
        reason: What the answer has instead.
    """

    reason: str


Outcome: TypeAlias = Image | Filtered | Missing


class Outcomes(NamedTuple):
    """An answer, understood.

    Attributes:
        samples: One outcome for each image that was asked for, in the order of the answer.
        surplus: Images beyond those.
    """

    samples: tuple[Outcome, ...]
    surplus: tuple[Image, ...] = ()


class _Entry(NamedTuple):
    """An entry of ``predictions`` with the number of images that it stands for, where it says so."""

    outcome: Outcome
    images: int | None = 1

    @property
    def least(self) -> int:
        """The least number of images that the entry stands for."""
        return 1 if self.images is None else self.images


def outcomes_of(body: Any, asked: int | None, *, reasons: bool = False) -> Outcomes:
    """Return what became of each image that was asked for. Never raises, whatever the JSON is.

    Args:
        body: The data of an answer of success; long base64 may be blobs.
        asked: How many images were asked for; nothing where the answer decides, as the masks of a segmentation.
        reasons: Whether the request asks for reasons (``includeRaiReason``). Then an image that is left out without
            one is missing; otherwise leaving it out is how the service says that it was filtered.
    """
    found = body.get("predictions") if isinstance(body, dict) else None
    if found is None and isinstance(body, dict) and "error" not in body:
        found = []
    if not isinstance(found, list):
        what = "the answer has no list of predictions" if isinstance(body, dict) else "the answer is no object"
        return Outcomes((Missing(what),) * _wanted(asked, 1))
    entries = [_entry(prediction) for prediction in found[:_MOST_ENTRIES] if not _is_about_prompt(prediction)]
    wanted = _wanted(asked, max(sum(entry.least for entry in entries), 1))
    samples, surplus = _placed(entries, wanted)
    explained = reasons or any(isinstance(entry.outcome, Filtered) for entry in entries)
    left_out = Missing("the answer does not account for it") if explained else Filtered(WITHOUT_A_WORD)
    return Outcomes((*samples, *[left_out] * (wanted - len(samples))), surplus)


def _placed(entries: Sequence[_Entry], wanted: int) -> tuple[list[Outcome], tuple[Image, ...]]:
    """Return outcomes in the order of the answer, and the images beyond those that were asked for.

    Images go before reasons where there is not enough room for both; an entry that does not say how many images it
    stands for stands for all that are not accounted for.
    """
    images = sum(isinstance(entry.outcome, Image) for entry in entries)
    others = sum(entry.least for entry in entries) - images
    room = wanted - images
    samples: list[Outcome] = []
    surplus: list[Image] = []
    for entry in entries:
        if not isinstance(entry.outcome, Image):
            others -= entry.least
            taken = max(0, min(room, max(entry.least, room - others) if entry.images is None else entry.images))
            room -= taken
            samples += [entry.outcome] * taken
        elif len(samples) < wanted:
            samples.append(entry.outcome)
        else:
            surplus.append(entry.outcome)
    return samples, tuple(surplus)


def _entry(prediction: Any) -> _Entry:
    if not isinstance(prediction, dict):
        return _Entry(Missing("an entry of the answer is no object"))
    encoded, gcs = prediction.get("bytesBase64Encoded"), prediction.get("gcsUri")
    stored = gcs if isinstance(gcs, str) and re.fullmatch(_URI, gcs) else None
    content = _content(encoded)
    if content is not None or stored is not None:
        return _Entry(_image(prediction, content, stored))
    reason = prediction.get("raiFilteredReason")
    if isinstance(reason, str) and reason.strip():
        codes = decoded(codes_in(reason))
        return _Entry(Filtered(shown(reason), codes), _filtered_count(reason))
    if encoded is not None:
        return _Entry(Missing("what should be the bytes of an image is no base64, or empty"))
    return _Entry(Missing("an entry of the answer has neither an image nor a reason"))


def _image(prediction: dict[str, Any], content: Blob | Bytes | None, gcs: str | None) -> Image:
    media_type, prompt = prediction.get("mimeType"), prediction.get("prompt")
    return Image(
        content,
        gcs,
        media_type if isinstance(media_type, str) else None,
        prompt if isinstance(prompt, str) else None,
        _safety(prediction),
        _labels(prediction.get("labels")),
    )


def _content(encoded: Any) -> Blob | Bytes | None:
    content = bytes_of(encoded) if isinstance(encoded, str) else encoded
    if not isinstance(content, Blob | Bytes) or (isinstance(content, Blob) and content.broken):
        return None
    return content if content.size else None


def _filtered_count(reason: str) -> int | None:
    """Return how many images a reason stands for, or nothing where it does not say.

    Older models give one entry of bare codes for each image; newer ones one sentence, which may have the number.
    """
    if is_only_codes(reason):
        return 1
    number = re.search(r"(?<![0-9.,])([0-9]{1,3})(?![0-9.,])\s+(?:\w+\s+){0,2}images?\b", reason[:1000])
    return int(number[1]) if number else None


def _is_about_prompt(prediction: Any) -> bool:
    if not isinstance(prediction, dict) or prediction.get("contentType") != POSITIVE_PROMPT:
        return False
    return prediction.get("bytesBase64Encoded") is None and prediction.get("gcsUri") is None


def _safety(prediction: dict[str, Any]) -> Scores:
    attributes = prediction.get("safetyAttributes")
    if not isinstance(attributes, dict):
        return ()
    names, scores = attributes.get("categories"), attributes.get("scores")
    if not isinstance(names, list) or not isinstance(scores, list):
        return ()
    return _scores(zip(names, scores, strict=False))


def _labels(labels: Any) -> Scores:
    found = [one for one in labels if isinstance(one, dict)] if isinstance(labels, list) else []
    return _scores((one.get("label"), one.get("score", 0.0)) for one in found)


def _scores(pairs: Any) -> Scores:
    """Return the pairs of a short text and a number among others; infinite and huge numbers are none."""
    return tuple(
        (shown(name), float(score))
        for name, score in pairs
        if isinstance(name, str) and type(score) in (int, float) and abs(score) < 1e9
    )


def _wanted(asked: int | None, otherwise: int) -> int:
    return otherwise if asked is None else max(asked, 0)
