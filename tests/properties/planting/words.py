"""Mistakes about variables, templates and the matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planting.capability import customize
from planting.dice import chance, pick
from planting.drafts import Key, Needle, Planter, Value, defect
from planting.recipes import any_recipe, generate
from planting.writing import at

if TYPE_CHECKING:
    from collections.abc import Callable

    from planting.dice import Dice
    from planting.drafts import Defect, Draft
    from planting.writing import Path

_MATRIX: Path = ("matrix",)
_TEXTS: tuple[Path, ...] = (("prompt",), ("references",), ("parameters", "negative_prompt"), _MATRIX, ("vars",))


def _text(dice: Dice, draft: Draft) -> Path | None:
    """Return where a template may stand: a text that nothing else is asked of."""
    found: list[Path] = [("prompt",)] if draft.task in ("generate", "customize", "edit", "recontext") else []
    if "negative_prompt" in draft.data.get("parameters", {}):
        found.append(("parameters", "negative_prompt"))
    found += [
        ("references", name, "description")
        for name, one in draft.data.get("references", {}).items()
        if "description" in one
    ]
    return pick(dice, found) if found else None


def _add(draft: Draft, path: Path, words: str) -> None:
    at(draft.data, path[:-1])[path[-1]] += words


def _undefined(dice: Dice, draft: Draft) -> Defect | None:
    path = _text(dice, draft)
    if path is None:
        return None
    _add(draft, path, " {{ nowhere }}")
    return defect("IMG602", Needle("nowhere"), path, ("vars",), ("references",), _MATRIX)


def _undefined_attribute(dice: Dice, draft: Draft) -> Defect | None:
    names = list(draft.data.get("references", {}))
    if not names:
        return None
    name = pick(dice, names)
    _add(draft, ("prompt",), f" {{{{ {name}.colour }}}}")
    return defect("IMG602", Needle(f"{name}.colour"), ("prompt",), ("references",), ("vars",))


def _refused(dice: Dice, draft: Draft) -> Defect | None:
    path = _text(dice, draft)
    if path is None:
        return None
    _add(draft, path, f" {{{{ {pick(dice, ('lipsum()', 'range(9)'))} }}}}")
    return defect("IMG604", Needle("("), path, ("vars",), ("references",))


def _unclosed(dice: Dice, draft: Draft) -> Defect | None:
    path = _text(dice, draft)
    if path is None or "{{" in at(draft.data, path):
        return None  # the engine knows no more than the line of such a mistake
    _add(draft, path, " {%if")
    return defect("IMG601", Needle("{%if"), path, ("vars",), ("references",))


def _unused_variable(_dice: Dice, draft: Draft) -> Defect | None:
    draft.data.setdefault("vars", {})["forgotten"] = "spring"
    return defect("IMG603", Key(("vars", "forgotten")), ("vars",), *_TEXTS)


def _unused_axis(_dice: Dice, draft: Draft) -> Defect | None:
    draft.data.setdefault("matrix", {})["forgotten"] = [1, 2]
    return defect("IMG603", Key(("matrix", "forgotten")), *_TEXTS)


def _shadowed(dice: Dice, draft: Draft) -> Defect | None:
    names = [name for name in draft.data.get("references", {}) if f"{{{{ {name} }}}}" in draft.data["prompt"]]
    if not names:
        return None
    name = pick(dice, names)
    draft.data.setdefault("vars", {})[name] = "a man"
    return defect("IMG605", Key(("vars", name)), ("vars", name), ("references",), ("prompt",), _MATRIX)


_AXES: tuple[tuple[str, Any, str], ...] = (
    ("parameters.add_watermark", True, "value"),
    ("labels.team", [], "value"),
    ("labels.team", "9..1", "value"),
    ("nothing.such", ["a"], "key"),
    ("sample_count", [1, 2], "key"),
    ("my axis", ["a"], "key"),
    ("prompt.words", ["a"], "key"),
)


def _bad_axis(dice: Dice, draft: Draft) -> Defect | None:
    name, value, where = pick(dice, _AXES)
    if draft.task == "segment" and name in ("parameters.add_watermark", "sample_count"):
        return None
    if name == "sample_count" and draft.task == "upscale":
        return None
    draft.data.setdefault("matrix", {})[name] = value
    path = ("matrix", name)
    top = name.split(".", maxsplit=1)[0]
    return defect("IMG121", Value(path) if where == "value" else Key(path), _MATRIX, (top,), ("vars",), ("prompt",))


def _no_such_axis(dice: Dice, draft: Draft) -> Defect | None:
    if "season" not in draft.data.get("matrix", {}):
        return None
    key = pick(dice, ("exclude", "include"))
    draft.data["matrix"][key] = [{"season": "spring", "weather": "rain"}]
    return defect("IMG121", Key(("matrix", key, 0, "weather")), _MATRIX, ("vars",), ("prompt",))


def _too_many_cases(_dice: Dice, draft: Draft) -> Defect | None:
    draft.data.setdefault("labels", {})["team"] = "a"
    draft.data.setdefault("matrix", {})["labels.team"] = "1..10001"
    return defect("IMG122", Value(("matrix", "labels.team")), _MATRIX, ("labels",), ("vars",), ("prompt",))


def _twice(dice: Dice, draft: Draft) -> Defect | None:
    if "season" not in draft.data.get("matrix", {}):
        return None
    values = draft.data["matrix"]["season"]
    values.append(values[dice.number(0, 1)])
    return defect("IMG123", Value(("matrix", "season", 2)), _MATRIX, ("prompt",))


def _idle_exclusion(dice: Dice, draft: Draft) -> Defect | None:
    if "season" not in draft.data.get("matrix", {}):
        return None
    excluded = [{"season": "winter"}]
    index = 0
    if "exclude" in draft.data["matrix"] and chance(dice):
        excluded.insert(0, {"season": "spring"})
        index = 1
    draft.data["matrix"]["exclude"] = excluded
    return defect("IMG124", Value(("matrix", "exclude", index)), _MATRIX, ("prompt",))


_PLANTS: tuple[tuple[str, str, Callable[[Dice], Draft], Callable[[Dice, Draft], Defect | None]], ...] = (
    ("bad-axis", "IMG121", any_recipe, _bad_axis),
    ("no-such-axis", "IMG121", generate, _no_such_axis),
    ("too-many-cases", "IMG122", any_recipe, _too_many_cases),
    ("twice", "IMG123", generate, _twice),
    ("idle-exclusion", "IMG124", generate, _idle_exclusion),
    ("unclosed", "IMG601", any_recipe, _unclosed),
    ("undefined", "IMG602", any_recipe, _undefined),
    ("undefined-attribute", "IMG602", customize, _undefined_attribute),
    ("unused-variable", "IMG603", any_recipe, _unused_variable),
    ("unused-axis", "IMG603", any_recipe, _unused_axis),
    ("refused", "IMG604", any_recipe, _refused),
    ("shadowed", "IMG605", customize, _shadowed),
)
WORDS = tuple(Planter(name, code, base, plant) for name, code, base, plant in _PLANTS)
