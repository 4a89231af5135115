"""Texts compared word by word; what is written without blanks between words, character by character."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MOST = 3_000
"""More tokens than this, between what both texts begin and end with, are not compared one by one."""
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


def _shared(before: Sequence[str], after: Sequence[str]) -> int:
    """Return how many tokens two lists begin with together."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(before), len(after)))


def _runs(before: list[str], after: list[str]) -> Iterator[tuple[str, list[str]]]:
    if len(before) + len(after) > _MOST:
        yield from (("-", before), ("+", after))
        return
    for what, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            yield " ", before[start:end]
        else:
            yield from (("-", before[start:end]), ("+", after[first:last]))


def _joined(runs: Iterable[tuple[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
    """Yield runs so that one with ``-`` and one with ``+`` have all that lies between two words that stay."""
    gone: list[str] = []
    came: list[str] = []
    blank: list[str] = []
    for mark, tokens in runs:
        if mark != " ":
            gone += blank + (tokens if mark == "-" else [])
            came += blank + (tokens if mark == "+" else [])
            blank = []
        elif (gone or came) and all(token.isspace() for token in tokens):
            blank += tokens
        else:
            yield from (("-", gone), ("+", came), (" ", blank + tokens))
            gone, came, blank = [], [], []
    yield from (("-", gone), ("+", came), (" ", blank))
