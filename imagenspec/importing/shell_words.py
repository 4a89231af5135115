"""Shell scripts as commands and words: the quoting of POSIX shells, read without running anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from imagenspec.importing.refusals import UnreadableError
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.importing.source import Source

Piece: TypeAlias = tuple[int, int, bytes | None]
"""Where a part of a word starts and ends in the text, and what it stands for if it is an escape."""
_PLAIN = re.compile(rb"[^\s'\"\\;|&<>$()#`]+")
_IN_DOUBLE = re.compile(rb'[^"\\$`]+')
_IN_ANSI = re.compile(rb"[^'\\]+")
_ANSI_PAIR = re.compile(rb"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
_ANSI_ESCAPE = re.compile(
    rb"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(.))", re.DOTALL
)
_HEREDOC = re.compile(rb"<<(-?)[ \t]*(['\"\\]?)([A-Za-z_][A-Za-z0-9_]*)['\"]?")
_UNQUOTED = re.compile(rb"\\([\\$`\n])")
_VARIABLE = re.compile(rb"\$(?:[A-Za-z_]\w*|\{[^}\n]*\}|[0-9@*#?$!-])|\$\(|`")
_MAX_DEPTH = 20
_ESCAPES = dict(
    zip(
        (b"n", b"t", b"r", b"b", b"f", b"a", b"v", b"e", b"E", b"'", b'"', b"\\", b"?"),
        (b"\n", b"\t", b"\r", b"\b", b"\f", b"\a", b"\v", b"\x1b", b"\x1b", b"'", b'"', b"\\", b"?"),
        strict=True,
    )
)
_MOST_NOTES = 12
_LONGEST = 5000
"""The most bytes of a word that anybody but a body has."""


class Word(NamedTuple):
    """A word of a command: pieces of the text that it is made of, each with the offset that it stands at.

    Attributes:
        pieces: Where each piece starts and ends in the text, or the bytes that an escape there stands for.
        variables: Where a shell would put something else into it, and what it says there.
    """

    pieces: tuple[Piece, ...]
    variables: tuple[tuple[int, str], ...] = ()

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
        return self._replace(pieces=(first, *self.pieces[1:]))

    def source(self, around: Source) -> Source:
        """Return what the word says as a source; one piece is not copied."""
        left = "is left to the shell: put what it stands for in its place"
        first = {name: offset for offset, name in reversed(self.variables)}
        notes = tuple((around.place(offset), f"{quote(name)} {left}") for name, offset in first.items())
        around = around._replace(notes=notes[::-1][:_MOST_NOTES])
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


class _HereDocument(NamedTuple):
    """A here-document that the next line starts."""

    name: bytes
    is_indented: bool
    is_quoted: bool
    opened: int


class _Open:
    """A command that is being read."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.targets: list[Word] = []
        self.documents: list[_HereDocument | Word] = []
        self.inner: list[Command] = []


