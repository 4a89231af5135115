"""What ``echo`` and ``printf`` write, where that is plain."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.importing.commands.words import Word, joined
from imagenspec.importing.refusals import UnreadableError
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

_ECHO_OPTION = re.compile(r"-[neE]+")
_PART = re.compile(rb"\\(.)|%(.?)", re.DOTALL)
_ESCAPES = {b"\\": b"\\", b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_QUOTES = {b'"': b'"', b"'": b"'"}
_DO = "write what it prints, or put the body into a file"
_NOT_READ = re.compile(rb"[0-9xuUcCeE]")


def echoed(words: tuple[Word, ...], data: bytes) -> Word:
    """Return what ``echo`` writes of the words behind it.

    Raises:
        UnreadableError: There is no plain text, or it has an escape that is not read.
    """
    heads = [word.head(data) for word in words]
    first = next((index for index, head in enumerate(heads) if not _ECHO_OPTION.fullmatch(head)), len(heads))
    if first == len(words):
        raise UnreadableError(words[0].offset if words else 0, "this echo writes nothing")
    word = joined(words[first:], b" ")
    text = word.text(data) if any("e" in head for head in heads[:first]) else b""
    if b"\\" not in text:
        return word
    return word.said(_PART.sub(lambda part: part[0] if part[1] is None else _escape(part, word, "echo -e", {}), text))


def formatted(words: tuple[Word, ...], data: bytes) -> Word:
    """Return what ``printf`` writes of the words behind it.

    Raises:
        UnreadableError: The format has more than plain text, ``%%``, and a ``%s`` for each argument.
    """
    words = words[words[:1] != () and words[0].head(data) == "--" :]
    if not words or words[0].head(data).startswith("-"):
        raise UnreadableError(words[0].offset if words else 0, "this printf writes nothing that is read")
    form, given = words[0], words[1:]
    text = form.text(data)
    if b"\\" not in text and b"%" not in text:
        return form
    parts = list(_formatted(form, text, iter(given)))
    if len(given) != len(parts) // 2 and len(parts) > 1:
        raise UnreadableError(form.offset, "this printf has more arguments than %s: write what it prints in one text")
    found = joined(parts, b"")
    return found._replace(variables=(*form.variables, *found.variables), filled=(*form.filled, *found.filled))


def _formatted(form: Word, text: bytes, given: Iterator[Word]) -> Iterator[Word]:
    """Yield the plain parts of a format, and between two of them an argument."""
    said, at = b"", 0
    for part in _PART.finditer(text):
        said += text[at : part.start()]
        at = part.end()
        if part[1] is not None:
            said += _escape(part, form, "printf", _QUOTES)
        elif part[2] == b"%":
            said += b"%"
        elif part[2] == b"s" and (word := next(given, None)) is not None:
            yield Word(((form.offset, form.offset, said),))
            yield word
            said = b""
        else:
            what = quote(part[0].decode(errors="replace"))
            raise UnreadableError(form.offset, f"{what} of printf is not read: {_DO}")
    yield Word(((form.offset, form.offset, said + text[at:]),))


def _escape(part: re.Match[bytes], word: Word, name: str, more: dict[bytes, bytes]) -> bytes:
    if _NOT_READ.fullmatch(part[1]):
        raise UnreadableError(word.offset, f"{quote(part[0].decode())} of {name} is not read: {_DO}")
    return {**_ESCAPES, **more}.get(part[1], part[0])
