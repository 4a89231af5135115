"""Rules about the language itself: what it does not compile yet, what it does not check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.source.diagnostics import Diagnostic, quote
from imagenspec.source.nodes import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.recipe.matrix import Matrix
    from imagenspec.source.nodes import Document, Path


def not_available_yet(document: Document) -> Iterator[Diagnostic]:
    """IMG120: keys of the language that this version knows but does not compile."""
    for path, _ in walk(document.root):
        if _is_later(path):
            message = f"{quote(path[-1])} is not available yet in this version"
            yield Diagnostic("IMG120", message, document.file, document.key_span(path))


def _is_later(path: Path) -> bool:
    if not path or path[0] in ("vars", "matrix", "raw", "labels", "parameters") or str(path[0]).startswith("x-"):
        return False
    return (len(path) == 1 and path[0] in ("render", "canvas")) or path[-1] in ("draw", "from")


def unchecked_raw(document: Document) -> Iterator[Diagnostic]:
    """IMG112: what stands under ``raw`` is sent as it is."""
    node = document.node(("raw",))
    members = [
        f"{part}.{name}" for part, below in ((node.value if node else None) or {}).items() for name in below or ()
    ]
    if members:
        message = f"sent unchecked: {', '.join(members)}"
        yield Diagnostic("IMG112", message, document.file, document.key_span(("raw",)))


def shadowed_names(document: Document) -> Iterator[Diagnostic]:
    """IMG605: a template could mean the variable or the reference."""
    references = document.node(("references",))
    variables = document.node(("vars",))
    for name in (variables.entries or ()) if variables else ():
        if references is not None and name in (references.entries or ()):
            message = f"variable {quote(name)} has the name of a reference; rename one of them"
            yield Diagnostic("IMG605", message, document.file, document.key_span(("vars", name)))


def unused_variables(document: Document, matrix: Matrix, used: frozenset[str]) -> Iterator[Diagnostic]:
    """IMG603: a variable that no template of any case uses."""
    variables = document.node(("vars",))
    places = {name: entry.key_span for name, entry in ((variables.entries or {}) if variables else {}).items()}
    places |= {axis.name: axis.key_span for axis in matrix.axes if axis.path is None and axis.name not in places}
    for name, span in places.items():
        if name not in used:
            yield Diagnostic("IMG603", f"variable {quote(name)} is used by no template", document.file, span)
