"""From a request to the bytes of a picture."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.emulator.painting.composing import recontext, try_on, upscale
from imagenspec.emulator.painting.drawing import draw
from imagenspec.emulator.painting.editing import edit, mask_of, masked, raw_of, tint
from imagenspec.emulator.painting.encoding import PNG, encode, png
from imagenspec.emulator.painting.segmenting import segment
from imagenspec.emulator.painting.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PIL import Image

    from imagenspec.emulator.job import Job
    from imagenspec.emulator.painting.editing import Masked


class Painted(NamedTuple):
    """A picture of an answer; of a segmentation also what its mask covers, and how sure that is, from 0 to 1."""

    data: bytes
    media_type: str
    labels: tuple[tuple[str, float], ...] = ()


def paint(job: Job, sample: int) -> Painted:
    """Return the picture of one sample of a request; see :func:`paint_all`."""
    return next(paint_all(job, (sample,)))


def paint_all(job: Job, samples: Iterable[int]) -> Iterator[Painted]:
    """Yield the pictures of some samples of a request, whose inputs are decoded once if it is an edit.

    The same canonical request, seed and sample make the same bytes.

    Args:
        job: The request.
        samples: The numbers of the samples, from 0.

    Raises:
        ValueError: An image of the request is missing, cannot be decoded, or has too many pixels; the message is fit
            for an answer.
    """
    raw, mask = raw_of(job), mask_of(job)
    inputs = masked(raw, mask) if _draws(job) and raw is not None and mask is not None else None
    for sample in samples:
        yield _painted(job, sample, inputs)


def _painted(job: Job, sample: int, inputs: Masked | None) -> Painted:
    key = hashlib.sha256(b"\0".join((job.canonical, repr(job.parameters.get("seed")).encode(), b"%d" % sample)))
    if job.task == "segment":
        mask, labels = segment(job)
        return Painted(png(mask, key.hexdigest()), PNG, labels)
    data, media_type = encode(_picture(job, sample, key.digest(), inputs), job.parameters, key.hexdigest())
    return Painted(data, media_type)


def _draws(job: Job) -> bool:
    return job.task not in ("segment", "upscale", "try_on", "recontext")


def _picture(job: Job, sample: int, key: bytes, inputs: Masked | None) -> Image.Image:
    words = words_of(job, sample)
    if job.task == "upscale":
        return upscale(job)
    if job.task == "try_on":
        return try_on(job, key, words)
    if job.task == "recontext":
        return recontext(job, key, words)
    if inputs is not None:
        return edit(job, inputs, key, words)
    raw = raw_of(job)
    return draw(job, key, words) if raw is None else tint(job, raw, key, words)
