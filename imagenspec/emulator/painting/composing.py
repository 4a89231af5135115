"""Compositions: a garment on a person, products in a scene, and the larger version of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PIL import Image, ImageFilter

from imagenspec.catalog.limits import limit
from imagenspec.emulator.painting.drawing import ramp_of
from imagenspec.emulator.painting.framing import captioned
from imagenspec.emulator.painting.inputs import decode, decode_mask, flat
from imagenspec.emulator.painting.palette import coloured
from imagenspec.emulator.painting.scenery import scene
from imagenspec.emulator.painting.sizes import canvas_size
from imagenspec.emulator.painting.subjects import subject

if TYPE_CHECKING:
    from imagenspec.emulator.job import Job, Product
    from imagenspec.emulator.painting.words import Words

_MOST_PIXELS = 17_000_000
_SHADOW = 110


def upscale(job: Job) -> Image.Image:
    """Return the picture of a request, two, three or four times as wide and as high, resampled by Lanczos.

    Nothing is written onto it. The model imagegeneration@002 may have a size for the longer side instead of a factor.

    Raises:
        ValueError: There is no image, it cannot be decoded, or the result would have more than 17 megapixels
            (the limit ``outputMegapixels`` of the catalog).
    """
    if job.image is None:
        raise ValueError("there is no image to upscale")
    before = decode(job.image)
    width, height = _upscaled_size(job, before.size)
    known = limit(job.model, "outputMegapixels")
    most = int(known.value) if known is not None else _MOST_PIXELS
    if width * height > most:
        raise ValueError(f"{width} x {height} pixels are more than {most / 1e6:g} megapixels")
    return before.resize((width, height), Image.Resampling.LANCZOS)


def _upscaled_size(job: Job, size: tuple[int, int]) -> tuple[int, int]:
    width, height = size
    config = job.parameters.get("upscale_config")
    factor = str(config.get("upscale_factor")).lower() if isinstance(config, Mapping) else ""
    if factor in ("x2", "x3", "x4"):
        return width * int(factor[1]), height * int(factor[1])
    wanted = str(job.parameters.get("sample_image_size", ""))
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:6]) <= 4096:
        grown = int(wanted) / max(size)
        return max(1, round(width * grown)), max(1, round(height * grown))
    return width * 2, height * 2


def try_on(job: Job, key: bytes, words: Words) -> Image.Image:
    """Return the person in the size of their picture, the garments cut out and laid over the chest.

    Raises:
        ValueError: There is no person, or an image cannot be decoded.
    """
    if job.person is None:
        raise ValueError("there is no person to dress")
    person = decode(job.person)
    result = person.convert("RGBA")
    width, height = person.size
    for number, product in enumerate(job.products):
        garment = _cut_out(product, (width * 0.62, height * 0.46))
        left = (width - garment.width) // 2
        top = min(round(height * (0.40 + 0.08 * number)), max(0, height - garment.height))
        _lay(result, garment, (left, top))
    ramp = ramp_of(job, key)
    result = captioned(result, ramp, words, most=0.26)
    return result if person.mode == "RGBA" else result.convert("RGB")


def recontext(job: Job, key: bytes, words: Words) -> Image.Image:
    """Return a scene with the products standing in it.

    Raises:
        ValueError: An image cannot be decoded.
    """
    ramp = ramp_of(job, key)
    result = coloured(scene(canvas_size(job), key), ramp).convert("RGBA")
    width, height = result.size
    count = len(job.products)
    for number, product in enumerate(job.products):
        share = 0.62 if count == 1 else 0.86 / count
        thing = _cut_out(product, (width * share, height * 0.40))
        middle = width * (0.5 if count == 1 else 0.07 + 0.86 * (number + 0.5) / count)
        _lay(result, thing, (round(middle - thing.width / 2), round(height * 0.665) - thing.height))
    return captioned(result.convert("RGB"), ramp, words, most=0.32)


def _cut_out(product: Product, most: tuple[float, float]) -> Image.Image:
    """Return the subject of a product's picture as ``RGBA``, as large as fits a box in pixels."""
    image = decode(product.image)
    mask = decode_mask(product.mask, image.size) if product.mask is not None else subject(image)
    box = mask.getbbox() or (0, 0, *image.size)
    cut = flat(image).convert("RGBA")
    cut.putalpha(mask)
    width, height = box[2] - box[0], box[3] - box[1]
    scale = min(most[0] / width, most[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cut.resize(size, Image.Resampling.BICUBIC, box, reducing_gap=3.0)


def _lay(ground: Image.Image, thing: Image.Image, place: tuple[int, int]) -> None:
    """Lay a cut-out onto a picture, with a soft shadow below it."""
    reach = max(1, round(min(ground.size) * 0.012))
    shadow = Image.new("L", (thing.width + 6 * reach, thing.height + 6 * reach))
    shadow.paste(thing.getchannel("A").point([level * _SHADOW // 255 for level in range(256)]), (3 * reach, 4 * reach))
    shadow = shadow.filter(ImageFilter.BoxBlur(reach)).filter(ImageFilter.BoxBlur(reach))
    ground.paste((0, 0, 0, 255), (place[0] - 3 * reach, place[1] - 3 * reach), shadow)
    ground.paste(thing, place, thing)
