"""Rules about YAML that reads differently elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.source.diagnostics import Diagnostic, Edit, Fix, quote
from imagenspec.source.edits import double_quoted
from imagenspec.source.nodes import walk
from imagenspec.source.yaml11 import may_be_misread, misread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.source.nodes import Document, Path


def yaml11_scalars(document: Document) -> Iterator[Diagnostic]:
    """IMG020: a plain scalar that readers of YAML 1.1, among them PyYAML, take for something else.

    Of an alias, what it repeats is meant; notes under ``x-...`` mean nothing.
    """
    for path, node in walk(document.root):
        if node.style or node.entries is not None or node.items is not None:
            continue
        if not may_be_misread(node.value) or _is_note(path):
            continue
        span = node.anchor or node.span
        written = document.file.text[span.start : span.end]
        other = misread(written, node.value) if written else None
        if other is None:
            continue
        text = isinstance(node.value, str)
        fix = Fix("quote it", (Edit(span, double_quoted(written)),)) if text and written == node.value else None
        message = f"readers of YAML 1.1 take {quote(written)} for {other}" + ("; quote it" if text else "")
        yield Diagnostic("IMG020", message, document.file, span, fix=fix)


def _is_note(path: Path) -> bool:
    return bool(path) and str(path[0]).startswith("x-")
