"""Text that is no document: one diagnostic at the place to mend, soon, however large or hostile it is."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from imagenspec.source.decode import MAX_BYTES, decode
from imagenspec.source.yaml import MAX_DEPTH, MAX_NODES, read_yaml

if TYPE_CHECKING:
    from imagenspec.source.diagnostics import Diagnostic

SOON = 5.0
"""Seconds that are far more than any limit should need, on any machine."""


def problems(data: bytes) -> list[Diagnostic]:
    start = time.monotonic()
    file, found = decode("a.yaml", data)
    if not found:
        found = read_yaml(file)[1]
    assert time.monotonic() - start < SOON
    assert all(0 <= one.span.start <= one.span.end <= len(one.file.text) for one in found)
    return found


def codes(text: str | bytes) -> list[str]:
    return [one.code for one in problems(text.encode() if isinstance(text, str) else text)]


def _bomb(template: str) -> str:
    names = "abcdefghij"
    lines = [f"{name}: &{name} {template.format(before)}" for before, name in pairwise(names)]
    return "a: &a {x: 1, y: 2, z: 3}\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "template",
    ["[" + ", ".join(["*{0}"] * 10) + "]", "{{" + ", ".join(f"k{n}: *{{0}}" for n in range(10)) + "}}"],
    ids=["lists", "mappings"],
)
def test_an_alias_bomb_ends_in_a_diagnostic(template: str) -> None:
    assert codes(_bomb(template)) == ["IMG008"]


def test_a_bomb_of_merges_ends_soon() -> None:
    merges = "{{<<: [" + ", ".join(["*{0}"] * 10) + "]}}"
    assert set(codes(_bomb(merges))) <= {"IMG008"}


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 50_000])
def test_deep_nesting_is_one_diagnostic(opening: str, depth: int) -> None:
    assert codes(opening * depth) == ["IMG008"]


def test_nesting_within_the_limit_is_read() -> None:
    assert codes("[" * MAX_DEPTH + "]" * MAX_DEPTH) == []


@pytest.mark.parametrize(("nodes", "expected"), [(MAX_NODES - 1, []), (MAX_NODES + 1, ["IMG008"])])
def test_values_are_counted(nodes: int, expected: list[str]) -> None:
    assert codes("[" + "1," * (nodes - 1) + "]") == expected


def test_a_file_of_the_largest_size_is_read_and_a_larger_one_is_not() -> None:
    assert codes(b"a" * MAX_BYTES) == []
    assert codes(b"a" * (MAX_BYTES + 1)) == ["IMG008"]


@pytest.mark.parametrize("unit", [b"- a\n", b"'", b"a: ", b"&a ", b"*a ", b"!a ", b"\t", b"\r", b"# \n", b"|\n ", b"%"])
def test_megabytes_of_anything_end_soon(unit: bytes) -> None:
    problems((unit * (2_000_000 // len(unit) + 1))[:2_000_000])


@pytest.mark.parametrize(
    ("data", "column"),
    [(b"a: \xff\n", 4), (b"\xff\xfea\x00", 1), (b"a: \xed\xa0\x80", 4), ("ä: ".encode() + b"\xc3", 4)],
)
def test_bytes_that_are_not_utf_8_are_shown_where_they_are(data: bytes, column: int) -> None:
    [found] = problems(data)
    assert (found.code, found.file.position(found.span.start)) == ("IMG004", (1, column))


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\n<<<<<<< ours\nb: 1\n=======\nb: 2\n>>>>>>> theirs\n", "IMG005", 2),
        ("a: 1\n---\nb: 2\n", "IMG006", 2),
        ("a: 1\n...\n---\nb\n", "IMG006", 3),
        ("a: &a\n  b: *a\n", "IMG007", 2),
        ("a: *nothing\n", "IMG001", 1),
        ("%YAML 1.1\n---\na: 1\n", "IMG012", 1),
        ("a: 1\nb: .inf\n", "IMG013", 2),
        ("a: 1e999\n", "IMG013", 1),
        ("a: {<<: 1}\n", "IMG009", 1),
        ("? [a]\n: 1\n", "IMG009", 1),
        ("a: 'b\nc: d\n", "IMG001", 1),
        ("a: 1\n\tb: 2\n", "IMG001", 2),
        ("a: 1\nb: \x07\n", "IMG001", 2),
    ],
)
def test_what_is_wrong_is_shown_where_it_is(text: str, code: str, line: int) -> None:
    [found] = problems(text.encode())
    assert (found.code, found.file.position(found.span.start).line) == (code, line)