class Shell:
    """Cuts a script into commands; those in ``$(...)`` and backticks come before the one that they are in."""

    def __init__(self, source: Source, depth: int = 0) -> None:
        self.source = source
        self.data = source.text
        self.offset = source.start
        self.end = source.end
        self.is_closed = False
        self._depth = depth
        self._now = _Open()
        self._variables: list[tuple[int, str]] = []

    def commands(self) -> Iterator[Command]:
        """Yield the commands, in their order; of ``$(...)``, up to the bracket that closes it.

        Raises:
            UnreadableError: A quote or a here-document has no end.
        """
        line = [self._now]
        brackets = 0
        while self.offset < self.end and not self.is_closed:
            mark = self.data[self.offset : self.offset + 1]
            if mark == b"\n":
                self.offset += 1
                yield from self._finished(line)
                self._now = _Open()
                line = [self._now]
            elif mark == b">" or self.data.startswith(b"&>", self.offset):
                self._now.targets += self._redirected()
            elif mark in (b";", b"|", b"&", b"(", b")"):
                self.offset += 1
                brackets += {b"(": 1, b")": -1}.get(mark, 0)
                self.is_closed = brackets < 0 and self._depth > 0
                self._now = _Open()
                line.append(self._now)
            elif not self._between():
                self._now.words.append(self._word())
        yield from self._finished(line)

    def _finished(self, line: list[_Open]) -> Iterator[Command]:
        """Yield the commands of a line with their here-documents, which start here."""
        for one in line:
            found = [each if isinstance(each, Word) else self._document(each) for each in one.documents]
            yield from one.inner
            if one.words or found:
                yield Command(tuple(one.words), next(iter(one.targets), None), next(reversed(found), None))

    def _between(self) -> bool:
        """Go over what stands between words; tell whether there was any."""
        start = self.offset
        mark = self.data[start : start + 1]
        if mark in (b" ", b"\t", b"\r", b"\f", b"\v"):
            self.offset += 1
        elif mark == b"\\" and self.data[start + 1 : start + 2] in (b"\n", b"\r", b" ", b"\t", b""):
            self.offset += 3 if self.data.startswith(b"\r\n", start + 1) else 2
        elif mark == b"#":
            self._to_line_end()
        elif self.data.startswith(b"<<<", start):
            self.offset += 3
            self._now.documents.append(self._word_behind_blanks())
        elif mark == b"<":
            begin = _HEREDOC.match(self.data, start, self.end)
            if begin is None:
                self._redirected()
            else:
                self._now.documents.append(_HereDocument(begin[3], begin[1] == b"-", begin[2] != b"", start))
                self.offset = begin.end()
        return self.offset > start

    def _redirected(self) -> list[Word]:
        """Return the file that output goes to; nothing for another number."""
        words = self._now.words
        if words and words[-1].pieces[-1][1] == self.offset and words[-1].text(self.data) in (b"1", b"2"):
            is_error = words.pop().text(self.data) == b"2"
        else:
            is_error = False
        while self.data[self.offset : self.offset + 1] in (b">", b"<", b"&", b"|"):
            self.offset += 1
        target = self._word_behind_blanks()
        return [] if is_error or re.fullmatch(rb"[0-9-]?", target.text(self.data)) else [target]

    def _word_behind_blanks(self) -> Word:
        while self.data[self.offset : self.offset + 1] in (b" ", b"\t"):
            self.offset += 1
        return self._word()

    def _to_line_end(self) -> None:
        end = self.data.find(b"\n", self.offset, self.end)
        self.offset = self.end if end < 0 else end

    def _document(self, begin: _HereDocument) -> Word:
        """Return the here-document that starts here."""
        tabs = rb"\t*" if begin.is_indented else rb""
        line = re.compile(rb"^" + tabs + begin.name + rb"[ \t\r]*$", re.MULTILINE)
        close = line.search(self.data, self.offset, self.end)
        if close is None:
            reason = f"this here-document has no line {quote(begin.name.decode())} that ends it"
            raise UnreadableError(begin.opened, reason)
        start, self.offset = self.offset, close.end()
        if begin.is_quoted:
            return Word(((start, close.start(), None),))
        return Word(*self._expanded(start, close.start()))

    def _expanded(self, start: int, end: int) -> tuple[tuple[Piece, ...], tuple[tuple[int, str], ...]]:
        """Return a here-document without quotes around its name: its pieces, and the variables in it."""
        pieces: list[Piece] = []
        variables: list[tuple[int, str]] = []
        at = start
        escapes = _UNQUOTED.finditer(self.data, start, end) if self.data.find(b"\\", start, end) >= 0 else ()
        for escape in escapes:
            pieces.append((at, escape.start(), None))
            variables += self._variables_in(at, escape.start())
            if escape[1] != b"\n":
                pieces.append((escape.start(1), escape.end(), None))
            at = escape.end()
        return (*pieces, (at, end, None)), (*variables, *self._variables_in(at, end))

    def _variables_in(self, start: int, end: int) -> Iterator[tuple[int, str]]:
        if self.data.find(b"$", start, end) < 0 and self.data.find(b"`", start, end) < 0:
            return
        for found in _VARIABLE.finditer(self.data, start, end):
            yield found.start(), found[0].decode("utf-8", errors="replace")

    def _word(self) -> Word:
        pieces: list[Piece] = []
        before = len(self._variables)
        while self.offset < self.end:
            found = list(self._piece())
            if not found:
                break
            pieces += found
        variables = tuple(self._variables[before:])
        del self._variables[before:]
        return Word(tuple(pieces or [(self.offset, self.offset, None)]), variables)

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
            following = self.data[self.offset + 1 : self.offset + 2]
            if following == b"\n":
                self.offset += 2
                yield (self.offset, self.offset, None)
            elif following not in (b"\r", b""):
                yield (self.offset + 1, self.offset + 2, None)
                self.offset += 2
        elif mark in (b"$", b"`"):
            yield from self._inserted()
        elif mark == b"#":
            self.offset += 1
            yield (self.offset - 1, self.offset, None)
        elif (plain := _PLAIN.match(self.data, self.offset, self.end)) is not None:
            self.offset = plain.end()
            yield (plain.start(), plain.end(), None)

    def _inserted(self) -> Iterator[Piece]:
        """Yield what stands for a variable or for the output of a command: of a ``cat``, its here-document."""
        start = self.offset
        if self.data.startswith(b"$(", start) and not self.data.startswith(b"$((", start):
            inner = Shell(self.source._replace(start=start + 2, end=self.end), self._depth + 1)
            what = "$("
        elif self.data.startswith(b"`", start):
            close = self.data.find(b"`", start + 1, self.end)
            if close < 0:
                raise UnreadableError(start, "this backtick is never closed")
            inner = Shell(self.source._replace(start=start + 1, end=close))
            what = "`"
        else:
            found = _VARIABLE.match(self.data, start, self.end)
            self.offset = found.end() if found else start + 1
            if found:
                self._variables.append((start, found[0].decode("utf-8", errors="replace")))
            yield (start, self.offset, None)
            return
        if self._depth > _MAX_DEPTH:
            raise UnreadableError(start, f"more than {_MAX_DEPTH} levels of commands in commands")
        commands = list(inner.commands())
        if what == "$(" and not inner.is_closed:
            raise UnreadableError(start, 'this "$(" is never closed')
        self.offset = inner.offset + (what == "`")
        document = commands[0].document if len(commands) == 1 else None
        if document is not None and [word.head(self.data) for word in commands[0].words] == ["cat"]:
            self._variables += document.variables
            yield from document.pieces
            return
        self._now.inner += commands
        self._variables.append((start, f"{what}...{')' if what == '$(' else what}"))
        yield (start, self.offset, None)

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
            mark = self.data[self.offset : self.offset + 1]
            if mark == b'"':
                self.offset += 1
                return
            if mark == b"\\":
                following = self.data[self.offset + 1 : self.offset + 2]
                start = self.offset + (1 if following in (b'"', b"\\", b"$", b"`") else 0)
                if following != b"\n":
                    yield (start, self.offset + 2, None)
                self.offset += 2
                continue
            if mark in (b"$", b"`"):
                yield from self._inserted()
                continue
            plain = _IN_DOUBLE.match(self.data, self.offset, self.end)
            assert plain is not None  # noqa: S101 - none of the four
            yield (plain.start(), plain.end(), None)
            self.offset = plain.end()
        raise UnreadableError(opened, "this double quote is never closed")

    def _ansi(self) -> Iterator[Piece]:
        opened = self.offset
        self.offset += 2
        yield (self.offset, self.offset, None)
        while self.offset < self.end:
            if self.data[self.offset : self.offset + 1] == b"'":
                self.offset += 1
                return
            if self.data[self.offset : self.offset + 1] == b"\\":
                pair = _ANSI_PAIR.match(self.data, self.offset, self.end)
                found = pair or _ANSI_ESCAPE.match(self.data, self.offset, self.end)
                if found is None:
                    break
                yield (found.start(), found.end(), _of_pair(found) if pair else _of_escape(found))
                self.offset = found.end()
                continue
            plain = _IN_ANSI.match(self.data, self.offset, self.end)
            assert plain is not None  # noqa: S101 - neither quote nor backslash
            yield (plain.start(), plain.end(), None)
            self.offset = plain.end()
        raise UnreadableError(opened, "this quote is never closed")


def _of_pair(found: re.Match[bytes]) -> bytes:
    """Return the character of two escapes, as browsers write those beyond 16 bits."""
    return b"".join(int(half, 16).to_bytes(2, "big") for half in found.groups()).decode("utf-16-be").encode()


def _of_escape(found: re.Match[bytes]) -> bytes:
    """Return the bytes of an escape of ``$'...'``."""
    byte = int(found[1], 16) if found[1] else int(found[2], 8) if found[2] else None
    if byte is not None:
        return bytes((byte & 0xFF,))
    number = found[3] or found[4]
    if number is None:
        return _ESCAPES.get(found[5], b"\\" + found[5])
    try:
        return chr(int(number, 16)).encode()
    except (ValueError, OverflowError) as error:
        raise UnreadableError(found.start(), f"{quote(found[0].decode())} is no character") from error
