"""Letters of the font that ships with Pillow; what it lacks is composed, replaced or escaped, but never lost."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

_MEASURED_AT = 100
_NOWHERE = "\uffff"
"""A code point that no font has: it shows the box for what is missing."""
_REPLACED = {
    "\t": " ",
    "\n": " ",
    "\r": " ",
    "\u00a0": " ",
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2212": "-",
    "\u201a": ",",
    "\u201e": '"',
    "\u2022": "\u00b7",
    "\u20ac": "EUR",
    "\u00a3": "GBP",
    "\u00d7": "x",
    "\u00df": "ss",
    "\u1e9e": "SS",
    "\u00e6": "ae",
    "\u00c6": "AE",
    "\u0153": "oe",
    "\u0152": "OE",
    "\u0131": "i",
    "\u00f8": "o\u0338",
    "\u00d8": "O\u0338",
    "\u0142": "l\u0338",
    "\u0141": "L\u0338",
    "\u0111": "d\u0335",
    "\u0110": "D\u0335",
    "\u2192": "->",
}


Box = tuple[float, float, float, float]


class Mark(NamedTuple):
    """How a combining mark is drawn: a glyph, its size as a share of the letter's, and where it stands."""

    glyph: str
    size: float
    place: str


_MARKS = {
    "\u0300": Mark("`", 0.9, "above"),
    "\u0301": Mark("\u00b4", 0.9, "above"),
    "\u0302": Mark("^", 0.62, "above"),
    "\u0303": Mark("~", 0.72, "above"),
    "\u0304": Mark("-", 0.8, "above"),
    "\u0306": Mark("u", 0.42, "above"),
    "\u0307": Mark(".", 0.9, "above"),
    "\u0308": Mark("..", 0.85, "above"),
    "\u0309": Mark("?", 0.42, "above"),
    "\u030a": Mark("\u00b0", 0.8, "above"),
    "\u030b": Mark("\u00b4\u00b4", 0.8, "above"),
    "\u030c": Mark("v", 0.42, "above"),
    "\u0323": Mark(".", 0.9, "below"),
    "\u0326": Mark(",", 0.8, "below"),
    "\u0327": Mark(",", 0.8, "below"),
    "\u0328": Mark(",", 0.8, "below"),
    "\u0335": Mark("-", 0.8, "over"),
    "\u0338": Mark("/", 0.85, "over"),
}


class Written(NamedTuple):
    """A text that the font can write.

    Attributes:
        text: Only letters that the font has.
        marks: The marks over or under letters, by the place of the letter in the text.
    """

    text: str
    marks: dict[int, str]


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font that ships with Pillow at a size in pixels."""
    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise TypeError("this build of Pillow has no FreeType and cannot write text")
    return found


@cache
def advance(letter: str, size: int) -> float:
    """Return the width of a letter in pixels at a size of the font; small letters are wider than large ones shrunk."""
    return font(size).getlength(letter)


def written(text: str) -> Written:
    r"""Return a text as the font can write it.

    Accented Latin letters become a letter and its mark. Line breaks and tabs become spaces. Other scripts, emoji,
    and characters that control the direction or cannot be seen are escaped, as ``\u65e5``.
    """
    letters: list[str] = []
    marks: dict[int, str] = {}
    for character in unicodedata.normalize("NFC", text):
        for part in _parts(character):
            if part in _MARKS and letters and letters[-1] != " ":
                marks[len(letters) - 1] = marks.get(len(letters) - 1, "") + part
            elif part in _MARKS:
                letters.extend(_escaped(part))
            else:
                letters.append(part)
    return Written("".join(letters), marks)


def draw_line(brush: ImageDraw.ImageDraw, place: tuple[float, float], line: Written, size: int, fill: object) -> None:
    """Write one line; ``place`` is the left end of its base line, in pixels."""
    x, y = place
    brush.text((x, y), line.text, fill=fill, font=font(size), anchor="ls")  # type: ignore[arg-type]
    for at, marks in line.marks.items():
        left, top, right, bottom = _ink(line.text[at], size)
        start = x + font(size).getlength(line.text[:at])
        for mark in marks:
            top = _draw_mark(brush, _MARKS[mark], (start + left, y + top, start + right, y + bottom), size, fill) - y


def _draw_mark(brush: ImageDraw.ImageDraw, mark: Mark, letter: Box, size: int, fill: object) -> float:
    """Draw a mark at the box of its letter, in pixels; return the height above which a further mark would stand."""
    face = font(max(4, round(size * mark.size)))
    left, top, right, bottom = _ink(mark.glyph, round(face.size))
    x = (letter[0] + letter[2] - left - right) / 2
    gap = max(1.0, size * 0.045)
    if mark.place == "above":
        y = letter[1] - gap - bottom
    elif mark.place == "below":
        y = letter[3] + gap - top
    else:
        y = (letter[1] + letter[3] - top - bottom) / 2
    brush.text((x, y), mark.glyph, fill=fill, font=face, anchor="ls")  # type: ignore[arg-type]
    return y + top if mark.place == "above" else letter[1]


@lru_cache(maxsize=1024)
def _ink(text: str, size: int) -> Box:
    """Return the box of what is black of a text, in pixels from the left end of its base line."""
    left, top, right, bottom = font(size).getbbox(text, anchor="ls")
    drawn = Image.new("L", (round(right) + size, 3 * size))
    ImageDraw.Draw(drawn).text((0, 2 * size), text, fill=255, font=font(size), anchor="ls")
    box = drawn.getbbox()
    return (left, top, right, bottom) if box is None else (box[0], box[1] - 2 * size, box[2], box[3] - 2 * size)


@lru_cache(maxsize=4096)
def _parts(character: str) -> tuple[str, ...]:
    """Return the letters and marks that stand for a character."""
    replaced = _REPLACED.get(character)
    if replaced is not None:
        return tuple(replaced)
    if _has(character) or character in _MARKS:
        return (character,)
    apart = unicodedata.normalize("NFKD", character)
    if apart != character and all(_has(part) or part in _MARKS for part in apart):
        return tuple(apart)
    return tuple(_escaped(character))


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


@cache
def _missing() -> tuple[tuple[int, int], bytes]:
    return _drawn(_NOWHERE)


def _has(character: str) -> bool:
    if character.isascii():
        return character.isprintable()
    if 0xD800 <= ord(character) < 0xE000 or not character.isprintable():
        return False
    return _drawn(character) != _missing()


def _drawn(character: str) -> tuple[tuple[int, int], bytes]:
    mask = font(_MEASURED_AT).getmask(character)
    return mask.size, bytes(mask)
