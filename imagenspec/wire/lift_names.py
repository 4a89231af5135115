"""Readable names for references: what a subject is, or what kind of reference it is."""

from __future__ import annotations

import re

_TURNS = frozenset(
    (
        *("with", "of", "in", "on", "at", "from", "and", "or", "wearing", "who", "that", "which", "for", "to"),
        *("holding", "without", "by", "as", "under", "over", "standing", "sitting", "made"),
    )
)
"""Words behind which a description no longer says what it is of."""
_ARTICLES = frozenset(("a", "an", "the", "this", "my", "our", "his", "her", "their", "one", "some"))
_TAKEN = frozenset(
    (
        *("and", "or", "not", "in", "is", "if", "else", "for", "true", "false", "none", "loop", "case", "recipe"),
        *("sample", "import", "recursive", "range", "self", "subject", "control", "raw"),
    )
)
"""Names that templates, or readers of them, take for something else."""
_KINDS = {"raw": "image", "mask": "mask", "style": "style", "control": "control", "subject": "subject"}


class Names:
    """Gives each reference of a request a name of its own."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def of(self, kind: str, choice: object, description: str | None) -> str:
        """Return the name of a reference.

        Args:
            kind: Subject, style, control, raw or mask.
            choice: What its kind key says.
            description: What it is described as, where it is.
        """
        plain = choice if kind in ("subject", "control") and choice != "default" else _KINDS[kind]
        name = noun_of(description or "") if kind == "subject" else None
        name = name or str(plain)
        for number in range(2, 10_000):
            if name not in self._given:
                break
            name = f"{re.sub(r'_[0-9]+$', '', name)}_{number}"
        self._given.add(name)
        return name


def noun_of(description: str) -> str | None:
    """Return the word that says what is described: ``man`` of ``a man with short hair``."""
    if "_" in description or description.isupper():
        return None
    words = re.findall(r"[^\W\d_]+|[,.;:]", description[:200].lower())
    while words and words[0] in _ARTICLES:
        words.pop(0)
    end = next((index for index, word in enumerate(words) if word in _TURNS or not word.isalpha()), len(words))
    word = words[end - 1] if 0 < end <= 4 else ""
    return word if re.fullmatch(r"[a-z]{2,20}", word) and word not in _TAKEN else None
