"""The members of a body by where they stand: keys and indexes from the outside, and the same as JSON pointers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Steps: TypeAlias = tuple[str | int, ...]
"""The keys and indexes that lead to a member of a body."""


def pointer(steps: Steps) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def names_of(steps: Steps) -> tuple[str, ...]:
    """Return the names on the way to a member, without indexes."""
    return tuple(step for step in steps if isinstance(step, str))


def leaves(value: Any, steps: Steps = (), *, whole_lists: bool = False) -> Iterator[tuple[Steps, Any]]:
    """Yield the members of a body that hold no others, in order; an empty list or mapping is one.

    Args:
        value: The body, or what stands at a place of it.
        steps: Where that is.
        whole_lists: Whether any list is one member, whatever is in it.
    """
    if isinstance(value, dict) and value:
        for name, child in value.items():
            yield from leaves(child, (*steps, name), whole_lists=whole_lists)
    elif isinstance(value, list) and value and not whole_lists:
        for index, child in enumerate(value):
            yield from leaves(child, (*steps, index))
    else:
        yield steps, value
