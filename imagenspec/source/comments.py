"""Comments that speak to the linter: ``# imagenspec: ignore[CODE] why``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.source.nodes import walk
from imagenspec.source.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.source.nodes import Document, Node

_COMMENT = r"(?:\A|(?<=[ \t\r\n]))#[ \t]*imagenspec:[ \t]*(ignore[^\r\n]*)"
_FORM = r"ignore(-file)?[ \t]*\[([^\]\r\n]*)\](?:[ \t].*)?"
_WORD = r"[^\s,]+"


class Ignore(NamedTuple):
    """A comment that silences findings.

    Attributes:
        span: The comment, from its ``#`` on.
        words: The codes or names in its brackets, each with its place; none in a comment that could not be read.
        line: The line (from 1) whose findings it silences; of ``ignore-file``, nothing.
        alone: Whether nothing but blanks stands before it on its line.
        late: Whether it speaks of the whole file behind the first key, where nobody looks for it.
    """

    span: Span
    words: tuple[tuple[str, Span], ...]
    line: int | None
    alone: bool
    late: bool


def ignores(document: Document) -> list[Ignore]:
    """Return the comments of a document that silence findings, in their order."""
    file = document.file
    if "ignore" not in file.text:
        return []
    found = list(re.finditer(_COMMENT, file.text))
    if not found:
        return []
    texts = list(_texts(document))
    return [_ignore(document, match) for match in found if not any(_holds(text, match.start()) for text in texts)]


def _texts(document: Document) -> Iterator[Span]:
    """Yield where text stands in which ``#`` is no comment; the header of a block scalar may have one."""
    for _, node in walk(document.root):
        for entry in (node.entries or {}).values():
            yield entry.key_span
        if node.entries is None and node.items is None and node.anchor is None:
            yield _content(document.file.text, node)


def _content(text: str, node: Node) -> Span:
    if node.style not in ("|", ">"):
        return node.span
    header = re.compile(r"[\r\n]").search(text, node.span.start, node.span.end)
    return Span(header.start() if header else node.span.end, node.span.end)


def _holds(span: Span, offset: int) -> bool:
    return span.start <= offset < span.end


def _ignore(document: Document, match: re.Match[str]) -> Ignore:
    file = document.file
    span = Span(match.start(), match.start() + len(match[0].rstrip()))
    place = file.position(span.start)
    alone = not file.line_text(place.line)[: place.column - 1].strip()
    form = re.match(_FORM, match[1])
    if form is None:
        return Ignore(span, (), place.line, alone, late=False)
    start = match.start(1) + form.start(2)
    words = tuple((word[0], Span(start + word.start(), start + word.end())) for word in re.finditer(_WORD, form[2]))
    if form[1]:
        keys = document.root.entries or {}
        first = next(iter(keys.values())).key_span.start if keys else len(file.text)
        return Ignore(span, words, None, alone, late=span.start > first)
    return Ignore(span, words, _below(document, place.line) if alone else place.line, alone, late=False)


def _below(document: Document, line: int) -> int:
    """Return the next line with more than blanks and a comment."""
    last = len(document.file.line_starts)
    line += 1
    while line < last and (not (text := document.file.line_text(line).strip()) or text.startswith("#")):
        line += 1
    return line


def head_lines(document: Document) -> list[tuple[Span, int]]:
    """Return the texts over several lines, each with the line of its key, where a comment about it can stand."""
    position = document.file.position
    return [
        (entry.node.span, position(entry.key_span.start).line)
        for _, node in walk(document.root)
        for entry in (node.entries or {}).values()
        if entry.node.entries is None
        and entry.node.items is None
        and position(entry.node.span.start).line < position(entry.node.span.end).line
    ]
