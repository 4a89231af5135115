"""What a stage has to say about a place in a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.source.budget import take_hint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagenspec.source.text import SourceFile, Span


class Edit(NamedTuple):
    """Replace the text of a span."""

    span: Span
    text: str


class Fix(NamedTuple):
    """A way to mend a finding: minimal edits of the text, with a title for people.

    A safe fix keeps what the recipe means; an unsafe one may change the request.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


class Related(NamedTuple):
    """A second place that explains a finding."""

    span: Span
    message: str


class Diagnostic(NamedTuple):
    """One finding: a code of the catalog, a sentence, and the place to mend.

    The message starts in lower case, has no final period, and quotes the author's text in double quotes.
    """

    code: str
    message: str
    file: SourceFile
    span: Span
    related: tuple[Related, ...] = ()
    fix: Fix | None = None


_MOST_CANDIDATES = 500
_LONGEST_WORD = 200
_SLIPS = 2
"""How many letters of two words may have no match: two are one wrong letter, or two that are swapped."""


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the known word nearest to a misspelt one, if any is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - most texts have no typing slip

    by_folded = {candidate.lower(): candidate for candidate in known}
    folded = word.lower()
    if folded in by_folded:
        return by_folded[folded]
    if not take_hint() or len(by_folded) > _MOST_CANDIDATES or len(word) > _LONGEST_WORD:
        return None
    near = get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def is_slip(word: str, known: str) -> bool:
    """Tell whether a word can only be a typing slip in a known one: a letter or two, not a part of the name."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - most texts have no typing slip

    letters = len(word) + len(known)
    kept = SequenceMatcher(None, word, known, autojunk=False).ratio() * letters / 2
    return letters - 2 * kept < _SLIPS + 1


def quote(text: object, limit: int = 40) -> str:
    """Return the author's text in double quotes, on one line and cut to ``limit`` characters."""
    shown = " ".join(str(text).split())
    if len(shown) > limit:
        shown = shown[: limit - 3].rstrip() + "..."
    return f'"{shown}"'


def any_of(words: Iterable[str], limit: int = 12) -> str:
    """Return the allowed words as a list for people: ``"a", "b" or "c"``."""
    quoted = [quote(word, 60) for word in words]
    if len(quoted) > limit:
        return ", ".join(quoted[:limit]) + f" and {len(quoted) - limit} more"
    if len(quoted) < 2:
        return "".join(quoted)
    return ", ".join(quoted[:-1]) + " or " + quoted[-1]
