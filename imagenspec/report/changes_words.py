"""Runs of words that went, came or stayed, as people are shown them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.review.words import tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_KEPT = 12
"""How many words and blanks are shown on either side of what differs."""
_BLANKS = {" ": "·", "\t": "→", "\n": "↵"}


def runs_of(words: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield runs on one line: of what stays, only what stands near a difference; white space that differs is visible.

    Args:
        words: The runs, with ``-``, ``+`` or a space.
    """
    for index, (mark, text) in enumerate(words):
        yield mark, _near(text, index == 0, index == len(words) - 1) if mark == " " else _with_blanks(text)


def _near(text: str, is_first: bool, is_last: bool) -> str:
    tokens = tokens_of(re.sub(r"\s+", " ", text))
    if len(tokens) <= 2 * _KEPT:
        return "".join(tokens)
    head = "" if is_first else "".join(tokens[:_KEPT])
    tail = "" if is_last else "".join(tokens[-_KEPT:])
    return " ".join(part for part in (head.rstrip(), "...", tail.lstrip()) if part)


def _with_blanks(text: str) -> str:
    """Return a run in which all white space is visible but single blanks beside words."""
    if text.isspace():
        return _shown(text)
    return re.sub(r"\s+", lambda run: run[0] if run[0] == " " else _shown(run[0]), text)


def _shown(blanks: str) -> str:
    return "".join(_BLANKS.get(one, "␣") for one in blanks)
