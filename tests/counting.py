"""Counts the work of a call, where a time would depend on the machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_MOST = 5_000_000


def lines_run(call: Callable[[], object]) -> int:
    """Return how many lines of Python a call takes; one that takes far too many fails the test."""
    count = 0

    def tell(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        assert count < _MOST, "this does not end soon"
        return tell

    before = sys.gettrace()
    sys.settrace(tell)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
