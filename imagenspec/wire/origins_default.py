"""Documented defaults: what the service takes for the members that a request leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.catalog.members import default_of, members_with_defaults
from imagenspec.wire.pointers import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imagenspec.catalog.members import Default
    from imagenspec.wire.pointers import Steps

_QUALITY = ("parameters", "outputOptions", "compressionQuality")
_TYPE = ("parameters", "outputOptions", "mimeType")
_COMPRESSED = "image/jpeg"
_OUTPUT = ("parameters", "outputOptions")


class DefaultMember(NamedTuple):
    """A member that is not sent, and what the service takes for it."""

    steps: Steps
    default: Default


def defaults(task: str, model: str, sent: Mapping[Steps, Any]) -> list[DefaultMember]:
    """Return the documented defaults of the members that a request of a task and model does not send.

    Args:
        task: The task.
        model: The publisher model.
        sent: The members that are sent and hold no others, by where they stand.
    """
    found = []
    for names in members_with_defaults(task):
        default = default_of(task, model, names)
        if default is None or (names == _QUALITY and sent.get(_TYPE) != _COMPRESSED):
            continue
        found += [DefaultMember(steps, default) for steps in _places(names, sent) if not _is_sent(steps, sent)]
    return found


def _places(names: tuple[str, ...], sent: Mapping[Steps, Any]) -> Iterator[Steps]:
    """Yield where a member would stand: wherever the object around it is sent, as ``parameters`` always could be."""
    if names[:-1] in (_OUTPUT, _OUTPUT[:1]):
        yield names
        return
    around = {steps[:length]: None for steps in sent for length in range(1, len(steps) + 1)}
    for steps in around:
        if names_of(steps) == names[:-1] and isinstance(steps[-1], str):
            yield (*steps, names[-1])


def _is_sent(steps: Steps, sent: Mapping[Steps, Any]) -> bool:
    """Tell whether a member, a part of it, or something else in the place of what is around it is sent."""
    return any(
        one[: len(steps)] == steps or (steps[: len(one)] == one and not isinstance(value, dict))
        for one, value in sent.items()
    )
