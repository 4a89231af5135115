"""The same question about many recipes, asked in several processes where there are enough of them."""

from __future__ import annotations

import os
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any

from imagenspec.errors import ToolError
from imagenspec.project.lint import WORTH_PROCESSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SHARE = 25
"""How many recipes a process is given at a time."""

_ask: Callable[[str], Any] | None = None
"""What the processes of a pool were started to ask; they have it because they are copies of this process."""


def answers(paths: Sequence[str], ask: Callable[[str], Any], begin: Callable[[], None]) -> Iterator[Any]:
    """Yield what a question says of each recipe, in their order.

    Args:
        paths: The recipes.
        ask: The question; its answers are values that can be sent between processes.
        begin: Called first in each process but this one.

    Raises:
        ToolError: A process was ended from outside.
    """
    jobs = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
    if jobs < 2 or len(paths) < WORTH_PROCESSES:
        yield from map(ask, paths)
        return
    import multiprocessing  # noqa: PLC0415 - few comparisons need processes
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

    global _ask  # noqa: PLW0603 - a process of a pool has no other place to keep what it was started with
    _ask = ask
    shares = [paths[start : start + _SHARE] for start in range(0, len(paths), _SHARE)]
    try:
        with ProcessPoolExecutor(jobs, multiprocessing.get_context("fork"), begin) as pool:
            yield from chain.from_iterable(pool.map(_answered, shares))
    except BrokenProcessPool as error:
        raise ToolError("a process that compares recipes was ended") from error
    finally:
        _ask = None


def _answered(paths: Sequence[str]) -> list[Any]:
    return [] if _ask is None else [_ask(path) for path in paths]
