"""What recipes without a finding are made of: models, pictures, parameters, and what every recipe may have."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from imagenspec.catalog.limits import default, limit
from planting.dice import chance, pick, shuffled, some
from planting.drafts import Draft

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planting.dice import Dice

GENERATE = (
    "imagen-4.0-generate-001",
    "imagen-4.0-ultra-generate-001",
    "imagen-4.0-fast-generate-001",
    "imagen-3.0-generate-002",
    "imagen-3.0-generate-001",
    "imagen-3.0-fast-generate-001",
)
OLD = ("imagegeneration@006", "imagegeneration@005", "imagegeneration@002")
OLD_DAY = date(2025, 6, 1)
CAPABILITY = "imagen-3.0-capability-001"
MODELS = {
    "customize": CAPABILITY,
    "edit": CAPABILITY,
    "upscale": "imagen-4.0-upscale-preview",
    "try_on": "virtual-try-on-preview-08-04",
    "recontext": "imagen-product-recontext-preview-06-30",
    "segment": "image-segmentation-001",
}
RATIOS = ("1:1", "3:4", "4:3", "9:16", "16:9")
SCENES = ("a white cup on a table", "snow in May", "a harbour at dusk: boats, gulls, lamps", "café au lait, 4 cups")
_SAFETY = ("block_low_and_above", "block_medium_and_above", "block_only_high")
_PEOPLE = ("dont_allow", "allow_adult")
LANGUAGES = ("auto", "en", "hi", "ja", "ko")


def image(dice: Dice, name: str) -> Any:
    """Return a picture of the project, or one in Cloud Storage, as a recipe may name it."""
    kind = "image/jpeg" if name.endswith(".jpg") else "image/png"
    written: Sequence[Any] = (name, name, {"file": name}, {"file": name, "mime_type": kind}, "gs://bucket/a b.png")
    return pick(dice, (*written, {"gcs": "gs://bucket/folder/a.png"}, f"folder/../{name}"))


def settings_of(dice: Dice, task: str, model: str, choices: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """Return some parameters of a task, and a seed that holds or none."""
    common: dict[str, Callable[[], Any]] = {"sample_count": lambda: dice.number(1, 4)}
    if limit(model, "parameter:personGeneration") is None or taken(model, "personGeneration"):
        common |= {"person_generation": lambda: pick(dice, _PEOPLE), "safety_setting": lambda: pick(dice, _SAFETY)}
    common |= {
        "storage_uri": lambda: pick(dice, ("gs://bucket/cups/", "gs://bucket/a/b")),
        "output_options": lambda: _output(dice),
        **choices,
    }
    found = {key: make() for key, make in common.items() if chance(dice)}
    if task != "upscale" and chance(dice):
        found |= {"seed": dice.number(1, 2_147_483_647), "add_watermark": False}
        if _default_is_on(model) or "enhance_prompt" in found:
            found["enhance_prompt"] = False
    elif chance(dice):
        found["add_watermark"] = chance(dice)
    return found


def taken(model: str, parameter: str) -> bool:
    known = limit(model, f"parameter:{parameter}")
    return known is not None and bool(known.value)


def _default_is_on(model: str) -> bool:
    return bool(default(model, "enhancePrompt"))


def _output(dice: Dice) -> dict[str, Any]:
    if chance(dice):
        return {"mime_type": "image/jpeg", "compression_quality": dice.number(0, 100)}
    return {"mime_type": pick(dice, ("image/png", "image/jpeg"))}


def draft(dice: Dice, task: str, model: str, body: dict[str, Any], settings: dict[str, Any]) -> Draft:
    """Return a recipe with what every recipe may have."""
    data: dict[str, Any] = {"imagenspec": 1, "task": task, "model": model, **body}
    if settings:
        data["parameters"] = {key: settings[key] for key in shuffled(dice, list(settings))}
    notes: dict[str, Any] = {
        "description": "a note for people",
        "tags": ["cups", "2026 spring"],
        "labels": {"team": "studio", "cost-centre": "a-1_2"},
        "x-note": {"seed": "1", "no such key": [None, 1.5]},
    }
    data |= {key: notes[key] for key in some(dice, list(notes))}
    return Draft(data, day=OLD_DAY if model in OLD else None)


def with_variable(dice: Dice, made: Draft) -> Draft:
    """Let a variable or an axis write part of the prompt."""
    if chance(dice, 3):
        made.data["prompt"] += " in {{ season }}"
        if chance(dice):
            made.data["vars"] = {"season": pick(dice, ("spring", 2026, True))}
        else:
            made.data["matrix"] = {"season": ["spring", "late autumn"]}
            if chance(dice):
                made.data["vars"] = {"season": "summer"}
                made.data["matrix"]["exclude"] = [{"season": "spring"}]
    return made
