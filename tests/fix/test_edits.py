"""Edits of a text: line breaks as the text has them, keys taken out and put in, and nothing that an alias repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagenspec.source.diagnostics import Edit
from imagenspec.source.edits import addition, apply, double_quoted, removal
from imagenspec.source.text import SourceFile, Span
from imagenspec.source.yaml import read_yaml

if TYPE_CHECKING:
    from imagenspec.source.nodes import Document


def document(text: str) -> Document:
    found, diagnostics = read_yaml(SourceFile("any.imagen.yaml", text))
    assert found is not None
    assert diagnostics == []
    return found


def edited(text: str, edit: Edit | None) -> str | None:
    return apply(text, [edit]) if edit is not None else None


def without(text: str, *path: str | int) -> str | None:
    return edited(text, removal(document(text), path))


def with_line(text: str, sibling: str = "a") -> str | None:
    return edited(text, addition(document(text), ("p",), sibling, "new: 1"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb", "a\n+\nb"),
        ("a\r\nb", "a\r\n+\r\nb"),
        ("a\rb", "a\r+\rb"),
        ("x\r\na", "x\r\na\r\n+"),
        ("x\na\r\n", "x\na\r\n+\r\n"),
        ("a", "a\n+"),
    ],
)
def test_written_line_break_is_that_of_the_place(text: str, expected: str) -> None:
    end = text.index("a") + 1
    assert apply(text, [Edit(Span(end, end), "\n+")]) == expected


def test_edits_are_made_in_the_order_of_the_text_and_may_not_overlap() -> None:
    edits = [Edit(Span(2, 3), "C"), Edit(Span(0, 1), "A"), Edit(Span(1, 1), "-")]
    assert apply("abc", edits) == "A-bC"
    with pytest.raises(ValueError, match="overlap"):
        apply("abc", [Edit(Span(0, 2), ""), Edit(Span(1, 3), "")])


@pytest.mark.parametrize("text", ["", "a", 'a "b" \\ c', "16:9", "\\", "{{ x }}"])
def test_quoted_text_reads_as_it_was(text: str) -> None:
    assert document(double_quoted(text)).data == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("p:\n  a: 1  # gone\n  b: 2\n", "p:\n  b: 2\n"),
        ("p:\n  # stays\n  b: 2\n  a: 1", "p:\n  # stays\n  b: 2"),
        ("p:\n  b: 2\r\n  a: 1", "p:\n  b: 2"),
        ("p:\n  a: |\n    x\n\n  b: 2\n", "p:\n\n  b: 2\n"),
        ("p:\n  a:\n    - 1\n    - 2 # gone\n  b: 2\n", "p:\n  b: 2\n"),
        ("p:\n  a:\n  b: 2\n", "p:\n  b: 2\n"),
        ("p:\r  a: 1\r  b: 2\r", "p:\r  b: 2\r"),
        ("p: {a: 1, b: 2}\n", "p: {b: 2}\n"),
        ("p: {b: 2, a: 1}\n", "p: {b: 2}\n"),
        ("p: { b: 2, a: 1, }\n", "p: { b: 2, }\n"),
        ("p: {b: 2 ,a: 1 }\n", "p: {b: 2  }\n"),
        ("p: {\n  a: 1,\n  b: 2\n}\n", "p: {\n  b: 2\n}\n"),
        ("p: {\n  b: 2,\n  a: 1\n}\n", "p: {\n  b: 2\n}\n"),
        ("p: {\n  b: 2, # one, two,\n  a: 1\n}\n", "p: {\n  b: 2, # one, two,\n}\n"),
        ('p: {"a":1,"b":2}\n', 'p: {"b":2}\n'),
        ("q: 1\np: {a: 1}\n", "q: 1\n"),
        ("q: 1\np:\n  a: 1\n", "q: 1\n"),
        ("p: {a: 1}\n", None),
        ("p: {a: &x 1, b: *x}\n", None),
        ("p: {b: &x 1, a: *x}\n", "p: {b: &x 1}\n"),
        ("p: &x {a: 1, b: 2}\nq: *x\n", None),
        ("p: &x {a: 1, b: 2}\nq: {<<: *x}\n", None),
        ("p: &x {a: 1, b: 2}\nq: {<<: *x, a: 3}\n", "p: &x {b: 2}\nq: {<<: *x, a: 3}\n"),
        ("x: &x {a: 1, b: 2}\np: *x\n", None),
        ("x: &x {a: 1}\np: {<<: *x, b: 2}\n", None),
        ("x: &x {b: 1}\np: {<<: *x, a: 2}\n", "x: &x {b: 1}\np: {<<: *x}\n"),
        ("p:\n  ? a\n  : 1\n  b: 2\n", None),
    ],
)
def test_removal_takes_a_key_or_leaves_it_where_others_need_it(text: str, left: str | None) -> None:
    assert without(text, "p", "a") == left


@pytest.mark.parametrize(
    ("text", "grown"),
    [
        ("p:\n  a: 1  # one\n  b: 2\n", "p:\n  a: 1  # one\n  new: 1\n  b: 2\n"),
        ("p:\n  b: 2\n  a: 1", "p:\n  b: 2\n  a: 1\n  new: 1"),
        ("p:\r\n  a: 1", "p:\r\n  a: 1\r\n  new: 1"),
        ("p:\n  a: |\n    x\n  b: 2\n", "p:\n  a: |\n    x\n  new: 1\n  b: 2\n"),
        ("p:\n  b: 1\n  c:\n    d: 1 # deep\nq: 1\n", "p:\n  b: 1\n  c:\n    d: 1 # deep\n  new: 1\nq: 1\n"),
        ("p: {a: 1, b: 2}\n", "p: {a: 1, new: 1, b: 2}\n"),
        ('p: {"a":1}\n', 'p: {"a":1, new: 1}\n'),
        ("p: {}\n", None),
        ("p: 1\n", None),
        ("q: 1\n", None),
        ("p: &x {a: 1}\nq: *x\n", None),
        ("p: &x {a: 1}\nq: {<<: *x}\n", None),
        ("x: &x {a: 1}\np: *x\n", None),
        ("x: &x {a: 1}\np: {<<: *x}\n", None),
        ("x: &x {a: 1}\np: {<<: *x, b: 2}\n", "x: &x {a: 1}\np: {<<: *x, b: 2, new: 1}\n"),
        ("x: &x 1\np: {a: *x, b: 2}\n", "x: &x 1\np: {a: *x, new: 1, b: 2}\n"),
        ("p:\n  ? a\n  : 1\n", None),
    ],
)
def test_addition_writes_a_key_behind_another(text: str, grown: str | None) -> None:
    assert with_line(text) == grown


def test_what_an_axis_puts_at_a_field_is_not_written_there() -> None:
    text = "p:\n  b: 2\nmatrix:\n  p.a: [1, 2]\n  p.c: [3]\n  z.d: [4]\n"
    found = document(text)
    for name in ("p.a", "p.c", "z.d"):
        entry = found.entry(("matrix", name))
        assert entry is not None
        assert entry.node.items is not None
        found = found.put(tuple(name.split(".")), entry.node.items[0], entry.key_span)
    assert [removal(found, tuple(name.split("."))) for name in ("p.a", "p.c", "z.d")] == [None, None, None]
    assert edited(text, addition(found, ("p",), "a", "new: 1")) == text.replace("  b: 2\n", "  b: 2\n  new: 1\n")
    assert addition(found, ("z",), "d", "new: 1") is None
