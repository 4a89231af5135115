"""Reads captions: writes a text with Pillow itself and compares it with the words of a picture."""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

_SIZES = range(11, 60)
_BRIGHT = 110
_THIN = 3
_BETWEEN_LINES = 1
_BETWEEN_WORDS = 18


def says(picture: Image.Image, text: str) -> bool:
    """Return whether a piece of a caption's line shows a text, letter by letter."""
    return any(_shows(piece, text) for piece in pieces(picture))


def pieces(picture: Image.Image) -> list[Image.Image]:
    """Return what is bright in a picture, black and white, cut at empty rows and columns until nothing can be cut."""
    grey = picture.convert("RGB").convert("L")
    found = [_ink(grey)]
    for across in (False, True) * 3:
        found = [part for piece in found for part in _cut(piece, across=across)]
    return found


def _cut(piece: Image.Image, *, across: bool) -> list[Image.Image]:
    boxes = [
        (start, 0, end, piece.height) if across else (0, start, piece.width, end)
        for start, end in _runs(piece, _BETWEEN_WORDS if across else _BETWEEN_LINES, across=across)
    ]
    return [piece.crop(box) for box in boxes]


def _ink(grey: Image.Image) -> Image.Image:
    return grey.point(lambda level: 255 * (level > _BRIGHT))


def _runs(ink: Image.Image, least_gap: int, *, across: bool) -> list[tuple[int, int]]:
    """Return where there is ink along an axis, in runs parted by gaps of some pixels."""
    upright = ink.transpose(Image.Transpose.TRANSPOSE) if across else ink
    data, width = upright.tobytes(), upright.width
    runs: list[tuple[int, int]] = []
    for place in range(upright.height):
        if 255 not in data[place * width : (place + 1) * width]:
            continue
        if runs and place - runs[-1][1] < least_gap:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs


def _shows(piece: Image.Image, text: str) -> bool:
    for size in _SIZES:
        model = _model(text, size)
        if abs(model.width - piece.width) > 2 or abs(model.height - piece.height) > 2:
            continue
        unlike = ImageChops.difference(model.crop((0, 0, *piece.size)), piece)
        if unlike.filter(ImageFilter.MinFilter(_THIN)).getbbox() is None:
            return True
    return False


@cache
def _model(text: str, size: int) -> Image.Image:
    font = ImageFont.load_default(size)
    model = Image.new("L", (round(font.getlength(text)) + size, 2 * size))
    ImageDraw.Draw(model).text((size // 2, 0), text, fill=255, font=font)
    model = model.point(lambda level: 255 * (level > 80))
    return model.crop(model.getbbox())
