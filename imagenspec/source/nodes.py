"""A YAML document as plain data in which every key and every value keeps its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.source.text import SourceFile, Span

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands in a document: mapping keys and sequence indexes, from the root."""


class Node(NamedTuple):
    """A value with its place.

    Attributes:
        value: The plain Python data: ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` or ``None``.
        span: Where the value is written; of an alias, where the alias is written.
        style: Of a scalar, its first character (``'``, ``"``, ``|``, ``>``) or nothing for a plain one.
        entries: Of a mapping, its keys in file order.
        items: Of a sequence, its values.
        anchor: Of an alias, where the value that it repeats is written.
        flawed: Whether the value could not be read as it was meant; what it seems to be explains nothing.
    """

    value: Any
    span: Span
    style: str = ""
    entries: dict[str, Entry] | None = None
    items: list[Node] | None = None
    anchor: Span | None = None
    flawed: bool = False


class Entry(NamedTuple):
    """A key of a mapping with its place, and the value that it names.

    ``merged`` is the place of the ``<<`` that brought the entry here from another mapping.
    """

    key_span: Span
    node: Node
    merged: Span | None = None


class Document(NamedTuple):
    """A YAML document.

    Attributes:
        file: Its text.
        root: The tree of its values.
        keys: All words that stand as keys.
        flawed: Whether some value could not be read as it was meant.
    """

    file: SourceFile
    root: Node
    keys: frozenset[str] = frozenset()
    flawed: bool = False

    @property
    def data(self) -> Any:
        """The plain data of the whole document."""
        return self.root.value

    def node(self, path: Path) -> Node | None:
        """Return the value at a path, or nothing where the path leads nowhere."""
        node: Node | None = self.root
        for step in path:
            node = _child(node, step) if node is not None else None
        return node

    def entry(self, path: Path) -> Entry | None:
        """Return the mapping entry that the last word of a path names."""
        parent = self.node(path[:-1]) if path else None
        if parent is None or parent.entries is None or not isinstance(path[-1], str):
            return None
        return parent.entries.get(path[-1])

    def value_span(self, path: Path) -> Span:
        """Return where the value at a path is written, or the nearest written thing around it."""
        for length in range(len(path), -1, -1):
            node = self.node(path[:length])
            if node is not None:
                return node.span if length == len(path) else self.key_span(path[:length])
        return self.root.span

    def key_span(self, path: Path) -> Span:
        """Return where the key of a path is written; of a sequence item, where the item is."""
        entry = self.entry(path)
        return entry.key_span if entry is not None else self.value_span(path)

    def put(self, path: Path, node: Node, key_span: Span) -> Document:
        """Return the document with another value at a path; missing mappings on the way are made."""
        return self._replace(root=_put(self.root, path, node, key_span))

    def without(self, paths: frozenset[Path]) -> Document:
        """Return the document without the values at some paths."""
        return self._replace(root=_prune(self.root, paths)) if paths else self


def _child(node: Node, step: str | int) -> Node | None:
    if node.entries is not None and isinstance(step, str):
        entry = node.entries.get(step)
        return entry.node if entry is not None else None
    if node.items is not None and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def _put(parent: Node, path: Path, node: Node, key_span: Span) -> Node:
    if not path:
        return node
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        if parent.items is None or step >= len(parent.items):
            return parent
        items = list(parent.items)
        items[step] = _put(items[step], rest, node, key_span)
        return parent._replace(value=[item.value for item in items], items=items)
    siblings = parent.entries or {}
    old = siblings.get(step)
    child = _put(old.node if old is not None else Node({}, key_span, entries={}), rest, node, key_span)
    own_key = old.key_span if old is not None and rest else key_span
    entries = {**siblings, step: Entry(own_key, child)}
    return Node({key: entry.node.value for key, entry in entries.items()}, parent.span, entries=entries)


def flawed_paths(document: Document) -> frozenset[Path]:
    """Return where values stand that could not be read as they were meant."""
    return frozenset(path for path, node in walk(document.root) if node.flawed) if document.flawed else frozenset()


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yield every value of a tree with its path, parents before children."""
    yield path, node
    for key, entry in (node.entries or {}).items():
        yield from walk(entry.node, (*path, key))
    for index, item in enumerate(node.items or ()):
        yield from walk(item, (*path, index))


def _prune(node: Node, paths: frozenset[Path]) -> Node:
    around = {path[:length] for path in paths for length in range(len(path))}

    def pruned(node: Node, path: Path) -> Node:
        if path not in around:
            return node
        if node.entries is not None:
            entries = {
                key: entry._replace(node=pruned(entry.node, (*path, key)))
                for key, entry in node.entries.items()
                if (*path, key) not in paths
            }
            value: Any = {key: entry.node.value for key, entry in entries.items()}
            return node._replace(entries=entries, value=value)
        if node.items is not None:
            kept = [(index, item) for index, item in enumerate(node.items) if (*path, index) not in paths]
            items = [pruned(item, (*path, index)) for index, item in kept]
            return node._replace(items=items, value=[item.value for item in items])
        return node

    return pruned(node, ())
