"""What the service writes for people: cut to what may be shown, with its support codes decoded to words.

The codes are those of https://docs.cloud.google.com/vertex-ai/generative-ai/docs/image/responsible-ai-imagen.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.catalog.tables import rows

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 1000
_SIDES = {"input": "in the prompt or an input picture", "output": "in the generated picture", "both": ""}
_CODE = r"(?<![0-9])[0-9]{8}(?![0-9])"
_ANNOUNCED = re.compile(rf"(?:support|error)\s+codes?:?\s*({_CODE}(?:[\s,;]+{_CODE})*)", re.IGNORECASE)
_TOKEN = re.compile(r"\bya29\.[\w.~+/=-]+|(?<=bearer )[\w.~+/=-]{20,}", re.IGNORECASE)
"""A token in the message of a service that repeats what it was sent."""
_NOTHING_ELSE = re.compile(rf"\s*{_CODE}(?:[\s,;]+{_CODE})*[\s;.]*")


class SupportCode(NamedTuple):
    """A number that the service gives as its reason.

    Attributes:
        number: Its eight digits.
        category: What it is about; nothing where no page lists the number.
        side: Whether the input, the output or both are meant.
    """

    number: int
    category: str | None
    side: str | None

    @property
    def words(self) -> str:
        """The code for people: ``violence in the generated picture (56562880)``."""
        if self.category is None:
            return f"a reason that is not documented ({self.number})"
        place = _SIDES.get(self.side or "", "")
        return " ".join(word for word in (self.category.lower(), place, f"({self.number})") if word)


def codes_in(text: str) -> tuple[int, ...]:
    """Return the support codes of a text in order, each once; the text says that they are, or has nothing else."""
    found = [text] if _NOTHING_ELSE.fullmatch(text) else _ANNOUNCED.findall(text)
    numbers = [int(number) for part in found for number in re.findall(_CODE, part)]
    return tuple(dict.fromkeys(numbers))


def is_only_codes(text: str) -> bool:
    """Return whether a text has nothing but support codes, as older models answer."""
    return _NOTHING_ELSE.fullmatch(text) is not None


def decoded(numbers: Iterable[int]) -> tuple[SupportCode, ...]:
    """Return support codes with what the documentation says of them."""
    known = _documented()
    return tuple(known.get(number, SupportCode(number, None, None)) for number in numbers)


def shown(text: str) -> str:
    """Return a text of the service on one line, without what looks like base64 or a token, cut to a length for people.

    Halves of characters, which JSON may have and UTF-8 may not, are replaced.
    """
    line = " ".join(re.sub(r"[^\S ]|[\x00-\x1f\x7f-\x9f]", " ", text[: 50 * _LONGEST]).split())
    whole = re.sub(_TOKEN, "<a token>", re.sub(r"[\ud800-\udfff]", "\ufffd", line))
    plain = re.sub(r"[A-Za-z0-9+/_=-]{200,}", lambda run: f"<{len(run[0])} characters of base64>", whole)
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 3].rstrip() + "..."


@cache
def _documented() -> dict[int, SupportCode]:
    return {row["code"]: SupportCode(row["code"], row["category"], row["side"]) for row in rows("support_codes")}
