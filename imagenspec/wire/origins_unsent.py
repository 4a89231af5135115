"""What a recipe says that its request does not, and why: nothing that is written is lost without a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.source.diagnostics import quote
from imagenspec.source.nodes import walk
from imagenspec.wire.origins_own import own_place
from imagenspec.wire.origins_raw import marked

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from imagenspec.recipe.matrix import Case
    from imagenspec.recipe.model import Recipe
    from imagenspec.source.nodes import Document, Node, Path
    from imagenspec.source.text import Span
    from imagenspec.wire.origins import Origin

_FOR_PEOPLE = "for people; never sent"
_REASONS = {
    "imagenspec": "the version of the recipe language; never sent",
    "task": "decides which members there are; not sent itself",
    "model": "stands in the URL of the request, not in its body",
    "description": _FOR_PEOPLE,
    "tags": _FOR_PEOPLE,
    "render": "says what happens to the answer; never sent",
}


_RAW = {"omit": "takes members out of the body", "order": "puts members in order", None: "empty"}
"""What parts of ``raw`` do that are no members themselves."""


class Unsent(NamedTuple):
    """A value that is written in a recipe and is not in its request.

    Attributes:
        path: Where it stands in the recipe.
        span: Where it is written.
        why: Why it is not sent; empty where nobody knows, which is a fault of this program.
    """

    path: Path
    span: Span
    why: str


def unsent(
    document: Document, recipe: Recipe, case: Case, found: Sequence[Origin], given: Collection[str] = ()
) -> list[Unsent]:
    """Return what is written in a recipe and not sent in a case, in file order of the keys.

    Args:
        document: The recipe as it is written, before an axis puts values into it.
        recipe: What the case means.
        case: The case.
        found: The origins of its members.
        given: The variables that the caller has set over their defaults.
    """
    sent = {origin.span for origin in found}
    sent |= {part.span for origin in found for part in origin.parts if not part.replaced}
    lost = _lost(recipe, case)
    reasons = _Reasons(case, given, lost)
    return [
        Unsent(path, node.span, reasons.of(path, node))
        for path, node in walk(document.root)
        if path and not (node.entries or node.items or node.span in sent)
        if path in lost or document.key_span(path) not in sent
    ]


def _lost(recipe: Recipe, case: Case) -> frozenset[Path]:
    """Return the places whose members would be sent if the recipe had no ``raw``."""
    places = (own_place(steps, recipe, case.document) for steps in marked(recipe).lost)
    return frozenset(place.path for place in places if place is not None)


class _Reasons:
    def __init__(self, case: Case, given: Collection[str], lost: frozenset[Path]) -> None:
        self.case = case
        self.given = given
        self.lost = lost

    def of(self, path: Path, node: Node) -> str:
        """Return why a value is not sent."""
        head = str(path[0])
        if head.startswith("x-"):
            return "a note of your own; never sent"
        if head == "matrix":
            return self._of_matrix(path, node)
        for axis, _ in self.case.combination:
            if axis.path is not None and _are_in_line(axis.path, path):
                return f"axis {quote(axis.name)} of the matrix gives this case its own value"
        if head == "vars":
            return self._of_variable(str(path[-1]))
        if head in _REASONS:
            return _REASONS[head]
        if any(_are_in_line(one, path) for one in self.lost):
            return "raw replaces what it makes, or takes it out"
        if path[:2] == ("raw", "omit") and isinstance(node.value, str):
            return f"takes {node.value} out of the body"
        if head == "raw":
            return _RAW.get(str(path[1]) if path[1:] else None, "raw itself replaces it, or takes it out")
        return "empty, so there is nothing to send" if node.value in ({}, [], None) else ""

    def _of_matrix(self, path: Path, node: Node) -> str:
        if path[1:2] == ("exclude",):
            return "says which cases there are not; never sent"
        if any(value.node.span == node.span for _, value in self.case.combination):
            return "nothing that is sent uses it"
        return "of other cases"

    def _of_variable(self, name: str) -> str:
        if any(axis.word.rsplit(".", 1)[-1] == name for axis, _ in self.case.combination):
            return f"axis {quote(name)} of the matrix gives this case its own value"
        return "--var gives it another value" if name in self.given else "no text that is sent uses it"


def _are_in_line(one: Path, other: Path) -> bool:
    """Tell whether one of two places is the other or is around it."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
