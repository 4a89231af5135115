"""Every key and every value of a document stands where it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagenspec.source.decode import decode
from imagenspec.source.yaml import read_yaml

if TYPE_CHECKING:
    from imagenspec.source.diagnostics import Diagnostic
    from imagenspec.source.nodes import Document, Path


def read(text: str, *, problems: int = 0) -> tuple[Document, list[Diagnostic]]:
    file, undecoded = decode("a.yaml", text.encode())
    document, found = read_yaml(file)
    assert document is not None, found
    assert len(undecoded + found) == problems, found
    return document, found


def key(document: Document, *path: str | int) -> str:
    entry = document.entry(path)
    assert entry is not None
    return document.file.text[entry.key_span.start : entry.key_span.end]


def value(document: Document, *path: str | int) -> str:
    span = document.value_span(path)
    return document.file.text[span.start : span.end]


def cut(document: Document, diagnostic: Diagnostic) -> str:
    return document.file.text[diagnostic.span.start : diagnostic.span.end]


BLOCK = """\
# \U0001f600
task: generate   # the one
"parameters" :
    seed:   7
    'output options':
        mime: image/png

tags:
- one
-   two
- - three
- {four: 4}
empty:
last: >
  folded
  text

"""


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_block_mappings_and_lists(line_break: str, mark: str) -> None:
    document, _ = read(mark + BLOCK.replace("\n", line_break))
    keys = [("task",), ("parameters",), ("parameters", "seed"), ("parameters", "output options"), ("tags",), ("last",)]
    written = ["task", '"parameters"', "seed", "'output options'", "tags", "last"]
    assert [key(document, *path) for path in keys] == written
    assert value(document, "task") == "generate"
    assert value(document, "parameters", "seed") == "7"
    assert value(document, "tags", 1) == "two"
    assert value(document, "tags", 2, 0) == "three"
    assert value(document, "tags", 3) == "{four: 4}"
    assert value(document, "tags", 3, "four") == "4"
    assert value(document, "empty") == ""
    assert value(document, "parameters", "output options") == "mime: image/png"
    assert value(document, "last") == f">{line_break}  folded{line_break}  text{line_break}"


def test_block_collections_end_with_their_last_value() -> None:
    document, _ = read(BLOCK)
    assert value(document, "parameters").endswith("mime: image/png")
    assert value(document, "tags").startswith("- one")
    assert value(document, "tags").endswith("{four: 4}")


FLOW = '{a: [1, \'two\', "th\\u0072ee"], "b c" : {d: , e: x y}, ? f : g}\n'


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (("a",), "[1, 'two', \"th\\u0072ee\"]"),
        (("a", 0), "1"),
        (("a", 1), "'two'"),
        (("a", 2), '"th\\u0072ee"'),
        (("b c",), "{d: , e: x y}"),
        (("b c", "e"), "x y"),
        (("f",), "g"),
    ],
)
def test_flow_mappings_and_lists(path: Path, written: str) -> None:
    assert value(read(FLOW)[0], *path) == written


@pytest.mark.parametrize("written", ["gs://bucket/a.png", "16:9", "a:b", "http://x/y?z=1"])
@pytest.mark.parametrize("around", ["{{key: {}}}", "{{key: {}, other: 1}}", "{{key: [{}, other]}}", "[{{key: {}}}]"])
def test_plain_texts_with_a_colon_inside_flow_collections(written: str, around: str) -> None:
    document, _ = read(around.format(written) + "\n")
    found = document.data[0] if isinstance(document.data, list) else document.data
    assert found["key"] in (written, [written, "other"])


def test_an_alias_stands_where_it_is_used_and_knows_where_its_value_is() -> None:
    document, _ = read("first: &pose {file: a.png}\nsecond: *pose\n")
    node = document.node(("second",))
    assert node is not None
    assert node.anchor is not None
    assert value(document, "second") == "*pose"
    assert document.file.text[node.anchor.start : node.anchor.end] == "{file: a.png}"
    assert document.data["second"] == {"file": "a.png"}
    assert value(document, "second", "file") == "a.png"


def test_merged_keys_stand_where_they_are_written_and_know_what_brought_them() -> None:
    document, _ = read("x-base: &base\n  seed: 1\n  size: 2k\nparameters:\n  <<: *base\n  seed: 9\n")
    assert document.data["parameters"] == {"seed": 9, "size": "2k"}
    assert value(document, "parameters", "seed") == "9"
    entry = document.entry(("parameters", "size"))
    assert entry is not None
    assert entry.merged is not None
    assert document.file.text[entry.merged.start : entry.merged.end] == "<<"
    assert document.file.position(entry.key_span.start).line == 3


def test_earlier_mappings_of_a_merged_list_win() -> None:
    document, _ = read("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], z: 3}\n")
    assert document.data["c"] == {"x": 1, "y": 1, "z": 3}


def test_a_quoted_merge_sign_is_a_key() -> None:
    document, _ = read('a: {"<<": 1}\n')
    assert document.data == {"a": {"<<": 1}}


def test_every_duplicate_is_reported_at_its_own_key_with_the_first_beside_it() -> None:
    text = "a: 1\nb: {c: 1, c: 2}\na: 2\n'a': 3\n"
    document, found = read(text, problems=3)
    assert {one.code for one in found} == {"IMG002"}
    assert sorted(document.file.position(one.span.start) for one in found) == [(2, 11), (3, 1), (4, 1)]
    assert sorted(cut(document, one) for one in found) == ["'a'", "a", "c"]
    outer = [one for one in found if cut(document, one) != "c"]
    assert [document.file.position(one.related[0].span.start) for one in outer] == [(1, 1), (1, 1)]


def test_numbers_and_words_are_names_when_they_are_keys() -> None:
    assert read("1: a\ntrue: b\n1.0: c\n~: d\n")[0].data == {"1": "a", "true": "b", "1.0": "c", "~": "d"}


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("a: !thing 1\n", "!thing"),
        ("a: &x !thing 1\n", "!thing"),
        ("a: !!python/name:os.system ''\n", "!!python/name:os.system"),
        ("%TAG ! tag:example.com,2000:app/\n---\na: !f 1\n", "!f"),
        ("a: !<tag:example.com,2000:f> 1\n", "!<tag:example.com,2000:f>"),
        ("- !set {a, b}\n", "!set"),
    ],
)
def test_an_unknown_tag_is_reported_where_it_is_written(text: str, marked: str) -> None:
    document, [found] = read(text, problems=1)
    assert (found.code, cut(document, found)) == ("IMG003", marked)


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85"])
@pytest.mark.parametrize("around", ["{}", '"{}"', "'{}'", "|-\n  {}", ">-\n  {}"])
def test_line_breaks_of_other_alphabets_are_text(character: str, around: str) -> None:
    document, _ = read(f"key: {around.format(f'a{character}b')}\nlast: 1\n")
    assert document.data == {"key": f"a{character}b", "last": 1}
