"""What a YAML scalar means, and where each of its characters is written.

The meaning is the core schema of YAML 1.2.2 (https://yaml.org/spec/1.2.2/#103-core-schema): ``16:9``, ``off`` and
``1_000`` are text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imagenspec.source.nodes import Node
    from imagenspec.source.text import SourceFile

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = r"[-+]?[0-9]+"
_OCTAL = r"0o[0-7]+"
_HEXADECIMAL = r"0x[0-9a-fA-F]+"
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
_INFINITE = r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
_NUMBER_START = frozenset("+-.0123456789")
_MAX_DIGITS = 400

_HEX_ESCAPES = {"x": 2, "u": 4, "U": 8}


def resolve_plain(text: str) -> Any:
    """Return the value of a plain scalar by the core schema; numbers of over 400 digits stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_START or len(text) > _MAX_DIGITS:
        return text
    if re.fullmatch(_INTEGER, text):
        return int(text)
    if re.fullmatch(_OCTAL, text):
        return int(text, 0)
    if re.fullmatch(_HEXADECIMAL, text):
        return int(text, 0)
    if re.fullmatch(_FLOAT, text):
        return float(text)
    if re.fullmatch(_INFINITE, text):
        return float(text.replace(".", ""))
    return text


def content_start(text: str, start: int, end: int) -> int:
    """Return where a node's content starts behind its ``&anchor`` and ``!tag``."""
    while start < end and text[start] in "&!":
        while start < end and not text[start].isspace():
            start += 1
        while start < end and (text[start].isspace() or text[start] == "#"):
            start = _line_end(text, start, end) if text[start] == "#" else start + 1
    return start


def _line_end(text: str, start: int, end: int) -> int:
    while start < end and text[start] not in "\r\n":
        start += 1
    return start


def value_offsets(file: SourceFile, node: Node) -> tuple[int, ...]:
    """Return, for each character of a text value and for its end, the offset at which it is written.

    YAML drops indentation, folds line breaks into spaces and decodes escapes, but never reorders: one walk over
    value and source finds every character again.
    """
    span = node.anchor or node.span
    return _offsets(file.text, str(node.value), node.style, span.start, span.end)


@lru_cache(maxsize=16)
def _offsets(text: str, value: str, style: str, start: int, end: int) -> tuple[int, ...]:
    offset, end = _body(text, style, start, end)
    double = style == '"'
    offsets: list[int] = []
    for character in value:
        offset = _next(text, offset, end, character, double=double)
        offsets.append(offset)
        offset = min(_after(text, offset, character, style), end)
    return (*offsets, offset)


def _body(text: str, style: str, start: int, end: int) -> tuple[int, int]:
    """Return the range of a scalar between its quotes, or below the header of a block scalar."""
    if style in ("'", '"'):
        return start + 1, end - 1
    if style in ("|", ">"):
        start = _line_end(text, start, end)
        return start + (2 if text.startswith("\r\n", start) else 1), end
    return start, end


def _next(text: str, offset: int, end: int, character: str, *, double: bool) -> int:
    """Return the first place from ``offset`` on at which ``character`` can have been written."""
    begin = offset
    while offset < end:
        written = text[offset]
        if double and written == "\\":
            if text[offset + 1 : offset + 2] in ("\r", "\n"):
                offset = _skip_indent(text, offset + 1, end)
                continue
            return offset
        if written == character:
            return offset
        if written in "\r\n" and character in " \n":
            return offset
        if not written.isspace():
            return offset
        offset += 1
    return min(begin, end)


def _after(text: str, offset: int, character: str, style: str) -> int:
    """Return the offset behind the writing of ``character`` that starts at ``offset``."""
    written = text[offset : offset + 1]
    if style == '"' and written == "\\":
        width = _HEX_ESCAPES.get(text[offset + 1 : offset + 2], 0)
        return offset + 2 + width
    if style == "'" and written == "'":
        return offset + 2
    if written in ("\r", "\n") and character == " ":
        return _skip_indent(text, offset, len(text))
    if written == "\r":
        return offset + (2 if text.startswith("\r\n", offset) else 1)
    return offset + 1


def _skip_indent(text: str, offset: int, end: int) -> int:
    while offset < end and text[offset].isspace():
        offset += 1
    return offset
