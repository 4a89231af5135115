"""The segments of a JPEG: where its XMP packet is, and how one is put in.

Sources: ITU-T T.81, annex B (segments, fill bytes, restart markers); XMP specification part 3, "JPEG"; C2PA
specification, "Embedding manifests into JPEG" (APP11); CIPA DC-007 (APP2 ``MPF`` counts bytes from where it stands).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.provenance.carriers import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE = b"\xff\xd8\xff"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXIF = b"Exif\0"
_APP0, _APP1, _APP2, _APP11 = 0xE0, 0xE1, 0xE2, 0xEB
_SCAN, _END = 0xDA, 0xD9
_ALONE = (0x01, *range(0xD0, 0xD9))
"""Markers without a length; among segments they have no place, between the bits of a scan they are passed over."""
_LARGEST = 0xFFFF
_MOST_SEGMENTS = 100_000
_MARKER = re.compile(rb"\xff(?=[^\x00\x01\xd0-\xd7\xff])")
"""What ends the bits of a scan: no stuffed zero, no restart, no fill byte."""


class _Segment(NamedTuple):
    marker: int
    start: int
    end: int


def find(data: bytes) -> Place | None:
    """Return where the packet of a JPEG is, or belongs: behind JFIF and EXIF; nothing if it is not a whole JPEG."""
    segments = list(_segments(data))
    if not segments or segments[-1].marker != _END or not any(one.marker == _SCAN for one in segments):
        return None
    first_scan = next(index for index, one in enumerate(segments) if one.marker == _SCAN)
    signed = any(one.marker == _APP11 and data[one.start + 4 : one.start + 6] == b"JP" for one in segments)
    packets = [one for one in segments[:first_scan] if one.marker == _APP1 and _begins(data, one, _XMP)]
    if not packets:
        start = _behind_head(data, segments)
        return Place(start, start, signed=signed)
    chosen = packets[0]
    packet = _packet(data, chosen)
    counted = any(one.marker == _APP2 and _begins(data, one, b"MPF\0") for one in segments if one.end <= chosen.start)
    fixed = len(packets) > 1 or counted or wrapped(packet) != data[chosen.start : chosen.end]
    return Place(chosen.start, chosen.end, packet, fixed, signed)


def left(data: bytes) -> bytes | None:
    """Return the first packet that is whole in what is left of a broken JPEG; behind pixels there is none."""
    for one in _segments(data):
        if one.marker == _SCAN:
            break
        if one.marker == _APP1 and _begins(data, one, _XMP):
            return _packet(data, one)
    return None


def wrapped(packet: bytes) -> bytes | None:
    """Return the segment that holds a packet; there is no place for one of more than 65,504 bytes."""
    length = 2 + len(_XMP) + len(packet)
    if length > _LARGEST:
        return None
    return b"\xff\xe1" + length.to_bytes(2) + _XMP + packet


def _behind_head(data: bytes, segments: list[_Segment]) -> int:
    at = 2
    for one in segments:
        if one.marker != _APP0 and not (one.marker == _APP1 and _begins(data, one, _EXIF)):
            break
        at = one.end
    return at


def _packet(data: bytes, segment: _Segment) -> bytes:
    return data[segment.start + 4 + len(_XMP) : segment.end]


def _begins(data: bytes, segment: _Segment, name: bytes) -> bool:
    return segment.start + 4 + len(name) <= segment.end and data.startswith(name, segment.start + 4)


def _segments(data: bytes) -> Iterator[_Segment]:
    """Yield the segments up to the end of the image; those of a broken file end before it."""
    at = 2 if data.startswith(SIGNATURE) else len(data)
    for _ in range(_MOST_SEGMENTS):
        if data[at : at + 1] != b"\xff":
            return
        while data[at + 1 : at + 2] == b"\xff":
            at += 1
        marker = int.from_bytes(data[at + 1 : at + 2])
        if marker == _END:
            yield _Segment(marker, at, at + 2)
            return
        length = int.from_bytes(data[at + 2 : at + 4])
        end = at + 2 + length
        if marker == 0 or marker in _ALONE or length < 2 or end > len(data):
            return
        yield _Segment(marker, at, end)
        at = end
        if marker == _SCAN:
            found = _MARKER.search(data, end)
            if found is None:
                return
            at = found.start()
