"""Which engine renders a template.

Most prompts only put names into a text. Those are rendered here; a test shows that Jinja2 renders them the same. All
other templates go to Jinja2, whose import alone takes longer than linting a recipe.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.recipe.template import Ask, Use, printed

if TYPE_CHECKING:
    from imagenspec.recipe.template import Problem, Template

_PLACE = r"(?<!\{)\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)(?:\.([A-Za-z_][A-Za-z0-9_]*))?[ \t]*\}\}(?!\})"
_TAG = r"\{[{%#]|[}%#]\}"
_RESERVED = frozenset(
    [
        "and",
        "else",
        "false",
        "False",
        "if",
        "import",
        "in",
        "is",
        "none",
        "None",
        "not",
        "or",
        "recursive",
        "true",
        "True",
    ]
)


def is_template(text: str) -> bool:
    """Tell whether a text has anything for a template engine to do."""
    return "{{" in text or "{%" in text or "{#" in text


@lru_cache(maxsize=64)
def parse_template(source: str) -> Template:
    """Return a template with its names and problems; parsing never raises."""
    places = list(re.finditer(_PLACE, source))
    plain = not re.search(_TAG, re.sub(_PLACE, "", source)) and "\r" not in source
    if plain and not any(place[1] in _RESERVED for place in places):
        uses = (Use(place[1], place[2], place.start(1), place.end(2 if place[2] else 1)) for place in places)
        return _Substitution(source, tuple(uses))
    from imagenspec.recipe.jinja import parse_jinja  # noqa: PLC0415 - prompts that only name things do not pay for it

    return parse_jinja(source)


class _Substitution(NamedTuple):
    """A text with names in it."""

    source: str
    uses: tuple[Use, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def asks(self) -> frozenset[Ask]:
        return frozenset(Ask(use.name, use.attribute) for use in self.uses)

    def render(self, values: dict[str, Any]) -> str:
        def value(place: re.Match[str]) -> str:
            found = values[place[1]]
            return printed(getattr(found, place[2]) if place[2] else found)

        return re.sub(_PLACE, value, self.source)
