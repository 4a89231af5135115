"""Minimal edits of a text: nothing but what a fix is about changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.source.diagnostics import Edit
from imagenspec.source.nodes import walk
from imagenspec.source.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagenspec.source.diagnostics import Diagnostic
    from imagenspec.source.nodes import Document, Entry, Node, Path

_LINE_BREAK = r"\r\n|\r|\n"


def apply(text: str, edits: Iterable[Edit]) -> str:
    r"""Return a text with edits made; where they write ``\n``, the line break that the text has there is written.

    Raises:
        ValueError: Two edits overlap.
    """
    done: list[str] = []
    end = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        if edit.span.start < end:
            message = "edits overlap"
            raise ValueError(message)
        written = edit.text
        if "\n" in written:
            written = written.replace("\n", _line_break(text, edit.span.start))
        done += [text[end : edit.span.start], written]
        end = edit.span.end
    return "".join([*done, text[end:]])


def _line_break(text: str, offset: int) -> str:
    r"""Return the line break that ends the line of an offset, else the one before it, else ``\n``."""
    behind = re.compile(_LINE_BREAK).search(text, offset)
    if behind is not None:
        return behind[0]
    last = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset))
    if last < 0:
        return "\n"
    return "\r\n" if text.startswith("\r\n", last - 1) else text[last]


def double_quoted(text: str) -> str:
    """Return a text on one line as a YAML scalar in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def right_everywhere(document: Document, diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics, without those fixes that would change what an alias repeats where nobody complains.

    Args:
        document: What the diagnostics are about.
        diagnostics: All of one kind: one for each use of a value or key that several places have.
    """
    if "*" not in document.file.text or not any(one.fix for one in diagnostics):
        return list(diagnostics)
    from collections import Counter  # noqa: PLC0415 - few recipes have aliases in what is wrong

    offered = Counter(one.fix.edits for one in diagnostics if one.fix is not None)
    uses = Counter(_places(document))

    def right(edits: tuple[Edit, ...]) -> bool:
        return all(uses[edit.span] <= offered[edits] for edit in edits)

    return [one if one.fix is None or right(one.fix.edits) else one._replace(fix=None) for one in diagnostics]


def _places(document: Document) -> Iterator[Span]:
    """Yield where each value and key of the recipe is written, as often as it is used.

    Keys ``x-...`` are for anchors and mean nothing. A value of an axis, which may stand at its field too, counts once.
    """
    axes = _matrix_span(document)
    for key, entry in (document.root.entries or {}).items():
        yield entry.key_span
        for _, node in walk(entry.node) if not key.startswith("x-") else ():
            if key == "matrix" or not _is_inside(node.span, axes):
                yield node.anchor or node.span
                yield from (child.key_span for child in (node.entries or {}).values())


def removal(document: Document, path: Path) -> Edit | None:
    """Return the edit that takes a key with its value out of its mapping, where both stand there in full.

    The only key of a mapping goes with the mapping: an empty one would be another mistake.
    """
    entry, parent = document.entry(path), document.node(path[:-1])
    if entry is None or parent is None or not _is_written_in(document, parent, entry):
        return None
    if _is_repeated(document, Span(entry.key_span.start, entry.node.span.end)):
        return None
    siblings = [one for one in (parent.entries or {}).values() if one is not entry]
    if not any(one.merged or _is_inside(one.key_span, parent.span) for one in siblings):
        return removal(document, path[:-1]) if len(path) > 1 else None
    text, start, end = document.file.text, entry.key_span.start, entry.node.span.end
    if text[parent.span.start] == "{":
        return _from_flow(document, start, max(end, entry.key_span.end))
    return whole_lines(document, start, max(end, entry.key_span.end))


def addition(document: Document, path: Path, sibling: str, line: str) -> Edit | None:
    """Return the edit that writes ``key: value`` into a mapping, where that stands in full.

    Args:
        document: What to edit.
        path: Where the mapping stands.
        sibling: The key behind which to write; where it does not stand there, it is the last one.
        line: The key and its value, on one line.
    """
    parent = document.node(path)
    if parent is None or parent.anchor is not None or _is_repeated(document, parent.span):
        return None
    own = [key for key, entry in (parent.entries or {}).items() if _is_written_in(document, parent, entry)]
    if not own:
        return None
    entry = (parent.entries or {})[sibling if sibling in own else own[-1]]
    text, end = document.file.text, max(entry.key_span.end, entry.node.span.end)
    if text[parent.span.start] == "{":
        return Edit(Span(end, end), f", {line}")
    first = _line_start(document, entry.key_span.start)
    if first is None:
        return None
    indent = text[first : entry.key_span.start]
    if text[end - 1] in "\r\n":
        return Edit(Span(end, end), f"{indent}{line}\n")
    behind = re.compile(_LINE_BREAK).search(text, end)
    place = behind.start() if behind is not None else len(text)
    return Edit(Span(place, place), f"\n{indent}{line}")


def _is_written_in(document: Document, parent: Node, entry: Entry) -> bool:
    """Tell whether a key stands in its mapping in full: neither merged, nor by an axis, nor by an alias."""
    if parent.anchor is not None or entry.merged is not None:
        return False
    return _is_inside(entry.key_span, parent.span) and not _is_inside(entry.key_span, _matrix_span(document))


def _matrix_span(document: Document) -> Span:
    """Return where the matrix is written; what it puts at other places of a case is written there too."""
    matrix = document.node(("matrix",))
    return Span(-1, -1) if matrix is None else matrix.anchor or matrix.span


def _is_inside(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _is_repeated(document: Document, span: Span) -> bool:
    """Tell whether a part of a text is used elsewhere too, by an alias or a merge."""
    if "*" not in document.file.text:
        return False
    for _, node in walk(document.root):
        anchor = node.anchor
        if anchor is not None and anchor.start < span.end and span.start < anchor.end:
            return True
        merged = (one.key_span for one in (node.entries or {}).values() if one.merged is not None)
        if any(_is_inside(key, span) for key in merged):
            return True
    return False


def _line_start(document: Document, offset: int) -> int | None:
    """Return where the line of an offset starts, where nothing but blanks stands between."""
    first = document.file.line_starts[document.file.position(offset).line - 1]
    return None if document.file.text[first:offset].strip(" \t") else first


def whole_lines(document: Document, start: int, end: int) -> Edit | None:
    """Return the removal of the lines of a range, where nothing but blanks stands before it."""
    text, starts = document.file.text, document.file.line_starts
    first, next_line = _line_start(document, start), document.file.position(end).line
    if first is None:
        return None
    last = end if text[end - 1] in "\r\n" else starts[next_line] if next_line < len(starts) else len(text)
    if first and last == len(text) and text[last - 1] not in "\r\n":
        first -= 2 if text.endswith("\r\n", 0, first) else 1
    return Edit(Span(first, last), "")


def _from_flow(document: Document, start: int, end: int) -> Edit:
    """Return the removal of a range with the comma behind it or, of the last one, the comma before it."""
    text, behind = document.file.text, end
    while text[behind : behind + 1].isspace():
        behind += 1
    if text[behind : behind + 1] == ",":
        behind += 1
        while text[behind : behind + 1] == " ":
            behind += 1
        return _alone_in_flow(document, start, behind) or Edit(Span(start, behind), "")
    before = start
    while before and text[before - 1].isspace():
        before -= 1
    line = document.file.line_starts[document.file.position(before).line - 1]
    if text[before - 1] == "," and "#" not in text[line:before]:
        return Edit(Span(before - 1, end), "")
    return _alone_in_flow(document, start, end) or Edit(Span(start, end), "")


def _alone_in_flow(document: Document, start: int, end: int) -> Edit | None:
    """Return the removal of whole lines of a range, where nothing else stands on them."""
    text, first = document.file.text, _line_start(document, start)
    rest = re.compile(r"[ \t]*(\r\n|\r|\n)").match(text, end)
    return Edit(Span(first, rest.end()), "") if first is not None and rest is not None else None
