"""Steps of many requests written to the ledger together: one wait for the disk for all that came while it was busy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from imagenspec.render.ledger.ledger import IllegalStepError

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagenspec.render.ledger.ledger import Ledger

    _Step = tuple[Callable[[], Any], asyncio.Future[Any]]

_Result = TypeVar("_Result")


class Journal:
    """Writes steps of one event loop in the order in which they come, those that wait together in one transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: list[_Step] = []
        self._writer: asyncio.Task[None] | None = None

    async def write(self, step: Callable[[], _Result]) -> _Result:
        """Take a step, and return what it returns once it is on the disk.

        Args:
            step: Calls the ledger once.

        Raises:
            IllegalStepError: The step was not allowed; others are not touched by that.
            ToolError: The ledger cannot be written.
        """
        future: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((step, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_waiting())
        return await future

    async def _write_waiting(self) -> None:
        while self._waiting:
            steps, self._waiting = self._waiting, []
            try:
                results = await asyncio.to_thread(self._commit, [step for step, _ in steps])
            except Exception as error:  # noqa: BLE001 - all of these steps failed by it, and each says so
                results = [error] * len(steps)
            for (_, future), result in zip(steps, results, strict=True):
                if future.cancelled():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    def _commit(self, steps: list[Callable[[], Any]]) -> list[Any]:
        results: list[Any] = []
        with self._ledger.together():
            for step in steps:
                try:
                    results.append(step())
                except (IllegalStepError, ValueError) as error:
                    results.append(error)
        return results
