"""PowerShell blocks as Google's pages write them: the body of each ``Invoke-WebRequest``, and where it is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.importing.refusals import UnreadableError
from imagenspec.importing.shell_words import Piece, Word
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagenspec.importing.source import Source

_NAME = rb"(?:\"([^\"\r\n]+)\"|'([^'\r\n]+)'|([^\s\"'|`]+))"
_OPEN = re.compile(rb"@(['\"])[ \t]*\r?\n")
_CALL = re.compile(rb"Invoke-(?:WebRequest|RestMethod)", re.IGNORECASE)
_URI = re.compile(rb"-Uri:?\s+" + _NAME, re.IGNORECASE)
_IN_FILE = re.compile(rb"-InFile:?\s+" + _NAME, re.IGNORECASE)
_BODY = re.compile(rb"-Body:?\s+(?:\(?\$([A-Za-z_]\w*)|(?=(['\"@])))", re.IGNORECASE)
_BODY_IS = re.compile(rb"-Body:?\s+\Z", re.IGNORECASE)
_SET = re.compile(rb"\$([A-Za-z_]\w*)\s*([-+*/]?)=(?!=)\s*")
_STORED = re.compile(
    rb"\s*\|\s*(?:Set-Content|Out-File)\b(?:\s+-(?!Path|FilePath|LiteralPath)\w+(?:\s+[^-\s]\S*)?)*"
    rb"\s+(?:-(?:Path|FilePath|LiteralPath)\s+)?" + _NAME,
    re.IGNORECASE,
)
_VARIABLE = re.compile(rb"\$([A-Za-z_]\w*)")


class _Kept(NamedTuple):
    """A text that is kept from an offset on, under the name of a variable (``$name``) or of a file.

    What is kept under a variable that nobody can tell without running the script is nothing.
    """

    offset: int
    name: str
    word: Word | None


def powershell_requests(
    source: Source, open_beside: Callable[[str, int], Source]
) -> Iterator[tuple[Source, str | None]]:
    """Yield the body of each call, and its URL.

    Raises:
        UnreadableError: A string has no end, or a body is nowhere.
        BodyError: A file that a call names cannot be read.
    """
    script = _Script(source)
    for call, end in script.calls():
        uri = script.first(_URI, call, end)
        url = _named(uri).decode("utf-8", errors="replace") if uri else None
        in_file = script.first(_IN_FILE, call, end)
        given = script.first(_BODY, call, end)
        if in_file is not None:
            name = _named(in_file).decode("utf-8", errors="replace")
            stored = script.last(name, call)
            if stored is not None and stored.word is None:
                raise UnreadableError(in_file.start(), f"what is written to {quote(name)} is no text in quotes")
            beside = in_file.start(in_file.lastindex or 0)
            yield (stored.word.source(source) if stored and stored.word else open_beside(name, beside)), url
        elif given is not None and given[1] is not None:
            name = f"${given[1].decode().lower()}"
            kept = script.last(name, call)
            if kept is None or kept.word is None:
                raise UnreadableError(given.start(), f"{quote(name)} is not set above to a text in quotes")
            yield kept.word.source(source), url
        elif given is not None:
            yield script.text_at(given.end(), end).source(source), url


class _Script:
    """A script: its here-strings, and what it keeps in variables and files."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.data = source.text
        self.here: list[tuple[int, int, Word]] = list(self._here_strings())
        self.kept = sorted(self._kept(), key=lambda one: one.offset)

    def calls(self) -> Iterator[tuple[int, int]]:
        """Yield where each call starts and ends: before the next one, or before a text that is not its body."""
        found = [one.start() for one in self._all(_CALL)]
        for start, following in zip(found, [*found[1:], self.source.end], strict=True):
            texts = (at for at, _, _ in self.here if start < at < following)
            end = next((at for at in texts if not _BODY_IS.search(self.data, start, at)), following)
            yield start, end

    def first(self, pattern: re.Pattern[bytes], start: int, end: int) -> re.Match[bytes] | None:
        """Return the first match that is in no here-string."""
        return next(self._all(pattern, start, end), None)

    def last(self, name: str, before: int) -> _Kept | None:
        """Return what was kept last under a name before an offset."""
        return next((one for one in reversed(self.kept) if one.name == name and one.offset <= before), None)

    def text_at(self, offset: int, end: int) -> Word:
        """Return the text in quotes, or the here-string, that starts at an offset."""
        here = next((word for at, _, word in self.here if at == offset), None)
        return here or _quoted(self.data, offset, end)

    def _all(
        self, pattern: re.Pattern[bytes], start: int | None = None, end: int | None = None
    ) -> Iterator[re.Match[bytes]]:
        around = (self.source.start if start is None else start, self.source.end if end is None else end)
        for found in pattern.finditer(self.data, *around):
            if not any(begin <= found.start() < close for begin, close, _ in self.here):
                yield found

    def _here_strings(self) -> Iterator[tuple[int, int, Word]]:
        data, at, end = self.data, self.source.start, self.source.end
        while (opened := _OPEN.search(data, at, end)) is not None:
            close = data.find(b"\n" + opened[1] + b"@", opened.end() - 1, end)
            if close < 0:
                mark = opened[1].decode()
                raise UnreadableError(opened.start(), f"this here-string has no line that starts with {mark}@")
            at = close + 3
            word = Word(((opened.end(), max(close, opened.end()), None),))
            if opened[1] == b'"':
                word = Word(tuple(_unescaped(data, opened.end(), close)))
            yield opened.start(), at, word

    def _kept(self) -> Iterator[_Kept]:
        texts = {start: word for start, _, word in self.here}
        variables: list[_Kept] = []
        for one in self._all(_SET):
            word = texts.get(one.end())
            if word is None and self.data[one.end() : one.end() + 1] in (b"'", b'"'):
                word = _quoted(self.data, one.end(), self.source.end)
            variables.append(_Kept(one.end(), f"${one[1].decode().lower()}", None if one[2] else word))
        yield from variables
        for _, close, word in self.here:
            stored = _STORED.match(self.data, close, self.source.end)
            if stored is not None:
                yield _Kept(stored.end(), _named(stored).decode("utf-8", errors="replace"), word)
        for one in self._all(_VARIABLE):
            stored = _STORED.match(self.data, one.end(), self.source.end)
            name = f"${one[1].decode().lower()}"
            before = [each for each in variables if each.name == name and each.offset <= one.start()]
            if stored is not None and before:
                yield _Kept(stored.end(), _named(stored).decode("utf-8", errors="replace"), before[-1].word)


