"""Words of a command: pieces of the text that it stands in, so that places stay known and nothing large is copied."""

from __future__ import annotations

from bisect import bisect_left
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imagenspec.importing.source import Source

Piece: TypeAlias = tuple[int, int, bytes | None]
"""Where a part of a word starts and ends in the text, and what it stands for if it is an escape."""
_MOST_NOTES = 12
_LONGEST = 5000
"""The most bytes of a word that anybody but a body has."""


class Variable(NamedTuple):
    """Where a shell would put something else into a word.

    Attributes:
        offset: Where it stands.
        text: What stands there: ``$NAME``.
        is_quoted: Whether what it stands for stays one word, whatever blanks it has.
    """

    offset: int
    text: str
    is_quoted: bool = True


class Word(NamedTuple):
    """A word of a command: pieces of the text that it is made of, each with the offset that it stands at.

    Attributes:
        pieces: Where each piece starts and ends in the text, or the bytes that an escape there stands for.
        variables: Where a shell would put something else into it.
        filled: The variables that were put into it.
    """

    pieces: tuple[Piece, ...]
    variables: tuple[Variable, ...] = ()
    filled: tuple[str, ...] = ()

    @property
    def offset(self) -> int:
        """Where it starts."""
        return self.pieces[0][0]

    def text(self, data: bytes) -> bytes:
        """Return what the word says."""
        return b"".join(data[start:end] if own is None else own for start, end, own in self.pieces)

    def head(self, data: bytes) -> str:
        """Return how the word begins, which is all of any word but a body."""
        found = b""
        for start, end, own in self.pieces:
            found += data[start : min(end, start + _LONGEST)] if own is None else own[:_LONGEST]
            if len(found) >= _LONGEST:
                break
        return found[:_LONGEST].decode("utf-8", errors="replace")

    @property
    def lone(self) -> Variable | None:
        """The variable that the word is nothing but."""
        parts = [start for start, end, own in self.pieces if end > start or own]
        is_lone = len(self.variables) == 1 and parts == [self.variables[0].offset]
        return self.variables[0] if is_lone else None

    def without(self, count: int) -> Word:
        """Return the word without its first bytes, which are of its first piece."""
        start, end, own = self.pieces[0]
        first = (start + count, end, None) if own is None else (start, end, own[count:])
        return self._replace(pieces=(first, *self.pieces[1:]))

    def said(self, text: bytes) -> Word:
        """Return the word with another text in its place."""
        return self._replace(pieces=((self.offset, self.offset, text),))

    def fill(self, value_of: Callable[[Variable], Word | None]) -> Word:
        """Return the word with the values of the variables that have one."""
        found = [(one, value_of(one)) for one in self.variables]
        known = [(one, value) for one, value in found if value is not None]
        if not known:
            return self
        inner = [value for _, value in known]
        return Word(
            tuple(_filled(self.pieces, known)),
            (*(one for one, value in found if value is None), *chain(*(value.variables for value in inner))),
            (*self.filled, *(one.text for one, _ in known), *chain(*(value.filled for value in inner))),
        )

    def source(self, around: Source) -> Source:
        """Return what the word says as a source; one piece is not copied."""
        left = "is left to the shell: put what it stands for in its place"
        first = {one.text: one.offset for one in reversed(self.variables)}
        notes = tuple((around.place(offset), f"{quote(name)} {left}") for name, offset in first.items())
        around = around._replace(notes=notes[::-1][:_MOST_NOTES])
        if len(self.pieces) == 1 and self.pieces[0][2] is None:
            return around._replace(start=self.pieces[0][0], end=self.pieces[0][1])
        shifts, at = [], 0
        for start, end, own in self.pieces:
            shifts.append((at, around.place(start) - at))
            at += end - start if own is None else len(own)
        return around._replace(text=self.text(around.text), start=0, end=at, shifts=tuple(shifts))


def joined(words: Iterable[Word], between: bytes) -> Word:
    """Return several words as one, with something between them."""
    all_of = tuple(words)
    pieces: list[Piece] = []
    for index, one in enumerate(all_of):
        pieces += [(one.offset, one.offset, between)] if index else []
        pieces += one.pieces
    return Word(
        tuple(pieces), tuple(chain(*(one.variables for one in all_of))), tuple(chain(*(one.filled for one in all_of)))
    )


def _filled(pieces: Iterable[Piece], known: list[tuple[Variable, Word]]) -> Iterator[Piece]:
    """Yield pieces with the values of variables in them."""
    known = sorted(known, key=lambda pair: pair[0].offset)
    places = [variable.offset for variable, _ in known]
    for start, end, own in pieces:
        at = start
        first, last = (bisect_left(places, start), bisect_left(places, end)) if own is None else (0, 0)
        for variable, value in known[first:last]:
            yield (at, variable.offset, None)
            yield from value.pieces
            at = variable.offset + len(variable.text.encode())
        yield (at, end, own)
