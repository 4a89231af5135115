"""The pictures of an answer, looked at and kept: what cannot be decoded or is not what was asked for does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.render.disk.decoding import NotAnImageError
from imagenspec.render.ledger.tasks import Sample
from imagenspec.render.service.outcomes import Filtered, Image, Missing

KEPT_AS = "; it is kept as "
"""What stands before the name of a picture that is not what was asked for, in its reason."""

if TYPE_CHECKING:
    from imagenspec.render.disk.store import Store, Stored
    from imagenspec.render.service.outcomes import Outcome, Outcomes
    from imagenspec.render.work import Expected


def kept_samples(outcomes: Outcomes, expected: Expected, store: Store) -> tuple[Sample, ...]:
    """Return what became of each picture that was asked for, with the bytes of those that came in the store.

    Raises:
        ToolError: The store cannot be written.
    """
    return tuple(_sample(one, expected, store) for one in (*outcomes.samples, *outcomes.surplus))


def _sample(outcome: Outcome, expected: Expected, store: Store) -> Sample:
    if isinstance(outcome, Filtered):
        return Sample("filtered", reason=outcome.reason, codes=tuple(code.number for code in outcome.codes))
    if isinstance(outcome, Missing):
        return Sample("missing", reason=outcome.reason)
    details = _details(outcome)
    if outcome.content is None:
        return Sample("image", gcs=outcome.gcs, details=details)
    try:
        stored = store.put(outcome.content.chunks())
    except NotAnImageError as error:
        return Sample("missing", reason=f"what came is no picture: {error}", unlike=True)
    wrong = _mismatch(stored, expected)
    if wrong is not None:
        reason = f"{wrong}{KEPT_AS}{store.path(stored).name}"
        return Sample("missing", reason=reason, details=details, unlike=True)
    return Sample("image", stored, details=details)


def _mismatch(stored: Stored, expected: Expected) -> str | None:
    """Return how a picture is not the one that was asked for."""
    if stored.media_type != expected.media_type:
        return f"the picture is {stored.media_type}, {expected.media_type} was asked for"
    if expected.size is not None and (stored.width, stored.height) != expected.size:
        width, height = expected.size
        return f"the picture is {stored.width} x {stored.height}, documented is {width} x {height}"
    return None


def _details(image: Image) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    if image.prompt is not None:
        found["prompt"] = image.prompt
    if image.safety:
        found["safety"] = dict(image.safety)
    if image.labels:
        found["labels"] = dict(image.labels)
    return found or None
