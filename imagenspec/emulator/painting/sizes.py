"""The sizes of pictures that are made from nothing: the documented ones of each model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.catalog.limits import limit

if TYPE_CHECKING:
    from imagenspec.emulator.job import Job

_MODEL_WITH_ALL_SIZES = "imagen-4.0-ultra-generate-001"
_PIXELS = {"1K": 1024 * 1024, "2K": 2048 * 2048}
_STEP = 64
_LONGEST_RATIO = 8.0


def canvas_size(job: Job) -> tuple[int, int]:
    """Return width and height in pixels of a generated picture.

    The limit ``outputPixels`` of the catalog decides (model pages of Imagen 3 and 4). A model, size or ratio that
    it does not know gets the size of the model that has them all, or about as many pixels in steps of 64.
    """
    size = str(job.parameters.get("sample_image_size", "1K")).upper()
    ratio = str(job.parameters.get("aspect_ratio", "1:1"))
    for model in (job.model, _MODEL_WITH_ALL_SIZES):
        known = limit(model, "outputPixels")
        found = known and known.value.get(size if size in _PIXELS else "1K", {}).get(ratio)
        if found:
            return found[0], found[1]
    return _near(ratio, _PIXELS.get(size, _PIXELS["1K"]))


def has_own_size(job: Job) -> bool:
    """Return whether a request asks for an aspect ratio."""
    return isinstance(job.parameters.get("aspect_ratio"), str)


def _near(ratio: str, pixels: int) -> tuple[int, int]:
    wide, _, high = ratio.partition(":")
    proportion = _number(wide) / _number(high)
    proportion = max(1 / _LONGEST_RATIO, min(_LONGEST_RATIO, proportion))
    width = (pixels * proportion) ** 0.5
    return _in_steps(width), _in_steps(width / proportion)


def _number(text: Any) -> float:
    return float(text) if str(text).isascii() and str(text).isdigit() and int(text) and len(text) < 6 else 1.0


def _in_steps(length: float) -> int:
    return max(_STEP, round(length / _STEP) * _STEP)
