"""Mistakes in the text itself: what is no YAML, YAML that recipes do not have, and comments to the linter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planting.dice import pick
from planting.drafts import TextPlanter

if TYPE_CHECKING:
    from collections.abc import Callable

    from planting.dice import Dice
    from planting.writing import Range, Written

    Planted = tuple[str | bytes, Range] | None

_DEEPEST = 100
_MOST_BYTES = 10_000_000


def _find(text: str, added: str, word: str, offset: int = 0) -> Range:
    start = offset + added.index(word)
    assert text[start : start + len(word)] == word
    return start, start + len(word)


def _appended(code: str, name: str, lines: str, word: str) -> TextPlanter:
    """Return a planter that adds lines at the end; the finding is at the first place of a word in them."""

    def plant(_dice: Dice, written: Written) -> Planted:
        text = written.text + lines
        return text, _find(text, lines, word, len(written.text))

    return TextPlanter(name, code, plant)


def _before(code: str, name: str, lines: str, word: str) -> TextPlanter:
    """Return a planter that adds lines before the first key."""

    def plant(_dice: Dice, written: Written) -> Planted:
        text = lines + written.text
        return text, _find(text, lines, word)

    return TextPlanter(name, code, plant)


def _duplicate_top_key(dice: Dice, written: Written) -> Planted:
    keys = [path[0] for path in written.keys if len(path) == 1 and path[0] not in ("x-shared", "matrix")]
    return _again(written, str(pick(dice, keys)))


def _duplicate_matrix(_dice: Dice, written: Written) -> Planted:
    return _again(written, "matrix") if ("matrix",) in written.keys else None


def _again(written: Written, key: str) -> Planted:
    start = len(written.text)
    return f"{written.text}{key}: again\n", (start, start + len(key))


def _duplicate_key_in_flow(dice: Dice, written: Written) -> Planted:
    inside = {path[:-1] for path in written.keys if len(path) > 1}
    flow = [
        path
        for path, (start, _) in written.values.items()
        if path in inside and written.text[start] == "{" and written.text[start + 1 : start + 4] != "<<:"
    ]
    if not flow:
        return None
    path = pick(dice, flow)
    start = written.values[path][0] + 1
    children = [key for key in written.keys if key[:-1] == path and _within(written.keys[key], written.values[path])]
    child = pick(dice, children)
    added = f" {child[-1]}: again,"
    place = written.keys[child]
    text = written.text[:start] + added + written.text[start:]
    return text, (place[0] + len(added), place[1] + len(added))


def _within(inner: Range, outer: Range) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _tag(dice: Dice, written: Written) -> Planted:
    own = [
        path
        for path, (start, end) in written.values.items()
        if end > start
        and written.text[start] not in "*{[-"
        and path in written.keys
        and not str(path[0]).startswith("x-")
        if not any(len(other) > len(path) and other[: len(path)] == path for other in written.values)
    ]
    if not own:
        return None
    start = written.values[pick(dice, own)][0]
    tag = pick(dice, ("!secret", "!include", "!!binary"))
    return f"{written.text[:start]}{tag} {written.text[start:]}", (start, start + len(tag))


def _not_utf8(_dice: Dice, written: Written) -> Planted:
    text = written.text + "# caf"
    return text.encode() + b"\xe9\n", (len(text), len(text) + 1)


def _too_deep(_dice: Dice, written: Written) -> Planted:
    added = f"x-deep: {'[' * _DEEPEST}{']' * _DEEPEST}\n"
    place = len(written.text) + added.index("[") + _DEEPEST - 1
    return written.text + added, (place, place + 1)


def _too_long(_dice: Dice, written: Written) -> Planted:
    return f"{written.text}x-long: {'a' * _MOST_BYTES}\n", (0, 0)


def _unclosed_bracket(_dice: Dice, written: Written) -> Planted:
    text = written.text + "x-more: [1, 2\n"
    return text, (len(text), len(text))


_CONFLICT = "<<<<<<< HEAD\nx-a: 1\n=======\nx-a: 2\n>>>>>>> theirs\n"
_OWN: tuple[tuple[str, str, Callable[[Dice, Written], Planted]], ...] = (
    ("IMG001", "unclosed-bracket", _unclosed_bracket),
    ("IMG002", "duplicate-top-key", _duplicate_top_key),
    ("IMG002", "duplicate-matrix", _duplicate_matrix),
    ("IMG002", "duplicate-key-in-flow", _duplicate_key_in_flow),
    ("IMG003", "tag", _tag),
    ("IMG004", "not-utf-8", _not_utf8),
    ("IMG008", "too-deep", _too_deep),
    ("IMG008", "too-many-bytes", _too_long),
)
TEXTS: tuple[TextPlanter, ...] = (
    *(TextPlanter(name, code, plant) for code, name, plant in _OWN),
    _appended("IMG001", "control-character", "x-more: a\x07b\n", "\x07"),
    _appended("IMG001", "unclosed-quote", 'x-more: "never closed\n', '"'),
    _appended("IMG001", "tab-indents", "x-more:\n\tdeep: 1\n", "\t"),
    _appended("IMG001", "unknown-escape", 'x-more: "a \\q b"\n', "\\"),
    _appended("IMG001", "alias-without-anchor", "x-more: *nowhere\n", "*nowhere"),
    _appended("IMG001", "value-starts-with-at", "x-more: @home\n", "@"),
    _appended("IMG005", "merge-conflict", _CONFLICT, "<<<<<<< HEAD"),
    _appended("IMG006", "second-document", "---\nimagenspec: 1\n", "---"),
    _appended("IMG007", "recursive-alias", "x-loop: &loop [*loop]\n", "*loop"),
    _appended("IMG009", "list-as-key", "? [a]\n: b\n", "[a]"),
    _appended("IMG009", "merge-of-a-number", "<<: 3\n", "3"),
    _before("IMG012", "old-yaml-version", "%YAML 1.1\n---\n", "%YAML 1.1"),
    _before("IMG901", "unused-ignore-file", "# imagenspec: ignore-file[IMG305] why\n", "IMG305"),
    _appended(
        "IMG901", "unused-ignore", "# imagenspec: ignore[seed-with-watermark] why\nx-more: 1\n", "seed-with-watermark"
    ),
    _appended("IMG901", "unused-ignore-at-the-end", "x-more: 1  # imagenspec: ignore[IMG020]\n", "IMG020"),
    _before("IMG902", "unknown-ignore", "# imagenspec: ignore-file[IMG999] why\n", "IMG999"),
    _appended(
        "IMG902", "misspelt-ignore", "x-more: 1  # imagenspec: ignore[sed-with-watermark]\n", "sed-with-watermark"
    ),
    _appended("IMG903", "malformed-ignore", "x-more: 1  # imagenspec: ignore\n", "# imagenspec: ignore"),
    _appended("IMG903", "late-ignore-file", "# imagenspec: ignore-file[IMG305]\n", "# imagenspec: ignore-file[IMG305]"),
    _before("IMG904", "not-ignorable", "# imagenspec: ignore-file[IMG101] why\n", "IMG101"),
)
"""Mistakes that can be made in any text."""
