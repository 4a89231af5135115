"""Captions onto pictures: on pictures of tones before they get their colours, and on photographs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from imagenspec.emulator.painting.caption import Layout, Tile, draw_pane, layout, rounded
from imagenspec.emulator.painting.inputs import thumbnail
from imagenspec.emulator.painting.palette import SPARE, TONES, Ramp, coloured, with_palette

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagenspec.emulator.painting.words import Words

_MARGIN = 0.035
_MOST_HEIGHT = 0.52
_TO_TONES = [round(level * (TONES - 1) / 255) for level in range(256)]

Box = tuple[int, int, int, int]


def palette_picture(tones: Image.Image, ramp: Ramp, words: Words) -> Image.Image:
    """Return a palette picture of tones with its caption, whose small pictures share the colours that are left.

    Raises:
        ValueError: An input cannot be decoded.
    """
    box, plan = _place(words, (0, 0, *tones.size), tones.size, _MOST_HEIGHT)
    if plan is None:
        return with_palette(tones, ramp)
    pane, places = draw_pane(tones.crop(box), plan)
    tones.paste(pane, box, rounded(plan.width, plan.height, plan.pad))
    strip, spare = _few_colours([thumbnail(tile.exhibit.image, tile.side) for tile, _ in places if tile.exhibit.image])
    at = 0
    for tile, (left, top, _, _) in places:
        small = strip.crop((at, 0, at + tile.side, tile.side))
        tones.paste(small, (box[0] + left, box[1] + top), _corners(tile))
        at += tile.side
    return with_palette(tones, ramp, spare)


def captioned(
    image: Image.Image, ramp: Ramp, words: Words, rooms: Sequence[Box] | None = None, most: float = _MOST_HEIGHT
) -> Image.Image:
    """Return an ``RGB`` or ``RGBA`` picture with its caption at the bottom of the room that suits it best.

    Args:
        image: The picture; it is not changed.
        ramp: The colours of the pane.
        words: What to write.
        rooms: The boxes in pixels of which the caption may use one; the whole picture where they are left out.
        most: The share of the room's height that the caption may take.

    Raises:
        ValueError: An input cannot be decoded.
    """
    if rooms is None:
        rooms = [(0, 0, *image.size)]
    places = [_place(words, room, image.size, most) for room in rooms]
    fit = [(box, plan) for box, plan in places if plan is not None]
    if not fit:
        return image
    box, plan = max(fit, key=lambda one: one[1].worth)
    pane, tiles = draw_pane(image.crop(box).convert("RGB").convert("L").point(_TO_TONES), plan)
    cover = coloured(pane, ramp)
    for tile, (left, top, _, _) in tiles:
        if tile.exhibit.image is not None:
            cover.paste(thumbnail(tile.exhibit.image, tile.side), (left, top), _corners(tile))
    result = image.copy()
    result.paste(cover, box, rounded(plan.width, plan.height, plan.pad))
    return result


def _corners(tile: Tile) -> Image.Image:
    """Return the mask of a small picture: round corners without shades, since palettes have no colours between."""
    return rounded(tile.side, tile.side, tile.side // 10).point(lambda level: 255 * (level > 127))


def _place(words: Words, room: Box, size: tuple[int, int], most: float) -> tuple[Box, Layout | None]:
    """Return the box of the pane in pixels, and what stands on it, if it has room."""
    left, top, right, bottom = room
    unit = min(1.6 * min(size), max(size)) / 1024
    margin = max(2, min(round(_MARGIN * min(size)), round(0.12 * min(right - left, bottom - top))))
    plan = layout(words, right - left - 2 * margin, round((bottom - top) * most) - margin, unit)
    if plan is None:
        return room, None
    return (left + margin, bottom - margin - plan.height, left + margin + plan.width, bottom - margin), plan


def _few_colours(images: Sequence[Image.Image]) -> tuple[Image.Image, list[int]]:
    """Return pictures side by side as ``L`` with the numbers of spare colours, and these colours."""
    if not images:
        return Image.new("L", (1, 1)), []
    strip = Image.new("RGB", (sum(image.width for image in images), max(image.height for image in images)))
    at = 0
    for image in images:
        strip.paste(image, (at, 0))
        at += image.width
    few = strip.quantize(SPARE, method=Image.Quantize.FASTOCTREE)
    colours = few.getpalette() or []
    numbers = Image.frombytes("L", few.size, few.tobytes())
    return numbers.point([min(255, level + TONES) for level in range(256)]), colours[: 3 * SPARE]
