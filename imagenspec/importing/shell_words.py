"""Shell scripts as commands and words: the quoting of POSIX shells, read without running anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from imagenspec.importing.refusals import UnreadableError
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.importing.sources import Source

Piece: TypeAlias = tuple[int, int, bytes | None]
"""Where a part of a word starts and ends in the text, and what it stands for if it is an escape."""
_PLAIN = re.compile(rb"[^\s'\"\\;|&<>$()#`]+")
_IN_DOUBLE = re.compile(rb'[^"\\]+')
_IN_ANSI = re.compile(rb"[^'\\]+")
_HEREDOC = re.compile(rb"<<(-?)[ \t]*(['\"\\]?)([A-Za-z_][A-Za-z0-9_]*)['\"]?")
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"'": b"'", b'"': b'"', b"\\": b"\\", b"b": b"\b", b"f": b"\f"}
_LONGEST = 5000
"""The most bytes of a word that anybody but a body has."""


class Word(NamedTuple):
    """A word of a command: pieces of the text that it is made of, each with the offset that it stands at.

    Attributes:
        pieces: Where each piece starts and ends in the text, or the bytes that an escape there stands for.
    """

    pieces: tuple[Piece, ...]

    def text(self, data: bytes) -> bytes:
        """Return what the word says."""
        return b"".join(data[start:end] if own is None else own for start, end, own in self.pieces)

    def head(self, data: bytes) -> str:
        """Return how the word begins, which is all of any word but a body."""
        start, end, own = self.pieces[0]
        if len(self.pieces) == 1 and own is None:
            return data[start : min(end, start + _LONGEST)].decode("utf-8", errors="replace")
        return self.text(data)[:_LONGEST].decode("utf-8", errors="replace")

    def without(self, count: int) -> Word:
        """Return the word without its first bytes, which are of its first piece."""
        start, end, own = self.pieces[0]
        first = (start + count, end, None) if own is None else (start, end, own[count:])
        return Word((first, *self.pieces[1:]))

    def source(self, around: Source) -> Source:
        """Return what the word says as a source; one piece is not copied."""
        if len(self.pieces) == 1 and self.pieces[0][2] is None:
            return around._replace(start=self.pieces[0][0], end=self.pieces[0][1])
        shifts, at = [], 0
        for start, end, own in self.pieces:
            shifts.append((at, around.place(start) - at))
            at += end - start if own is None else len(own)
        return around._replace(text=self.text(around.text), start=0, end=at, shifts=tuple(shifts))


class Command(NamedTuple):
    """A command: its words, the file that its output goes to, and its here-document."""

    words: tuple[Word, ...]
    target: Word | None
    document: Word | None


class Shell:
    """Cuts a script into commands."""

    def __init__(self, source: Source) -> None:
        self.data = source.text
        self.offset = source.start
        self.end = source.end
        self._documents: list[tuple[bytes, bool, int]] = []

    def commands(self) -> Iterator[Command]:
        """Yield the commands, in their order.

        Raises:
            UnreadableError: A quote or a here-document has no end.
        """
        words: list[Word] = []
        targets: list[Word] = []
        while self.offset < self.end:
            mark = self.data[self.offset : self.offset + 1]
            if mark == b"\n":
                self.offset += 1
                document = self._document()
                if words or document:
                    yield Command(tuple(words), next(iter(targets), None), document)
                words, targets = [], []
            elif mark in (b";", b"|", b"&", b"(", b")"):
                self.offset += 1
                if words and not self._documents:
                    yield Command(tuple(words), next(iter(targets), None), None)
                words, targets = [], []
            elif mark == b">":
                targets.append(self._redirected())
            elif not self._between():
                words.append(self._word())
        if words:
            yield Command(tuple(words), next(iter(targets), None), None)

    def _between(self) -> bool:
        """Go over what stands between words; tell whether there was any."""
        start = self.offset
        mark = self.data[start : start + 1]
        if mark in (b" ", b"\t", b"\r"):
            self.offset += 1
        elif mark == b"\\" and self.data[start + 1 : start + 2] in (b"\n", b"\r", b" ", b"\t", b""):
            self.offset += 3 if self.data.startswith(b"\r\n", start + 1) else 2
        elif mark == b"#":
            self._to_line_end()
        elif mark == b"<":
            begin = _HEREDOC.match(self.data, start, self.end)
            if begin is None:
                self._redirected()
            else:
                self._documents.append((begin[3], begin[1] == b"-", begin.start()))
                self.offset = begin.end()
        return self.offset > start

    def _redirected(self) -> Word:
        self.offset += 2 if self.data.startswith(b">>", self.offset) else 1
        while self.data[self.offset : self.offset + 1] in (b" ", b"\t"):
            self.offset += 1
        return self._word()

    def _to_line_end(self) -> None:
        end = self.data.find(b"\n", self.offset, self.end)
        self.offset = self.end if end < 0 else end

    def _document(self) -> Word | None:
        """Return the last of the here-documents that start on this line."""
        found = None
        for name, is_indented, opened in self._documents:
            line = re.compile(rb"^" + (rb"\t*" if is_indented else rb"") + name + rb"[ \t\r]*$", re.MULTILINE)
            close = line.search(self.data, self.offset, self.end)
            if close is None:
                raise UnreadableError(opened, f"this here-document has no line {quote(name.decode())} that ends it")
            found = Word(((self.offset, close.start(), None),))
            self.offset = close.end()
        self._documents.clear()
        return found

    def _word(self) -> Word:
        pieces: list[Piece] = []
        while self.offset < self.end:
            found = list(self._piece())
            if not found:
                break
            pieces += found
        return Word(tuple(pieces or [(self.offset, self.offset, None)]))

    def _piece(self) -> Iterator[Piece]:
        """Yield the next part of a word; nothing where the word ends."""
        mark = self.data[self.offset : self.offset + 1]
        if mark == b"'":
            yield self._single()
        elif mark == b'"':
            yield from self._double()
        elif self.data.startswith(b"$'", self.offset):
            yield from self._ansi()
        elif mark == b"\\":
            if self.data[self.offset + 1 : self.offset + 2] not in (b"\n", b"\r", b""):
                yield (self.offset + 1, self.offset + 2, None)
                self.offset += 2
        elif mark in (b"$", b"#", b"`"):
            end = self.data.find(b")", self.offset, self.end) if self.data.startswith(b"$(", self.offset) else -1
            start, self.offset = self.offset, end + 1 if end > 0 else self.offset + 1
            yield (start, self.offset, None)
        elif (plain := _PLAIN.match(self.data, self.offset, self.end)) is not None:
            self.offset = plain.end()
            yield (plain.start(), plain.end(), None)

    def _single(self) -> Piece:
        start = self.offset + 1
        end = self.data.find(b"'", start, self.end)
        if end < 0:
            raise UnreadableError(self.offset, "this single quote is never closed")
        self.offset = end + 1
        return (start, end, None)

    def _double(self) -> Iterator[Piece]:
        opened = self.offset
        self.offset += 1
        yield (self.offset, self.offset, None)
        while self.offset < self.end:
            if self.data[self.offset : self.offset + 1] == b'"':
                self.offset += 1
                return
            if self.data[self.offset : self.offset + 1] == b"\\":
                following = self.data[self.offset + 1 : self.offset + 2]
                start = self.offset + (1 if following in (b'"', b"\\", b"$", b"`") else 0)
                if following != b"\n":
                    yield (start, self.offset + 2, None)
                self.offset += 2
                continue
            plain = _IN_DOUBLE.match(self.data, self.offset, self.end)
            assert plain is not None  # noqa: S101 - neither quote nor backslash
            yield (plain.start(), plain.end(), None)
            self.offset = plain.end()
        raise UnreadableError(opened, "this double quote is never closed")

    def _ansi(self) -> Iterator[Piece]:
        opened = self.offset
        self.offset += 2
        while self.offset < self.end:
            if self.data[self.offset : self.offset + 1] == b"'":
                self.offset += 1
                return
            if self.data[self.offset : self.offset + 1] == b"\\":
                escape = re.compile(rb"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|(.))", re.DOTALL)
                found = escape.match(self.data, self.offset, self.end)
                if found is None:
                    break
                number = found[1] or found[2]
                own = chr(int(number, 16)).encode() if number else _ESCAPES.get(found[3], b"\\" + found[3])
                yield (found.start(), found.end(), own)
                self.offset = found.end()
                continue
            plain = _IN_ANSI.match(self.data, self.offset, self.end)
            assert plain is not None  # noqa: S101 - neither quote nor backslash
            yield (plain.start(), plain.end(), None)
            self.offset = plain.end()
        raise UnreadableError(opened, "this quote is never closed")
