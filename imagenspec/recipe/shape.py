"""Does a document have the shape of a recipe? One diagnostic for each offending key or value, at its own place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.catalog.schemas import RECIPE, validator
from imagenspec.source.diagnostics import Diagnostic, Edit, Fix, Related, did_you_mean, quote
from imagenspec.source.scalars import resolve_plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagenspec.recipe.explain import ShapeError
    from imagenspec.recipe.matrix import Matrix
    from imagenspec.source.nodes import Document, Path
    from imagenspec.source.text import Span


def is_recipe(data: Any) -> bool:
    """Tell whether plain data is valid under the recipe schema."""
    return validator(RECIPE).is_valid(data)


def check_shape(document: Document) -> tuple[list[Diagnostic], tuple[Path, ...]]:
    """Return what is wrong with a document's shape, and for each finding the path that is broken by it."""
    if is_recipe(document.data):
        return [], ()
    from imagenspec.recipe.explain import shape_errors  # noqa: PLC0415 - a valid recipe never pays for it

    errors = _without_consequences(shape_errors(document.data))
    return [_diagnostic(document, error) for error in errors], tuple(error.path for error in errors)


def check_axes(document: Document, matrix: Matrix, broken: frozenset[Path]) -> tuple[list[Diagnostic], frozenset[Path]]:
    """Return what is wrong with the values of axes behind their first, which stands in the document already."""
    found: list[Diagnostic] = []
    bad: set[Path] = set()
    sound = document.without(broken)
    for axis in matrix.axes:
        if axis.path is None or any(axis.path[: len(one)] == one for one in broken):
            continue
        for value in axis.values[1:]:
            varied = sound.put(axis.path, value.node, axis.key_span)
            if is_recipe(varied.data):
                continue
            diagnostics, paths = check_shape(varied)
            below = [path[: len(axis.path)] == axis.path for path in paths]
            found += [one for one, inside in zip(diagnostics, below, strict=True) if inside]
            if any(below):
                bad.add(axis.path)
    return found, frozenset(bad)


def _without_consequences(errors: list[ShapeError]) -> list[ShapeError]:
    """Drop a missing key where an unknown one beside it was probably meant for it."""
    wanted = {error.path: error for error in errors if error.missing}
    kept = []
    for error in errors:
        if error.missing:
            continue
        if error.code == "IMG101" and error.word is not None:
            wanted.pop((*error.path[:-1], error.word), None)
        elif error.code == "IMG101":
            beside = {str(path[-1]): path for path in wanted if path[:-1] == error.path[:-1]}
            near = did_you_mean(str(error.path[-1]), beside)
            if near is not None:
                del wanted[beside[near]]
        kept.append(error)
    return kept + list(wanted.values())


def _diagnostic(document: Document, error: ShapeError) -> Diagnostic:
    file = document.file
    related: tuple[Related, ...] = ()
    if error.missing:
        return Diagnostic(error.code, error.message, file, _around(document, error.path))
    node = document.node(error.path)
    if error.at_key or node is None:
        span = document.key_span(error.path)
        fix = None
        if error.word is not None and document.node((*error.path[:-1], error.word)) is None:
            fix = Fix(f"rename to {quote(error.word)}", (Edit(span, error.word),))
        return Diagnostic(error.code, error.message, file, span, fix=fix)
    span = node.span if node.span.end > node.span.start else document.key_span(error.path)
    if node.anchor is not None:
        related = (Related(node.anchor, "the value stands here"),)
    if error.code == "IMG103" and node.style in ("'", '"'):
        return _quoted(document, error, span, related)
    fix = None
    if error.word is not None and node.anchor is None and not node.style:
        fix = Fix(f"write {quote(error.word)}", (Edit(span, error.word),), safe=False)
    return Diagnostic(error.code, error.message, file, span, related, fix)


def _quoted(document: Document, error: ShapeError, span: Span, related: Iterable[Related]) -> Diagnostic:
    """A quoted number is text: offer to take the quotes away where that makes the value right."""
    node = document.node(error.path)
    assert node is not None  # noqa: S101 - the caller has found it
    fix = None
    if resolve_plain(node.value) != node.value and node.anchor is None:
        fix = Fix("remove the quotes", (Edit(span, node.value),))
    message = error.message + ("; remove the quotes" if fix else "")
    return Diagnostic(error.code, message, document.file, span, tuple(related), fix)


def _around(document: Document, path: Path) -> Span:
    """Return where a missing key is reported: at the key of its mapping, or at the first key of the recipe."""
    parent = document.node(path[:-1])
    if path[:-1] and document.entry(path[:-1]) is not None:
        return document.key_span(path[:-1])
    if parent is not None and parent.entries:
        return next(iter(parent.entries.values())).key_span
    return document.value_span(path[:-1])
