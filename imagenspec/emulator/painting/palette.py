"""Colours: a scene is drawn in tones from dark to light, and a ramp of colours gives it its mood."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from imagenspec.emulator.painting.chance import Chance

TONES = 176
"""How many tones a scene has; the rest of the 256 colours of a palette are left to thumbnails."""
SPARE = 256 - TONES

Colour = tuple[int, int, int]
Ramp = tuple[Colour, ...]
"""One colour for each tone, from dark to light."""

_MOODS = (
    "14102b 2f1f52 5d2f6e 9c4277 d9646b f4986c fbcf8f fff3d6",
    "071722 0d2f42 14506a 1f7a8c 4fa8a8 8fd0c0 cdeedd f5fff6",
    "0b1a14 16332a 25523f 3f7654 6f9c69 a8c487 dbe3b3 faf7e0",
    "1f140f 42281c 6f4329 a2673c cb935c e5bf8a f5e2bd fffaec",
    "15122a 2d2750 4d437c 7766a6 a48fc7 cdbbe0 ebdff1 fffaff",
    "220d1a 47182f 782a47 ad4760 d7757d efa9a2 fad6c9 fff6ee",
    "0a1526 15304f 265680 4483ad 78add0 aed1e6 dcedf6 fafeff",
    "0f1418 232c34 3e4b56 61717c 8a99a1 b4c0c3 dbe2e1 fbfbf7",
    "1b0a0a 40120f 701f14 a63a1d d3632f ee9650 facb86 fff3d3",
    "0d1430 20295c 3f418c 6d5aa6 a477ad d69bad f2c8b6 fff1e0",
    "06201f 0c3d3a 1a5f57 3a8474 74a786 b5c78f ead9a0 fff5db",
)
"""Eight colours each, evenly apart from dark to light; every one is lighter than the one before."""

_STYLE_SHARE = 0.66
_VIVID = 1.8
"""How much stronger a mean colour is made; a mean of many colours is always pale."""


def mood(chance: Chance) -> Ramp:
    """Return one of the ramps, its colours turned a little, so that two of a mood are not the same."""
    stops = [_from_hex(text) for text in chance.pick(_MOODS).split()]
    warmth = chance.between(-0.06, 0.06)
    return _ramp([_warmer(stop, warmth) for stop in stops])


def tinted(ramp: Ramp, colour: Colour) -> Ramp:
    """Return a ramp that leans to a colour and keeps how dark or light each tone is."""
    light = _light(colour)
    vivid = _clipped([light + (band - light) * _VIVID for band in colour])
    return tuple(_mix(own, _as_light_as(vivid, own), _STYLE_SHARE) for own in ramp)


def mean_colour(images: Sequence[Image.Image]) -> Colour:
    """Return the mean colour of pictures, each counting the same."""
    means = [image.convert("RGB").resize((1, 1), 4).getpixel((0, 0)) for image in images]
    red, green, blue = (
        round(sum(mean[band] for mean in means if isinstance(mean, tuple)) / len(means)) for band in range(3)
    )
    return red, green, blue


def coloured(tones: Image.Image, ramp: Ramp) -> Image.Image:
    """Return an ``RGB`` picture of a picture of tones."""
    return with_palette(tones, ramp).convert("RGB")


def with_palette(tones: Image.Image, ramp: Ramp, spare: Sequence[int] = ()) -> Image.Image:
    """Return a palette picture of a picture of tones; ``spare`` are the flat red, green and blue of further colours."""
    image = tones.copy()
    image.putpalette([*(band for colour in ramp for band in colour), *spare])
    return image


def tone(share: float) -> int:
    """Return the tone at a share of the way from dark (0) to light (1)."""
    return max(0, min(TONES - 1, round(share * (TONES - 1))))


def _ramp(stops: Sequence[Colour]) -> Ramp:
    parts = len(stops) - 1
    found = []
    for number in range(TONES):
        place = number / (TONES - 1) * parts
        start = min(int(place), parts - 1)
        found.append(_mix(stops[start], stops[start + 1], place - start))
    return tuple(found)


def _as_light_as(colour: Colour, model: Colour) -> Colour:
    wanted, own = _light(model), max(_light(colour), 1.0)
    if wanted <= own:
        return _mix((0, 0, 0), colour, wanted / own)
    return _mix(colour, (255, 255, 255), (wanted - own) / max(255 - own, 1))


def _light(colour: Colour) -> float:
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(one + (other - one) * share) for one, other in zip(first, second, strict=True))
    return red, green, blue


def _warmer(colour: Colour, warmth: float) -> Colour:
    red, green, blue = colour
    return _clipped([red * (1 + warmth), green, blue * (1 - warmth)])


def _clipped(bands: Sequence[float]) -> Colour:
    red, green, blue = (max(0, min(255, round(band))) for band in bands)
    return red, green, blue


def _from_hex(text: str) -> Colour:
    value = int(text, 16)
    return value >> 16, value >> 8 & 255, value & 255
