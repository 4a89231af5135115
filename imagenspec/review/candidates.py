"""Which recipes a change may touch, without compiling any: what is left out here cannot have changed."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, TypeAlias
from unicodedata import normalize

from imagenspec.project.config import OWN_FILE, PYPROJECT
from imagenspec.project.discovery import SUFFIX
from imagenspec.render.locks.lockfile import SUFFIX as LOCK

if TYPE_CHECKING:
    from collections.abc import Collection

_WORD = re.compile(rb"[a-z0-9_.\x80-\xff-]+")
_FEW = 8
_SETTINGS = (OWN_FILE, PYPROJECT)
_Words: TypeAlias = "tuple[bytes, ...]"


class Touched:
    """What paths that may have changed mean for recipes that did not.

    A name that a recipe writes stands in its bytes letter by letter, unless they have a backslash, but lines may be
    broken at its blanks. So a file can only be meant where the longest word of each part of its path is in the recipe,
    from the folder on in which the recipe is. Links to folders are shorter ways.
    """

    def __init__(self, changed: Collection[str], links: Collection[str] = ()) -> None:
        """Prepare.

        Args:
            changed: The paths that may have changed.
            links: The paths of symbolic links: what they lead to may be among the changed.
        """
        self._folders = {posixpath.dirname(path) for path in changed if posixpath.basename(path) in _SETTINGS}
        others = [path for path in changed if not path.endswith((SUFFIX, LOCK))]
        self._has_links = bool(links)
        self._by_word: dict[bytes, list[tuple[list[str], _Words]]] = {}
        self._any = False
        for path in [*others, *(links if others else ())]:
            parts = path.split("/")
            words = tuple(_longest_word(part) for part in parts)
            self._any = self._any or not words[-1]
            self._by_word.setdefault(words[-1], []).append((parts, words))
        few = len(self._by_word) <= _FEW
        self._pattern = re.compile(b"|".join(map(re.escape, self._by_word))) if few and self._by_word else None

    @property
    def any_file(self) -> bool:
        """Whether a recipe can be touched at all although its text did not change."""
        return bool(self._by_word)

    def may_touch(self, path: str, text: bytes) -> bool:
        """Return whether a recipe may have changed although its text did not.

        Args:
            path: The recipe's path from the top.
            text: Its bytes.
        """
        if self._any or any(path.startswith(f"{folder}/") or not folder for folder in self._folders):
            return True
        if not self._by_word:
            return False
        if b"\\" in text:
            return True
        folded = _folded(text)
        if self._pattern is not None and self._pattern.search(folded) is None:
            return False
        words = set(_WORD.findall(folded))
        found = [one for word in words & self._by_word.keys() for one in self._by_word[word]]
        if self._has_links:
            return bool(found)
        home = path.split("/")[:-1]
        return any(_is_named(home, *one, words) for one in found)


def _is_named(home: list[str], parts: list[str], needed: _Words, words: set[bytes]) -> bool:
    """Return whether a recipe with some words in a folder can name a file."""
    shared = 0
    while shared < min(len(home), len(parts) - 1) and home[shared].lower() == parts[shared].lower():
        shared += 1
    return all(word in words or not word for word in needed[shared:])


def _longest_word(part: str) -> bytes:
    return max(_WORD.findall(_folded(part.encode("utf-8", "surrogateescape"))), key=len, default=b"")


def _folded(text: bytes) -> bytes:
    """Return text as file systems compare it that do not tell all spellings of a name apart."""
    if not text.isascii():
        text = normalize("NFC", text.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    return text.lower()
