"""Characters as a terminal shows them: what is printed for each, and how many columns that takes."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

_TAB = "    "
_HIDDEN = "\ufffd"
_JOINERS = "\u200c\u200d"
_JOINED = ("So", "Sk", "Lo", "Mn", "Mc")
"""Categories of emoji, and of letters in scripts that are written with joiners; Latin is none of them."""
_PRESENTATION = "\ufe0e\ufe0f"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_JAMO = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))
"""Vowels and finals of decomposed Hangul; they stand inside the block of the consonant before them."""


class Cell(NamedTuple):
    """One character of a source text: what is printed for it, and its width in columns."""

    shown: str
    width: int


def cells(line: str) -> list[Cell]:
    """Return the characters of a line in such a form that every terminal gives them the same width.

    Tabs become spaces. Joiners, where writers need them, and the choice between the coloured and the plain form of an
    emoji are left out: terminals disagree on the width of what they make. What else cannot be seen becomes U+FFFD.
    """
    if line.isascii() and line.isprintable():
        return [Cell(character, 1) for character in line]
    return [_cell(character, line, index) for index, character in enumerate(line)]


def _cell(character: str, line: str, index: int) -> Cell:
    if character == "\t":
        return Cell(_TAB, len(_TAB))
    if _is_left_out(character, line, index):
        return Cell("", 0)
    if character in _PRESENTATION or not character.isprintable():
        return Cell(_HIDDEN, 1)
    if ord(character) in _SKIN_TONES and index and unicodedata.category(line[index - 1]) == "So":
        return Cell(character, 0)
    if unicodedata.category(character) in ("Mn", "Me") or any(ord(character) in block for block in _JAMO):
        return Cell(character, 0)
    return Cell(character, 2 if unicodedata.east_asian_width(character) in "WF" else 1)


def _is_left_out(character: str, line: str, index: int) -> bool:
    """Tell whether a character that cannot be seen stands where writers need it.

    That is a joiner between parts of an emoji or letters of a script that has joiners, and the choice of a form
    behind what is no letter.
    """
    if character in _PRESENTATION:
        return index > 0 and not line[index - 1].isalpha()
    if character not in _JOINERS:
        return False
    before = line[max(0, index - 2) : index].rstrip(_PRESENTATION)[-1:]
    behind = line[index + 1 : index + 2]
    return all(one and unicodedata.category(one) in _JOINED for one in (before, behind))
