"""Signals that end a render: the first one in order, the second one at once."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagenspec.render.runner import Runner

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_CANNOT = (NotImplementedError, RuntimeError, ValueError)
"""What is raised where a system or a thread has no signals."""


class Interruption(NamedTuple):
    """How somebody stopped a render.

    Attributes:
        signal: The number of the first signal.
        given_up: Whether a second one came, so that requests under way have lost their answers.
    """

    signal: int
    given_up: bool = False


class Stop:
    """While it is entered, the first signal ends a runner's work in order, the second one cancels the entering task.

    Signals that the process ignores, as SIGHUP below ``nohup``, stay ignored; only Ctrl-C always counts.
    """

    def __init__(self, runner: Runner, told: Callable[[], None]) -> None:
        """Prepare.

        Args:
            runner: Whose work is to be ended; no longer than this is entered.
            told: Is called at the first signal.
        """
        self.interruption: Interruption | None = None
        self._runner = runner
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for name in _SIGNALS:
            number = getattr(signal, name, None)
            if number is None or (name != "SIGINT" and signal.getsignal(number) is signal.SIG_IGN):
                continue
            before = signal.getsignal(number)
            with suppress(*_CANNOT):
                self._loop.add_signal_handler(number, self._stop, int(number))
                self._before[number] = before
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self._let_go()
        if kind is asyncio.CancelledError and self.interruption is not None and self.interruption.given_up:
            if self._task is not None:
                self._task.uncancel()
            return True
        return False

    def _stop(self, number: int) -> None:
        if self.interruption is None:
            self.interruption = Interruption(number)
            self._runner.stop()
            self._told()
            return
        self.interruption = self.interruption._replace(given_up=True)
        self._let_go()
        if self._task is not None:
            self._task.cancel()

    def _let_go(self) -> None:
        before, self._before = self._before, {}
        for number, handler in before.items():
            with suppress(*_CANNOT, TypeError):
                self._loop.remove_signal_handler(number)
                signal.signal(number, handler)
