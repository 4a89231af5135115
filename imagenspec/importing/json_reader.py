"""JSON as people paste it: positions for every value, and no copy of the base64 that it holds.

Beside JSON it takes what Google's pages have: ``//`` and ``/* */`` comments, commas behind the last member, line
breaks inside texts (each is one space, as the pages wrap their lines), and names of placeholders where a value
belongs (``IMAGE_COUNT``, ``${IMAGE_COUNT}``), which become texts.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from imagenspec.importing.refusals import UnreadableError, shown
from imagenspec.source.diagnostics import quote

MAX_TEXT = 1_000_000
"""The most bytes of a text that is no base64; a recipe of more would not be read."""
_MAX_DEPTH = 64
_MAX_VALUES = 100_000
_MAX_NUMBER = 400
_BLANK = re.compile(rb"(?:[ \t\r\n]++|//[^\r\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_COMMENT = re.compile(rb"//[^\r\n]*+|/\*(?:[^*]|\*(?!/))*+\*/")
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?+([eE][-+]?[0-9]++)?+(?![\w.])")
_WORD = re.compile(rb"[A-Za-z]++(?![\w.])")
_PLACEHOLDER = re.compile(rb"\$\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w.])")
_QUOTED_END = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BASE64_START = re.compile(rb"[A-Za-z0-9+/_-]{200}")
_ESCAPE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.?", re.DOTALL)
"""An escape of JSON, or the two that are one character."""
_KEYS_OF_BYTES = ("bytesBase64Encoded", "bytes_base64_encoded")
_WORDS = {b"true": True, b"false": False, b"null": None}


class Encoded(NamedTuple):
    """A long text that stays where it is: the base64 of an image, most likely.

    Attributes:
        start: The offset of its first byte, behind the quote.
        end: The offset of the closing quote.
    """

    start: int
    end: int


class Note(NamedTuple):
    """Something that was read otherwise than it stands there: an offset, and what."""

    offset: int
    text: str


class JsonReader:
    """Reads one value after the other from bytes in UTF-8.

    Attributes:
        offset: Where the next value starts.
        offsets: The offset of each value of the last one that was read, by its steps.
        notes: What was read leniently.
        placeholders: The steps of values that are names of placeholders without quotes.
    """

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self.data = data
        self.end = len(data) if end is None else end
        self.offset = self._blank = start
        self.offsets: dict[tuple[str | int, ...], int] = {}
        self.notes: list[Note] = []
        self._skip()

    @property
    def at_end(self) -> bool:
        """Whether nothing but blanks and comments is left."""
        return self.offset >= self.end

    def read(self) -> Any:
        """Return the next value, with :class:`Encoded` where base64 or a very long text stands.

        Raises:
            UnreadableError: It is no JSON, not even with what is understood beside it.
        """
        self.offsets, self.notes = {}, []
        value = self._value((), "")
        self._skip()
        return value

    def _skip(self) -> None:
        self._blank = self.offset
        blank = _BLANK.match(self.data, self.offset, self.end)
        self.offset = blank.end() if blank else self.offset

    def _next(self) -> bytes:
        return self.data[self.offset : min(self.offset + 1, self.end)]

    def _fail(self, reason: str) -> UnreadableError:
        at = self.offset
        if at >= self.end:
            comments = list(_COMMENT.finditer(self.data, self._blank, self.end))
            if comments and comments[-1][0].rstrip().endswith((b"}", b"]", b",")):
                return UnreadableError(comments[-1].start(), f"the rest of the text is in this comment: {reason}")
            return UnreadableError(at, f"the text ends too early: {reason}")
        return UnreadableError(at, f"{reason}, not {shown(self.data[at : min(at + 24, self.end)])}")

    def _value(self, steps: tuple[str | int, ...], key: str) -> Any:
        if len(steps) > _MAX_DEPTH:
            raise UnreadableError(self.offset, f"more than {_MAX_DEPTH} levels of brackets")
        if len(self.offsets) >= _MAX_VALUES:
            raise UnreadableError(self.offset, f"more than {_MAX_VALUES:,} values")
        self.offsets[steps] = self.offset
        first = self._next()
        if first == b"{":
            return self._object(steps)
        if first == b"[":
            return self._array(steps)
        if first == b'"':
            return self._text(key)
        return self._bare()

    def _object(self, steps: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.offset += 1
        self._skip()
        while self._next() != b"}":
            at = self.offset
            if self._next() != b'"':
                raise self._fail('a name in double quotes or "}" belongs here')
            name = self._short_text()
            self._skip()
            if self._next() != b":":
                raise self._fail(f'":" belongs behind the name {quote(name, 40)}')
            self.offset += 1
            self._skip()
            if name in found:
                self.notes.append(Note(at, f"{quote(name, 40)} stands here twice; the last one counts"))
            found[name] = self._value((*steps, name), name)
            self._separator(b"}")
        self.offset += 1
        return found

    def _array(self, steps: tuple[str | int, ...]) -> list[Any]:
        found: list[Any] = []
        self.offset += 1
        self._skip()
        while self._next() != b"]":
            found.append(self._value((*steps, len(found)), ""))
            self._separator(b"]")
        self.offset += 1
        return found

    def _separator(self, closing: bytes) -> None:
        self._skip()
        if self._next() == b",":
            self.offset += 1
            self._skip()
        elif self._next() != closing:
            raise self._fail(f'"," or "{closing.decode()}" belongs here')

    def _bare(self) -> Any:
        data, at = self.data, self.offset
        number = _NUMBER.match(data, at, self.end)
        if number is not None:
            return self._number(number)
        placeholder = _PLACEHOLDER.match(data, at, self.end)
        if placeholder is not None:
            self.offset = placeholder.end()
            name = placeholder[0].decode()
            self.notes.append(Note(at, f"{quote(name, 60)} is a placeholder: put a value in its place"))
            return name
        word = _WORD.match(data, at, self.end)
        if word is not None and word[0] in _WORDS:
            self.offset = word.end()
            return _WORDS[word[0]]
        if data.startswith((b"...", b"\xe2\x80\xa6"), at, self.end):
            raise UnreadableError(at, '"..." stands for something that was left out; put it in its place')
        raise self._fail("a value belongs here")

    def _number(self, written: re.Match[bytes]) -> int | float:
        if len(written[0]) > _MAX_NUMBER:
            raise UnreadableError(self.offset, f"a number of {len(written[0]):,} digits")
        is_whole = written[1] is None and written[2] is None
        value = int(written[0]) if is_whole else float(written[0])
        if value in (float("inf"), float("-inf")):
            raise UnreadableError(self.offset, f"{shown(written[0])} is too large for a number")
        self.offset = written.end()
        return value

    def _ending(self) -> int:
        """Return the offset of the closing quote of the text that starts here."""
        start = self.offset + 1
        end = self.data.find(b'"', start, self.end)
        if end >= 0 and self.data.find(b"\\", start, end) < 0:
            return end
        match = _QUOTED_END.match(self.data, start, self.end)
        if match is None:
            raise UnreadableError(self.offset, "this text has no closing quote")
        return match.end() - 1

    def _text(self, key: str) -> str | Encoded:
        start, end = self.offset + 1, self._ending()
        if key in _KEYS_OF_BYTES and end > start and not _is_placeholder(self.data, start, end):
            self.offset = end + 1
            return Encoded(start, end)
        if end - start > MAX_TEXT or (end - start > 200 and _is_image(self.data, start, end)):
            self.offset = end + 1
            return Encoded(start, end)
        return self._short_text()

    def _short_text(self) -> str:
        start, end = self.offset + 1, self._ending()
        if end - start > MAX_TEXT:
            raise UnreadableError(self.offset, f"a text of {end - start:,} bytes; texts have at most {MAX_TEXT:,}")
        found = text_of(self.data, start, end)
        self.offset = end + 1
        return found


def text_of(data: bytes, start: int, end: int) -> str:
    """Return the text between two quotes, with line breaks as pages have them made one space.

    Raises:
        UnreadableError: An escape or a byte is none of JSON in UTF-8.
    """
    written = data[start:end]
    try:
        text = written.decode("utf-8")
        if "\\" in text or any(character < " " for character in text):
            folded = re.sub(r"[ \t]*\r?\n[ \t\r\n]*", " ", text)
            text = json.loads(f'"{folded}"', strict=False)
        text.encode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(start + error.start, f"byte 0x{written[error.start]:02x} is not UTF-8") from error
    except UnicodeEncodeError as error:
        raise UnreadableError(start, r"half of a character: \ud800 to \udfff stand in pairs") from error
    except json.JSONDecodeError as error:
        bad = re.search(rb'\\(?:u(?![0-9a-fA-F]{4})|[^"\\/bfnrtu])', written)
        raise UnreadableError(start + (bad.start() if bad else 0), "an escape that JSON does not have") from error
    return text


def unescaped(data: bytes, start: int, end: int) -> bytes:
    """Return what a long text between two quotes says, in UTF-8.

    Raises:
        UnreadableError: An escape is none of JSON.
    """
    pieces: list[bytes | memoryview] = []
    at = start
    view = memoryview(data)
    for escape in _ESCAPE.finditer(data, start, end):
        pieces.append(view[at : escape.start()])
        try:
            pieces.append(json.loads(b'"%b"' % escape[0]).encode())
        except ValueError as error:
            raise UnreadableError(escape.start(), "an escape that JSON does not have") from error
        at = escape.end()
    return b"".join([*pieces, view[at:end]])


def _is_placeholder(data: bytes, start: int, end: int) -> bool:
    """Tell whether a text is only the name of a placeholder, or stands for base64 that was left out."""
    return (
        end - start <= 100
        and re.fullmatch(rb"\$\{[^}]*\}|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|<[^>]*>|\.\.\.|\xe2\x80\xa6", data[start:end])
        is not None
    )


def _is_image(data: bytes, start: int, end: int) -> bool:
    """Tell whether a text that is not where base64 belongs is the base64 of an image."""
    if _BASE64_START.match(data, start, end) is None:
        return False
    import pybase64  # noqa: PLC0415 - few texts are that long

    from imagenspec.images.sniff import media_type  # noqa: PLC0415

    try:
        return media_type(pybase64.urlsafe_b64decode(data[start : start + 64].translate(_URL_SAFE))) is not None
    except ValueError:
        return False


_URL_SAFE = bytes.maketrans(b"+/", b"-_")
