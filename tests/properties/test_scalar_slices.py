"""A scalar's slice of the text means the scalar's value, and every character is found where it is written."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from imagenspec.source.decode import decode
from imagenspec.source.scalars import value_offsets
from imagenspec.source.text import SourceFile
from imagenspec.source.yaml import read_yaml

if TYPE_CHECKING:
    from imagenspec.source.nodes import Document, Node


class Piece(NamedTuple):
    """Something written, the characters it means, and how far into the writing each of them starts."""

    written: str
    means: str
    starts: tuple[int, ...]


class Written(NamedTuple):
    """A scalar as text, its value, and the offset in the text of every character of the value that has one."""

    text: str
    value: str
    offsets: list[int | None]


_LETTERS = string.ascii_letters + "\u00e4\u00df\u4e2d\U0001f600\U0001f468\u200d"
_WORDS = st.text(_LETTERS, min_size=1, max_size=6).filter(lambda word: word.lower() not in ("true", "false", "null"))
_ESCAPES = {
    r"\n": "\n", r"\t": "\t", r"\"": '"', r"\\": "\\", r"\/": "/", r"\x41": "A", r"\u00e9": "\u00e9", r"\e": "\x1b",
    r"\U0001F600": "\U0001f600", r"\ ": " ", r"\_": "\u00a0", r"\0": "\0",
}  # fmt: skip
_BREAKS = st.sampled_from(["\n", "\r\n", "\r"])
INDENT = "    "


def _verbatim(word: str) -> Piece:
    return Piece(word, word, tuple(range(len(word))))


@st.composite
def _lines(draw: st.DrawFn) -> list[list[Piece]]:
    return [[_verbatim(draw(_WORDS))] for _ in range(draw(st.integers(1, 4)))]


def _joined(head: str, parts: list[Piece | tuple[str, str]], tail: str) -> Written:
    """Join pieces; a pair is a writing whose value has no place of its own (a folded line break)."""
    text, value, offsets = head, "", list[int | None]()
    for part in parts:
        if isinstance(part, Piece):
            offsets += [len(text) + start for start in part.starts]
            text, value = text + part.written, value + part.means
        else:
            written, means = part
            offsets += [None] * len(means)
            text, value = text + written, value + means
    return Written(text + tail, value, offsets)


@st.composite
def flow_scalars(draw: st.DrawFn) -> Written:
    """Plain, single-quoted and double-quoted scalars over one or more lines."""
    style = draw(st.sampled_from(["", "'", '"']))
    line_break = draw(_BREAKS)
    parts: list[Piece | tuple[str, str]] = [_verbatim(draw(_WORDS))]
    for _ in range(draw(st.integers(0, 6))):
        match draw(st.sampled_from(["word", "spaces", "fold", "paragraph", "quote", "escape", "joint"])):
            case "word":
                parts.append(_verbatim(draw(_WORDS)))
            case "spaces":
                parts.append(_verbatim(" " * draw(st.integers(1, 3)) + draw(_WORDS)))
            case "fold":
                parts.append((draw(st.sampled_from(["", "  ", "\t"])) + line_break + INDENT, " "))
            case "paragraph":
                blank = draw(st.integers(1, 2))
                parts.append((line_break * (blank + 1) + INDENT, "\n" * blank))
            case "quote" if style == "'":
                parts.append(Piece("''", "'", (0,)))
            case "escape" if style == '"':
                written = draw(st.sampled_from(sorted(_ESCAPES)))
                parts.append(Piece(written, _ESCAPES[written], (0,)))
            case "joint" if style == '"':
                parts.append(("\\" + line_break + INDENT, ""))
        if isinstance(parts[-1], tuple) and not isinstance(parts[-1], Piece):
            parts.append(_verbatim(draw(_WORDS)))
    return _joined(style, parts, style)


@st.composite
def block_scalars(draw: st.DrawFn) -> Written:
    """Literal and folded scalars with every chomping, with and without an indentation indicator."""
    style, chomping = draw(st.sampled_from("|>")), draw(st.sampled_from(["", "-", "+"]))
    line_break = draw(_BREAKS)
    indicator = draw(st.sampled_from(["", str(len(INDENT))]))
    comment = draw(st.sampled_from(["", "  # a + b"]))
    header = style + draw(st.sampled_from([indicator + chomping, chomping + indicator])) + comment + line_break
    parts: list[Piece | tuple[str, str]] = [(INDENT, ""), _verbatim(draw(_WORDS))]
    for _ in range(draw(st.integers(0, 4))):
        blank = draw(st.sampled_from([0, 0, 0, 1, 2]))
        means = "\n" * (blank + 1) if style == "|" else ("\n" * blank or " ")
        parts.append((line_break * (blank + 1) + INDENT, means))
        parts.append(_verbatim(draw(_WORDS) + draw(st.sampled_from(["", " x", "  \u00e4", " # no comment", "'\"\\n"]))))
    blank = draw(st.integers(0, 2))
    kept = {"": "\n", "-": "", "+": "\n" * (blank + 1)}[chomping]
    parts.append((line_break * (blank + 1), kept))
    return _joined(header, parts, "")


def _read(text: str, *, marked: bool = False) -> Document:
    data = (b"\xef\xbb\xbf" if marked else b"") + text.encode()
    file, problems = decode("a.yaml", data)
    assert not problems
    document, problems = read_yaml(file)
    assert document is not None, (text, problems)
    assert not problems, (text, problems)
    return document


def _node(document: Document, key: str) -> Node:
    node = document.node((key,))
    assert node is not None
    return node


def _slice_again(slice_: str) -> object:
    return _read("again: " + slice_ + _missing_break(slice_)).data["again"]


def _missing_break(text: str) -> str:
    return "" if text[-1:] in ("\r", "\n") else "\n"


def _in_a_document(scalar: Written, marked: bool, before: str) -> tuple[Document, Node, int]:
    head = f"{before}first: \U0001f600 one\nkey: "
    document = _read(f"{head}{scalar.text}{_missing_break(scalar.text)}last: 1\n", marked=marked)
    assert list(document.data) == ["first", "key", "last"]
    return document, _node(document, "key"), len(head)


_BEFORE = st.sampled_from(["", "# \u00e4 note\n", "%YAML 1.2\n---\n", "\n\r\n\r"])


@given(flow_scalars() | block_scalars(), st.booleans(), _BEFORE)
def test_slices_mean_their_value(scalar: Written, marked: bool, before: str) -> None:
    document, node, start = _in_a_document(scalar, marked, before)
    assert node.value == scalar.value
    assert node.span.start == start
    assert _slice_again(document.file.text[node.span.start : node.span.end]) == scalar.value


@given(flow_scalars(), st.booleans(), _BEFORE)
def test_slices_of_flow_scalars_are_what_is_written(scalar: Written, marked: bool, before: str) -> None:
    document, node, _ = _in_a_document(scalar, marked, before)
    assert document.file.text[node.span.start : node.span.end] == scalar.text


@given(flow_scalars() | block_scalars(), st.booleans(), _BEFORE)
def test_every_character_is_where_it_is_written(scalar: Written, marked: bool, before: str) -> None:
    document, node, start = _in_a_document(scalar, marked, before)
    offsets = list(value_offsets(document.file, node))
    assert len(offsets) == len(node.value) + 1
    for found, expected in zip(offsets, scalar.offsets, strict=False):
        assert expected is None or found == start + expected
    assert offsets == sorted(offsets)
    assert all(node.span.start <= offset <= node.span.end for offset in offsets)


@given(flow_scalars() | block_scalars(), st.sampled_from(["&here ", "!!str ", "!!str &here ", "&here !!str  "]))
def test_anchors_and_tags_are_not_part_of_the_slice(scalar: Written, properties: str) -> None:
    document = _read(f"key: {properties}{scalar.text}{_missing_break(scalar.text)}last: 1\n")
    node = _node(document, "key")
    assert node.value == scalar.value
    assert node.span.start == len("key: ") + len(properties)
    assert _slice_again(document.file.text[node.span.start : node.span.end]) == scalar.value


_PLAIN_SCALARS = {
    "1": 1, "-7": -7, "+7": 7, "0o17": 15, "0xFf": 255, "1.5": 1.5, "-.5": -0.5, "1e3": 1000.0, "12e-1": 1.2,
    "true": True, "False": False, "null": None, "~": None, "yes": "yes", "off": "off", "no": "no", "16:9": "16:9",
    "1_000": "1_000", "2001-01-01": "2001-01-01", "0b1": "0b1", "1.2.3": "1.2.3", "017": 17, "=": "=",
}  # fmt: skip


@given(st.dictionaries(_WORDS, st.sampled_from(sorted(_PLAIN_SCALARS)), min_size=1, max_size=4))
def test_plain_scalars_mean_what_the_core_schema_of_yaml_1_2_says(written: dict[str, str]) -> None:
    document = _read("".join(f"{key}: {value}\n" for key, value in written.items()))
    for key, value in written.items():
        found = document.data[key]
        assert (found, type(found)) == (_PLAIN_SCALARS[value], type(_PLAIN_SCALARS[value]))


@given(st.text(min_size=1, max_size=30).filter(lambda text: "\n" not in text and "\r" not in text))
def test_a_text_in_the_flow_of_a_list_is_cut_out_whole(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    document, _ = read_yaml(SourceFile("a.yaml", f"[first, {quoted}, last]"))
    if document is not None and document.root.items is not None:
        span = document.root.items[1].span
        assert document.file.text[span.start : span.end] == quoted
