"""Which codes count where: ``select``, ``ignore`` and ``per_file_ignores`` of the configuration."""

from __future__ import annotations

from typing import NamedTuple

from imagenspec.catalog.codes import codes, codes_of


class Selection(NamedTuple):
    """Words of the configuration; each is a code, a name, or the beginning of codes such as ``IMG5``.

    Attributes:
        select: What counts; nothing written means everything.
        ignore: What does not count.
        per_file: Patterns of file names, each with what does not count there.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def silenced(self, name: str) -> frozenset[str]:
        """Return the codes that do not count in a file; those without which there is no request always do.

        Args:
            name: The file's path from the project's root, with forward slashes.
        """
        if self == _NOTHING:
            return frozenset()
        known = codes()
        silent: set[str] = set()
        if self.select is not None:
            silent |= known.keys() - _all_of(self.select)
        silent |= _all_of(self.ignore)
        for pattern, words in self.per_file:
            if matches(name, pattern):
                silent |= _all_of(words)
        return frozenset(code for code in silent if not known[code].fatal)


_NOTHING = Selection()


def _all_of(words: tuple[str, ...]) -> set[str]:
    return {code for word in words for code in codes_of(word)}


def matches(name: str, pattern: str) -> bool:
    """Tell whether a pattern means a file: ``*`` is any text, also across folders; ``folder/`` is all below."""
    from fnmatch import fnmatchcase  # noqa: PLC0415 - few projects have patterns

    if pattern.endswith("/"):
        pattern += "*"
    return fnmatchcase(name, pattern) or fnmatchcase(name.rpartition("/")[2], pattern)
