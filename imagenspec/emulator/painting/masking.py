"""Masks: grown, inverted, of classes, and the largest room inside one."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw

from imagenspec.emulator.painting.chance import Chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagenspec.emulator.painting.caption import Box

_INVERTED = [255 - level for level in range(256)]
_NOT_BLACK = [0] + [255] * 255
_OF_ONE_COLOUR = ((0, 0), (255, 255))
_CELLS = 40
_PROPORTIONS = (4.0, 2.0, 1.0, 0.5)
_ROOMS = 2


def inverted(mask: Image.Image) -> Image.Image:
    """Return a mask with black and white exchanged."""
    return mask.point(_INVERTED)


def dilated(mask: Image.Image, share: float) -> Image.Image:
    """Return a black and white mask grown to all sides by a share of its width, rounded to whole pixels.

    A pixel is white in the result if a white one is at most so many columns and so many rows away; with a share of 0
    nothing changes. Source of the unit: the product image guide ("fraction of image width").
    """
    reach = round(max(0.0, min(1.0, share)) * mask.width)
    if reach == 0 or mask.getextrema() in _OF_ONE_COLOUR:
        return mask
    bits = _grown_in_height(mask.point(_NOT_BLACK, "1"), reach).transpose(Image.Transpose.TRANSPOSE)
    return _grown_in_height(bits, reach).transpose(Image.Transpose.TRANSPOSE).convert("L")


def _grown_in_height(mask: Image.Image, reach: int) -> Image.Image:
    """Return a mask of mode ``1`` grown up and down; what has grown is moved and laid over itself, ever farther.

    The picture is one long number, in which a row is so many bits: steps of any width take the same short time.
    """
    row = -(-mask.width // 8) * 8
    bits = int.from_bytes(mask.tobytes())
    whole = (1 << row * mask.height) - 1
    steps = list(_doubling(min(reach, mask.height)))
    for step in steps:
        bits |= bits >> step * row
    for step in steps:
        bits |= bits << step * row & whole
    return Image.frombytes("1", mask.size, bits.to_bytes(row * mask.height // 8))


def _doubling(reach: int) -> Iterator[int]:
    """Yield steps that together go so far; none is longer than those before it and one, so that nothing is skipped."""
    gone = 0
    while gone < reach:
        step = min(gone + 1, reach - gone)
        yield step
        gone += step


def region(name: str, size: tuple[int, int]) -> Image.Image:
    """Return where a named thing is, as a mask: an ellipse that follows from the name alone.

    This stands in for a real segmentation, which would look at the picture.
    """
    width, height = size
    chance = Chance(name.encode("utf-8", "surrogatepass"), "region")
    x, y = chance.between(0.28, 0.72) * width, chance.between(0.28, 0.72) * height
    half_width, half_height = chance.between(0.12, 0.26) * width, chance.between(0.12, 0.26) * height
    mask = Image.new("L", size)
    box = (x - half_width, y - half_height, x + half_width, y + half_height)
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask


def class_regions(numbers: Iterable[int], size: tuple[int, int]) -> Image.Image:
    """Return where things of mask classes are, as one mask; see :func:`region`."""
    mask = Image.new("L", size)
    for number in numbers:
        mask = ImageChops.lighter(mask, region(f"class {number}", size))
    return mask


def rooms(mask: Image.Image) -> list[Box]:
    """Return some large boxes in pixels that are all white in a mask: the largest, lying ones and standing ones."""
    columns, rows = min(_CELLS, mask.width), min(_CELLS, mask.height)
    cells = mask.resize((columns, rows), Image.Resampling.BOX).tobytes()
    heights = [0] * columns
    found: set[Box] = set()
    for row in range(rows):
        for column in range(columns):
            heights[column] = heights[column] + 1 if cells[row * columns + column] == 255 else 0
        found |= {(left, row + 1 - height, right, row + 1) for left, right, height in _boxes(heights)}
    wide, high = mask.width / columns, mask.height / rows
    boxes = sorted((ceil(box[0] * wide), ceil(box[1] * high), int(box[2] * wide), int(box[3] * high)) for box in found)
    best: list[Box] = []
    for proportion in _PROPORTIONS:
        ranked = sorted((_worth(box, proportion), box) for box in boxes)
        best += [box for _, box in ranked[-_ROOMS:]]
    return list(dict.fromkeys(best))


def _worth(box: Box, proportion: float) -> tuple[float, float]:
    """Return the pixels of the largest box of a proportion, width to height, inside a box, and those of the box."""
    across, down = box[2] - box[0], box[3] - box[1]
    return min(across, down * proportion) * min(down, across / proportion), across * down


def _boxes(heights: list[int]) -> Iterable[tuple[int, int, int]]:
    """Yield the boxes below a skyline that cannot be made larger: left, right, and height, in cells."""
    open_boxes: list[tuple[int, int]] = []
    for place, height in enumerate([*heights, 0]):
        start = place
        while open_boxes and open_boxes[-1][1] >= height:
            start, high = open_boxes.pop()
            yield start, place, high
        if height:
            open_boxes.append((start, height))
