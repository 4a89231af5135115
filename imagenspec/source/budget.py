"""How much work one recipe may cause: hints and templates have an end, so that no text makes a check hang."""

from __future__ import annotations

from contextvars import ContextVar

HINTS = 200
"""How many times per recipe a word is compared with all the words that it could have meant."""
STEPS = 5_000_000
"""How much template work per recipe, roughly in characters."""

_hints: ContextVar[int] = ContextVar("hints", default=HINTS)
_steps: ContextVar[int] = ContextVar("steps", default=STEPS)


def renew() -> None:
    """Start a recipe with a full budget."""
    _hints.set(HINTS)
    _steps.set(STEPS)


def take_hint() -> bool:
    """Take one hint from the budget; tell whether there was one left."""
    left = _hints.get()
    _hints.set(left - 1)
    return left > 0


def take_steps(count: int) -> bool:
    """Take template work from the budget; tell whether there was enough left."""
    left = _steps.get() - count
    _steps.set(left)
    return left > 0
