"""Texts compared word by word; what is written without blanks between words, character by character."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MOST = 3_000
"""More words than this, between what both texts begin and end with, are not compared one by one."""
_WORK = 4_000
"""Something is looked for if it stands in the new list at most this often, divided by the length of the longer one."""
_SYLLABLES = (
    r"\u2e80-\u2fff\u3005-\u3007\u3021-\u302f\u3031-\u9fff\ua000-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff66-\uffdc"
    r"\U00020000-\U0003ffff"
)
_SIGNS = (
    r"!-&(-/:-@\[-^`{-~\u00a1\u00ab\u00bb\u00bf\u2010-\u2018\u201a-\u2027\u2030-\u205e"
    r"\u3001-\u3004\u3008-\u3020\u3030\uff01-\uff65"
)
_TOKEN = re.compile(rf"\s+|[{_SYLLABLES}]|[{_SIGNS}]|[^\s{_SYLLABLES}{_SIGNS}]+")


def tokens_of(text: str) -> list[str]:
    """Return a text as runs of white space, words, single characters of East Asian scripts, and signs."""
    return _TOKEN.findall(text)


def word_diff(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """Return runs of text: those of both with a space, those of the old with ``-``, of the new with ``+``."""
    before, after = tokens_of(old), tokens_of(new)
    head = _shared(before, after)
    tail = _shared(before[head:][::-1], after[head:][::-1])
    one, other = before[head : len(before) - tail], after[head : len(after) - tail]
    runs = [(" ", before[:head]), *_runs(one, other), (" ", before[len(before) - tail :])]
    return tuple((mark, "".join(tokens)) for mark, tokens in _joined(runs) if tokens)


def opcodes(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Return how one list becomes another, as :meth:`difflib.SequenceMatcher.get_opcodes` does, in bounded time.

    What stands often in a long list is only matched beside something else: else the work grows with the third power.
    """
    often = Counter(after)
    most = _WORK // max(len(before), len(after), 1)
    matcher = SequenceMatcher(lambda item: often[item] > most, before, after, autojunk=False)
    return list(matcher.get_opcodes())


def _shared(before: Sequence[str], after: Sequence[str]) -> int:
    """Return how many tokens two lists begin with together."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(before), len(after)))


def _runs(before: list[str], after: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield what becomes of words, each with the blank behind it; words are matched, blanks only compared."""
    one, other = _with_blanks(before), _with_blanks(after)
    if len(one) + len(other) > _MOST:
        yield from (("-", before), ("+", after))
        return
    for what, start, end, first, last in opcodes([word for word, _ in one], [word for word, _ in other]):
        if what == "equal":
            for (word, blank), (_, spaced) in zip(one[start:end], other[first:last], strict=True):
                yield " ", [word]
                yield from _changed([blank], [spaced])
        else:
            yield from _changed(
                *([part for pair in side for part in pair] for side in (one[start:end], other[first:last]))
            )


def _with_blanks(tokens: Sequence[str]) -> list[tuple[str, str]]:
    """Return the words of some tokens with the blank behind each; a blank at the start is behind an empty word."""
    found: list[tuple[str, str]] = []
    for token in tokens:
        if not token.isspace():
            found.append((token, ""))
        else:
            found.append((found.pop()[0] if found else "", token))
    return found


def _changed(gone: list[str], came: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield tokens that went and tokens that came; the blank that both end with stays."""
    if gone and came and gone[-1] == came[-1]:
        yield from (("-", gone[:-1]), ("+", came[:-1]), (" ", gone[-1:]))
    else:
        yield from (("-", gone), ("+", came))


def _joined(runs: Iterable[tuple[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
    """Yield runs so that one with ``-`` and one with ``+`` have all that lies between two words that stay."""
    gone: list[str] = []
    came: list[str] = []
    kept: list[str] = []
    for mark, written in runs:
        tokens = [token for token in written if token]
        if mark == " ":
            kept += tokens
        elif tokens:
            if not (gone or came) or not all(token.isspace() for token in kept):
                yield from (("-", gone), ("+", came), (" ", kept))
                gone, came, kept = [], [], []
            gone += kept + (tokens if mark == "-" else [])
            came += kept + (tokens if mark == "+" else [])
            kept = []
    yield from (("-", gone), ("+", came), (" ", kept))
