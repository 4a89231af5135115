"""Fixes keep their word: they mend what they name, add no finding, keep the request, and have an end."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from compiling import NAME, RECIPES
from hypothesis import assume, given
from hypothesis import strategies as st
from recipe_strategies import any_recipes
from yaml_writing import in_any_hand

from imagenspec.catalog.codes import codes as known
from imagenspec.catalog.fields import spellings
from imagenspec.project.build import requests
from imagenspec.project.check import CheckedRecipe, check_bytes
from imagenspec.project.fixing import FixedRecipe, Wanted, fix_bytes
from imagenspec.project.options import Options
from imagenspec.source.decode import decode
from imagenspec.source.diagnostics import Edit
from imagenspec.source.edits import addition, apply, removal
from imagenspec.source.nodes import walk
from imagenspec.source.text import Span
from imagenspec.source.yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec import Finding
    from imagenspec.source.nodes import Document, Node, Path

OPTIONS = Options(as_of=date(2026, 1, 15))
MARK = "\ufeff".encode()
_TEXTS = [(str(path), path.read_bytes()) for path in RECIPES]


def checked(data: bytes, name: str = NAME) -> CheckedRecipe:
    return check_bytes(name, data, OPTIONS)


def fixed(data: bytes, name: str = NAME, *, unsafe: bool = False) -> FixedRecipe:
    return fix_bytes(name, data, OPTIONS, Wanted(unsafe=unsafe))


def codes(recipe: CheckedRecipe) -> Counter[str]:
    return Counter(one.code for one in recipe.findings)


def added(before: CheckedRecipe, after: CheckedRecipe) -> Counter[str]:
    """Return what is found more often; before the shape is sound, rules have not looked at everything yet."""
    more = codes(after) - codes(before)
    if any(known()[code].fatal for code in codes(before)):
        return Counter({code: count for code, count in more.items() if known()[code].fatal})
    return more


def sent(recipe: CheckedRecipe) -> list[tuple[str, str]]:
    return [(request.case, request.digest) for request in requests(recipe, OPTIONS.images)]


def keeps_its_word(data: bytes, name: str = NAME) -> FixedRecipe:
    """Fix a recipe, hold the result against the laws, and return it."""
    before, done = checked(data, name), fixed(data, name)
    after = checked(done.after, name)
    assert not added(before, after), done.applied
    assert bool(done.applied) is done.changed
    if before.ok:
        assert after.ok
        assert sent(after) == sent(before)
    assert fixed(done.after, name).after == done.after
    assert done.after.startswith(MARK) is data.startswith(MARK)
    assert not Counter(unnamed_lines(data, done)) - Counter(lines(done.after))
    assert before.data is not None or done.after == data
    unsafe = fixed(data, name, unsafe=True)
    assert fixed(unsafe.after, name, unsafe=True).after == unsafe.after
    assert unsafe.changed or not done.changed
    assert before.data is None or checked(unsafe.after, name).data is not None
    return done


def lines(data: bytes) -> list[bytes]:
    return data.removeprefix(MARK).splitlines()


def unnamed_lines(data: bytes, done: FixedRecipe) -> Iterator[bytes]:
    """Yield the lines of a recipe that no finding which was mended stood on or was to edit, in any round."""
    named: set[bytes] = set()
    for one in done.applied:
        for span in (one.span, *(edit.span for edit in edits_of(one))):
            first, last = one.source.position(span.start).line, one.source.position(span.end).line
            named |= {one.source.line_text(line).encode() for line in range(first, last + 1)}
    yield from (line for line in lines(data) if line and line not in named)


def edits_of(finding: Finding) -> tuple[Edit, ...]:
    return finding.fix.edits if finding.fix is not None else ()


class Hand(NamedTuple):
    """How a file is written beyond its YAML."""

    line_break: str
    mark: bool
    last_break: bool

    def write(self, text: str) -> bytes:
        text = text if self.last_break else text.rstrip("\n")
        return (("\ufeff" if self.mark else "") + text.replace("\n", self.line_break)).encode()


HANDS = st.builds(Hand, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())


@given(any_recipes(), HANDS, st.data())
def test_valid_recipes_keep_their_requests(recipe: dict[str, Any], hand: Hand, data: st.DataObject) -> None:
    keeps_its_word(hand.write(data.draw(in_any_hand(recipe))))


class Plant(NamedTuple):
    """A defect that has one right fix: the code of its finding, and the edit that makes it."""

    code: str
    edit: Edit

    def is_apart(self, other: Plant) -> bool:
        one, another = self.edit.span, other.edit.span
        return one.end < another.start or another.end < one.start


_NOT_FOUND = (("IMG510", "IMG511, IMG512"), ("IMG513", "IMG514, IMG515"))
"""Codes about pictures that no recipe here has, for behind and above each of the first two lines."""


def plants(document: Document, task: str) -> Iterator[Plant]:
    """Yield the defects that a recipe without findings to fix can be given."""
    text = document.file.text
    for path, node in walk(document.root):
        for key, entry in (node.entries or {}).items():
            yield from _at_key(text, entry.key_span, (*path, key), task)
        written = text[node.span.start : node.span.end]
        if node.entries is None and node.items is None and node.value is not None:
            yield from _at_scalar(node, written, path, task)
        if node.items is not None and len(node.items) == 1 and written[:1] == "[" and path[-1] in ("classes", "tags"):
            [item] = node.items
            if item.style in ("'", '"'):
                yield Plant("IMG103", Edit(node.span, text[item.span.start : item.span.end]))
    for start, (behind, above) in zip(document.file.line_starts, _NOT_FOUND, strict=False):
        line = document.file.line_text(document.file.position(start).line)
        end = start + len(line)
        if line and end < document.root.span.end:
            yield Plant("IMG901", Edit(Span(end, end), f"  # imagenspec: ignore[{behind}] no more"))
            yield Plant("IMG901", Edit(Span(start, start), f"# imagenspec: ignore[{above}]\n"))


def _at_key(text: str, span: Span, path: Path, task: str) -> Iterator[Plant]:
    written, key = text[span.start : span.end], str(path[-1])
    mark = written[:1] if written[:1] in ("'", '"') else ""
    if written != f"{mark}{key}{mark}":
        return
    place = tuple(map(str, path[:-1]))
    for wire, word in spellings(task).keys.get(place, {}).items():
        if word == key:
            yield Plant("IMG109", Edit(span, f"{mark}{wire}{mark}"))
    if path[0] == "parameters" and len(key) > 5:
        for at in range(1, len(key)):
            yield Plant("IMG101", Edit(span, f"{mark}{key[:at]}{key[at - 1 :]}{mark}"))


def _at_scalar(node: Node, written: str, path: Path, task: str) -> Iterator[Plant]:
    place = tuple(str(step) for step in path)
    if isinstance(node.value, str):
        for wire, word in spellings(task).values.get(place, {}).items():
            if word == node.value != wire.upper() and node.style in ("", "'", '"'):
                yield Plant("IMG109", Edit(node.span, f"{node.style}{wire.upper()}{node.style}"))
        if written in ('"16:9"', '"1:1"', '"no"'):
            yield Plant("IMG020", Edit(node.span, node.value))
        if path == ("parameters", "safety_setting") and node.value == "block_medium_and_above":
            yield Plant("IMG115", Edit(node.span, f"{node.style}block_some{node.style}"))
    elif path[0] == "parameters" and written in ("true", "false"):
        yield Plant("IMG103", Edit(node.span, {"true": "Yes", "false": "OFF"}[written]))
        yield Plant("IMG103", Edit(node.span, f"'{written}'"))
    elif path[0] == "parameters" and not isinstance(node.value, bool):
        yield Plant("IMG103", Edit(node.span, f'"{written}"'))


@given(any_recipes(), HANDS, st.booleans(), st.data())
def test_fix_of_a_planted_defect_gives_back_the_text_before(
    recipe: dict[str, Any], hand: Hand, twice: bool, data: st.DataObject
) -> None:
    sound = fixed(hand.write(data.draw(in_any_hand(recipe)))).after
    base = checked(sound)
    file, _ = decode(NAME, sound)
    document, _ = read_yaml(file)
    assume(document is not None and not any(one.fix for one in base.findings))
    assert document is not None
    possible: dict[str, list[Plant]] = {}
    for plant in plants(document, recipe["task"]):
        possible.setdefault(plant.code, []).append(plant)
    assume(possible)
    draw_one = st.sampled_from(list(possible)).flatmap(lambda code: st.sampled_from(possible[code]))
    chosen = [data.draw(draw_one)]
    if twice:
        chosen += [one for one in [data.draw(draw_one)] if one.is_apart(chosen[0])]
    planted_text = apply(file.text, [plant.edit for plant in chosen])
    planted = (("\ufeff" if file.byte_order_mark else "") + planted_text).encode()
    before = checked(planted)
    assume(all(is_found(plant, before, planted_text) for plant in chosen))
    done = keeps_its_word(planted)
    uncovers = codes(base) - (codes(before) - Counter(plant.code for plant in chosen))
    assert done.after == sound or uncovers


def is_found(plant: Plant, recipe: CheckedRecipe, text: str) -> bool:
    """Tell whether a finding with a fix has the code of a plant and stands in its text."""
    named = [one for one in recipe.findings if one.code == plant.code and one.fix is not None]
    return any(text[one.span.start : one.span.end] in plant.edit.text for one in named)


def parsed(data: bytes) -> Document:
    document, diagnostics = read_yaml(decode(NAME, data)[0])
    assert document is not None
    assert not diagnostics
    return document


@given(any_recipes(), HANDS, st.data())
def test_removal_and_addition_change_one_key(recipe: dict[str, Any], hand: Hand, data: st.DataObject) -> None:
    written = hand.write(data.draw(in_any_hand(recipe)))
    document = parsed(written)
    path, node = data.draw(st.sampled_from([(path, node) for path, node in walk(document.root) if node.entries]))
    key = data.draw(st.sampled_from(list(node.entries or ())))
    added = addition(document, path, key, "added: false")
    assert added is not None
    text = apply(document.file.text, [added])
    assert parsed(text.encode()).data == put(document.data, path, {**node.value, "added": False})
    assert text.endswith(("\n", "\r")) is document.file.text.endswith(("\n", "\r"))
    removed = removal(document, (*path, key))
    left = without(document.data, (*path, key))
    assert (removed is None) is (left is None)
    if removed is not None:
        text = apply(document.file.text, [removed])
        assert parsed(text.encode()).data == left
        assert text.endswith(("\n", "\r")) is document.file.text.endswith(("\n", "\r"))


def put(data: Any, path: Path, value: Any) -> Any:
    """Return data with another value at a path."""
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = put(data[path[0]], path[1:], value)
    return copy


def without(data: Any, path: Path) -> Any:
    """Return data without a key; a mapping that would be left empty goes too, where it has a key itself."""
    *around, key = path
    if not isinstance(key, str):
        return None
    parent = data
    for step in around:
        parent = parent[step]
    left = {name: value for name, value in parent.items() if name != key}
    if not left:
        return without(data, tuple(around)) if around else None
    return put(data, tuple(around), left)


_FRAGMENTS = [
    "seed: 7\n", "  seed: '7'\n", "sampleCount: 1", ", sampel_count: 2", "parameters:\n", "&a ", "*a", "<<: *a",
    "!!str ", "# imagenspec: ignore[IMG301]", "\t", "\r", "\r\n", "\n", "\ufeff", "16:9", "no", '"', "'", "|-\n", ">",
    "[", "]", "{", "}", ",", ": ", "- ", "? ", "#", "\x85", "\u2028", "classes: 5", "tags: a", "\U0001f600", "{{ x }}",
]  # fmt: skip


@given(st.data())
def test_damaged_recipes_are_fixed_as_far_as_fixes_keep_their_word(data: st.DataObject) -> None:
    name, written = data.draw(st.sampled_from(_TEXTS))
    text = written.decode()
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        if data.draw(st.booleans()):
            text = text[:place] + data.draw(st.sampled_from(_FRAGMENTS)) + text[place:]
        else:
            text = text[:place] + text[place + data.draw(st.integers(1, 30)) :]
    keeps_its_word(text.encode(), name)


@given(st.lists(st.sampled_from([*_FRAGMENTS, "imagenspec: 1\n", "task: generate\n", " ", "\n", "  "]), max_size=20))
def test_anything_is_fixed_or_left_as_it_is(pieces: list[str]) -> None:
    text = "imagenspec: 1\ntask: generate\nmodel: imagen-3.0-generate-002\nprompt: a cup\n" + "".join(pieces)
    keeps_its_word(text.encode())


@given(st.binary(max_size=200))
def test_bytes_that_are_no_recipe_are_left_as_they_are(data: bytes) -> None:
    done = fixed(data, unsafe=True)
    assert done.after == data or done.applied
