"""Texts compared word by word."""

from __future__ import annotations

from difflib import SequenceMatcher

_MOST = 2_000
"""More words than this are not compared one by one."""


def word_diff(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """Return runs of words: those of both texts with a space, those of the old with ``-``, of the new with ``+``."""
    before, after = old.split(), new.split()
    if len(before) + len(after) > _MOST:
        return tuple((mark, " ".join(words)) for mark, words in (("-", before), ("+", after)) if words)
    found: list[tuple[str, str]] = []
    for what, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            found.append((" ", " ".join(before[start:end])))
            continue
        if start < end:
            found.append(("-", " ".join(before[start:end])))
        if first < last:
            found.append(("+", " ".join(after[first:last])))
    return tuple(found)
