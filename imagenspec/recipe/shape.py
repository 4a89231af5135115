"""Does a document have the shape of a recipe? One diagnostic for each offending key or value, at its own place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.catalog.schemas import RECIPE, validator
from imagenspec.source.diagnostics import Diagnostic, Edit, Fix, Related, did_you_mean, quote
from imagenspec.source.scalars import resolve_plain

if TYPE_CHECKING:
    from imagenspec.recipe.explain import ShapeError
    from imagenspec.recipe.matrix import Matrix
    from imagenspec.source.nodes import Document, Node, Path
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
    values = [(axis, value) for axis in matrix.axes for value in axis.values[1:]]
    for axis, value in [*values, *(pair for included in matrix.included for pair in included)]:
        if axis.path is None or any(axis.path[: len(one)] == one for one in broken):
            continue
        varied = sound.put(axis.path, value.node, axis.key_span)
        if is_recipe(varied.data):
            continue
        for diagnostic, path in zip(*check_shape(varied), strict=True):
            if path[: len(axis.path)] == axis.path:
                found.append(diagnostic)
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
    if error.missing:
        return Diagnostic(error.code, error.message, file, _around(document, error.path))
    node = document.node(error.path)
    if error.at_key or node is None:
        span = document.key_span(error.path)
        return Diagnostic(error.code, error.message, file, span, fix=_renamed(document, error, span))
    span = node.span if node.span.end > node.span.start else document.key_span(error.path)
    related = () if node.anchor is None else (Related(node.anchor, "the value stands here"),)
    hint, fix = ("", None) if node.anchor is not None else _mended(document, error, node)
    return Diagnostic(error.code, error.message + hint, file, span, related, fix)


def _renamed(document: Document, error: ShapeError, span: Span) -> Fix | None:
    """Return the renaming of a misspelt key, where the right one is free and the key stands there in full."""
    if error.word is None or document.node((*error.path[:-1], error.word)) is not None:
        return None
    if document.file.text[span.start : span.end] != error.path[-1]:
        return None
    return Fix(f"rename to {quote(error.word)}", (Edit(span, error.word),))


_TRUTH = {"yes": "true", "on": "true", "no": "false", "off": "false"}
"""Words that are truth values in YAML 1.1 and text in YAML 1.2."""


def _mended(document: Document, error: ShapeError, node: Node) -> tuple[str, Fix | None]:
    """Return what to add to a message about a value, and the edit that makes the value right."""
    written = document.file.text[node.span.start : node.span.end]
    if error.word is not None and not node.style:
        return "", Fix(f"write {quote(error.word)}", (Edit(node.span, error.word),), safe=False)
    if "boolean" in error.types and written.lower() in _TRUTH:
        word = _TRUTH[written.lower()]
        return f"; write {word}", Fix(f"write {word}", (Edit(node.span, word),))
    if error.types and node.style in ("'", '"') and resolve_plain(node.value) != node.value:
        return "; remove the quotes", Fix("remove the quotes", (Edit(node.span, node.value),))
    if error.types == ("array",) and node.entries is None and node.value is not None:
        return f"; write [{written}]", Fix("make it a list", (Edit(node.span, f"[{written}]"),))
    if "string" in error.types and node.entries is None and node.items is None:
        return "; quote it", Fix("quote it", (Edit(node.span, f'"{written}"'),))
    return "", None


def _around(document: Document, path: Path) -> Span:
    """Return where a missing key is reported: at the key of its mapping, or at the first key of the recipe."""
    parent = document.node(path[:-1])
    if path[:-1] and document.entry(path[:-1]) is not None:
        return document.key_span(path[:-1])
    if parent is not None and parent.entries:
        return next(iter(parent.entries.values())).key_span
    return document.value_span(path[:-1])
