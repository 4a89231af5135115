"""YAML text to a document with positions, from ruamel's C event stream; whatever is broken becomes a diagnostic."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from imagenspec.source.diagnostics import Diagnostic, Related, any_of, did_you_mean, quote
from imagenspec.source.nodes import Document, Entry, Node
from imagenspec.source.scalars import content_start, resolve_plain
from imagenspec.source.syntax_errors import FLOW_COLON, syntax_error
from imagenspec.source.text import SourceFile, Span

MAX_NODES = 100_000
"""The most values that a recipe may have, aliases counted as often as they stand."""
MAX_DEPTH = 100
"""The deepest that mappings and sequences may stand in each other."""

_BLOCK_STYLES = ("|", ">")
_PURE_LIMIT = 256_000
"""The most characters that the slow parser is given."""
_CORE = "tag:yaml.org,2002:"
_CORE_TYPES: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "float": (int, float),
    "bool": bool,
    "null": type(None),
}
_PARSER: Any = YAML(typ="safe", plug_ins=[]).Parser
"""libyaml's parser; it is asked itself, because a ``YAML`` looks for plug-ins and adds a layer to every event."""
_OLD_BREAKS = "\x85\u2028\u2029"
_NO_KEY = "\ud800"
"""Stands for a key that is none: half a surrogate pair, which no text has that was read."""
_COLLECTION_TAGS = {MappingStartEvent: "map", SequenceStartEvent: "seq"}


class _Stop(Exception):  # noqa: N818 - a way out of the loop, not an error
    """Nothing more can be read."""


@dataclass(slots=True, eq=False)
class _Open:
    """A mapping or sequence whose end has not come yet."""

    start: int
    mapping: bool
    anchor: str | None
    size_before: int
    items: list[Node] = field(default_factory=list)
    pairs: list[tuple[str, Span, Node, bool]] = field(default_factory=list)
    key: tuple[str, Span, bool] | None = None


def read_yaml(file: SourceFile) -> tuple[Document | None, list[Diagnostic]]:
    """Return the document of a text and what is wrong with it as YAML.

    Of a text that is not YAML there is no document; an empty one has the value ``None``. Never raises.
    """
    text, back = _without_old_breaks(file.text)
    reader = _Reader(file, back)
    try:
        return reader.read(_PARSER(text)), reader.diagnostics
    except YAMLError as error:
        fast_error = error
        if getattr(error, "problem", None) != FLOW_COLON or len(text) > _PURE_LIMIT:
            return None, [*reader.abandon(), syntax_error(file, error)]
    reader = _Reader(file, back)
    try:
        return reader.read(YAML(typ="safe", pure=True).get_constructor_parser(text)[1]), reader.diagnostics
    except YAMLError as error:
        return None, [*reader.abandon(), syntax_error(file, error)]
    except (LookupError, ValueError, AssertionError, AttributeError, TypeError):  # the slow parser's own failures
        return None, [syntax_error(file, fast_error)]


def _without_old_breaks(text: str) -> tuple[str, dict[int, int]]:
    """Return a text with stand-ins for what YAML 1.1 broke lines at and YAML 1.2 does not, and the way back."""
    found = [character for character in _OLD_BREAKS if character in text]
    if not found:
        return text, {}
    free = (code for code in range(0xE000, 0xF8FF) if chr(code) not in text)
    stand_ins = {ord(character): next(free) for character in found}
    return text.translate(stand_ins), {stand_in: code for code, stand_in in stand_ins.items()}


