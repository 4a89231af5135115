"""Choices, made by Hypothesis or by a number: the same recipes either way."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Protocol, TypeVar

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Dice(Protocol):
    """Whoever decides."""

    def number(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``."""


def pick(dice: Dice, items: Sequence[T]) -> T:
    return items[dice.number(0, len(items) - 1)]


def chance(dice: Dice, sides: int = 2) -> bool:
    return dice.number(1, sides) == sides


def some(dice: Dice, items: Sequence[T]) -> list[T]:
    return [item for item in items if chance(dice)]


def shuffled(dice: Dice, items: Sequence[T]) -> list[T]:
    left = list(items)
    return [left.pop(dice.number(0, len(left) - 1)) for _ in items]


class DrawnDice:
    """Choices that Hypothesis makes and can shrink."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def number(self, low: int, high: int) -> int:
        return low if low == high else self._draw(st.integers(low, high))


class SeededDice:
    """Choices that are the same for the same seed, on every machine."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - examples, not secrets

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)
