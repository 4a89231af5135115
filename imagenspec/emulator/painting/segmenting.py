"""Segmentation: a mask of the input's size, and what it covers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops, ImageFilter, ImageStat

from imagenspec.catalog.models import mask_classes
from imagenspec.emulator.painting.chance import Chance
from imagenspec.emulator.painting.inputs import decode, decode_mask
from imagenspec.emulator.painting.masking import class_regions, dilated, inverted, region
from imagenspec.emulator.painting.subjects import subject

if TYPE_CHECKING:
    from imagenspec.emulator.job import Job

Labels = tuple[tuple[str, float], ...]

_CONFIDENCE = 0.1
_THRESHOLD = 96.0
_OFF = -1
_LIKE = 48
_LONGEST_LABEL = 100


def segment(job: Job) -> tuple[Image.Image, Labels]:
    """Return a mask as ``L``, and the labels of what is white in it with how sure they are, from 0 to 1.

    Modes: ``foreground`` and ``background`` part the subject from the rest; ``prompt`` and ``semantic`` give each
    word of the prompt, parted by commas, a region that follows from the word, and of unknown classes nothing;
    ``interactive`` is what lies under and around the scribble in the same colours. The mask is pure black and white
    unless ``binary_color_threshold`` is -1, which gives soft edges (SDK documentation of SegmentImageConfig).

    Raises:
        ValueError: There is no image, or one cannot be decoded.
    """
    if job.image is None:
        raise ValueError("there is no image to segment")
    image = decode(job.image)
    mode = str(job.parameters.get("mode", "foreground")).lower()
    labels: Labels
    if mode == "interactive":
        mask, labels = _scribbled(job, image), (("interactive", _score("interactive", job)),)
    elif mode in ("prompt", "semantic"):
        mask, labels = _named(job, image.size, mode)
    else:
        mask = subject(image)
        mask = inverted(mask) if mode == "background" else mask
        name = "background" if mode == "background" else "foreground"
        labels = ((name, _score(name, job)),)
    share = _number(job.parameters.get("mask_dilation"), 0.0)
    return _finished(dilated(mask, share), _number(job.parameters.get("binary_color_threshold"), _THRESHOLD)), labels


def _named(job: Job, size: tuple[int, int], mode: str) -> tuple[Image.Image, Labels]:
    known = mask_classes()
    words = [word.strip()[:_LONGEST_LABEL] for word in job.prompt.split(",") if word.strip()]
    names = [(word, known.get(word.lower())) for word in dict.fromkeys(words)]
    if mode == "semantic":
        names = [(word, number) for word, number in names if number is not None]
    least = _number(job.parameters.get("confidence_threshold"), _CONFIDENCE)
    scored = [(word, number, _score(word, job)) for word, number in names]
    sure = [one for one in scored if one[2] >= least]
    most = job.parameters.get("max_predictions")
    if mode == "prompt" and isinstance(most, int) and most > 0:
        sure = sorted(sure, key=lambda one: -one[2])[:most]
    mask = Image.new("L", size)
    for word, number, _ in sure:
        mask = ImageChops.lighter(mask, region(word, size) if number is None else class_regions((number,), size))
    return mask, tuple((word, score) for word, _, score in sure)


def _scribbled(job: Job, image: Image.Image) -> Image.Image:
    if job.scribble is None:
        return Image.new("L", image.size)
    stroke = decode_mask(job.scribble, image.size)
    if stroke.getbbox() is None:
        return stroke
    plain = image.convert("RGB")
    mean = tuple(round(band) for band in ImageStat.Stat(plain, stroke).mean)
    bands = ImageChops.difference(plain, Image.new("RGB", image.size, mean)).split()
    unlike = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    like = unlike.filter(ImageFilter.BoxBlur(2)).point([255 * (level < _LIKE) for level in range(256)])
    return ImageChops.lighter(stroke, ImageChops.darker(like, dilated(stroke, 0.06)))


def _finished(mask: Image.Image, threshold: float) -> Image.Image:
    """Return a mask with soft edges, or, above a threshold, in black and white."""
    if threshold == _OFF:
        return mask.filter(ImageFilter.GaussianBlur(max(1.0, min(mask.size) / 200)))
    return mask.point([255 * (level > threshold) for level in range(256)])


def _score(name: str, job: Job) -> float:
    key = job.canonical + name.encode("utf-8", "surrogatepass")
    return round(Chance(key, "score").between(0.55, 0.99), 4)


def _number(value: Any, default: float) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else default
