"""Requests and pictures for the tests of painting, and looks at what was painted."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image, ImageChops, ImageDraw

from imagenspec.emulator import painting
from imagenspec.emulator.job import Job, Picture, Reference

GENERATE = "imagen-4.0-generate-001"
CAPABILITY = "imagen-3.0-capability-001"
SEGMENTATION = "image-segmentation-001"
RED, GREEN, BLUE = (200, 30, 30), (30, 170, 60), (40, 60, 210)


def file_of(image: Image.Image, kind: str = "PNG", **options: Any) -> Picture:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return Picture(stream.getvalue(), f"image/{kind.lower()}")


def plain(colour: tuple[int, ...], size: tuple[int, int] = (200, 160), mode: str = "RGB") -> Image.Image:
    return Image.new(mode, size, colour)


def photograph(size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Return a picture with many colours: three gradients and a disc in the middle."""
    across = Image.linear_gradient("L").rotate(90).resize(size)
    down = Image.linear_gradient("L").resize(size)
    image = Image.merge("RGB", (across, down, ImageChops.invert(across)))
    width, height = size
    box = (width * 0.35, height * 0.3, width * 0.65, height * 0.7)
    ImageDraw.Draw(image).ellipse(box, fill=(250, 240, 20))
    return image


def box_mask(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


def generate(prompt: str = "a red bicycle beside a canal", model: str = GENERATE, **parameters: Any) -> Job:
    canonical = repr((model, prompt, sorted(parameters.items()))).encode("utf-8", "surrogatepass")
    return Job("generate", model, prompt, parameters=parameters, canonical=canonical)


def edit(raw: Picture, mask: Reference | None, prompt: str = "a lantern", **parameters: Any) -> Job:
    references = (Reference("raw", 1, raw, None), *(() if mask is None else (mask,)))
    canonical = repr((prompt, raw, mask, sorted(parameters.items()))).encode()
    return Job("edit", CAPABILITY, prompt, references, parameters=parameters, canonical=canonical)


def user_mask(mask: Image.Image | Picture, dilation: float | None = 0.0) -> Reference:
    image = mask if isinstance(mask, Picture) else file_of(mask)
    return Reference("mask", 2, image, "user_provided", dilation=dilation)


def computed_mask(choice: str, dilation: float | None = 0.0, classes: tuple[int, ...] = ()) -> Reference:
    return Reference("mask", 2, None, choice, dilation=dilation, classes=classes)


def painted(job: Job, sample: int = 0) -> Image.Image:
    """Return the decoded picture of a request."""
    image = Image.open(BytesIO(painting.paint(job, sample).data))
    image.load()
    return image


def changed(before: Image.Image, after: Image.Image) -> Image.Image:
    """Return a mask of the pixels that differ in any band."""
    assert before.size == after.size
    assert before.mode == after.mode
    result = Image.new("L", before.size)
    for band in ImageChops.difference(before, after).split():
        result = ImageChops.lighter(result, band)
    return result.point(lambda level: 255 * (level > 0))


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.mode == other.mode and one.size == other.size and one.tobytes() == other.tobytes()


def levels(image: Image.Image) -> set[int]:
    """Return the levels that the pixels of a grey picture have."""
    return {level for level, number in enumerate(image.histogram()) if number}
