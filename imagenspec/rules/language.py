"""Rules about the language itself: what it does not compile yet, what it does not check."""

from __future__ import annotations

from posixpath import normpath
from typing import TYPE_CHECKING

from imagenspec.catalog.models import class_names
from imagenspec.source.diagnostics import Diagnostic, Edit, Fix, Related, quote
from imagenspec.source.nodes import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.recipe.matrix import Matrix
    from imagenspec.source.nodes import Document, Path
    from imagenspec.source.text import Span


_FREE = ("vars", "matrix", "raw", "labels")
_LATER = ("composite", "expect", "canvas", "draw", "from")


def not_available_yet(document: Document) -> Iterator[Diagnostic]:
    """IMG120: keys of the language that this version knows but does not compile."""
    if document.keys.isdisjoint(_LATER):
        return
    for path, _ in walk(document.root):
        if _is_later(path):
            message = f"{quote(path[-1])} is not available yet in this version"
            yield Diagnostic("IMG120", message, document.file, document.key_span(path))


def _is_later(path: Path) -> bool:
    if not path or path[0] in ("vars", "matrix", "raw", "labels", "parameters") or str(path[0]).startswith("x-"):
        return False
    if path[0] == "render":
        return path[1:] in (("composite",), ("expect",))
    return path == ("canvas",) or path[-1] in ("draw", "from")


def unchecked_raw(document: Document) -> Iterator[Diagnostic]:
    """IMG112: what stands under ``raw`` is sent as it is."""
    node = document.node(("raw",))
    members = [
        quote(f"{part}.{name}").strip('"')
        for part, below in ((node.value if node else None) or {}).items()
        for name in below or ()
    ]
    if members:
        message = f"sent unchecked: {', '.join(members)}"
        yield Diagnostic("IMG112", message, document.file, document.key_span(("raw",)))


def classes_by_number(document: Document) -> Iterator[Diagnostic]:
    """IMG113: the number of a mask class, which its name tells better; the request has the number either way."""
    if "classes" not in document.keys:
        return
    for path, node in walk(document.root):
        if len(path) < 2 or path[-2] != "classes" or path[0] in _FREE or str(path[0]).startswith("x-"):
            continue
        name = class_names().get(node.value) if type(node.value) is int else None
        if name is not None:
            fix = Fix(f"write {quote(name)}", (Edit(node.span, name),)) if node.anchor is None else None
            message = f"class {node.value} is {quote(name)}; a name is easier to check"
            yield Diagnostic("IMG113", message, document.file, node.anchor or node.span, fix=fix)


def shadowed_names(document: Document, matrix: Matrix) -> Iterator[Diagnostic]:
    """IMG605: a template could mean the variable or the reference."""
    references = document.node(("references",))
    known = (references.entries or {}) if references is not None else {}
    for name, span in _variables(document, matrix).items():
        if name in known:
            message = f"variable {quote(name)} has the name of a reference; rename one of them"
            related = Related(known[name].key_span, "the reference")
            yield Diagnostic("IMG605", message, document.file, span, (related,))


def unused_variables(document: Document, matrix: Matrix, used: frozenset[str]) -> Iterator[Diagnostic]:
    """IMG603: a variable that no template of any case uses."""
    for name, span in _variables(document, matrix).items():
        if name not in used:
            yield Diagnostic("IMG603", f"variable {quote(name)} is used by no template", document.file, span)


def shared_output(document: Document, case: str, path: str, outputs: dict[str, str]) -> Iterator[Diagnostic]:
    """IMG803: the path of a case's pictures that is also that of another case.

    Args:
        document: The text of the case.
        case: Its id.
        path: Where its pictures go.
        outputs: The paths of the cases before it, with the id of the first one that has each.
    """
    other = outputs.setdefault(normpath(path), case)
    if other != case:
        message = f"cases {quote(other, 60)} and {quote(case, 60)} would both be written to {quote(path, 60)}"
        place = document.value_span(("render", "path"))
        yield Diagnostic("IMG803", f"{message}; write what differs into the path", document.file, place)


def _variables(document: Document, matrix: Matrix) -> dict[str, Span]:
    """Return the names of variables, of ``vars`` and of axes, with the place where each first stands."""
    declared = document.node(("vars",))
    places = {axis.name: axis.key_span for axis in matrix.axes if axis.path is None}
    return places | {name: entry.key_span for name, entry in ((declared.entries or {}) if declared else {}).items()}