def _named(found: re.Match[bytes]) -> bytes:
    """Return the name that :data:`_NAME` found, without its quotes."""
    return next(group for group in found.groups() if group is not None)


def _quoted(data: bytes, opened: int, end: int) -> Word:
    """Return the text in quotes that starts at an offset; a quote is doubled in it, a backtick escapes."""
    mark = data[opened : opened + 1]
    at, pieces = opened + 1, []
    while (close := data.find(mark, at, end)) >= 0:
        pieces.append((at, close))
        if data[close + 1 : close + 2] != mark:
            break
        pieces[-1] = (at, close + 1)
        at = close + 2
    else:
        raise UnreadableError(opened, "this quote is never closed")
    if mark == b"'":
        return Word(tuple((start, stop, None) for start, stop in pieces))
    return Word(tuple(piece for start, stop in pieces for piece in _unescaped(data, start, stop)))


def _unescaped(data: bytes, start: int, end: int) -> Iterator[Piece]:
    while (tick := data.find(b"`", start, end)) >= 0:
        yield (start, tick, None)
        own = {b"n": b"\n", b"t": b"\t", b"r": b"\r"}.get(data[tick + 1 : tick + 2])
        yield (tick + 1, tick + 2, own)
        start = tick + 2
    yield (start, end, None)
