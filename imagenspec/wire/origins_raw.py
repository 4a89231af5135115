"""Which members of a body are a recipe's own and which are of its ``raw``: the same merge, with marks for values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from imagenspec.recipe.model import Image, Raw
from imagenspec.wire.lower import lower
from imagenspec.wire.pointers import leaves
from imagenspec.wire.raw import with_raw

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagenspec.images.files import ImageFile
    from imagenspec.recipe.model import Recipe
    from imagenspec.source.nodes import Path
    from imagenspec.wire.pointers import Steps


class OwnMark(NamedTuple):
    """A value of the body that the recipe has without ``raw``, and where it stands there."""

    steps: Steps


class RawMark(NamedTuple):
    """A value of ``raw``, and where it stands in the recipe."""

    path: Path


Mark: TypeAlias = OwnMark | RawMark


class Marked(NamedTuple):
    """A body with marks.

    Attributes:
        marks: Of each member that holds no others, where its value is from; an empty mapping or list has none.
        lost: Members that would be sent if there were no ``raw``.
    """

    marks: dict[Steps, Mark]
    lost: frozenset[Steps]


def marked(recipe: Recipe) -> Marked:
    """Return the members of a recipe's body with marks for values."""
    plain = recipe._replace(raw_instance={}, raw_parameters={}, raw=Raw())
    own = lower(plain, _no_file)
    body = _marked(own, OwnMark, ())
    raw = recipe._replace(
        raw_instance=_marked(recipe.raw_instance, RawMark, ("raw", "instance")),
        raw_parameters=_marked(recipe.raw_parameters, RawMark, ("raw", "parameters")),
        raw=recipe.raw._replace(body=_marked(recipe.raw.body, RawMark, ("raw", "body"))),
    )
    marks = {
        steps: mark for steps, mark in leaves(with_raw(body, raw, _no_file)) if isinstance(mark, OwnMark | RawMark)
    }
    kept = {mark.steps for mark in marks.values() if isinstance(mark, OwnMark)}
    return Marked(marks, frozenset(steps for steps, _ in leaves(own) if steps not in kept))


def _no_file(_: Image) -> ImageFile:
    """Stand in for the file of an image, which nobody looks at here."""
    return cast("ImageFile", None)


def _marked(value: Any, mark: Callable[[Path], Mark], path: Path) -> Any:
    """Return data with a mark for every value that is no mapping or list; those decide how bodies are merged."""
    if isinstance(value, dict):
        return {key: _marked(child, mark, (*path, key)) for key, child in value.items()}
    if isinstance(value, list):
        return [_marked(child, mark, (*path, index)) for index, child in enumerate(value)]
    return mark(value.path if isinstance(value, Image) else path)
