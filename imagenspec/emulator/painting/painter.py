"""From a request to the bytes of a picture."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.emulator.painting.composing import recontext, try_on, upscale
from imagenspec.emulator.painting.drawing import draw
from imagenspec.emulator.painting.editing import edit, mask_of, raw_of, tint
from imagenspec.emulator.painting.encoding import PNG, encode, png
from imagenspec.emulator.painting.segmenting import segment
from imagenspec.emulator.painting.words import words_of

if TYPE_CHECKING:
    from PIL import Image

    from imagenspec.emulator.job import Job


class Painted(NamedTuple):
    """A picture of an answer; of a segmentation also what its mask covers, and how sure that is, from 0 to 1."""

    data: bytes
    media_type: str
    labels: tuple[tuple[str, float], ...] = ()


def paint(job: Job, sample: int) -> Painted:
    """Return the picture of one sample of a request.

    The same canonical request, seed and sample make the same bytes.

    Args:
        job: The request.
        sample: The number of the sample, from 0.

    Raises:
        ValueError: An image of the request is missing, cannot be decoded, or has too many pixels; the message is fit
            for an answer.
    """
    key = hashlib.sha256(b"\0".join((job.canonical, repr(job.parameters.get("seed")).encode(), b"%d" % sample)))
    if job.task == "segment":
        mask, labels = segment(job)
        return Painted(png(mask, key.hexdigest()), PNG, labels)
    data, media_type = encode(_picture(job, sample, key.digest()), job.parameters, key.hexdigest())
    return Painted(data, media_type)


def _picture(job: Job, sample: int, key: bytes) -> Image.Image:
    words = words_of(job, sample)
    if job.task == "upscale":
        return upscale(job)
    if job.task == "try_on":
        return try_on(job, key, words)
    if job.task == "recontext":
        return recontext(job, key, words)
    raw, mask = raw_of(job), mask_of(job)
    if raw is None:
        return draw(job, key, words)
    if mask is None:
        return tint(job, raw, key, words)
    return edit(job, raw, mask, key, words)
