"""What a PowerShell script is made of: its texts and comments, its blocks, and the names in it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING

from imagenspec.importing.commands.words import Piece, Variable, Word
from imagenspec.importing.refusals import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.importing.source import Source

_MARK = re.compile(rb"@(['\"])[ \t]*\r?\n|<#|(?<![^\s;(){}|,=])#|'|\"|`|\$\{|[{}]", re.DOTALL)
_IN_DOUBLE = re.compile(rb"`|\"\"?", re.DOTALL)
_IN_SINGLE = re.compile(rb"''?")
_ESCAPED = dict(zip(map(bytes, zip(b"ntr0abfv")), map(bytes, zip(b"\n\t\r\0\a\b\f\v")), strict=True))
_LATER = re.compile(rb"`(?:u\{\w*\}|e)")
"""An escape that only some versions know."""
_VARIABLE = re.compile(rb"\$(?:\w+(?::\w+)?|\{[^}\n]*\}|\()")
_NAME = re.compile(rb"\w+")
_USE_BEFORE = (b"$", b"-", b".")
"""What stands before a name that is used, and before one of an option or of a member."""
_SET_BEHIND = re.compile(
    rb"\}?\s*(?:[-+*/%?]{0,2}=(?!=)|\+\+|--|,[\s$\w,:{}]*=(?!=)|[.\[][^\n=]*=(?!=)|\s+in\b)", re.IGNORECASE
)
_COUNTED_BEFORE = re.compile(rb"(?:\+\+|--|\[ref\]\s*|,\s*)\$\{?\Z", re.IGNORECASE)
_FROM_ELSEWHERE = re.compile(
    rb"(?<![\w$-])(?:Invoke-Expression|iex|Set-Variable|New-Variable|Clear-Variable|Remove-Variable)\b[^\n]*\$"
    rb"|(?<![\w$-])(?:Invoke-Expression|iex)\b|(?:\A|[\n;{])[ \t]*\.[ \t]+\S",
    re.IGNORECASE,
)
_offset = itemgetter(0)


class Marks:
    """The texts, the comments and the blocks of a script.

    Attributes:
        texts: Where each text in quotes starts and ends, and what it says.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.data = source.text
        self.texts: list[tuple[int, int, Word]] = []
        self._silent: list[tuple[int, int]] = []
        self._blocks: list[tuple[int, int]] = [(source.start, 0)]
        self._outer = [0]
        self._read()
        self._sets = self._all_sets()

    def is_code(self, offset: int) -> bool:
        """Tell whether an offset is in no text and no comment."""
        return not _is_within(self.texts, offset) and not _is_within(self._silent, offset)

    def is_silent(self, offset: int) -> bool:
        """Tell whether an offset is in a comment."""
        return _is_within(self._silent, offset)

    def text_at(self, offset: int) -> tuple[int, Word] | None:
        """Return where the text ends that starts at an offset, and what it says."""
        found = bisect_left(self.texts, offset, key=_offset)
        return self.texts[found][1:] if found < len(self.texts) and self.texts[found][0] == offset else None

    def is_around(self, before: int, offset: int) -> bool:
        """Tell whether the block that an offset is in goes on to another one, further down."""
        wanted, block = self._block(before), self._block(offset)
        while block > wanted:
            block = self._outer[block]
        return block == wanted

    def is_in_block(self, offset: int) -> bool:
        """Tell whether an offset is in a block."""
        return self._block(offset) > 0

    def is_set_once(self, name: str) -> bool:
        """Tell whether the script sets a variable in one place at most."""
        return self._sets is not None and len(self._sets.get(name.lower(), ())) < 2

    def _block(self, offset: int) -> int:
        return self._blocks[bisect_right(self._blocks, offset, key=_offset) - 1][1]

    def _read(self) -> None:
        """Find the texts, the comments and the blocks."""
        data, at, end = self.data, self.source.start, self.source.end
        while (found := _MARK.search(data, at, end)) is not None:
            mark, start, at = found[0], found.start(), found.end()
            if found[1] is not None:
                at = self._here_string(start, at, found[1])
            elif mark in (b"<#", b"#"):
                close = data.find(b"#>" if mark == b"<#" else b"\n", at, end)
                at = end if close < 0 else close + (2 if mark == b"<#" else 0)
                self._silent.append((start, at))
            elif mark in (b"'", b'"'):
                at = self._quoted(start, mark)
            elif mark == b"`":
                at += 1
            elif mark == b"${":
                at = max(data.find(b"}", at, end), at)
                at += data[at : at + 1] == b"}"
            else:
                self._step(at, mark)

    def _step(self, offset: int, mark: bytes) -> None:
        block = self._blocks[-1][1]
        if mark == b"{":
            self._outer.append(block)
            block = len(self._outer) - 1
        else:
            block = self._outer[block]
        self._blocks.append((offset, block))

    def _here_string(self, start: int, opened: int, quote: bytes) -> int:
        close = self.data.find(b"\n" + quote + b"@", opened - 1, self.source.end)
        if close < 0:
            mark = quote.decode()
            raise UnreadableError(start, f"this here-string has no line that starts with {mark}@")
        word = Word(((opened, max(close, opened), None),))
        if quote == b'"':
            word = _inserted(self.data, [(opened, max(close, opened))])
        self.texts.append((start, close + 3, word))
        return close + 3

    def _quoted(self, opened: int, quote: bytes) -> int:
        """Go over a text in quotes: a quote is doubled in it, a backtick escapes. One without an end is none."""
        pattern = _IN_SINGLE if quote == b"'" else _IN_DOUBLE
        at, start, pieces = opened + 1, opened + 1, []
        while (found := pattern.search(self.data, at, self.source.end)) is not None:
            at = found.end()
            if found[0] == quote:
                pieces.append((start, found.start()))
                plain = Word(tuple((begin, end, None) for begin, end in pieces))
                self.texts.append((opened, at, plain if quote == b"'" else _inserted(self.data, pieces)))
                return at
            if found[0] == b"`":
                at += 1
            else:
                pieces.append((start, found.start() + 1))
                start = at
        return opened + 1

    def _all_sets(self) -> dict[str, list[int]] | None:
        """Return where each name stands other than where its variable is used; nothing where names are made."""
        if any(self.is_code(one.end() - 1) for one in _FROM_ELSEWHERE.finditer(self.data, *self._around)):
            return None
        names = {one[0][1:].strip(b"{}").lower() for one in _VARIABLE.finditer(self.data, *self._around)}
        found: dict[str, list[int]] = {}
        for one in _NAME.finditer(self.data, *self._around):
            if one[0].lower() in names and not self._is_use(one.start(), one.end()):
                found.setdefault(one[0].decode(errors="replace").lower(), []).append(one.start())
        return found

    @property
    def _around(self) -> tuple[int, int]:
        return self.source.start, self.source.end

    def _is_use(self, start: int, end: int) -> bool:
        """Tell whether a name is used, or says something else."""
        if _is_within(self._silent, start):
            return True
        before = self.data[max(start - 12, 0) : start]
        if before.endswith((b"$", b"${")):
            return not _SET_BEHIND.match(self.data, end) and not _COUNTED_BEFORE.search(before)
        return before.endswith(_USE_BEFORE) or _is_within(self.texts, start)


