"""Landscapes in tones, from dark (0) to light: a sky, a sun or moon, and ridges, water or dunes below."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageDraw

from imagenspec.emulator.painting.chance import Chance
from imagenspec.emulator.painting.palette import tone

if TYPE_CHECKING:
    from collections.abc import Callable

_FINE = 2
_MOST_PIXELS = 4_300_000
_COLUMNS = 128

Size = tuple[int, int]


class Light(NamedTuple):
    """How light the parts of a scene are, each a share from dark (0) to light (1)."""

    zenith: float
    horizon: float
    disc: float
    far: float
    near: float
    stars: bool


_LIGHTS = (
    Light(0.60, 0.94, 1.0, 0.74, 0.10, stars=False),
    Light(0.34, 0.90, 0.99, 0.62, 0.07, stars=False),
    Light(0.46, 0.84, 0.97, 0.66, 0.09, stars=False),
    Light(0.05, 0.48, 0.95, 0.36, 0.03, stars=True),
)


class Sheet(NamedTuple):
    """What a scene is drawn on: a picture of tones, its brush, and shares of its size as pixels."""

    image: Image.Image
    brush: ImageDraw.ImageDraw
    chance: Chance
    light: Light

    def x(self, share: float) -> float:
        """Return a share of the width in pixels."""
        return share * self.image.width

    def y(self, share: float) -> float:
        """Return a share of the height in pixels."""
        return share * self.image.height

    @property
    def unit(self) -> float:
        """The shorter side in pixels."""
        return min(self.image.size)


def scene(size: Size, key: bytes) -> Image.Image:
    """Return a landscape of a size in pixels as ``L``, its levels being tones; it follows from the key alone.

    It is drawn at twice the size and reduced, which smooths its edges; a very large one is drawn smaller instead.
    """
    width, height = size
    factor = min(float(_FINE), (_MOST_PIXELS / (width * height)) ** 0.5)
    fine = (max(1, round(width * factor)), max(1, round(height * factor)))
    chance = Chance(key, "scene")
    light = chance.pick(_LIGHTS)
    image = _sky(fine, light)
    sheet = Sheet(image, ImageDraw.Draw(image), chance, light)
    chance.pick((_hills, _mountains, _sea, _dunes))(sheet)
    if factor == _FINE:
        return image.reduce(_FINE)
    return image.resize(size, Image.Resampling.BILINEAR)


def _sky(size: Size, light: Light) -> Image.Image:
    width, height = size
    column = Image.new("L", (1, height))
    reach = max(1, height * 0.72)
    column.putdata(
        [tone(light.zenith + (light.horizon - light.zenith) * min(1.0, row / reach)) for row in range(height)]
    )
    return column.resize((width, height), Image.Resampling.NEAREST)


def _disc(sheet: Sheet, top: float, bottom: float) -> tuple[float, float]:
    """Draw the sun or moon with two halos, between two heights; return its place in pixels."""
    chance, light = sheet.chance, sheet.light
    radius = sheet.unit * chance.between(0.055, 0.11)
    x, y = sheet.x(chance.between(0.2, 0.8)), sheet.y(chance.between(top, bottom))
    if light.stars:
        _stars(sheet)
    for reach, share in ((2.5, 0.16), (1.65, 0.34), (1.0, 1.0)):
        behind = light.zenith + (light.horizon - light.zenith) * min(1.0, y / max(1.0, sheet.image.height * 0.72))
        level = tone(behind + (light.disc - behind) * share)
        _round(sheet, x, y, radius * reach, level)
    return x, radius


def _round(sheet: Sheet, x: float, y: float, radius: float, level: int) -> None:
    sheet.brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=level)


def _stars(sheet: Sheet) -> None:
    for _ in range(60):
        x, y = sheet.x(sheet.chance.unit()), sheet.y(sheet.chance.between(0.0, 0.45))
        _round(sheet, x, y, sheet.unit * sheet.chance.between(0.0006, 0.0018), tone(sheet.chance.between(0.6, 0.95)))


def _birds(sheet: Sheet) -> None:
    if sheet.light.stars:
        return
    x, y = sheet.chance.between(0.15, 0.75), sheet.chance.between(0.1, 0.28)
    for number in range(2 + sheet.chance.below(4)):
        wing = sheet.unit * sheet.chance.between(0.010, 0.018)
        left = sheet.x(x) + sheet.unit * (0.078 * number + sheet.chance.between(-0.012, 0.012))
        top = sheet.y(y) + sheet.unit * sheet.chance.between(-0.035, 0.035)
        width = max(1, round(sheet.unit * 0.0025))
        for start, end in ((200, 320), (220, 340)):
            shift = -wing if start == 200 else wing
            box = (left + shift - wing, top - wing, left + shift + wing, top + wing)
            sheet.brush.arc(box, start, end, fill=tone(sheet.light.near + 0.05), width=width)


def _ridge(sheet: Sheet, shape: Callable[[float], float], level: int) -> None:
    """Fill what is below a line; ``shape`` gives its height from the top at each share of the width, both shares."""
    points = [(sheet.x(step / _COLUMNS), sheet.y(shape(step / _COLUMNS))) for step in range(_COLUMNS + 1)]
    width, height = sheet.image.size
    sheet.brush.polygon([*points, (width, height), (0, height)], fill=level)


def _waves(chance: Chance, base: float, swing: float, coarse: float) -> Callable[[float], float]:
    """Return a soft line around a height: three waves, each finer and flatter than the one before."""
    parts = [
        (coarse * fine * chance.between(0.8, 1.25), chance.between(0, math.tau), swing * flat)
        for fine, flat in ((1.0, 1.0), (2.3, 0.42), (5.1, 0.12))
    ]
    return lambda x: base + sum(part * math.sin(math.tau * times * x + phase) for times, phase, part in parts)


def _peaks(chance: Chance, base: float, swing: float) -> Callable[[float], float]:
    """Return a line of peaks: the middle of each stretch is moved up or down, again and again by less."""
    heights = [chance.between(-1, 1) for _ in range(4)]
    reach = 0.55
    while len(heights) < 64:
        middles = [(one + two) / 2 + chance.between(-reach, reach) for one, two in pairwise(heights)]
        heights = [height for pair in zip(heights, middles, strict=False) for height in pair] + [heights[-1]]
        reach *= 0.5
    last = len(heights) - 1

    def line(x: float) -> float:
        place = x * last
        start = min(int(place), last - 1)
        return base + swing * (heights[start] + (heights[start + 1] - heights[start]) * (place - start))

    return line


def _layers(sheet: Sheet, count: int) -> list[float]:
    far, near = sheet.light.far, sheet.light.near
    return [far + (near - far) * (number / (count - 1)) ** 0.85 for number in range(count)]


def _hills(sheet: Sheet) -> None:
    _disc(sheet, 0.16, 0.42)
    _birds(sheet)
    horizon = sheet.chance.between(0.44, 0.54)
    levels = _layers(sheet, 6)
    for number, share in enumerate(levels):
        base = horizon + (1.02 - horizon) * (number / len(levels)) ** 1.1
        line = _waves(sheet.chance, base, 0.035 + 0.006 * number, sheet.chance.between(0.5, 1.3))
        _ridge(sheet, line, tone(share))
        if number == 3:
            _trees(sheet, line, tone(levels[4]))


def _mountains(sheet: Sheet) -> None:
    _disc(sheet, 0.12, 0.32)
    horizon = sheet.chance.between(0.40, 0.48)
    levels = _layers(sheet, 6)
    for number, share in enumerate(levels[:3]):
        base = horizon + 0.085 * number
        _ridge(sheet, _peaks(sheet.chance, base, 0.13 - 0.028 * number), tone(share))
    for number, share in enumerate(levels[3:]):
        line = _waves(sheet.chance, horizon + 0.25 + 0.105 * number, 0.028, sheet.chance.between(0.6, 1.4))
        _ridge(sheet, line, tone(share))
        if number == 0:
            _trees(sheet, line, tone(levels[4]))


def _trees(sheet: Sheet, line: Callable[[float], float], level: int) -> None:
    for _ in range(3):
        middle, count = sheet.chance.unit(), 5 + sheet.chance.below(9)
        for _ in range(count):
            share = middle + sheet.chance.between(-0.09, 0.09)
            x, foot = sheet.x(share), sheet.y(line(min(1.0, max(0.0, share))) + 0.006)
            high = sheet.unit * sheet.chance.between(0.030, 0.062)
            wide = high * 0.21
            for start, reach in ((0.0, 1.0), (0.28, 0.8), (0.55, 0.58)):
                top = foot - high * min(1.0, start + 0.5)
                half = wide * reach
                base = foot - high * start
                sheet.brush.polygon([(x - half, base), (x, top), (x + half, base)], fill=level)


def _sea(sheet: Sheet) -> None:
    horizon = sheet.chance.between(0.50, 0.58)
    x, radius = _disc(sheet, horizon - 0.16, horizon + 0.01)
    _birds(sheet)
    for number in range(2):
        line = _waves(sheet.chance, horizon - 0.012 + 0.004 * number, 0.016 - 0.006 * number, 1.4)
        _ridge(sheet, line, tone(sheet.light.far + 0.06 - 0.09 * number))
    strips = 26
    for number in range(strips):
        share = number / strips
        top = horizon + (1 - horizon) * share**1.25
        level = tone(sheet.light.far * 0.94 + (sheet.light.near - sheet.light.far) * share**0.7)
        sheet.brush.rectangle((0, sheet.y(top), sheet.image.width, sheet.image.height), fill=level)
    _glitter(sheet, x, radius, horizon)


def _glitter(sheet: Sheet, x: float, radius: float, horizon: float) -> None:
    for number in range(34):
        share = number / 34
        y = sheet.y(horizon + (1 - horizon) * (0.01 + share * 0.9) ** 1.15)
        half = radius * (0.25 + share * 1.1) * sheet.chance.between(0.35, 1.0)
        middle = x + radius * sheet.chance.between(-0.35, 0.35) * (0.5 + share)
        thick = sheet.unit * (0.0016 + 0.0035 * share)
        level = tone(sheet.light.disc - 0.5 * share)
        box = (middle - half, y - thick, middle + half, y + thick)
        sheet.brush.rounded_rectangle(box, radius=thick, fill=level)


def _dunes(sheet: Sheet) -> None:
    _disc(sheet, 0.12, 0.36)
    _birds(sheet)
    horizon = sheet.chance.between(0.46, 0.55)
    levels = _layers(sheet, 5)
    for number, share in enumerate(levels):
        base = horizon + (1.0 - horizon) * (number / len(levels)) ** 1.15
        line = _waves(sheet.chance, base, 0.045 + 0.008 * number, sheet.chance.between(0.45, 0.9))
        _ridge(sheet, line, tone(share + 0.09))
        lee = _lee(line, sheet.chance.between(0.35, 0.8), 0.012 + 0.004 * number)
        _ridge(sheet, lee, tone(share))


def _lee(line: Callable[[float], float], middle: float, lift: float) -> Callable[[float], float]:
    """Return the line of a dune's shaded side: just below its crest in the middle, far below it at the ends."""
    return lambda x: line(x) + lift + abs(x - middle) * 0.16
