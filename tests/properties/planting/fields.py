"""Every documented field of every task, got wrong in every way that its type allows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from imagenspec.catalog.tables import rows
from planting.dice import pick
from planting.drafts import Planter
from planting.mistakes import mistakes, wire_spellings
from planting.recipes import RECIPES
from planting.writing import at, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planting.dice import Dice
    from planting.drafts import Defect, Draft
    from planting.mistakes import Mistake
    from planting.writing import Path

_TRIES = 400
_AROUND_IMAGES = ("instances[].personImage", "instances[].scribble")
"""Members of the wire around an image, which a recipe names without them."""
_KINDS = {"mask": "mask", "control": "control", "subject": "subject", "style": "style"}
_ALWAYS_TOLD = {
    ("customize", "base_steps"): "IMG312 speaks of the field itself",
    ("edit", "base_steps"): "IMG312 speaks of the field itself",
}
"""Fields that no recipe has without a finding: they can be got wrong, but not be spelt as on the wire and be fine."""


def field_planters() -> Iterator[Planter]:
    """Yield a planter for each task, field and mistake."""
    for row in rows("fields"):
        if row["in"] != "request" or row["wire"] in _AROUND_IMAGES:
            continue
        for task in row["tasks"]:
            for place in row["recipe"]:
                if task == "generate" and row["wire"].startswith("Image."):
                    continue
                yield from _of_field(task, tuple(place.split(".")), row)


def _of_field(task: str, pattern: tuple[str, ...], row: dict[str, Any]) -> Iterator[Planter]:
    if task == "customize" and pattern[0] in ("image", "mask"):
        return
    spellings = [] if (task, pattern[-1]) in _ALWAYS_TOLD and len(pattern) == 2 else wire_spellings(row, pattern)
    if row["wire"].startswith("Image."):
        pattern = ("<image>", pattern[-1])
    for mistake in (*mistakes(row), *spellings):
        name = f"{task}:{'.'.join(pattern)}:{mistake.name}"
        if pattern == ("references", "*", "description"):
            name += f":{row['wire'].rsplit('.', 1)[-1]}"
        plant = partial(_plant, task=task, pattern=pattern, row=row, mistake=mistake)
        yield Planter(name, mistake.code, partial(_base, task=task, plant=plant), plant)


def _base(dice: Dice, *, task: str, plant: partial[Defect | None]) -> Draft:
    """Return a recipe in which the mistake can be made."""
    for _ in range(_TRIES):
        draft = RECIPES[task](dice)
        if places(draft, plant.keywords["pattern"], plant.keywords["row"], plant.keywords["mistake"]):
            return draft
    raise AssertionError(f"no recipe of task {task} has {plant.keywords['pattern']}")


def _plant(
    dice: Dice, draft: Draft, *, task: str, pattern: tuple[str, ...], row: dict[str, Any], mistake: Mistake
) -> Defect | None:
    found = places(draft, pattern, row, mistake) if draft.task == task else []
    return mistake.make(dice, draft, pick(dice, found)) if found else None


def places(draft: Draft, pattern: tuple[str, ...], row: dict[str, Any], mistake: Mistake) -> list[Path]:
    """Return where in a recipe a field stands, or could stand if the mistake needs no value that is right."""
    if pattern[0] == "<image>":
        return [
            (*path, pattern[1])
            for path, value in walk(draft.data)
            if isinstance(value, dict) and pattern[1] in value and ("file" in value or "gcs" in value)
        ]
    parents: list[Path] = [()]
    for step in pattern[:-1]:
        parents = [path for parent in parents for path in _below(draft, parent, step)]
    fitting = [parent for parent in parents if _fits(draft, parent, row)]
    here = [(*parent, pattern[-1]) for parent in fitting if _has(draft, (*parent, pattern[-1]))]
    may_be_added = pattern[0] == "parameters" or pattern[-1] in ("description", "dilation", "compute", "id")
    if mistake.needs_value:
        return [path for path in here if mistake.name != "wire-word" or at(draft.data, path) in _respelt(row)]
    return here or ([(*parent, pattern[-1]) for parent in fitting] if may_be_added else [])


def _respelt(row: dict[str, Any]) -> list[str]:
    """Return the words of a field that the wire spells in another way."""
    wires = [value["wire"] for value in row["values"]]
    words = {wire.removeprefix(row.get("prefix", "")).lower(): wire for wire in wires}
    return [word for word, wire in words.items() if word != wire]


def _below(draft: Draft, parent: Path, step: str) -> list[Path]:
    value = at(draft.data, parent)
    if step == "*":
        keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
        return [(*parent, key) for key in keys]
    if step not in value:
        return []
    return [(*parent, step)]


def _has(draft: Draft, path: Path) -> bool:
    parent = at(draft.data, path[:-1])
    return isinstance(parent, dict) and path[-1] in parent


def _fits(draft: Draft, parent: Path, row: dict[str, Any]) -> bool:
    """Tell whether a mapping may have the field: a reference only those of its kind, a picture nothing but its own."""
    value = at(draft.data, parent)
    if not isinstance(value, dict):
        return False
    if parent[:1] == ("products",):
        return "file" not in value and "gcs" not in value
    if len(parent) != 2 or parent[0] != "references":
        return True
    kind = next((kind for config, kind in _KINDS.items() if f"{config}ImageConfig" in row["wire"]), None)
    return kind is None or kind in value
