"""Shell scripts as commands and words: the quoting of POSIX shells, read without running anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.importing.commands.ansi import ansi_escape
from imagenspec.importing.commands.words import Piece, Variable, Word
from imagenspec.importing.refusals import UnreadableError
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.importing.source import Source

_PLAIN = re.compile(rb"[^\s'\"\\;|&<>$()#`]+")
_IN_DOUBLE = re.compile(rb'[^"\\$`]+')
_IN_ANSI = re.compile(rb"[^'\\]+")
_HEREDOC = re.compile(rb"<<(-?)[ \t]*(['\"\\]?)([A-Za-z_][A-Za-z0-9_]*)['\"]?")
_UNQUOTED = re.compile(rb"\\([\\$`\n])")
_VARIABLE = re.compile(rb"\$(?:[A-Za-z_]\w*|\{[^}\n]*\}|[0-9@*#?$!-])|\$\(|`")
_OPERATOR = re.compile(rb"\|\||&&|\|&|;;|[;|&()]")
_GOING_ON = ("|", "|&", "&&", "||")
"""What a command may stand behind on the next line too."""
_WINDOWS = re.compile(rb"curl\.exe\b")
_TICK = re.compile(rb"[ \t]`\r?\n")
"""What goes on with a line in PowerShell."""
_MAX_DEPTH = 20


_SETTING = re.compile(rb"(?<![^\s;])[A-Za-z_]\w*=\Z")
_LONGEST_NAME = 100


class Command(NamedTuple):
    """A command.

    Attributes:
        words: Its words.
        behind: The operator that it stands behind: ``|``, ``&&``; nothing where a line starts.
        is_inner: Whether it stands in brackets, in ``$(...)`` or in backticks.
        target: The file that its output goes to.
        is_added: Whether the output is added to what is in that file.
        document: Its here-document or here-string.
        given: The file that it reads from.
        ahead: The operator that ends it; nothing where a line ends.
    """

    words: tuple[Word, ...]
    behind: str
    is_inner: bool
    target: Word | None
    is_added: bool
    document: Word | None
    given: Word | None
    ahead: str = ""


class _HereDocument(NamedTuple):
    """A here-document that the next line starts."""

    name: bytes
    is_indented: bool
    is_quoted: bool
    opened: int


class _Open:
    """A command that is being read."""

    def __init__(self, behind: str = "", *, is_inner: bool = False) -> None:
        self.behind = behind
        self.ahead = ""
        self.is_inner = is_inner
        self.is_added = False
        self.given: list[Word] = []
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
        self._of_windows = _WINDOWS.search(self.data, self.offset, self.end)
        self._now = _Open(is_inner=depth > 0)
        self._variables: list[Variable] = []

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
                goes_on = not self._now.words and self._now.behind in _GOING_ON
                self._now = _Open(self._now.behind if goes_on else "", is_inner=self._now.is_inner)
                line = [self._now]
            elif mark == b">" or self.data.startswith(b"&>", self.offset):
                is_added = self.data.startswith(b">>", self.offset)
                found = self._redirected()
                self._now.is_added |= bool(found) and is_added
                self._now.targets += found
            elif (operator := _OPERATOR.match(self.data, self.offset, self.end)) is not None:
                self.offset = operator.end()
                brackets += {b"(": 1, b")": -1}.get(mark, 0)
                self.is_closed = brackets < 0 and self._depth > 0
                brackets = brackets if self._depth else max(brackets, 0)
                is_of_group = mark == b"|" and not self._now.words and self._now.behind == ")"
                behind = ")" if is_of_group else operator[0].decode()
                self._now.ahead = operator[0].decode()
                self._now = _Open(behind, is_inner=brackets > 0 or self._depth > 0)
                line.append(self._now)
            elif not self._between():
                self._now.words.append(self._word())
        yield from self._finished(line)

    def _finished(self, line: list[_Open]) -> Iterator[Command]:
        """Yield the commands of a line with their here-documents, which start here."""
        for one in line:
            found = [each if isinstance(each, Word) else self._document(each) for each in one.documents]
            yield from one.inner
            if one.words or found or one.targets:
                target, given = next(iter(one.targets), None), next(reversed(one.given), None)
                document = next(reversed(found), None)
                yield Command(
                    tuple(one.words), one.behind, one.is_inner, target, one.is_added, document, given, one.ahead
                )

    def _between(self) -> bool:
        """Go over what stands between words; tell whether there was any."""
        start = self.offset
        mark = self.data[start : start + 1]
        if mark in (b" ", b"\t", b"\r", b"\f", b"\v"):
            self.offset += 1
        elif mark == b"\\" and self.data[start + 1 : start + 2] in (b"\n", b"\r", b" ", b"\t", b""):
            self.offset += 3 if self.data.startswith(b"\r\n", start + 1) else 2
        elif mark == b"`" and self._of_windows is not None and _TICK.match(self.data, start - 1, self.end):
            self.offset = self.data.index(b"\n", start) + 1
        elif mark == b"#":
            self._to_line_end()
        elif self.data.startswith(b"<<<", start):
            self.offset += 3
            self._now.documents.append(self._word_behind_blanks())
        elif mark == b"<":
            begin = _HEREDOC.match(self.data, start, self.end)
            if begin is None:
                self._now.given.append(self._read_from())
            else:
                self._now.documents.append(_HereDocument(begin[3], begin[1] == b"-", begin[2] != b"", start))
                self.offset = begin.end()
        return self.offset > start

    def _read_from(self) -> Word:
        """Return the file that a command reads from; an empty word for the output of another command."""
        self.offset += 1
        return self._word_behind_blanks()

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

    def _expanded(self, start: int, end: int) -> tuple[tuple[Piece, ...], tuple[Variable, ...]]:
        """Return a here-document without quotes around its name: its pieces, and the variables in it."""
        pieces: list[Piece] = []
        variables: list[Variable] = []
        at = start
        escapes = _UNQUOTED.finditer(self.data, start, end) if self.data.find(b"\\", start, end) >= 0 else ()
        for escape in escapes:
            pieces.append((at, escape.start(), None))
            variables += self._variables_in(at, escape.start())
            if escape[1] != b"\n":
                pieces.append((escape.start(1), escape.end(), None))
            at = escape.end()
        return (*pieces, (at, end, None)), (*variables, *self._variables_in(at, end))

    def _variables_in(self, start: int, end: int) -> Iterator[Variable]:
        if self.data.find(b"$", start, end) < 0 and self.data.find(b"`", start, end) < 0:
            return
        for found in _VARIABLE.finditer(self.data, start, end):
            yield Variable(found.start(), found[0].decode("utf-8", errors="replace"))

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
            yield from self._inserted(is_quoted=False)
        elif mark == b"#":
            self.offset += 1
            yield (self.offset - 1, self.offset, None)
        elif (plain := _PLAIN.match(self.data, self.offset, self.end)) is not None:
            self.offset = plain.end()
            yield (plain.start(), plain.end(), None)

    def _inserted(self, *, is_quoted: bool) -> Iterator[Piece]:
        """Yield what stands for a variable or for the output of a command: of a ``cat``, its here-document."""
        start = self.offset
        if not is_quoted and self.data.startswith(b'$"', start):
            self.offset += 1
            yield from self._double()
            return
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
                self._variables.append(Variable(start, found[0].decode("utf-8", errors="replace"), is_quoted))
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
            is_whole = is_quoted or _SETTING.search(self.data, max(start - _LONGEST_NAME, 0), start) is not None
            if is_whole or not re.search(rb"\s", document.text(self.data).rstrip(b"\n")):
                self._variables += document.variables
                yield from _without_end(document.pieces, self.data)
                return
        self._now.inner += [one._replace(is_inner=True) for one in commands]
        self._variables.append(Variable(start, f"{what}...{')' if what == '$(' else what}", is_quoted))
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
                yield from self._inserted(is_quoted=True)
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
                found = ansi_escape(self.data, self.offset, self.end)
                if found is None:
                    break
                yield found
                self.offset = found[1]
                continue
            plain = _IN_ANSI.match(self.data, self.offset, self.end)
            assert plain is not None  # noqa: S101 - neither quote nor backslash
            yield (plain.start(), plain.end(), None)
            self.offset = plain.end()
        raise UnreadableError(opened, "this quote is never closed")


def _without_end(pieces: tuple[Piece, ...], data: bytes) -> Iterator[Piece]:
    """Yield the pieces of an output without the line ends at its end, which a shell takes away."""
    *others, (start, end, own) = pieces
    while own is None and end > start and data[end - 1 : end] == b"\n":
        end -= 1
    yield from others
    yield (start, end, own)