def _is_within(spans: list[tuple[int, int, Word]] | list[tuple[int, int]], offset: int) -> bool:
    found = bisect_right(spans, offset, key=_offset)
    return found > 0 and offset < spans[found - 1][1]


def _inserted(data: bytes, pieces: list[tuple[int, int]]) -> Word:
    """Return a text in double quotes: what a backtick escapes, and the variables in it."""
    found: list[Piece] = []
    variables: list[Variable] = []
    for start, end in pieces:
        variables += (Variable(one.start(), one[0].decode()) for one in _LATER.finditer(data, start, end))
        for piece in _unescaped(data, start, end):
            found.append(piece)
            if piece[1] - piece[0] > 1:
                variables += _variables(data, piece[0], piece[1])
    return Word(tuple(found), tuple(variables))


def _variables(data: bytes, start: int, end: int) -> Iterator[Variable]:
    for one in _VARIABLE.finditer(data, start, end):
        text = one[0].decode(errors="replace")
        yield Variable(one.start(), "$(...)" if text == "$(" else text)


def _unescaped(data: bytes, start: int, end: int) -> Iterator[Piece]:
    while (tick := data.find(b"`", start, end)) >= 0:
        yield (start, tick, None)
        yield (tick + 1, tick + 2, _ESCAPED.get(data[tick + 1 : tick + 2]))
        start = tick + 2
    yield (start, end, None)
