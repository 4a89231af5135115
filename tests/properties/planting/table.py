"""All mistakes, and the codes that none of them leads to."""

from __future__ import annotations

from planting.fields import field_planters
from planting.files import FILES
from planting.pairings import PAIRINGS
from planting.settings import SETTINGS
from planting.shapes import SHAPES
from planting.texts import TEXTS
from planting.words import WORDS

FIELDS = tuple(field_planters())
RULES = (*SHAPES, *SETTINGS, *PAIRINGS, *WORDS, *FILES)
CODES = frozenset(planter.code for planter in (*FIELDS, *RULES, *TEXTS))

_WHOLE = "is about a project, not about one of its recipes"
WITHOUT_PLANTER = {
    "IMG014": "needs a file that the system does not let be read, which no file is to an administrator",
    "IMG015": "is about a folder of recipes that is a symbolic link, not about the text of one",
    "IMG801": _WHOLE,
    "IMG802": _WHOLE,
    "IMG803": "is about two cases of a recipe, and mistakes are planted into one",
    "IMG905": _WHOLE,
    "IMG504": "needs a picture that the system does not let be read, which no file is to an administrator",
}
"""Codes that nothing in a recipe or in its pictures leads to, each with the reason."""

EXCUSED: dict[str, str] = {}
"""Mistakes that do not always give exactly one finding at the right place, each with the reason."""
