"""PowerShell blocks as Google's pages write them: the body of each ``Invoke-WebRequest``, and where it is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.importing.refusals import UnreadableError
from imagenspec.importing.shell_words import Piece, Word
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagenspec.importing.sources import Source

_OPEN = re.compile(rb"@(['\"])[ \t]*\r?\n")
_CALL = re.compile(rb"Invoke-(?:WebRequest|RestMethod)", re.IGNORECASE)
_URI = re.compile(rb"-Uri:?\s+[\"']?([^\s\"'|`]+)", re.IGNORECASE)
_IN_FILE = re.compile(rb"-InFile:?\s+[\"']?([^\s\"'|`]+)", re.IGNORECASE)
_BODY = re.compile(rb"-Body:?\s+(?:\(?\$([A-Za-z_]\w*)|(['\"]))", re.IGNORECASE)
_VARIABLE = re.compile(rb"\$([A-Za-z_]\w*)\s*=\s*\Z")
_STORED = re.compile(
    rb"\s*\|\s*(?:Set-Content|Out-File)\b(?:\s+-(?!Path|FilePath|LiteralPath)\w+(?:\s+[^-\s]\S*)?)*"
    rb"\s+(?:-(?:Path|FilePath|LiteralPath)\s+)?[\"']?([^\s\"'|`]+)",
    re.IGNORECASE,
)


def powershell_requests(
    source: Source, open_beside: Callable[[str, int], Source]
) -> Iterator[tuple[Source, str | None]]:
    """Yield the body of each call, and its URL.

    Raises:
        UnreadableError: A string has no end, or a body is nowhere.
        BodyError: A file that a call names cannot be read.
    """
    data = source.text
    variables: dict[str, Word] = {}
    files: dict[str, Word] = {}
    skipped = _here_strings(source, variables, files)
    calls = [call for call in _CALL.finditer(data, source.start, source.end) if not _inside(call.start(), skipped)]
    for index, call in enumerate(calls):
        end = calls[index + 1].start() if index + 1 < len(calls) else source.end
        uri = _URI.search(data, call.end(), end)
        url = uri[1].decode("utf-8", errors="replace") if uri else None
        named = _IN_FILE.search(data, call.end(), end)
        given = _BODY.search(data, call.end(), end)
        if named is not None:
            name = named[1].decode("utf-8", errors="replace")
            yield (files[name].source(source) if name in files else open_beside(name, named.start(1))), url
        elif given is not None and given[1] is not None:
            name = given[1].decode().lower()
            if name not in variables:
                raise UnreadableError(given.start(), f"{quote('$' + name)} is not set here to a text in quotes")
            yield variables[name].source(source), url
        elif given is not None:
            yield _quoted(source, given.start(2), end).source(source), url


def _here_strings(source: Source, variables: dict[str, Word], files: dict[str, Word]) -> list[tuple[int, int]]:
    """Find the texts that are kept in variables and files; return where here-strings stand."""
    data = source.text
    found: list[tuple[int, int]] = []
    at = source.start
    while (opened := _OPEN.search(data, at, source.end)) is not None:
        close = data.find(b"\n" + opened[1] + b"@", opened.end() - 1, source.end)
        if close < 0:
            mark = opened[1].decode()
            raise UnreadableError(opened.start(), f"this here-string has no line that starts with {mark}@")
        at = close + 3
        word = Word(((opened.end(), max(close, opened.end()), None),))
        if opened[1] == b'"':
            word = Word(tuple(_unescaped(data, opened.end(), close)))
        found.append((opened.start(), at))
        variable = _VARIABLE.search(data, max(source.start, opened.start() - 80), opened.start())
        stored = _STORED.match(data, at, source.end)
        if variable is not None:
            variables[variable[1].decode().lower()] = word
        elif stored is not None:
            files[stored[1].decode("utf-8", errors="replace")] = word
    assigned = re.compile(rb"\$([A-Za-z_]\w*)\s*=\s*(?=['\"])")
    for one in assigned.finditer(data, source.start, source.end):
        if not _inside(one.start(), found):
            variables.setdefault(one[1].decode().lower(), _quoted(source, one.end(), source.end))
    return found


def _inside(offset: int, ranges: list[tuple[int, int]]) -> bool:
    return any(start <= offset < end for start, end in ranges)


def _quoted(source: Source, opened: int, end: int) -> Word:
    """Return the text in quotes that starts at an offset; a quote is doubled in it, a backtick escapes."""
    data = source.text
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
