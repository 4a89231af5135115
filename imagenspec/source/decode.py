"""Bytes to text: what can be refused before YAML is read."""

from __future__ import annotations

import re

from imagenspec.source.diagnostics import Diagnostic
from imagenspec.source.text import SourceFile, Span

MAX_BYTES = 10_000_000
"""The most bytes that a recipe may have."""

_BYTE_ORDER_MARK = "\ufeff"
_WIDE_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) .*$", re.MULTILINE)


def decode(name: str, data: bytes) -> tuple[SourceFile, list[Diagnostic]]:
    """Return the text of a file, and what makes it unreadable.

    Args:
        name: What people know the file by.
        data: Its bytes; more than :data:`MAX_BYTES` are refused.
    """
    if len(data) > MAX_BYTES:
        file = SourceFile(name, "")
        message = f"the file has more than {MAX_BYTES:,} bytes; a recipe names images, it does not hold them"
        return file, [Diagnostic("IMG008", message, file, Span(0, 0))]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _not_utf8(name, data, error)
    marked = text.startswith(_BYTE_ORDER_MARK)
    file = SourceFile(name, text[1:] if marked else text, byte_order_mark=marked)
    return file, _conflicts(file)


def _not_utf8(name: str, data: bytes, error: UnicodeDecodeError) -> tuple[SourceFile, list[Diagnostic]]:
    readable = data[: error.start].decode("utf-8")
    file = SourceFile(name, readable + data[error.start :].decode("utf-8", errors="replace"))
    wide = _WIDE_MARKS.get(data[:2])
    what = f"the file is {wide}" if wide else f"byte 0x{data[error.start]:02x} is not UTF-8"
    span = Span(len(readable), len(readable) + 1)
    return file, [Diagnostic("IMG004", f"{what}; save the recipe as UTF-8", file, span)]


def _conflicts(file: SourceFile) -> list[Diagnostic]:
    opening = _CONFLICT.search(file.text)
    if opening is None:
        return []
    message = "merge conflict: choose one side and delete the lines with <<<<<<<, ======= and >>>>>>>"
    return [Diagnostic("IMG005", message, file, Span(*opening.span()))]
