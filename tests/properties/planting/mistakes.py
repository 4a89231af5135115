"""What people get wrong about any field: its name, its type, its value, its spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from planting.dice import pick
from planting.drafts import Key, Origin, Value, defect
from planting.writing import Verbatim, at

if TYPE_CHECKING:
    from collections.abc import Callable

    from planting.dice import Dice
    from planting.drafts import Defect, Draft
    from planting.writing import Path

_WRONG: dict[str, tuple[Any, ...]] = {
    "string": (3, True, ["a cup"], {"text": "a cup"}),
    "integer": ("many", True, [1], {"value": 1}, 1.5, Verbatim("two")),
    "number": ("many", True, [0.5], {"value": 0.5}),
    "boolean": (1, "maybe", Verbatim("yes"), [True], {"value": True}),
    "object": ("text", 3, ["a"], False),
    "array": ("text", 3, {"a": 1}, True),
    "image": (3, True, ["raw.png"]),
}


class Mistake(NamedTuple):
    """A way to get a field wrong.

    Attributes:
        name: What it is called.
        code: The code that it leads to.
        make: Puts it into a recipe, at the path of the field, and says what was done; or leaves the recipe alone.
        needs_value: Whether the field must be there, with a value that is right.
    """

    name: str
    code: str
    make: Callable[[Dice, Draft, Path], Defect | None]
    needs_value: bool = False


def put(draft: Draft, path: Path, value: Any) -> None:
    """Set the value at a path, or rename the key that it ends in, at its place."""
    at(draft.data, path[:-1])[path[-1]] = value


def rename(draft: Draft, path: Path, name: str) -> Path:
    """Give the key at the end of a path another name; it stays where it is."""
    parent = at(draft.data, path[:-1])
    entries = list(parent.items())
    parent.clear()
    parent.update((name if key == path[-1] else key, value) for key, value in entries)
    return (*path[:-1], name)


def mistakes(row: dict[str, Any]) -> list[Mistake]:
    """Return the ways to get a field of ``schemas/data/fields.json`` wrong."""
    found = [_misspelt, Mistake("null", "IMG108", _empty), *_wrong_types(row)]
    found += [*_out_of_range(row), *_wrong_words(row), *_wrong_counts(row)]
    if row["type"] in ("integer", "number"):
        found.append(_written("quoted-number", "IMG103", lambda dice: _quoted(dice, row)))
    return found


def _written(name: str, code: str, value: Callable[[Dice], Any]) -> Mistake:
    def make(dice: Dice, draft: Draft, path: Path) -> Defect:
        put(draft, path, value(dice))
        return defect(code, Value(path), path)

    return Mistake(name, code, make)


def _misspell(dice: Dice, draft: Draft, path: Path) -> Defect:
    if at(draft.data, path) is None:
        put(draft, path, 1)
    word = str(path[-1])
    place = dice.number(1, len(word) - 1)
    slips = (f"{word[:place]}{word[place - 1]}{word[place:]}", f"{word}x", f"{word[:place]}qq{word[place:]}")
    wrong = rename(draft, path, pick(dice, slips))
    return defect("IMG101", Key(wrong), path, wrong)


_misspelt = Mistake("misspelt", "IMG101", _misspell)


def _empty(dice: Dice, draft: Draft, path: Path) -> Defect:
    nothing = pick(dice, ("null", "~", "Null", ""))
    put(draft, path, Verbatim(nothing))
    return defect("IMG108", Value(path) if nothing or isinstance(path[-1], int) else Key(path), path)


def _wrong_types(row: dict[str, Any]) -> list[Mistake]:
    kind = "object" if row["recipe"] == ["references"] else row["type"]
    return [_written("wrong-type", "IMG103", lambda dice: pick(dice, _WRONG[kind]))]


def _quoted(dice: Dice, row: dict[str, Any]) -> Verbatim:
    number = row.get("minimum", row.get("default", 1))
    return Verbatim(pick(dice, (f'"{number}"', f"'{number}'")))


def _out_of_range(row: dict[str, Any]) -> list[Mistake]:
    step = 1 if row["type"] == "integer" else 0.5
    bad = []
    if "minimum" in row:
        bad += [("below", row["minimum"] - step), ("far-below", row["minimum"] - 10**6)]
    if "maximum" in row:
        bad += [("above", row["maximum"] + step), ("far-above", row["maximum"] + 10**6)]
    if "exclusiveMinimum" in row:
        bad.append(("on-the-lower-edge", row["exclusiveMinimum"]))
    if "exclusiveMaximum" in row:
        bad += [("on-the-upper-edge", row["exclusiveMaximum"]), ("above", row["exclusiveMaximum"] + step)]
    if "excluded" in row:
        bad.append(("excluded", row["excluded"]["maximum"]))
    return [_written(name, "IMG105", lambda _dice, value=value: value) for name, value in bad]  # type: ignore[misc]


def _wrong_words(row: dict[str, Any]) -> list[Mistake]:
    words = [value["wire"].removeprefix(row.get("prefix", "")).lower() for value in row.get("values", ())]
    if words:
        near = words[-1][:-1] + "q" + words[-1][-1]
        return [_written("unknown-word", "IMG104", lambda dice: pick(dice, ("no_such_word", near, "")))]
    if "pattern" in row and row["wire"].startswith("parameters."):
        malformed = ("bucket/cups/", "s3://bucket/cups", "gs://bucket", "https://storage.googleapis.com/b/c")
        return [_written("malformed", "IMG106", lambda dice: pick(dice, malformed))]
    return []


def _wrong_counts(row: dict[str, Any]) -> list[Mistake]:
    if row["wire"].endswith("maskClasses"):
        six = ["cat", "dog", "bird", "horse", "sheep", "cow"]
        return [
            _written("too-many", "IMG107", lambda _dice: six),
            _written("too-few", "IMG107", lambda _dice: []),
        ]
    if row["wire"] == "instances[].productImages":
        many = ["shirt.png"] * (row["maxItems"] + 1)
        return [_written("too-many", "IMG107", lambda _dice: many), _written("too-few", "IMG107", lambda _dice: [])]
    if row["wire"] == "instances[].referenceImages":
        return [_written("too-few", "IMG107", lambda _dice: {})]
    return []


def wire_spellings(row: dict[str, Any], path: Path) -> list[Mistake]:
    """Return the ways to spell a field as the wire does, which is understood."""
    found = []
    wire = row["wire"].rsplit(".", 1)[-1]
    if len(path) > 1 and wire != path[-1] and "[]" not in wire and not row["wire"].startswith("Image."):

        def respell(_dice: Dice, draft: Draft, path: Path) -> Defect:
            spelt = rename(draft, path, wire)
            return defect("IMG109", Key(spelt), path, spelt)

        found.append(Mistake("wire-key", "IMG109", respell, needs_value=True))
    values = {
        value["wire"].removeprefix(row.get("prefix", "")).lower(): value["wire"] for value in row.get("values", ())
    }
    if any(word != wire for word, wire in values.items()):
        found.append(Mistake("wire-word", "IMG109", _wire_word(values), needs_value=True))
    if wire == "safetySetting":
        found.append(Mistake("older-word", "IMG115", _older_word, needs_value=True))
    return found


def _older_word(_dice: Dice, draft: Draft, path: Path) -> Defect | None:
    word = {"block_low_and_above": "block_most", "block_medium_and_above": "block_some"}.get(str(at(draft.data, path)))
    if word is None:
        return None
    put(draft, path, word)
    return defect("IMG115", Origin(path), path)


def _wire_word(values: dict[str, str]) -> Callable[[Dice, Draft, Path], Defect | None]:
    def respell(_dice: Dice, draft: Draft, path: Path) -> Defect | None:
        word = at(draft.data, path)
        if not isinstance(word, str) or values.get(word, word) == word:
            return None
        put(draft, path, values[word])
        return defect("IMG109", Origin(path), path)

    return respell
