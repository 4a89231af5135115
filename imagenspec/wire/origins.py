"""Where every member of a request's body comes from: the place in the recipe, or the reason why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from imagenspec.recipe.templates import is_template
from imagenspec.source.diagnostics import quote
from imagenspec.wire.origins_own import OwnPlace, own_place
from imagenspec.wire.origins_raw import OwnMark, RawMark, marked
from imagenspec.wire.origins_text import Part, TemplateParts
from imagenspec.wire.pointers import pointer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from imagenspec.recipe.matrix import Case
    from imagenspec.recipe.model import Recipe
    from imagenspec.source.nodes import Document, Node, Path
    from imagenspec.source.text import Span
    from imagenspec.wire.pointers import Steps
    from imagenspec.wire.request import Request

How: TypeAlias = Literal["written", "template", "matrix", "derived", "automatic", "raw", "unknown"]
"""How a member came about; ``unknown`` is of no member that the program makes."""


class Origin(NamedTuple):
    """A member that holds no others, and what made it.

    Attributes:
        steps: Where it stands in the body.
        value: What is sent; of base64, the image's file.
        how: How it came about.
        path: The place in the recipe.
        span: Where that is written; of a value of the matrix, there.
        why: What there is to say beyond the place.
        parts: Other places that it is made of, or that it took the place of.
    """

    steps: Steps
    value: Any
    how: How
    path: Path | None
    span: Span | None
    why: str
    parts: tuple[Part, ...] = ()

    @property
    def spans(self) -> list[Span]:
        """Every place in the recipe that it is made of."""
        found = (self.span, *(part.span for part in self.parts if not part.replaced))
        return [span for span in found if span is not None]


def origins(request: Request, recipe: Recipe, case: Case, given: Collection[str] = ()) -> list[Origin]:
    """Return the origin of every member of a request, in the order in which they are sent.

    Args:
        request: The compiled case.
        recipe: What the case means.
        case: The case.
        given: The variables that the caller has set over their defaults.
    """
    tracer = _Tracer(recipe, case, given)
    return [tracer.origin(steps, value) for steps, value in request.members()]


class _Tracer:
    def __init__(self, recipe: Recipe, case: Case, given: Collection[str]) -> None:
        self.recipe = recipe
        self.case = case
        self.document: Document = case.document
        self.templates = TemplateParts(case, recipe, given)
        self.marked = marked(recipe)

    def origin(self, steps: Steps, value: Any) -> Origin:
        mark = self.marked.marks.get(steps)
        raw = mark.path if isinstance(mark, RawMark) else None
        if mark is None:
            raw = raw_place(steps, self.document)
        if raw is not None:
            return self._raw(steps, value, raw)
        own = own_place(mark.steps if isinstance(mark, OwnMark) else steps, self.recipe, self.document)
        if own is None or (mark is None and self._lost_below(steps)):
            return self._emptied(steps, value)
        return self._own(steps, value, own)

    def _lost_below(self, steps: Steps) -> bool:
        return any(len(one) > len(steps) and one[: len(steps)] == steps for one in self.marked.lost)

    def _emptied(self, steps: Steps, value: Any) -> Origin:
        """Return the origin of a mapping or list that is empty because ``raw`` took out what was in it."""
        taken = enumerate(self.recipe.raw.omit)
        index = next((index for index, one in taken if one.startswith(f"{pointer(steps)}/")), None)
        path: Path = ("raw", "omit") if index is None else ("raw", "omit", index)
        if value not in ({}, []) or self.document.node(path) is None:
            return Origin(steps, value, "unknown", None, None, "nothing in the recipe makes it")
        return Origin(steps, value, "raw", path, written_span(path, self.document), "raw takes out what was in it")

    def _raw(self, steps: Steps, value: Any, raw: Path) -> Origin:
        own = own_place(steps, self.recipe, self.document) if steps in self.marked.lost else None
        why = "merged in last, unchecked"
        parts = [*self._repeated(raw)]
        if own is not None:
            why += "; it replaces what the recipe says itself"
            parts.append(Part(own.path, written_span(own.path, self.document), "replaced by raw", replaced=True))
        return Origin(steps, value, "raw", raw, written_span(raw, self.document), why, tuple(parts))

    def _own(self, steps: Steps, value: Any, own: OwnPlace) -> Origin:
        node = self.document.node(own.path)
        parts = [*self._repeated(own.path), *(_items(own.path, node) if own.of_items else ())]
        if own.automatic or own.derived:
            how: How = "automatic" if own.automatic else "derived"
            return Origin(steps, value, how, own.path, self.document.key_span(own.path), own.derived, tuple(parts))
        span = written_span(own.path, self.document)
        why = "" if node is None else _spelling(node, value)
        how = "written"
        if node is not None and isinstance(node.value, str) and _is_text(own.path) and is_template(node.value):
            how, why = "template", "a template"
            parts = [*parts, *self.templates.of(own.path)]
        axis = next((axis for axis, _ in self.case.combination if _is_below(own.path, axis.path)), None)
        if axis is not None:
            how = "matrix"
            why = f"axis {quote(axis.name)} of the matrix" + (f", {why}" if why else "")
        return Origin(steps, value, how, own.path, span, why, tuple(parts))

    def _repeated(self, path: Path) -> Iterator[Part]:
        """Yield where aliases and merges bring a value to its place."""
        for length in range(1, len(path) + 1):
            entry, node = self.document.entry(path[:length]), self.document.node(path[:length])
            if entry is not None and entry.merged is not None:
                yield Part(path[:length], entry.merged, "merged in here")
            if node is not None and node.anchor is not None:
                whole = length == len(path)
                why = "what the alias stands for" if whole else "repeated here by an alias"
                yield Part(path[:length], node.anchor if whole else node.span, why)


def written_span(path: Path, document: Document) -> Span:
    """Return where a scalar is written, and of a mapping or a list its key, which is what a reader looks for."""
    node = document.node(path)
    scalar = node is not None and node.entries is None and node.items is None
    return document.value_span(path) if scalar else document.key_span(path)


def _items(path: Path, node: Node | None) -> Iterator[Part]:
    for index, item in enumerate((node.items or ()) if node is not None else ()):
        yield Part((*path, index), item.span, "")


def raw_place(steps: Steps, document: Document) -> Path | None:
    """Return the place below ``raw`` that sets an empty mapping or list, or nothing where none does."""
    for around, key in (((), "body"), (("instances", 0), "instance"), (("parameters",), "parameters")):
        if steps[: len(around)] != around:
            continue
        path: Path | None = ("raw", key)
        for step in steps[len(around) :]:
            path = _raw_child(path, step, document) if path is not None else None
        if path is not None and len(steps) > len(around) and document.node(path) is not None:
            return path
    return None


def _raw_child(path: Path, step: str | int, document: Document) -> Path | None:
    """Return the place of a child; a mapping whose keys are indexes stands for the items of a list."""
    node = document.node(path)
    if node is None or (node.entries is None and node.items is None):
        return None
    own = (*path, str(step) if node.entries is not None else step)
    return own if document.node(own) is not None else None


def _is_below(path: Path, around: Path | None) -> bool:
    return around is not None and path[: len(around)] == around


def _is_text(path: Path) -> bool:
    return path in (("prompt",), ("parameters", "negative_prompt")) or (
        path[0] == "references" and path[-1] == "description"
    )


def _spelling(node: Node, value: Any) -> str:
    """Return how a written scalar and what is sent differ, if they do."""
    plain = isinstance(value, str | int | float) and not isinstance(node.value, dict | list)
    if not plain or (node.value == value and type(node.value) is type(value)):
        return ""
    if isinstance(node.value, str) and isinstance(value, int):
        return f"the number of class {quote(node.value)}"
    return f"{quote(node.value)} as the wire spells it"
