"""A gate that bounds how many bytes of bodies are read and drawn from at once."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_SMALL = 1024 * 1024


class Gate:
    """Lets large bodies in as long as their bytes fit; one that never fits goes alone, small ones always pass."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._changed = anyio.Condition()

    @asynccontextmanager
    async def hold(self, size: int | None) -> AsyncIterator[None]:
        """Hold a number of bytes; an unknown number counts as all.

        The bytes of one holder never wait for another's, so that nothing waits for ever.
        """
        weight = self._most if size is None else 0 if size <= _SMALL else min(size, self._most)
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
