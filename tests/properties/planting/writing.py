"""Writes a recipe in somebody's hand, and remembers where each key and each value came to stand."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from planting.dice import chance, pick, shuffled, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planting.dice import Dice

Path: TypeAlias = tuple[str | int, ...]
Range: TypeAlias = tuple[int, int]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _./-]*(?<! )")
_OTHER_WORDS = frozenset(["null", "true", "false", "y", "n", "yes", "no", "on", "off"])
_FOLDABLE = re.compile(r"[A-Za-z0-9,.-][^\n#:]*")
_ORDERED = ("matrix", "references")
"""Mappings whose order means something, so that nothing is merged into them."""
_NOTES = ("# a note", "#", "# seed: 1", "# imagen: {", "#  - item")


class Verbatim(NamedTuple):
    """A scalar that is written as it is given."""

    text: str


NOTHING = Verbatim("")


class Written(NamedTuple):
    """A text, and where the keys and values of its data stand in it.

    Attributes:
        text: The text.
        keys: By path, the range of a key.
        values: By path, the range of a value; of an alias, that of the alias.
        anchored: By path, the range of the value that an alias repeats.
    """

    text: str
    keys: dict[Path, Range]
    values: dict[Path, Range]
    anchored: dict[Path, Range]


def write(dice: Dice, data: dict[str, Any]) -> Written:
    """Return data as YAML: block and flow, quoting styles, comments, anchors and merges, as the dice fall."""
    hand = _Hand(dice, data)
    hand.recipe(data)
    return Written("".join(hand.pieces), hand.keys, hand.values, hand.anchored)


class _Hand:
    def __init__(self, dice: Dice, data: dict[str, Any]) -> None:
        self.dice = dice
        self.pieces: list[str] = []
        self.length = 0
        self.keys: dict[Path, Range] = {}
        self.values: dict[Path, Range] = {}
        self.anchored: dict[Path, Range] = {}
        self.newline = "\r\n" if chance(dice, 6) else "\n"
        self.step = pick(dice, (2, 2, 4))
        self.notes = chance(dice, 3)
        self.shared: Path | None = None
        self.merged: tuple[str, ...] = ()
        self._share(data)

    def _share(self, data: dict[str, Any]) -> None:
        """Choose a value that is written once with an anchor, or part of a mapping that is merged."""
        if not chance(self.dice, 4):
            return
        mappings = [key for key, value in data.items() if isinstance(value, dict) and value and key not in _ORDERED]
        if mappings and chance(self.dice):
            key = pick(self.dice, mappings)
            self.shared = (key,)
            self.merged = tuple(some(self.dice, list(data[key])))
            return
        scalars = [path for path, value in walk(data) if _can_be_shared(path, value)]
        self.shared = pick(self.dice, scalars) if scalars else None

    def put(self, text: str) -> Range:
        start = self.length
        self.pieces.append(text)
        self.length += len(text)
        return start, self.length

    def recipe(self, data: dict[str, Any]) -> None:
        if self.shared is not None:
            value = at(data, self.shared)
            if self.merged:
                value = {key: value[key] for key in self.merged}
            self.keys["x-shared",] = self.put("x-shared")
            self.put(": &same")
            range_ = self._value(value, self.shared, self.step, flow=False)
            self.put(self.newline)
            self.anchored[self.shared] = range_
        self._entries(data, (), 0)

    def _entries(self, data: dict[str, Any], path: Path, indent: int) -> Range:
        """Write a block mapping whose first key stands here already; leave its last line open."""
        start, end = self.length, self.length
        for index, (key, value) in enumerate(data.items()):
            if index:
                self._line(indent)
            if self.notes and indent == 0 and chance(self.dice, 4):
                self.put(pick(self.dice, _NOTES) + self.newline)
            range_ = self._key(key, (*path, key))
            start = start if index else range_[0]
            self.put(":")
            end = self._entry_value(value, (*path, key), indent + self.step, flow=False)[1]
            if not indent and index == len(data) - 1:
                self._line(0)
        return start, end

    def _line(self, indent: int) -> None:
        if not self.pieces or not self.pieces[-1].endswith("\n"):
            self.put(self.newline)
        self.put(" " * indent)

    def _key(self, key: str, path: Path) -> Range:
        quoted = not _PLAIN.fullmatch(key) or key.lower() in _OTHER_WORDS or chance(self.dice, 12)
        self.keys[path] = self.put(json.dumps(key, ensure_ascii=False) if quoted else key)
        return self.keys[path]

    def _entry_value(self, value: Any, path: Path, indent: int, *, flow: bool) -> Range:
        if path == self.shared and not self.merged:
            self.put(" ")
            self.values[path] = self.put("*same")
            if flow:
                self.put(" ")
            return self.values[path]
        if path == self.shared:
            return self._with_merge(value, path, indent)
        return self._value(value, path, indent, flow=flow)

    def _with_merge(self, value: dict[str, Any], path: Path, indent: int) -> Range:
        own = {key: each for key, each in value.items() if key not in self.merged}
        if chance(self.dice) or not own:
            start = self.put(" {")[0] + 1
            self.put("<<: *same ")
            for key, each in own.items():
                self.put(", ")
                self._key(key, (*path, key))
                self.put(":")
                self._entry_value(each, (*path, key), indent, flow=True)
            end = self.put("}")[1]
        else:
            self._line(indent)
            start = self.put("<<: *same")[0]
            self._line(indent)
            end = self._entries(own, path, indent)[1]
        self.values[path] = (start, end)
        return start, end

    def _value(self, value: Any, path: Path, indent: int, *, flow: bool) -> Range:
        """Write a value behind a ``:``, ``-`` or ``,``; return its range."""
        block = not flow and bool(value) and isinstance(value, (dict, list)) and chance(self.dice)
        if block and isinstance(value, dict):
            self._line(indent)
            range_ = self._entries(value, path, indent)
        elif block:
            range_ = self._items(value, path, indent)
        elif isinstance(value, (dict, list)):
            range_ = self._flow(value, path, indent)
        else:
            range_ = self._scalar(value, indent, flow=flow)
        self.values[path] = range_
        return range_

    def _items(self, items: list[Any], path: Path, indent: int) -> Range:
        start = end = self.length
        for index, item in enumerate(items):
            self._line(indent)
            dash = self.put("-")[0]
            start = start if index else dash
            end = self._entry_value(item, (*path, index), indent + self.step, flow=False)[1]
        return start, end

    def _flow(self, value: Any, path: Path, indent: int) -> Range:
        opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
        start = self.put(" " + opening)[0] + 1
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for index, (key, each) in enumerate(pairs):
            if index:
                self.put(", " if chance(self.dice, 3) else ",")
            if isinstance(value, dict):
                self.put(" ")
                self._key(key, (*path, key))
                self.put(":")
            self._entry_value(each, (*path, key), indent, flow=True)
        return start, self.put(closing)[1]

    def _scalar(self, value: Any, indent: int, *, flow: bool) -> Range:
        if isinstance(value, Verbatim):
            written = value.text
        elif isinstance(value, str):
            return self._text(value, indent, flow=flow)
        else:
            written = json.dumps(value)
        self.put(" ")
        range_ = self.put(written)
        if self.notes and not flow and chance(self.dice, 3):
            self.put("  # so it is")
        return range_

    def _text(self, text: str, indent: int, *, flow: bool) -> Range:
        self.put(" ")
        style = pick(self.dice, list(_styles(text, flow=flow)))
        if style == "":
            range_ = self.put(text)
        elif style == "'":
            range_ = self.put("'" + text.replace("'", "''") + "'")
        elif style == '"':
            range_ = self.put(json.dumps(text, ensure_ascii=False))
        else:
            lines = self._folded(text) if style == ">" else [text]
            start = self.put(f"{style}-")[0]
            for line in lines:
                self.put(self.newline + " " * indent + line)
            return start, self.put(self.newline)[1]
        if self.notes and not flow and chance(self.dice, 3):
            self.put("  # so it is")
        return range_

    def _folded(self, text: str) -> list[str]:
        words = text.split(" ")
        place = self.dice.number(1, len(words))
        return [line for line in (" ".join(words[:place]), " ".join(words[place:])) if line]


def _styles(text: str, *, flow: bool) -> Iterator[str]:
    yield '"'
    if "\n" in text or not text.isprintable():
        return
    yield "'"
    if _PLAIN.fullmatch(text) and text.lower() not in _OTHER_WORDS:
        yield from ("", "", "")
    if not flow and _FOLDABLE.fullmatch(text) and text == " ".join(text.split()):
        yield "|"
        yield ">"


def _can_be_shared(path: Path, value: Any) -> bool:
    if isinstance(value, (dict, list)) or value == NOTHING:
        return False
    return path[0] not in ("imagenspec", "task", "matrix") and not str(path[0]).startswith("x-")


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value of plain data with its path, parents first."""
    if path:
        yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from walk(child, (*path, key))


def at(data: Any, path: Path) -> Any:
    """Return the value at a path, or nothing where there is none."""
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def mixed(dice: Dice, data: dict[str, Any]) -> dict[str, Any]:
    """Return a recipe with its keys in another order, where order means nothing."""
    return {key: _mixed(dice, value, key) for key, value in ((key, data[key]) for key in shuffled(dice, list(data)))}


def _mixed(dice: Dice, value: Any, key: str) -> Any:
    if not isinstance(value, dict) or key == "matrix":
        return value
    keys = list(value) if key == "references" else shuffled(dice, list(value))
    return {name: _mixed(dice, value[name], name) for name in keys}
