"""The chunks of a PNG: where its XMP packet is, and how one is put in.

Sources: PNG specification (W3C), sections 5.3 and 11.3.3.4 (iTXt); XMP specification part 3, "PNG", for the keyword;
C2PA specification, "Embedding manifests into PNG", for ``caBX``.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.provenance.carriers import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"XML:com.adobe.xmp"
_PLAIN = _KEYWORD + b"\0\0\0\0\0"
"""Keyword, no compression, its method, no language and no translated keyword (iTXt)."""
_CREDENTIALS = b"caBX"
_MOST_CHUNKS = 200_000
_MOST_TEXT = 1 << 24
_LARGEST = (1 << 31) - 1


class _Chunk(NamedTuple):
    kind: bytes
    start: int
    end: int


def find(data: bytes) -> Place | None:
    """Return where the packet of a PNG is, or belongs: right behind the header; nothing if it is not a whole PNG."""
    chunks = list(_chunks(data))
    kinds = {chunk.kind for chunk in chunks}
    if not chunks or chunks[0].kind != b"IHDR" or chunks[-1].kind != b"IEND" or b"IDAT" not in kinds:
        return None
    signed = _CREDENTIALS in kinds
    packets = [chunk for chunk in chunks if chunk.kind == b"iTXt" and _is_xmp(data, chunk)]
    if not packets:
        return Place(chunks[0].end, chunks[0].end, signed=signed)
    chunk = packets[0]
    packet = _text(data[chunk.start + 8 : chunk.end - 4])
    fixed = len(packets) > 1 or packet is None or wrapped(packet) != data[chunk.start : chunk.end]
    return Place(chunk.start, chunk.end, packet or b"", fixed, signed)


def left(data: bytes) -> bytes | None:
    """Return the first packet that is whole in what is left of a broken PNG."""
    chunk = next((one for one in _chunks(data) if one.kind == b"iTXt" and _is_xmp(data, one)), None)
    return None if chunk is None else _text(data[chunk.start + 8 : chunk.end - 4])


def wrapped(packet: bytes) -> bytes | None:
    """Return the chunk that holds a packet."""
    content = b"iTXt" + _PLAIN + packet
    if len(content) - 4 > _LARGEST:
        return None
    return (len(content) - 4).to_bytes(4) + content + zlib.crc32(content).to_bytes(4)


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Yield the chunks up to ``IEND``; those of a broken file end before it."""
    at = len(SIGNATURE) if data.startswith(SIGNATURE) else len(data)
    for _ in range(_MOST_CHUNKS):
        kind = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4])
        if end > len(data) or not kind.isalpha():
            return
        yield _Chunk(kind, at, end)
        if kind == b"IEND":
            return
        at = end


def _is_xmp(data: bytes, chunk: _Chunk) -> bool:
    return data.startswith(_KEYWORD + b"\0", chunk.start + 8)


def _text(content: bytes) -> bytes | None:
    """Return the text of an iTXt chunk, uncompressed; nothing if it is broken or too long."""
    head, flag, rest = len(_KEYWORD) + 1, content[len(_KEYWORD) + 1 : len(_KEYWORD) + 2], b""
    parts = content[head + 2 :].split(b"\0", 2)
    if len(parts) == 3:
        rest = parts[2]
    if len(parts) < 3 or flag not in (b"\0", b"\1"):
        return None
    if flag == b"\0":
        return rest
    engine = zlib.decompressobj()
    try:
        text = engine.decompress(rest, _MOST_TEXT)
    except zlib.error:
        return None
    return text if engine.eof else None
