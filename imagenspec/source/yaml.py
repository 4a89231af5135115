"""YAML text to a document with positions, from ruamel's C event stream; whatever is broken becomes a diagnostic."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
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
from imagenspec.source.text import SourceFile, Span

MAX_NODES = 100_000
"""The most values that a recipe may have, aliases counted as often as they stand."""
MAX_DEPTH = 100
"""The deepest that mappings and sequences may stand in each other."""

_FLOW_COLON = "found unexpected ':'"
"""What the C parser says of ``{aspect_ratio: 16:9}``, which YAML 1.2 allows; the slow parser reads it."""
_PURE_LIMIT = 256_000
"""The most characters that the slow parser is given."""
_CORE = "tag:yaml.org,2002:"
_CORE_TYPES: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "float": (int, float),
    "bool": bool,
    "null": type(None),
}
_NO_KEY = "\0"
"""Stands for a key that is none; no text can have this character unescaped."""
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
    try:
        return _read(file, YAML(typ="safe"))
    except YAMLError as error:
        if getattr(error, "problem", None) != _FLOW_COLON or len(file.text) > _PURE_LIMIT:
            return None, [_syntax_error(file, error)]
    try:
        return _read(file, YAML(typ="safe", pure=True))
    except YAMLError as error:
        return None, [_syntax_error(file, error)]


def _read(file: SourceFile, yaml: YAML) -> tuple[Document | None, list[Diagnostic]]:
    reader = _Reader(file)
    try:
        for event in yaml.parse(file.text):
            reader.take(event)
    except _Stop:
        return None, reader.diagnostics
    root = reader.root or Node(None, Span(0, 0))
    return Document(file, root), reader.diagnostics


class _Reader:
    """Builds the tree, an event at a time, without recursion."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.root: Node | None = None
        self.diagnostics: list[Diagnostic] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._size = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind is ScalarEvent:
            self._scalar(event)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
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

    def _scalar(self, event: Any) -> None:
        text = self.file.text
        start, end = event.start_mark.index, event.end_mark.index
        anchor, style = event.anchor, event.style or ""
        if anchor is not None or event.tag is not None:
            start = content_start(text, start, end)
        span = Span(start, _block_end(text, start, end) if style in ("|", ">") else end)
        self._count(1, span)
        before = len(self.diagnostics)
        value = self._value(event, span, plain=not style)
        self._add(Node(value, span, style, flawed=len(self.diagnostics) > before), anchor, 1)

    def _value(self, event: Any, span: Span, *, plain: bool) -> Any:
        tag = None if event.tag is None else str(event.tag)
        if tag is None:
            value = resolve_plain(event.value) if plain else event.value
        elif tag in ("!", _CORE + "str"):
            return event.value
        elif tag.removeprefix(_CORE) in _CORE_TYPES:
            value = resolve_plain(event.value)
            if not isinstance(value, _CORE_TYPES[tag.removeprefix(_CORE)]):
                self._tag(event, tag)
        else:
            self._tag(event, tag)
            return event.value
        if isinstance(value, float) and not math.isfinite(value):
            self._say("IMG013", f"{quote(event.value)} is not a finite number", span)
            return 0.0
        return value

    def _tag(self, event: Any, tag: str) -> None:
        """Report a tag at its own place, which stands before or behind an anchor."""
        start, end = event.start_mark.index, event.end_mark.index
        place = self.file.text.find("!", start, max(end, start + 1000))
        shown = "!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag
        span = Span(place, place + len(shown)) if place >= 0 else Span(start, end)
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
            node = Node({key: entry.node.value for key, entry in entries.items()}, span, entries=entries)
        else:
            node = Node([item.value for item in done.items], span, items=done.items)
        self._add(node, done.anchor, self._size - done.size_before)

    def _entries(self, pairs: list[tuple[str, Span, Node, bool]]) -> dict[str, Entry]:
        own = {key for key, _, _, merge in pairs if not merge}
        entries: dict[str, Entry] = {}
        for key, key_span, node, merge in pairs:
            if key == _NO_KEY:
                continue
            if merge:
                for name, entry in self._merged(key_span, node):
                    if name not in own:
                        entries.setdefault(name, entry)
                continue
            first = entries.get(key)
            if first is not None:
                again = Related(first.key_span, f"{quote(key)} stands here first")
                self._say("IMG002", f"key {quote(key)} is written twice", key_span, again)
            entries[key] = Entry(first.key_span if first else key_span, node)
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
            self._say("IMG009", "a key must be a word, not a mapping or a list", node.span)
            return _NO_KEY, node.span, False
        place = node.anchor or node.span
        key = node.value if isinstance(node.value, str) else self.file.text[place.start : place.end]
        return key, node.span, key == "<<" and not node.style


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


_PLAIN_WORDS = {
    "mapping values are not allowed in this context": (
        'a ":" is not allowed here; quote the text, or check the indentation of this line and the line before'
    ),
    "did not find expected key": "expected a key here; check the indentation, and quotes or brackets left open above",
    "did not find expected '-' indicator": 'expected "-" for the next item; check the indentation',
    "did not find expected ',' or ']'": 'expected "," or "]"',
    "did not find expected ',' or '}'": 'expected "," or "}"',
    "did not find expected node content": "expected a value here",
    "found unexpected end of stream": "the quoted text is not closed",
    "found invalid Unicode character escape code": "this escape does not name a character",
    "found unknown escape character": 'unknown escape; in double quotes write "\\\\" for a backslash',
    "could not find expected ':'": 'expected ":" behind the key',
    "block sequence entries are not allowed in this context": 'a list item "-" is not allowed here',
    _FLOW_COLON: 'quote text with ":" in a file as large as this',
    "found undefined tag handle": "this tag has no meaning; recipes are plain YAML without tags",
}


def _syntax_error(file: SourceFile, error: YAMLError) -> Diagnostic:
    """Return the diagnostic of what libyaml could not read."""
    text = file.text
    if not isinstance(error, MarkedYAMLError):
        place = min(int(getattr(error, "position", 0) or 0), len(text))
        character = f"U+{ord(text[place]):04X}" if place < len(text) else "this character"
        message = f"control character {character} is not allowed"
        return Diagnostic("IMG001", message, file, Span(place, min(place + 1, len(text))))
    problem = str(error.problem or error.context or "this is not YAML")
    unclosed = problem == "found unexpected end of stream"
    mark = (error.context_mark if unclosed else None) or error.problem_mark or error.context_mark
    place = min(mark.index, len(text)) if mark is not None else 0
    found = text[place : place + 1]
    if problem == "found character that cannot start any token":
        problem = "a tab cannot indent; use spaces" if found == "\t" else f"a value cannot start with {quote(found)}"
    message = _PLAIN_WORDS.get(problem, problem)
    if place == len(text):
        message += ", but the file ends"
    related: tuple[Related, ...] = ()
    if error.context_mark is not None and 0 <= error.context_mark.index < place:
        start = error.context_mark.index
        related = (Related(Span(start, start + 1), str(error.context).replace("while ", "", 1) + " that starts here"),)
    return Diagnostic("IMG001", message, file, Span(place, place + len(found.strip("\r\n"))), related)
