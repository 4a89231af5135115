"""What the file formats that can carry a packet have in common."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Place(NamedTuple):
    """Where a file has its XMP packet, or could have one.

    Attributes:
        start: The first byte of the chunk or segment, or where it would begin.
        end: Behind its last byte; where there is none yet, the same as ``start``.
        packet: The packet that is there.
        fixed: Whether that must stay as it is, since it could not be written again byte for byte.
        signed: Whether the file has Content Credentials (C2PA), which any change breaks.
    """

    start: int
    end: int
    packet: bytes | None = None
    fixed: bool = False
    signed: bool = False


class Carrier(Protocol):
    """A file format that can carry a packet."""

    def find(self, data: bytes) -> Place | None:
        """Return where the packet is or belongs; nothing for a file that is not built as its format demands."""

    def left(self, data: bytes) -> bytes | None:
        """Return the first packet that is whole in what is left of a broken file."""

    def wrapped(self, packet: bytes) -> bytes | None:
        """Return the chunk or segment that holds a packet, or nothing where it is too large for one."""
