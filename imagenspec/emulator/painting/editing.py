"""Edits: what a mask allows is painted, and every other pixel stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageChops, ImageFilter, ImageOps

from imagenspec.emulator.painting.drawing import control_images, lines_of, ramp_of
from imagenspec.emulator.painting.filling import filled
from imagenspec.emulator.painting.framing import captioned
from imagenspec.emulator.painting.inputs import decode, decode_mask
from imagenspec.emulator.painting.masking import class_regions, dilated, inverted, rooms
from imagenspec.emulator.painting.palette import TONES, coloured
from imagenspec.emulator.painting.scenery import scene
from imagenspec.emulator.painting.sizes import canvas_size, has_own_size
from imagenspec.emulator.painting.subjects import subject

if TYPE_CHECKING:
    from imagenspec.emulator.job import Job, Picture, Reference
    from imagenspec.emulator.painting.words import Words

_DILATION = 0.03
"""How far a mask grows where the request does not say (product image guide)."""
_TINT = 0.55
_TO_TONES = [round(level * (TONES - 1) / 255) for level in range(256)]
_OTHER_BLUE = [level ^ 1 for level in range(256)]
_BLACK_ONLY = [255] + [0] * 255


def raw_of(job: Job) -> Picture | None:
    """Return the picture that a request changes, or nothing where it has none."""
    return next((one.image for one in job.references if one.kind == "raw" and one.image is not None), job.image)


def mask_of(job: Job) -> Reference | None:
    """Return the mask of a request, or nothing where it has none."""
    return next((one for one in job.references if one.kind == "mask"), None)


class Masked(NamedTuple):
    """A picture that is edited, and where it may change; the same for every sample of a request."""

    before: Image.Image
    area: Image.Image


def masked(raw: Picture, mask: Reference) -> Masked:
    """Return the raw picture and the area of its mask.

    Raises:
        ValueError: An image cannot be decoded.
    """
    before = decode(raw)
    return Masked(before, mask_area(mask, before))


def edit(job: Job, inputs: Masked, key: bytes, words: Words) -> Image.Image:
    """Return the raw picture with its masked pixels painted anew; the others are the same bit for bit.

    Outpainting continues the picture into the mask, removal fills it from around; insertion, a new background and
    all other modes show a scene there. The caption stands inside the mask, if it has room.
    """
    before, area = inputs
    box = area.getbbox()
    if box is None:
        return before
    ramp = ramp_of(job, key)
    plain = before.convert("RGB")
    mode = job.parameters.get("edit_mode")
    if mode == "inpaint_removal":
        paint = filled(plain, area)
    elif mode == "outpaint":
        paint = _extended(plain, area, coloured(scene(plain.size, key), ramp))
    else:
        paint = Image.new("RGB", plain.size)
        paint.paste(coloured(scene((box[2] - box[0], box[3] - box[1]), key), ramp), box)
    paint = captioned(paint, ramp, words, rooms(area), most=0.95)
    if mode != "inpaint_removal":
        paint = _unlike(paint, plain)
    result = before.copy()
    result.paste(paint.convert(before.mode), mask=area)
    return result


def mask_area(mask: Reference, raw: Image.Image) -> Image.Image:
    """Return the pixels that a mask allows to change, dilated, as a black and white mask of the raw picture's size.

    A mask with an image is that image. Without one it is the subject, what is around the subject, or the region of
    each class: simple stand-ins for what the service computes.

    Raises:
        ValueError: The mask's image cannot be decoded.
    """
    if mask.choice in ("background", "foreground"):
        area = subject(raw) if mask.choice == "foreground" else inverted(subject(raw))
    elif mask.choice == "semantic":
        area = class_regions(mask.classes, raw.size)
    elif mask.image is not None:
        area = decode_mask(mask.image, raw.size)
    else:
        area = subject(raw)
    return dilated(area, _DILATION if mask.dilation is None else mask.dilation)


def tint(job: Job, raw: Picture, key: bytes, words: Words) -> Image.Image:
    """Return the raw picture in other colours, whole and recognisable, with its caption.

    It keeps its size unless the request asks for an aspect ratio, to which it is then cut. Control images lie over
    it as lines.

    Raises:
        ValueError: An image cannot be decoded.
    """
    before = decode(raw)
    if has_own_size(job):
        before = ImageOps.fit(before, canvas_size(job), Image.Resampling.BICUBIC)
    ramp = ramp_of(job, key)
    plain = before.convert("RGB")
    tones = ImageOps.autocontrast(plain.convert("L"), cutoff=1).point(_TO_TONES)
    result = Image.blend(plain, coloured(tones, ramp), _TINT)
    for image, compute in control_images(job):
        result.paste(ramp[-1], mask=lines_of(image, compute=compute, size=result.size))
    result = captioned(result, ramp, words, most=0.4)
    if before.mode == "RGBA":
        result.putalpha(before.getchannel("A"))
    return result


def _extended(plain: Image.Image, area: Image.Image, beyond: Image.Image) -> Image.Image:
    """Return a picture that goes on past its edge and turns softly into another one."""
    reach = max(2.0, min(plain.size) * 0.09)
    soft = area.filter(ImageFilter.BoxBlur(reach)).filter(ImageFilter.BoxBlur(reach))
    share = soft.point([round(max(0, level - 128) * 255 / 127) for level in range(256)])
    return Image.composite(beyond, filled(plain, area), share)


def _unlike(paint: Image.Image, before: Image.Image) -> Image.Image:
    """Return a painting of which no pixel is the one that was there before: the last bit of its blue differs."""
    bands = ImageChops.difference(paint, before).split()
    same = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2]).point(_BLACK_ONLY)
    if same.getbbox() is None:
        return paint
    red, green, blue = paint.split()
    return Image.composite(Image.merge("RGB", (red, green, blue.point(_OTHER_BLUE))), paint, same)
