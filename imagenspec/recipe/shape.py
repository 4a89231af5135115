"""Does a document have the shape of a recipe? One diagnostic for each offending key or value, at its own place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from imagenspec.catalog.schemas import RECIPE, validator
from imagenspec.source.diagnostics import Diagnostic, Edit, Fix, Related, quote
from imagenspec.source.edits import double_quoted, right_everywhere
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

    errors = _without_consequences(document.data, shape_errors(document.data))
    found = [_diagnostic(document, error) for error in errors]
    return right_everywhere(document, found), tuple(error.path for error in errors)


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


def _without_consequences(data: Any, errors: list[ShapeError]) -> list[ShapeError]:
    """Drop what would not be wrong if an unknown key were the one that was probably meant, or if an axis were right."""
    matrix = data.get("matrix") if isinstance(data, dict) else None
    axes = list(matrix) if isinstance(matrix, dict) else []
    errors = [error for error in errors if not _is_said_of_matrix(error, axes)]
    slips = [error for error in errors if error.means]
    if not slips or len(slips) == len(errors):
        return errors
    from imagenspec.recipe.explain import shape_errors  # noqa: PLC0415 - a valid recipe never pays for it

    by_mapping: dict[Path, list[ShapeError]] = {}
    for slip in slips:
        by_mapping.setdefault(slip.path[:-1], []).append(slip)
    left = {(error.path, error.code) for error in shape_errors(_renamed_keys(data, by_mapping))}
    return [error for error in errors if error.means or (error.path, error.code) in left]


def _is_said_of_matrix(error: ShapeError, axes: list[str]) -> bool:
    """Tell whether the matrix is to be mended: it is empty, or the axis that should bring what is missing does not."""
    name = ".".join(map(str, error.path))
    is_empty = error.path == ("matrix",) and error.code == "IMG107"
    return is_empty or (error.missing and any(f"{axis}.".startswith(f"{name}.") for axis in axes))


def _renamed_keys(value: Any, slips: dict[Path, list[ShapeError]], path: Path = ()) -> Any:
    """Return data in which misspelt keys, by their mapping, are those that were meant, where these are free."""
    if isinstance(value, list):
        return [_renamed_keys(item, slips, (*path, index)) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    renamed = {key: _renamed_keys(child, slips, (*path, key)) for key, child in value.items()}
    for slip in slips.get(path, ()):
        child = renamed.pop(slip.path[-1])
        *around, last = slip.means
        parent = renamed
        for step in around:
            parent = parent.setdefault(step, {})
            if not isinstance(parent, dict):
                break
        else:
            parent.setdefault(last, child)
    return renamed


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
    written, key = document.file.text[span.start : span.end], error.path[-1]
    mark = written[:1] if written[:1] in ("'", '"') else ""
    if written != f"{mark}{key}{mark}":
        return None
    return Fix(f"rename to {quote(error.word)}", (Edit(span, f"{mark}{error.word}{mark}"),), safe=error.same)


_TRUTH = {"yes": "true", "on": "true", "no": "false", "off": "false"}
"""Words that are truth values in YAML 1.1 and text in YAML 1.2."""


def _mended(document: Document, error: ShapeError, node: Node) -> tuple[str, Fix | None]:
    """Return what to add to a message about a value, and the edit that makes the value right."""
    written = document.file.text[node.span.start : node.span.end]
    if "{{" in written and "string" not in error.types:
        return "; templates stand in texts only, a field is varied by matrix", None
    if _is_tagged(document, node):
        return "", None
    if error.word is not None and node.style in ("", "'", '"'):
        text = f"{node.style}{error.word}{node.style}"
        return "", Fix(f"write {quote(error.word)}", (Edit(node.span, text),), safe=error.same)
    if "boolean" in error.types and written.lower() in _TRUTH:
        word = _TRUTH[written.lower()]
        return f"; write {word}", Fix(f"write {word}", (Edit(node.span, word),))
    if node.style in ("'", '"') and _has_type(resolve_plain(str(node.value)), error.types):
        return "; remove the quotes", Fix("remove the quotes", (Edit(node.span, node.value),))
    if node.style in ("|", ">") or node.entries is not None or node.items is not None or node.value is None:
        return "", None
    if not node.style and resolve_plain(" ".join(written.split())) != node.value:
        return "", None
    if error.types == ("array",):
        return _listed(node, written)
    if "string" in error.types and not node.style:
        return "; quote it", Fix("quote it", (Edit(node.span, double_quoted(written)),))
    return "", None


def _is_tagged(document: Document, node: Node) -> bool:
    """Tell whether a tag before a value says what it is, however it is written."""
    before = document.file.text[max(0, node.span.start - 200) : node.span.start]
    return re.search(r"(?:^|[\s,\[{])!\S*\s+(?:&\S+\s+)?$", before) is not None


def _has_type(value: object, types: tuple[str, ...]) -> bool:
    """Tell whether a scalar has one of the types of the schema that are no text."""
    if isinstance(value, bool):
        return "boolean" in types
    return (isinstance(value, int) and "integer" in types) or (isinstance(value, (int, float)) and "number" in types)


def _listed(node: Node, written: str) -> tuple[str, Fix | None]:
    """Return the hint and the edit that make a list of its only item; a comma may part two items."""
    if not written.isprintable():
        return "", None
    item = double_quoted(written) if not node.style and any(mark in written for mark in "[]{}") else written
    parted = not node.style and "," in item
    return f"; write [{item}]", Fix("make it a list", (Edit(node.span, f"[{item}]"),), safe=not parted)


def _around(document: Document, path: Path) -> Span:
    """Return where a missing key is reported: at the key of its mapping, or at the first key of the recipe."""
    parent = document.node(path[:-1])
    if path[:-1] and document.entry(path[:-1]) is not None:
        return document.key_span(path[:-1])
    if parent is not None and parent.entries:
        return next(iter(parent.entries.values())).key_span
    return document.value_span(path[:-1])