class _Reader:
    """Builds the tree, an event at a time, without recursion."""

    def __init__(self, file: SourceFile, back: dict[int, int]) -> None:
        self.file = file
        self._back = back
        self.root: Node | None = None
        self.diagnostics: list[Diagnostic] = []
        self.keys: set[str] = set()
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._size = 0
        self._documents = 0

    def read(self, parser: Any) -> Document | None:
        """Return the document of a parser's events, or nothing where reading had to stop."""
        next_event, take_scalar, take = parser.get_event, self.take_scalar, self.take
        try:
            while (event := next_event()) is not None:
                if type(event) is ScalarEvent:
                    take_scalar(event)
                else:
                    take(event)
        except _Stop:
            return None
        root = self.root or Node(None, Span(0, 0))
        return Document(self.file, root, frozenset(self.keys), bool(self.diagnostics))

    def abandon(self) -> list[Diagnostic]:
        """Return what can be said of a text that broke off: also the keys written twice in mappings without an end."""
        for mapping in self._open:
            if mapping.mapping:
                self._entries(mapping.pairs)
        return self.diagnostics

    def take(self, event: Any) -> None:
        """Take the next event, anything but a scalar."""
        kind = type(event)
        if kind in _COLLECTION_TAGS:
            self._start(event)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            self._end(event)
        elif kind is AliasEvent:
            self._alias(event)
        elif kind is DocumentStartEvent:
            self._document(event)

    def _say(self, code: str, message: str, span: Span, *related: Related) -> None:
        self.diagnostics.append(Diagnostic(code, message, self.file, span, related))

    def _document(self, event: Any) -> None:
        self._documents += 1
        start = event.start_mark.index
        if self._documents > 1:
            self._say("IMG006", "a second document starts here; write one recipe a file", Span(start, start + 3))
            raise _Stop
        if event.version is not None and tuple(event.version) < (1, 2):
            version = ".".join(map(str, event.version))
            end = start + len(self.file.line_text(self.file.position(start).line))
            self._say("IMG012", f"recipes are YAML 1.2, not {version}; delete this line", Span(start, end))

    def _count(self, nodes: int, span: Span) -> None:
        self._size += nodes
        if self._size > MAX_NODES:
            self._say("IMG008", f"the recipe has more than {MAX_NODES:,} values, aliases counted in full", span)
            raise _Stop

    def take_scalar(self, event: Any) -> None:
        """Take the next event, a scalar: most events are."""
        start, end, style = event.start_mark.index, event.end_mark.index, event.style or ""
        anchor = event.anchor
        text = event.value.translate(self._back) if self._back else event.value
        if style == '"' and not text.isascii() and not _is_unicode(text):
            self._say("IMG001", "this text has an escape that does not name a character", Span(start, end))
            text = text.encode("utf-8", "replace").decode()
        plain = anchor is None and event.tag is None
        if not plain:
            start = content_start(self.file.text, start, end)
        if style in _BLOCK_STYLES:
            end = _block_end(self.file.text, start, end)
        span = Span(start, end)
        self._size += 1
        if self._size > MAX_NODES:
            self._count(0, span)
        parent = self._open[-1] if self._open else None
        if plain and parent is not None and parent.mapping and parent.key is None:
            parent.key = (text, span, not style and text == "<<")
            return
        before = len(self.diagnostics)
        value = self._value(event, text, span, plain=not style)
        self._add(Node(value, span, style, flawed=len(self.diagnostics) > before), anchor, 1)

    def _value(self, event: Any, text: str, span: Span, *, plain: bool) -> Any:
        tag = None if event.tag is None else str(event.tag)
        if tag is None:
            value = resolve_plain(text) if plain else text
        elif tag in ("!", _CORE + "str"):
            return text
        elif tag.removeprefix(_CORE) in _CORE_TYPES:
            value = resolve_plain(text)
            if not isinstance(value, _CORE_TYPES[tag.removeprefix(_CORE)]):
                self._tag(event, tag)
        else:
            self._tag(event, tag)
            return text
        if isinstance(value, float) and not math.isfinite(value):
            self._say("IMG013", f"{quote(text)} is not a finite number", span)
            return 0.0
        return value

    def _tag(self, event: Any, tag: str) -> None:
        """Report a tag at its own place, which stands before or behind an anchor."""
        start, end = event.start_mark.index, event.end_mark.index
        written = re.compile(r"!<[^>\s]*>|![^\s,\[\]{}]*").search(self.file.text, start, max(end, start + 1000))
        span = Span(*written.span()) if written else Span(start, end)
        shown = written[0] if written else tag
        self._say("IMG003", f"tag {quote(shown)} has no meaning here; recipes are plain YAML without tags", span)

    def _start(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if len(self._open) >= MAX_DEPTH:
            self._say("IMG008", f"values stand more than {MAX_DEPTH} levels deep", Span(start, end))
            raise _Stop
        if event.tag is not None and str(event.tag) not in ("!", _CORE + _COLLECTION_TAGS[type(event)]):
            self._tag(event, str(event.tag))
        if event.anchor is not None or event.tag is not None:
            start = content_start(self.file.text, start, len(self.file.text))
        self._count(1, Span(start, end))
        self._open.append(_Open(start, type(event) is MappingStartEvent, event.anchor, self._size - 1))

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        end = event.end_mark.index
        if end == event.start_mark.index:  # a block collection: its mark is where the next token starts
            last = done.items[-1] if done.items else done.pairs[-1][2]
            end = max(last.span.end, done.pairs[-1][1].end if done.pairs else 0)
        span = Span(min(done.start, end), end)
        if done.mapping:
            entries = self._entries(done.pairs)
            flawed = any(key == _NO_KEY or (merge and not _has_mappings(node)) for key, _, node, merge in done.pairs)
            node = Node({key: one.node.value for key, one in entries.items()}, span, entries=entries, flawed=flawed)
        else:
            node = Node([item.value for item in done.items], span, items=done.items)
        self._add(node, done.anchor, self._size - done.size_before)

    def _entries(self, pairs: list[tuple[str, Span, Node, bool]]) -> dict[str, Entry]:
        entries = {key: Entry(key_span, node) for key, key_span, node, _ in pairs}
        self.keys.update(entries)
        if len(entries) == len(pairs) and "<<" not in entries and _NO_KEY not in entries:
            return entries
        return self._uneven_entries(pairs)

    def _uneven_entries(self, pairs: list[tuple[str, Span, Node, bool]]) -> dict[str, Entry]:
        """Return the entries of a mapping with merges, with keys written twice or with keys that are none."""
        own = {key for key, _, _, merge in pairs if not merge}
        entries: dict[str, Entry] = {}
        for key, key_span, node, merge in pairs:
            if merge:
                for name, entry in self._merged(key_span, node):
                    if name not in own:
                        entries.setdefault(name, entry)
            elif key != _NO_KEY:
                first = entries.get(key)
                if first is not None:
                    again = Related(first.key_span, f"{quote(key)} stands here first")
                    self._say("IMG002", f"key {quote(key)} is written twice", key_span, again)
                last = node if first is None else node._replace(flawed=True)
                entries[key] = Entry(first.key_span if first else key_span, last)
        return entries

    def _merged(self, key_span: Span, node: Node) -> list[tuple[str, Entry]]:
        sources = node.items if node.items is not None else [node]
        found: dict[str, Entry] = {}
        for source in sources:
            if source.entries is None:
                self._say("IMG009", '"<<" merges mappings: write an alias of a mapping or a list of them', source.span)
                continue
            self._count(len(source.entries), key_span)
            for name, entry in source.entries.items():
                found.setdefault(name, entry._replace(merged=key_span))
        return list(found.items())

    def _alias(self, event: Any) -> None:
        span = Span(event.start_mark.index, event.end_mark.index)
        name = event.anchor
        for outer in self._open:
            if outer.anchor == name:
                self._say("IMG007", f"alias {quote('*' + name)} stands inside the value that it repeats", span)
                self._add(Node(None, span, flawed=True), None, 1)
                return
        if name not in self._anchors:
            near = did_you_mean(name, self._anchors)
            known = f"; anchors here: {any_of(self._anchors)}" if self._anchors else ""
            hint = f"; did you mean {quote('*' + near)}?" if near else known
            self._say("IMG001", f"alias {quote('*' + name)} has no anchor{hint}", span)
            self._add(Node(None, span, flawed=True), None, 1)
            return
        target, size = self._anchors[name]
        self._count(size, span)
        self._add(target._replace(span=span, anchor=target.span), None, size)

    def _add(self, node: Node, anchor: str | None, size: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, size)
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if not parent.mapping:
            parent.items.append(node)
        elif parent.key is None:
            parent.key = self._key(node)
        else:
            key, span, merge = parent.key
            parent.pairs.append((key, span, node, merge))
            parent.key = None

    def _key(self, node: Node) -> tuple[str, Span, bool]:
        """Return a key as text: numbers and words such as ``true`` are names when they stand as keys."""
        if node.entries is not None or node.items is not None:
            template = self.file.text.startswith("{{", node.span.start - 1)
            message = 'quote the template: "{{ ... }}"' if template else "a key must be a word, not a mapping or a list"
            self._say("IMG009", message, node.span)
            return _NO_KEY, node.span, False
        place = node.anchor or node.span
        key = node.value if isinstance(node.value, str) else self.file.text[place.start : place.end]
        return key, node.span, key == "<<" and not node.style


def _has_mappings(node: Node) -> bool:
    """Tell whether a value can be merged into a mapping."""
    return all(source.entries is not None for source in (node.items if node.items is not None else [node]))


def _is_unicode(text: str) -> bool:
    """Tell whether a text has no half of a surrogate pair; the slow parser lets its escapes through."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _block_end(text: str, start: int, end: int) -> int:
    """Return the end of a block scalar without the blank lines that follow it, unless it keeps them (``|+``)."""
    header = text[start : text.find("\n", start) if "\n" in text[start:end] else end]
    body = text[start:end]
    if "+" in header.split("#")[0]:
        return end
    content = body.rstrip(" \t\r\n")
    rest = body[len(content) :]
    for line_break in ("\r\n", "\n", "\r"):
        place = rest.find(line_break)
        if place >= 0:
            return start + len(content) + place + len(line_break)
    return end
