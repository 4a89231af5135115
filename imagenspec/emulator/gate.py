"""A gate that bounds how much is worked on at once: bytes of bodies, or pixels of pictures."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Gate:
    """Lets large requests in as long as they fit; one that never fits goes alone, small ones always pass.

    A gate is for work that ends by itself: nobody may wait for a client while holding it.
    """

    def __init__(self, most: int, small: int) -> None:
        self._most = most
        self._small = small
        self._held = 0
        self._changed = anyio.Condition()

    @asynccontextmanager
    async def hold(self, size: int) -> AsyncIterator[None]:
        """Hold a number of bytes or pixels, all at once, so that no two wait for each other."""
        weight = 0 if size <= self._small else min(size, self._most)
        async with self._changed:
            while weight and self._held + weight > self._most:
                await self._changed.wait()
            self._held += weight
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                async with self._changed:
                    self._held -= weight
                    self._changed.notify_all()
