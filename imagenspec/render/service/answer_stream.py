"""The JSON of an answer, read as it arrives: long base64 texts become blobs and are never whole in memory."""

from __future__ import annotations

import json
import re
import secrets
from typing import TYPE_CHECKING, Any

from imagenspec.render.service.blobs import Blob

if TYPE_CHECKING:
    from pathlib import Path

_SHORT = 16 * 1024
"""A text of the JSON up to this length stays a text."""
_MOST_TEXT = 8 * 1024 * 1024
_BASE64 = re.compile(rb"[A-Za-z0-9+/_=\s-]*")
_QUOTE, _BACKSLASH = b'"', b"\\"


class TooLargeError(ValueError):
    """An answer has more text beside its pictures than any answer should have."""


class AnswerReader:
    """Takes the bytes of a JSON text in pieces of any size; gives the data, with blobs for long base64 texts."""

    def __init__(self, folder: Path | None = None) -> None:
        """Begin with nothing read.

        Args:
            folder: Where large blobs are kept; the system's folder for temporary files if nothing.
        """
        self.blobs: list[Blob] = []
        self._folder = folder
        self._mark = f"blob-{secrets.token_hex(16)}-"
        self._text: list[bytes] = []
        self._size = 0
        self._held: bytearray | None = None
        self._inside = False
        self._blob: Blob | None = None
        self._cut = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            TooLargeError: There is too much text beside the pictures.
            OSError: There is no space for a blob.
        """
        chunk, self._cut = self._cut + chunk, b""
        at = 0
        while at < len(chunk):
            at = self._read_text(chunk, at) if self._inside else self._read_rest(chunk, at)
        if self._size > _MOST_TEXT:
            raise TooLargeError("too much text beside the pictures")

    def result(self) -> Any:
        """Return the data.

        Raises:
            ValueError: This is no JSON, or not all of it.
        """
        text = b"".join(self._text).decode("utf-8-sig")
        if self._inside or self._cut:
            raise ValueError("the text ends too early")
        try:
            data = json.loads(text)
        except RecursionError as error:
            raise ValueError("the text is nested too deeply") from error
        return self._with_blobs(data) if self.blobs else data

    def close(self) -> None:
        """Forget all blobs."""
        for blob in self.blobs:
            blob.close()

    def _keep(self, text: bytes | bytearray) -> None:
        self._text.append(bytes(text))
        self._size += len(text)

    def _read_rest(self, chunk: bytes, at: int) -> int:
        """Read outside of texts, up to and with the next quote."""
        quote = chunk.find(_QUOTE, at)
        end = len(chunk) if quote < 0 else quote + 1
        self._keep(chunk[at:end])
        if quote >= 0:
            self._inside, self._held = True, bytearray()
        return end

    def _read_text(self, chunk: bytes, at: int) -> int:
        """Read inside a text, up to the next escape or with the closing quote."""
        quote = chunk.find(_QUOTE, at)
        end = len(chunk) if quote < 0 else quote
        escape = chunk.find(_BACKSLASH, at, end)
        if escape >= 0:
            self._take(chunk[at:escape])
            return self._read_escape(chunk, escape)
        self._take(chunk[at:end])
        if quote < 0:
            return end
        self._end_text()
        return quote + 1

    def _read_escape(self, chunk: bytes, at: int) -> int:
        length = 6 if chunk[at + 1 : at + 2] == b"u" else 2
        escape = chunk[at : at + length]
        if len(escape) < length:
            self._cut = escape
            return len(chunk)
        if self._blob is None:
            self._take(escape)
        else:
            self._size += length
            self._blob.write(_unescaped(escape) or b"!")
        return at + length

    def _take(self, text: bytes) -> None:
        if self._blob is not None:
            self._blob.write(text)
        elif self._held is None:
            self._keep(text)
        else:
            self._held += text
            if len(self._held) > _SHORT:
                self._decide()

    def _decide(self) -> None:
        """Decide what a text that has become long is."""
        held, self._held = bytes(self._held or b""), None
        plain = held if _BACKSLASH not in held else _unescaped(held)
        if plain is None or _BASE64.fullmatch(plain) is None:
            self._keep(held)
            return
        self._blob = Blob(self._folder)
        self.blobs.append(self._blob)
        self._keep(f"{self._mark}{len(self.blobs) - 1}".encode())
        self._blob.write(plain)

    def _end_text(self) -> None:
        if self._blob is not None:
            self._blob.end()
        elif self._held is not None:
            self._keep(self._held)
        self._keep(_QUOTE)
        self._inside, self._held, self._blob = False, None, None

    def _with_blobs(self, data: Any) -> Any:
        whole = [data]
        open_ones: list[Any] = [whole]
        while open_ones:
            node = open_ones.pop()
            for key, value in node.items() if isinstance(node, dict) else enumerate(node):
                if isinstance(value, dict | list):
                    open_ones.append(value)
                elif isinstance(value, str) and value.startswith(self._mark):
                    node[key] = self.blobs[int(value.removeprefix(self._mark))]
        return whole[0]


def _unescaped(text: bytes) -> bytes | None:
    """Return what escapes of a JSON text stand for, or nothing where they are no ASCII."""
    try:
        return str(json.loads(b'"' + text + b'"')).encode("ascii")
    except ValueError:
        return None
