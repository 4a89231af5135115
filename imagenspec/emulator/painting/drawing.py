"""Pictures from nothing but a request: generated, or customized after reference images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageFilter, ImageOps

from imagenspec.emulator.painting.chance import Chance
from imagenspec.emulator.painting.framing import palette_picture
from imagenspec.emulator.painting.inputs import decode, flat, thumbnail
from imagenspec.emulator.painting.palette import Ramp, mean_colour, mood, tinted, tone
from imagenspec.emulator.painting.scenery import scene
from imagenspec.emulator.painting.sizes import canvas_size

if TYPE_CHECKING:
    from imagenspec.emulator.job import Job
    from imagenspec.emulator.painting.words import Words

_MEAN_SIDE = 72
_EDGE_SIDE = 512
_LINE = tone(0.97)


def draw(job: Job, key: bytes, words: Words) -> Image.Image:
    """Return the picture of a request without a picture to change: a scene with its caption.

    Control images lie over the scene as lines; style references pull its colours towards their mean.

    Raises:
        ValueError: A reference image cannot be decoded.
    """
    tones = scene(canvas_size(job), key)
    for image in control_images(job):
        tones = ImageChops.lighter(tones, _lines(image, tones.size))
    return palette_picture(tones, ramp_of(job, key), words)


def ramp_of(job: Job, key: bytes) -> Ramp:
    """Return the colours of a request's picture.

    Raises:
        ValueError: A style reference cannot be decoded.
    """
    ramp = mood(Chance(key, "colours"))
    styles = [one.image for one in job.references if one.kind == "style" and one.image is not None]
    return tinted(ramp, mean_colour([thumbnail(image, _MEAN_SIDE) for image in styles])) if styles else ramp


def control_images(job: Job) -> list[tuple[Image.Image, bool]]:
    """Return the control images of a request, decoded, and whether lines are still to be computed of each.

    Raises:
        ValueError: One cannot be decoded.
    """
    controls = [one for one in job.references if one.kind == "control"]
    return [(flat(decode(one.image), (0, 0, 0)), one.compute) for one in controls if one.image is not None]


def lines_of(image: Image.Image, *, compute: bool, size: tuple[int, int]) -> Image.Image:
    """Return the white lines of a control image as ``L``, cut to a size in pixels: its own, or its edges."""
    grey = image.convert("L")
    if compute:
        grey.thumbnail((_EDGE_SIDE, _EDGE_SIDE), Image.Resampling.BOX, reducing_gap=1.5)
        edges = grey.filter(ImageFilter.GaussianBlur(1.2)).filter(ImageFilter.FIND_EDGES)
        grey = Image.new("L", edges.size)
        inner = (1, 1, max(1, edges.width - 1), max(1, edges.height - 1))
        grey.paste(edges.crop(inner), inner[:2])
        grey = grey.point([min(255, max(0, level - 14) * 5) for level in range(256)])
    return ImageOps.fit(grey, size, Image.Resampling.BILINEAR)


def _lines(control: tuple[Image.Image, bool], size: tuple[int, int]) -> Image.Image:
    image, compute = control
    lines = lines_of(image, compute=compute, size=size)
    return lines.point([round(level * _LINE / 255) for level in range(256)])
