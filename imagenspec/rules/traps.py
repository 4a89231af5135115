"""Rules about YAML that reads differently elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.source.diagnostics import Diagnostic, Edit, Fix, quote
from imagenspec.source.edits import double_quoted
from imagenspec.source.yaml11 import may_be_misread, misread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.source.nodes import Document, Node


def yaml11_scalars(document: Document) -> Iterator[Diagnostic]:
    """IMG020: a plain scalar that readers of YAML 1.1, among them PyYAML, take for something else.

    Of an alias, what it repeats is meant; notes under ``x-...`` mean nothing.
    """
    for node in _plain_scalars(document.root):
        if not may_be_misread(node.value):
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


def _plain_scalars(root: Node) -> Iterator[Node]:
    """Yield the scalars without quotes of a recipe, in the order of the text, but for those of notes."""
    entries = (root.entries or {}).items()
    waiting = [root] if root.entries is None else [one.node for key, one in entries if not key.startswith("x-")]
    waiting.reverse()
    while waiting:
        node = waiting.pop()
        if node.entries is not None:
            waiting += [one.node for one in reversed(node.entries.values())]
        elif node.items is not None:
            waiting += reversed(node.items)
        elif not node.style:
            yield node
