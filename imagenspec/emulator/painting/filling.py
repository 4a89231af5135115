"""Holes in pictures, filled from what is around them."""

from __future__ import annotations

from PIL import Image

_LEAST_SIDE = 1


def filled(image: Image.Image, hole: Image.Image) -> Image.Image:
    """Return an ``RGB`` picture whose masked pixels continue what is around them, softly; the others are the same.

    The picture is halved until no hole is left, and grown again, each time keeping what is known. Where everything
    is masked, the result is a middle grey.

    Args:
        image: An ``RGB`` picture.
        hole: An ``L`` mask of the same size: 255 where the picture is not known.
    """
    known = hole.point([255 - level for level in range(256)])
    if known.getbbox() is None:
        return Image.new("RGB", image.size, (128, 128, 128))
    levels = [(image, known)]
    while levels[-1][1].getextrema() != (255, 255) and max(levels[-1][0].size) > _LEAST_SIDE:
        levels.append(_halved(*levels[-1]))
    result, _ = levels.pop()
    while levels:
        finer, sure = levels.pop()
        grown = result.resize(finer.size, Image.Resampling.BILINEAR)
        result = Image.composite(finer, grown, sure)
    return result


def _halved(image: Image.Image, known: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return a picture of half the size whose colours are the means of known pixels, and which of them are known."""
    with_known = image.convert("RGBA")
    with_known.putalpha(known)
    small = with_known.reduce(2)
    alpha = small.getchannel("A").point([0] + [255] * 255)
    return small.convert("RGB"), alpha
