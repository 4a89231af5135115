"""Numbers that look random and follow from a key: the same on every machine, in every process."""

from __future__ import annotations

import hashlib
from itertools import count
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_Item = TypeVar("_Item")


class Chance:
    """A stream of numbers that follows from a key and a purpose; streams of different purposes are independent."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._words = _words(key + b"\0" + purpose.encode())

    def unit(self) -> float:
        """Return a number from 0 up to, but without, 1."""
        return next(self._words) / 2**32

    def between(self, low: float, high: float) -> float:
        """Return a number from ``low`` up to ``high``."""
        return low + (high - low) * self.unit()

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to, but without, ``limit``."""
        return int(self.unit() * limit)

    def pick(self, items: Sequence[_Item]) -> _Item:
        """Return one of the items."""
        return items[self.below(len(items))]


def _words(key: bytes) -> Iterator[int]:
    for number in count():
        block = hashlib.sha256(key + number.to_bytes(8, "big")).digest()
        for start in range(0, len(block), 4):
            yield int.from_bytes(block[start : start + 4], "big")
