"""The escapes of ``$'...'``: what each stands for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.importing.refusals import UnreadableError
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from imagenspec.importing.commands.words import Piece

_PAIR = re.compile(rb"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(.))", re.DOTALL)
_ESCAPES = dict(
    zip(
        (b"n", b"t", b"r", b"b", b"f", b"a", b"v", b"e", b"E", b"'", b'"', b"\\", b"?"),
        (b"\n", b"\t", b"\r", b"\b", b"\f", b"\a", b"\v", b"\x1b", b"\x1b", b"'", b'"', b"\\", b"?"),
        strict=True,
    )
)


def ansi_escape(data: bytes, offset: int, end: int) -> Piece | None:
    """Return the escape at an offset, and what it stands for; nothing if the text ends in it.

    Raises:
        UnreadableError: It is the number of no character.
    """
    pair = _PAIR.match(data, offset, end)
    found = pair or _ESCAPE.match(data, offset, end)
    if found is None:
        return None
    return (found.start(), found.end(), _of_pair(found) if pair else _of_escape(found))


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
