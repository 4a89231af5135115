"""JSON objects whose members are asked for by name and type; what has another type is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.emulator.refusals import Refused, cut, own

if TYPE_CHECKING:
    from collections.abc import Iterator


def shown(value: Any) -> str:
    """Return a value as a message shows it: short, and never a whole mapping, list or long text."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    text = cut(str(value))
    return f"'{text}'" if isinstance(value, str) else text


class Members:
    """A JSON object and its path in the body; a member that is ``null`` counts as absent.

    Attributes:
        path: Where the object stands, such as ``instances[0]``; empty for the body.
    """

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            message = f"Expected an object at {cut(path) or 'the top'}, got {shown(value)}."
            raise Refused(own(message, *([path] if path else [])))
        self._members: dict[str, Any] = value
        self.path = path

    def at(self, name: str) -> str:
        """Return the path of a member."""
        return f"{self.path}.{name}" if self.path else name

    def names(self) -> list[str]:
        """Return the names of all members."""
        return list(self._members)

    def raw(self, name: str) -> Any:
        """Return a member as it is, or nothing."""
        return self._members.get(name)

    def has(self, name: str) -> bool:
        """Tell whether a member is there."""
        return self._members.get(name) is not None

    def refuse(self, name: str, wanted: str) -> Refused:
        """Return what to raise about a member of another type or range."""
        return Refused(own(f"Invalid {cut(name)}: expected {wanted}, got {shown(self.raw(name))}.", self.at(name)))

    def object(self, name: str) -> Members | None:
        """Return a member that is an object."""
        value = self.raw(name)
        return None if value is None else Members(value, self.at(name))

    def objects(self, name: str) -> Iterator[Members]:
        """Yield the objects of a member that is a list; those of a member that is absent are none."""
        value = self.raw(name)
        if value is None:
            return
        if not isinstance(value, list):
            raise self.refuse(name, "a list")
        for index, one in enumerate(value):
            yield Members(one, f"{self.at(name)}[{index}]")

    def text(self, name: str) -> str | None:
        """Return a member that is text."""
        value = self.raw(name)
        if value is None or isinstance(value, str):
            return value
        raise self.refuse(name, "text")

    def truth(self, name: str) -> bool | None:
        """Return a member that is true or false."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return value
        raise self.refuse(name, "true or false")

    def number(self, name: str, low: float | None = None, high: float | None = None) -> float | None:
        """Return a member that is a number in a range, both ends included."""
        value = self.raw(name)
        if value is None:
            return None
        wanted = f"a number{_bounds(low, high)}"
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.refuse(name, wanted)
        if (low is not None and value < low) or (high is not None and value > high):
            raise self.refuse(name, wanted)
        return value

    def integer(self, name: str, low: int | None = None, high: int | None = None) -> int | None:
        """Return a member that is a whole number in a range, both ends included; ``4.0`` is one in JSON."""
        value = self.raw(name)
        if value is None:
            return None
        wanted = f"a whole number{_bounds(low, high)}"
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole:
            raise self.refuse(name, wanted)
        if (low is not None and value < low) or (high is not None and value > high):
            raise self.refuse(name, wanted)
        return int(value)

    def integers(self, name: str, low: int, high: int) -> tuple[int, ...]:
        """Return the whole numbers of a member that is a list, each in a range; none for one that is absent."""
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.refuse(name, "a list of numbers")
        numbered = Members({f"{name}[{index}]": one for index, one in enumerate(value)}, self.path)
        found = (numbered.integer(place, low, high) for place in numbered.names())
        return tuple(number for number in found if number is not None)

    def word(self, name: str, words: tuple[str, ...], *, any_case: bool = False) -> str | None:
        """Return a member that is one of some words, spelt as in the list of them."""
        value = self.text(name)
        if value is None:
            return None
        for word in words:
            if value == word or (any_case and value.lower() == word.lower()):
                return word
        raise self.refuse(name, f"one of {', '.join(words)}")


def _bounds(low: float | None, high: float | None) -> str:
    return (f" from {low:.0f}" if low is not None else "") + (f" to {high:.0f}" if high is not None else "")
