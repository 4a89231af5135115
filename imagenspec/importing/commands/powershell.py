"""PowerShell blocks as Google's pages write them: the body of each ``Invoke-WebRequest``, and where it is sent."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import partial
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.importing.commands.posted import Posted, own_bodies, plain_url
from imagenspec.importing.commands.powershell_marks import Marks
from imagenspec.importing.refusals import UnreadableError
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from imagenspec.importing.commands.words import Word
    from imagenspec.importing.source import Source

_NAME = rb"(?:\"([^\"\r\n]+)\"|'([^'\r\n]+)'|([^\s\"'|`]+))"
_CALL = re.compile(rb"[Ii](?i:nvoke-(?:WebRequest|RestMethod)\b|(?:rm|wr)(?=[ \t]))")
_PLACE = re.compile(rb"(?:\A|[\n=|;({}])[ \t]*\Z")
"""What stands before a short name of a call; else it is a word."""
_URI = re.compile(rb"-Uri:?\s+" + _NAME, re.IGNORECASE)
_URI_FIRST = re.compile(rb"[ \t]*[A-Z-]+[ \t]+(?!-)" + _NAME, re.IGNORECASE)
_IN_URI = re.compile(r"\$(?:\{(\w+)\}|([A-Za-z_]\w*)(?!:\w))")
_IN_FILE = re.compile(rb"-InFile:?\s+" + _NAME, re.IGNORECASE)
_BODY = re.compile(rb"(?<=\s)-Body:?\s+", re.IGNORECASE)
_BODY_NAME = re.compile(
    rb"\$([A-Za-z_]\w*)(?![\w.:\[])|\(\s*\$([A-Za-z_]\w*)\s*\)"
    rb"|\(\s*\[(?:System\.)?Text\.Encoding\]::UTF8\.GetBytes\(\s*\$([A-Za-z_]\w*)\s*\)\s*\)",
    re.IGNORECASE,
)
_AS_JSON = re.compile(rb"\|\s*ConvertTo-Json", re.IGNORECASE)
_NOT_RUN = "ConvertTo-Json, which is not run: put the JSON that it makes in its place"
_BODY_IS = re.compile(rb"-Body:?\s+\Z", re.IGNORECASE)
_SENT = re.compile(rb"-InFile:?\s+['\"]?(?:[^\s'\"|]*[\\/])?\Z", re.IGNORECASE)
_STATEMENT = re.compile(rb"(?:\A|[\n;{])[ \t]*\Z")
_SET = re.compile(rb"\$([A-Za-z_]\w*)\s*([-+*/]?)=(?!=)\s*")
_STORED = re.compile(
    rb"\s*\|\s*(?:Set-Content|Out-File)\b(?:\s+-(?!Path|FilePath|LiteralPath|Append|NoClobber)\w+(?:\s+[^-\s]\S*)?)*"
    rb"\s+(?:-(?:Path|FilePath|LiteralPath)\s+)?" + _NAME + rb"(?![^\n;|]*-(?:Append|NoClobber))",
    re.IGNORECASE,
)
_VARIABLE = re.compile(rb"\$([A-Za-z_]\w*)")
_VARIABLES = re.compile(r"\$\{?(\w+)")
_ALONE = re.compile(rb"[ \t]*(?:#[^\n]*)?(?:;|\}|\r?\n(?!\s*\|)|\Z)")
"""The end of a statement."""
_NEXT_OF_CALL = re.compile(
    rb"\)*[ \t]*(?:`?\r?\n|[;|)}#]|\Z|(?<=[ \t])(?![-+.\[`])|(?<=[ \t])-(?![ci]?(?:replace|split|join)\b|f\b))",
    re.IGNORECASE,
)
"""What may stand behind a body in a call."""
_offset = itemgetter(0)
"""Where a here-string or what is kept starts."""


class _Kept(NamedTuple):
    """A text that is kept from an offset on, under the name of a variable or of a file.

    What is kept under a variable that nobody can tell without running the script is nothing.
    """

    offset: int
    name: str
    word: Word | None


def is_powershell(source: Source) -> bool:
    """Tell whether a source has a call of PowerShell."""
    return any(map(_is_call, _CALL.finditer(source.text, source.start, source.end)))


def _is_call(found: re.Match[bytes]) -> bool:
    before = found.string[max(found.pos, found.start() - 80) : found.start()]
    return len(found[0]) > len("irm") or _PLACE.search(before) is not None


def powershell_requests(
    source: Source, open_beside: Callable[[str, int], Source]
) -> Iterator[tuple[Source, str | None]]:
    """Yield the body of each call, and its URL.

    Raises:
        UnreadableError: A string has no end, or a body is nowhere.
        BodyError: A file that a call names cannot be read.
    """
    script = _Script(source)
    yield from own_bodies(source, list(_posted(script, open_beside)))


def _posted(script: _Script, open_beside: Callable[[str, int], Source]) -> Iterator[Posted]:
    for call, end in script.calls():
        in_file = script.first(_IN_FILE, call, end)
        given = script.first(_BODY, call, end)
        if in_file is not None:
            yield Posted(call, script.url(call, end), partial(script.stored, in_file, call, open_beside))
        elif given is not None:
            yield Posted(call, script.url(call, end), partial(script.body, given.end(), call, end))


class _Script:
    """A script: its here-strings, and what it keeps in variables and files."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.data = source.text
        self.marks = Marks(source)
        self.here = [one for one in self.marks.texts if self.data[one[0] : one[0] + 1] == b"@"]
        self._variables: dict[str, list[_Kept]] = {}
        self._files: dict[str, list[_Kept]] = {}
        self._named: dict[bytes, list[int]] = {}
        for one in self._set():
            self._variables.setdefault(one.name, []).append(one)
        for one in sorted(self._stored(), key=_offset):
            self._files.setdefault(one.name, []).append(one)

    def calls(self) -> Iterator[tuple[int, int]]:
        """Yield where each call starts and ends: before the next one, or before a text that is not its body."""
        for start, following in pairwise(
            (*(one.start() for one in self._all(_CALL) if _is_call(one)), self.source.end)
        ):
            yield start, self._end_of(start, following)

    def _end_of(self, start: int, following: int) -> int:
        """Return where a call ends that starts at an offset and has another one, or nothing, behind it."""
        begin = start
        for index in range(bisect_left(self.here, start, key=_offset), len(self.here)):
            at, close, _ = self.here[index]
            if at >= following:
                break
            if not _BODY_IS.search(self.data, begin, at):
                return at
            begin = close
        return following

    def first(self, pattern: re.Pattern[bytes], start: int, end: int) -> re.Match[bytes] | None:
        """Return the first match that is in no text and no comment."""
        return next(self._all(pattern, start, end), None)

    def variable(self, name: bytes, before: int) -> _Kept | None:
        """Return what a variable was set to before an offset; it is known only if that is sure."""
        found = _last(self._variables, name.decode().lower(), before)
        if found is None or (self.marks.is_set_once(found.name) and self.marks.is_around(found.offset, before)):
            return found
        return found._replace(word=None)

    def file(self, name: str, before: int) -> _Kept | None:
        """Return what was written to a file last before an offset; it is known only if that is sure."""
        found = _last(self._files, name, before)
        if found is None:
            return None
        is_steady = all(map(self.marks.is_set_once, _VARIABLES.findall(name)))
        is_sure = (
            is_steady and self.marks.is_around(found.offset, before) and not self._names(name, found.offset, before)
        )
        return found if is_sure else found._replace(word=None)

    def _names(self, name: str, start: int, end: int) -> bool:
        """Tell whether a file is named between two offsets, by anything but a call that sends it."""
        last = re.split(r"[\\/]", name)[-1].lower().encode()
        if last not in self._named:
            self._named[last] = [*self._places_of(last)]
        places = self._named[last]
        return bisect_left(places, start) < bisect_left(places, end)

    def _places_of(self, name: bytes) -> Iterator[int]:
        """Yield where a file is named by anything but a call that sends it."""
        pattern = re.compile(rb"(?<![\w.-])" + re.escape(name) + rb"(?![\w-])", re.IGNORECASE)
        for one in pattern.finditer(self.data, self.source.start, self.source.end):
            is_sent = _SENT.search(self.data, max(one.start() - 200, 0), one.start()) is not None
            if not is_sent and not self.marks.is_silent(one.start()):
                yield one.start()

    def url(self, call: int, end: int) -> str | None:
        """Return the URL of a call, with the variables in it that are set to texts."""
        found = self.first(_URI, call, end) or _URI_FIRST.match(self.data, call, end)
        if found is None:
            return None
        text = _text(found)
        if found[2] is None:
            text = re.sub("`(.)", r"\1", _IN_URI.sub(lambda one: self._value(one, call), text))
        return plain_url(text)

    def _value(self, name: re.Match[str], before: int) -> str:
        kept = self.variable((name[1] or name[2]).encode(), before)
        return name[0] if kept is None or kept.word is None else kept.word.text(self.data).decode(errors="replace")

    def stored(self, in_file: re.Match[bytes], call: int, open_beside: Callable[[str, int], Source]) -> Source:
        """Return what is in the file that a call names.

        Raises:
            UnreadableError: What the script writes there is no text in quotes.
            BodyError: It cannot be read.
        """
        name = _text(in_file)
        stored = self.file(name, call)
        if stored is None:
            body = open_beside(name, in_file.start(in_file.lastindex or 0))
            told = f"the script may write {name} itself; what the file holds now was read"
            notes = ((None, told),) if self._names(name, self.source.start, call) else ()
            return body._replace(notes=(*notes, *body.notes))
        if stored.word is None:
            raise UnreadableError(
                in_file.start(), f"what is written to {quote(name)} is no text in quotes alone, or not for sure"
            )
        return stored.word.source(self.source)

    def body(self, offset: int, call: int, end: int) -> Source:
        """Return the body that is given at an offset.

        Raises:
            UnreadableError: It is no text in quotes, and no variable that is set to one.
        """
        text = self.marks.text_at(offset)
        named = _BODY_NAME.match(self.data, offset, end)
        close = text[0] if text is not None else named.end() if named is not None else offset
        if text is None and self.data[offset : offset + 1] in (b"'", b'"'):
            raise UnreadableError(offset, "this quote is never closed")
        if close == offset or not _NEXT_OF_CALL.match(self.data, close, self.source.end):
            is_json = self.data[offset : offset + 1] == b"(" and _AS_JSON.search(self.data, offset, end)
            what = f"is made with {_NOT_RUN}" if is_json else "is no text in quotes, and no variable alone"
            raise UnreadableError(offset, f"this body {what}")
        if text is not None:
            return text[1].source(self.source)
        assert named is not None  # noqa: S101 - one of the two
        variable = named[named.lastindex or 0]
        kept = self.variable(variable, call)
        if kept is None or kept.word is None:
            is_json = kept is not None and _AS_JSON.search(self.data, kept.offset, call)
            what = f"is made with {_NOT_RUN}" if is_json else "is not set above to a text in quotes, once and for sure"
            raise UnreadableError(offset, f"{quote('$' + variable.decode().lower())} {what}")
        return kept.word.source(self.source)

    def _all(
        self, pattern: re.Pattern[bytes], start: int | None = None, end: int | None = None
    ) -> Iterator[re.Match[bytes]]:
        around = (self.source.start if start is None else start, self.source.end if end is None else end)
        for found in pattern.finditer(self.data, *around):
            if self.marks.is_code(found.start()):
                yield found

    def _set(self) -> Iterator[_Kept]:
        """Yield what variables are set to."""
        for one in self._all(_SET):
            text = self.marks.text_at(one.end())
            before = self.data[max(one.start() - 80, self.source.start) : one.start()]
            is_alone = text is not None and _ALONE.match(self.data, text[0], self.source.end)
            is_plain = is_alone and not one[2] and _STATEMENT.search(before)
            yield _Kept(one.end(), one[1].decode().lower(), text[1] if text is not None and is_plain else None)

    def _stored(self) -> Iterator[_Kept]:
        """Yield what is written to files: texts, then variables."""
        for start, close, word in self.marks.texts:
            stored = self._file_of(start, close)
            if stored is not None:
                yield _Kept(stored.end(), _text(stored), word)
        for one in self._all(_VARIABLE):
            stored = self._file_of(one.start(), one.end())
            before = None if stored is None else self.variable(one[1], one.start())
            if stored is not None and before is not None:
                yield _Kept(stored.end(), _text(stored), before.word)

    def _file_of(self, start: int, end: int) -> re.Match[bytes] | None:
        """Return what writes a text, or a variable, that stands alone to a file."""
        found = _STORED.match(self.data, end, self.source.end)
        before = self.data[max(start - 80, self.source.start) : start]
        return found if found is not None and _STATEMENT.search(before) else None


def _last(kept: Mapping[str, Sequence[_Kept]], name: str, before: int) -> _Kept | None:
    """Return what was kept last under a name before an offset."""
    own = kept.get(name, ())
    found = bisect_right(own, before, key=_offset)
    return own[found - 1] if found else None


def _text(found: re.Match[bytes]) -> str:
    """Return the name that :data:`_NAME` found, without its quotes."""
    return next(group for group in found.groups() if group is not None).decode("utf-8", errors="replace")
