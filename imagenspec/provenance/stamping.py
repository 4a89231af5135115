"""Pictures with their provenance: bytes to bytes, pixels and signatures untouched.

The law: without what was put in, a picture's bytes are exactly what they were. What cannot be changed under that law
(a signed picture, a broken file, a packet that could not be written again as it was) is left alone, and the provenance
stands in a file beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.provenance import jpeg, png
from imagenspec.provenance.record import Record, read, written
from imagenspec.provenance.xmp import (
    Element,
    PacketError,
    about,
    descriptions,
    has_remote_credentials,
    has_source_type,
    joined,
    packet_of,
    without_own,
)

if TYPE_CHECKING:
    from imagenspec.provenance.carriers import Carrier, Place

SIDECAR = ".xmp"
"""What is appended to a picture's name for the name of the file beside it."""
LARGEST = 1 << 28
"""The most bytes of a picture that is looked into."""
_LARGEST_PACKET = 1 << 22
_LARGEST_SIDECAR = 1 << 24


class Stamped(NamedTuple):
    """A picture with its provenance.

    Attributes:
        data: The picture's bytes.
        sidecar: What stands in a file beside it, where the picture itself could not be changed.
        why: Why it could not.
    """

    data: bytes
    sidecar: bytes | None = None
    why: str = ""


def stamped(data: bytes, record: Record) -> Stamped:
    """Return a picture with a record; one that is there is replaced, what others wrote stays.

    Args:
        data: The bytes of a PNG or JPEG; any others get their record beside them. Those of a signed one stay, even if
            they have a record that could be taken out.
        record: What the picture is to say.
    """
    plain = without(data)
    found = _Found.of(plain)
    if isinstance(found, str):
        return Stamped(data, packet_of(written(record)), found)
    data = plain
    packet = _packet(found, record)
    chunk = found.carrier.wrapped(packet) if packet is not None and len(packet) <= _LARGEST_PACKET else None
    if packet is None or chunk is None:
        why = "its packet cannot be added to" if packet is None else "there is no room for so long a packet"
        with_type = not has_source_type(found.described)
        return Stamped(data, packet_of(written(record, with_type=with_type)), why)
    return Stamped(data[: found.place.start] + chunk + data[found.place.end :])


def delivered(data: bytes, record: Record) -> Stamped:
    """Return a picture as the service sent it with a record, in it or beside it.

    A record that came with it is not ours to take out again.
    """
    if without(data) != data:
        return Stamped(data, packet_of(written(record)), "it came with a record already")
    return stamped(data, record)


def is_own_sidecar(data: bytes) -> bool:
    """Return whether a file beside a picture has a record and nothing else, so that it may be written over."""
    return data.startswith(b"<?xpacket") and len(data) <= _LARGEST_SIDECAR and without_own(data) is None


def record_in(data: bytes) -> Record | None:
    """Return the record of a picture or of a file beside it; nothing where there is none or nobody can read it."""
    return _record(packet_in(data) if _carrier(data) is not None else data)


def is_broken(data: bytes) -> bool:
    """Return whether bytes begin as a PNG or JPEG and do not go on as one to its end."""
    carrier = _carrier(data)
    return carrier is not None and carrier.find(data) is None


def record_left(data: bytes) -> Record | None:
    """Return the record that is whole in what is left of a broken picture."""
    carrier = _carrier(data)
    return _record(None if carrier is None else carrier.left(data))


def without(data: bytes) -> bytes:
    """Return a picture without the record that :func:`stamped` put in: its bytes as they were before."""
    carrier = _carrier(data)
    place = carrier.find(data) if carrier is not None else None
    if carrier is None or place is None or place.packet is None or place.fixed:
        return data
    rest = without_own(place.packet)
    if rest == place.packet:
        return data
    chunk = b"" if rest is None else carrier.wrapped(rest)
    return data if chunk is None else data[: place.start] + chunk + data[place.end :]


def packet_in(data: bytes) -> bytes | None:
    """Return the XMP packet of a picture, whoever wrote it."""
    carrier = _carrier(data)
    place = carrier.find(data) if carrier is not None else None
    return None if place is None else place.packet or None


class _Found(NamedTuple):
    """A picture that can be changed: its format, where the packet belongs, and what one that is there says."""

    carrier: Carrier
    place: Place
    described: list[Element]

    @classmethod
    def of(cls, data: bytes) -> _Found | str:
        """Return it, or why a picture cannot be changed."""
        carrier = _carrier(data)
        if carrier is None:
            return "only PNG and JPEG carry a packet"
        place = carrier.find(data)
        if place is None:
            return "the file is not built as its format demands"
        if place.signed:
            return "it has Content Credentials, which any change would break"
        if place.fixed:
            return "its packet cannot be written again as it is"
        try:
            described = [] if place.packet is None else descriptions(place.packet)
        except PacketError:
            return "its packet cannot be read"
        if has_remote_credentials(described):
            return "it has Content Credentials elsewhere, which any change would break"
        return cls(carrier, place, described)


def _packet(found: _Found, record: Record) -> bytes | None:
    """Return the packet of a picture with a record as one more description, if that can be taken out again."""
    if found.place.packet is None:
        return packet_of(written(record))
    with_type = not has_source_type(found.described)
    own = written(record, about=about(found.described), with_type=with_type)
    packet = joined(found.place.packet, own)
    if packet is None or without_own(packet) != found.place.packet:
        return None
    try:
        again = descriptions(packet)
    except PacketError:
        return None
    return packet if len(again) == len(found.described) + 1 else None


def _record(packet: bytes | None) -> Record | None:
    try:
        return None if not packet else read(packet)
    except PacketError:
        return None


def _carrier(data: bytes) -> Carrier | None:
    if len(data) > LARGEST:
        return None
    if data.startswith(png.SIGNATURE):
        return png
    return jpeg if data.startswith(jpeg.SIGNATURE) else None
