"""Wire spellings in a recipe: understood, reported, and put into the recipe's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.catalog.fields import spellings
from imagenspec.source.diagnostics import Diagnostic, Edit, Fix, Related, quote
from imagenspec.source.edits import right_everywhere

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagenspec.catalog.fields import Spellings
    from imagenspec.source.nodes import Document, Entry, Node
    from imagenspec.source.text import SourceFile, Span


def own_words(document: Document, task: str) -> tuple[Document, list[Diagnostic]]:
    """Return the document with wire spellings replaced by the recipe's words, and a report of each.

    Spans stay where the author wrote.
    """
    speller = Speller(document.file, task)
    root = speller.node(document.root)
    matrix = root.entries.get("matrix") if root.entries is not None else None
    if matrix is not None and matrix.node.entries is not None:
        spelt = speller.matrix(matrix.node)
        if spelt is not matrix.node:
            root = root._replace(
                entries={**(root.entries or {}), "matrix": matrix._replace(node=spelt)},
                value={**root.value, "matrix": spelt.value},
            )
    found = right_everywhere(document, speller.diagnostics)
    return (document if root is document.root else document._replace(root=root)), found


class Speller:
    """Rewrites wire spellings of one task."""

    def __init__(self, file: SourceFile, task: str) -> None:
        self.file = file
        self.diagnostics: list[Diagnostic] = []
        self._known: Spellings = spellings(task)

    def node(self, node: Node, pattern: tuple[str, ...] = ()) -> Node:
        """Return a value in the recipe's words; ``pattern`` is where it stands."""
        if pattern and pattern not in self._known.places:
            return node
        if node.entries is not None:
            return self._mapping(node, pattern)
        if node.items is not None:
            return _with_items(node, lambda item: self.node(item, (*pattern, "*")))
        return self._scalar(node, pattern)

    def key(self, key: str, pattern: tuple[str, ...], span: Span) -> str:
        """Return a key in the recipe's words."""
        word = self._known.keys.get(pattern, {}).get(key)
        if word is None:
            return key
        self._report_key(key, word, span)
        return word

    def matrix(self, node: Node) -> Node:
        """Return a matrix, or one combination of it, whose axes and their values are in the recipe's words."""
        entries: dict[str, Entry] = {}
        for name, entry in (node.entries or {}).items():
            if name in ("include", "exclude"):
                entries[name] = entry._replace(node=_with_items(entry.node, self.matrix))
                continue
            axis, pattern = self._axis(name, entry.key_span)
            entries[axis] = entry._replace(node=self._values(entry.node, pattern) if pattern else entry.node)
        if list(entries) == list(node.entries or ()) and all(
            entry.node is node.entries[name].node for name, entry in entries.items() if node.entries
        ):
            return node
        return node._replace(entries=entries, value={key: entry.node.value for key, entry in entries.items()})

    def _values(self, node: Node, pattern: tuple[str, ...]) -> Node:
        """Return an axis' list of values, or a single value of a combination, in the recipe's words."""
        return (
            _with_items(node, lambda item: self.node(item, pattern))
            if node.items is not None
            else self.node(node, pattern)
        )

    def _axis(self, name: str, span: Span) -> tuple[str, tuple[str, ...]]:
        """Return the dotted path of an axis in the recipe's words, and the pattern of its field."""
        words: list[str] = []
        pattern: tuple[str, ...] = ()
        for step in name.split("."):
            word = self._known.keys.get(pattern, {}).get(step, step)
            words.append(word)
            pattern = self._known.below(pattern, word)
        axis = ".".join(words)
        if axis != name:
            self._report_key(name, axis, span)
        return axis, pattern

    def _mapping(self, node: Node, pattern: tuple[str, ...]) -> Node:
        assert node.entries is not None  # noqa: S101 - the caller has looked
        entries: dict[str, Entry] = {}
        changed = False
        for key, entry in node.entries.items():
            word = self._known.keys.get(pattern, {}).get(key)
            if word is None:
                word = key
            elif word in node.entries:
                self._twice(key, word, node.entries)
                changed = True
                continue
            else:
                word = self.key(key, pattern, entry.key_span)
            child = self.node(entry.node, self._known.below(pattern, word))
            changed = changed or word != key or child is not entry.node
            entries[word] = entry if child is entry.node else entry._replace(node=child)
        if not changed:
            return node
        return node._replace(entries=entries, value={key: entry.node.value for key, entry in entries.items()})

    def _twice(self, key: str, word: str, entries: dict[str, Entry]) -> None:
        message = f"{quote(key)} is the wire spelling of {quote(word)}, which stands here too"
        own = Related(entries[word].key_span, f"{quote(word)} stands here")
        self.diagnostics.append(Diagnostic("IMG002", message, self.file, entries[key].key_span, (own,)))

    def _scalar(self, node: Node, pattern: tuple[str, ...]) -> Node:
        known = self._known.values.get(pattern)
        if known is None or not isinstance(node.value, str):
            return node
        word = known.get(node.value.lower())
        if word is None:
            return self._older(node, pattern)
        if word == node.value:
            return node
        spelling = "not how a recipe spells it" if node.value.lower() == word else "the wire spelling"
        message = f"{quote(node.value)} is {spelling}; a recipe says {quote(word)}"
        self._report("IMG109", message, node.anchor or node.span, word)
        return node._replace(value=word)

    def _older(self, node: Node, pattern: tuple[str, ...]) -> Node:
        word = self._known.older.get(pattern, {}).get(node.value.lower())
        if word is None:
            return node
        self._report(
            "IMG115", f"{quote(node.value)} is the older name of {quote(word)}", node.anchor or node.span, word
        )
        return node._replace(value=word)

    def _report_key(self, key: str, word: str, span: Span) -> None:
        self._report("IMG109", f"{quote(key)} is the wire spelling; a recipe says {quote(word)}", span, word)

    def _report(self, code: str, message: str, span: Span, word: str) -> None:
        written = self.file.text[span.start : span.end]
        fix = None if _has_comment(written) else Fix(f"write {quote(word)}", (Edit(span, _in_style(word, written)),))
        self.diagnostics.append(Diagnostic(code, message, self.file, span, fix=fix))


def _has_comment(written: str) -> bool:
    """Tell whether a block scalar has a comment in its header."""
    return written[:1] in ("|", ">") and "#" in written


def _in_style(word: str, written: str) -> str:
    """Return a word with the quotes or the line break of what it replaces."""
    if written[:1] in ("'", '"'):
        return f"{written[0]}{word}{written[0]}"
    return f"{word}\n" if written[-1:] in ("\r", "\n") else word


def _with_items(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return a sequence with its items changed; anything else, and a sequence that stays the same, as it is."""
    items = [change(item) for item in node.items or ()]
    if all(new is old for new, old in zip(items, node.items or (), strict=True)):
        return node
    return node._replace(items=items, value=[item.value for item in items])
