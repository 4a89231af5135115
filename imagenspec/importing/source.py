"""The bytes of one request, and where they stand in what was read."""

from __future__ import annotations

from bisect import bisect_right
from operator import itemgetter
from typing import NamedTuple


class Source(NamedTuple):
    """Bytes that were read, or a part of them without the quotes of a shell.

    Attributes:
        name: What people know it by.
        data: All bytes, in UTF-8, of the file.
        text: The bytes to read: ``data`` itself, or what a shell makes of a part of it.
        start: Where in ``text`` to start.
        end: Where to end.
        shifts: Offsets in ``text``, rising, from which on offsets in ``data`` are larger, by how much.
        notes: What people should know of how it was found: each an offset in ``data``, or none, and a sentence.
    """

    name: str
    data: bytes
    text: bytes
    start: int
    end: int
    shifts: tuple[tuple[int, int], ...] = ()
    notes: tuple[tuple[int | None, str], ...] = ()

    def place(self, offset: int) -> int:
        """Return where in the file an offset of the text is."""
        found = bisect_right(self.shifts, offset, key=itemgetter(0))
        return offset + (self.shifts[found - 1][1] if found else 0)
