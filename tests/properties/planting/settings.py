"""Mistakes about models and parameters: what the model has not, what goes against each other, what the matrix names."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from imagenspec.catalog.limits import default, limit
from imagenspec.catalog.models import models
from planting.capability import customize, edit
from planting.dice import chance, pick
from planting.drafts import Key, Origin, Planter, Value, defect
from planting.parts import OLD
from planting.recipes import any_recipe, generate, recontext, segment, try_on
from planting.writing import Verbatim, at

if TYPE_CHECKING:
    from collections.abc import Callable

    from planting.dice import Dice
    from planting.drafts import Defect, Draft
    from planting.writing import Path

_MODEL: Path = ("model",)
_SEED: Path = ("parameters", "seed")
_WATERMARK: Path = ("parameters", "add_watermark")
_ENHANCER: Path = ("parameters", "enhance_prompt")
_OPTIONS: Path = ("parameters", "output_options")


def _of(draft: Draft) -> str:
    return str(draft.data["model"])


def _unknown_model(dice: Dice, draft: Draft) -> Defect | None:
    draft.data["model"] = pick(dice, (_of(draft)[:-1], f"{_of(draft)}x", "dall-e-3", "imagen-9"))
    return defect("IMG201", Value(_MODEL), _MODEL, ("parameters",), ("references",), ("prompt",), ("image",))


def _model_without_task(dice: Dice, draft: Draft) -> Defect | None:
    others = [model.id for model in models().values() if draft.task not in model.tasks]
    draft.data["model"] = pick(dice, others)
    return defect("IMG202", Value(_MODEL), _MODEL, ("parameters",), ("prompt",), ("image",))


def _deprecated(dice: Dice, draft: Draft) -> Defect | None:
    model = models()[_of(draft)]
    if model.deprecated is None or model.retires is None:
        return None
    first, end = date.fromisoformat(model.deprecated), date.fromisoformat(model.retires)
    draft.day = first + timedelta(days=dice.number(0, (end - first).days - 1))
    return defect("IMG203", Value(_MODEL), _MODEL)


def _retired(dice: Dice, draft: Draft) -> Defect | None:
    model = models()[_of(draft)]
    if model.retires is None:
        return None
    draft.day = date.fromisoformat(model.retires) + timedelta(days=pick(dice, (0, 1, 400)))
    return defect("IMG204", Value(_MODEL), _MODEL)


def _elsewhere(_dice: Dice, draft: Draft) -> Defect | None:
    if draft.task not in ("try_on", "segment"):
        return None
    draft.folder = "elsewhere"
    draft.data["model"] = {"try_on": "virtual-try-on-001"}.get(draft.task, _of(draft))
    return defect("IMG205", Value(_MODEL), _MODEL)


_NOT_TAKEN = {
    "enhance_prompt": ("enhancePrompt", True),
    "negative_prompt": ("negativePrompt", "blurred"),
    "sample_image_size": ("sampleImageSize", "1k"),
    "sample_image_style": ("sampleImageStyle", "sketch"),
    "person_generation": ("personGeneration", "allow_adult"),
    "safety_setting": ("safetySetting", "block_only_high"),
}


def _not_taken(code: str, dice: Dice, draft: Draft) -> Defect | None:
    """Plant a parameter that the model is known or thought not to take."""
    if draft.task != "generate":
        return None
    found = []
    for key, (wire, value) in _NOT_TAKEN.items():
        taken = limit(_of(draft), f"parameter:{wire}")
        if taken is not None and not taken.value and taken.firm == (code == "IMG210"):
            found.append((key, value))
    if not found:
        return None
    key, value = pick(dice, found)
    draft.parameters[key] = value
    about = (_SEED,) if key == "enhance_prompt" else ()
    draft.parameters.pop("seed", None) if about else None
    return defect(code, Key(("parameters", key)), ("parameters", key), _MODEL, *about)


def _value_not_of_model(dice: Dice, draft: Draft) -> Defect | None:
    if draft.task != "generate":
        return None
    model = _of(draft)
    found: list[tuple[str, Any]] = []
    if model != "imagegeneration@002":
        found.append(("sample_count", dice.number(5, 8)))
    if model in ("imagegeneration@002", "imagegeneration@005"):
        found += [("aspect_ratio", "16:9"), ("aspect_ratio", "3:4")]
    if model == "imagegeneration@006":
        found += [("language", "pt"), ("language", "fr")]
    if not found:
        return None
    key, value = pick(dice, found)
    draft.parameters[key] = value
    return defect("IMG212", Value(("parameters", key)), ("parameters", key), _MODEL)


def _disputed_for_model(_dice: Dice, draft: Draft) -> Defect | None:
    if _of(draft) != "imagen-4.0-fast-generate-001":
        return None
    draft.parameters["sample_image_size"] = "2k"
    return defect("IMG213", Value(("parameters", "sample_image_size")), ("parameters", "sample_image_size"), _MODEL)


def _on_one_page(dice: Dice, draft: Draft) -> Defect | None:
    if draft.task in ("generate", "customize", "edit") and _of(draft) not in OLD and chance(dice):
        draft.parameters["language"] = pick(dice, ("fr", "de"))
        return defect("IMG214", Value(("parameters", "language")), ("parameters", "language"))
    if draft.task == "segment":
        return None
    draft.parameters["output_options"] = {"mime_type": pick(dice, ("image/gif", "image/webp", "image/tiff"))}
    return defect("IMG214", Value((*_OPTIONS, "mime_type")), _OPTIONS)


def _seed_with_watermark(dice: Dice, draft: Draft) -> Defect | None:
    if "seed" not in draft.data.get("parameters", {}):
        return None
    if chance(dice) or default(_of(draft), "addWatermark") is False:
        draft.parameters["add_watermark"] = True
    else:
        draft.parameters.pop("add_watermark", None)
    return defect("IMG301", Key(_SEED), _SEED, _WATERMARK, _MODEL, _ENHANCER)


def _seed_outside_guide(dice: Dice, draft: Draft) -> Defect | None:
    if "seed" not in draft.data.get("parameters", {}):
        return None
    draft.parameters["seed"] = pick(dice, (0, 2**31, 2**32 - 1))
    return defect("IMG302", Value(_SEED), _SEED)


def _ratio_with_mask(_dice: Dice, draft: Draft) -> Defect | None:
    if "mask" not in draft.data and "area" not in draft.data.get("references", {}):
        return None
    draft.parameters["aspect_ratio"] = "4:3"
    return defect(
        "IMG303", Key(("parameters", "aspect_ratio")), ("parameters", "aspect_ratio"), ("mask",), ("references",)
    )


def _quality_without_jpeg(dice: Dice, draft: Draft) -> Defect | None:
    if draft.task == "segment":
        return None
    options: dict[str, Any] = {"compression_quality": dice.number(0, 100)}
    if chance(dice):
        options["mime_type"] = "image/png"
    draft.parameters["output_options"] = options
    return defect("IMG304", Key((*_OPTIONS, "compression_quality")), _OPTIONS)


def _allowlisted(dice: Dice, draft: Draft) -> Defect | None:
    if draft.task == "segment" or _of(draft) in ("imagegeneration@002", "imagegeneration@005"):
        return None
    key, value = pick(dice, (("person_generation", "allow_all"), ("safety_setting", "block_none")))
    draft.parameters[key] = value
    return defect("IMG305", Value(("parameters", key)), ("parameters", key), _MODEL)


def _try_on_prompt(_dice: Dice, draft: Draft) -> Defect | None:
    if draft.task != "try_on":
        return None
    draft.data["prompt"] = "a person in a garden"
    return defect("IMG306", Key(("prompt",)), ("prompt",))


def _segment_needs(dice: Dice, draft: Draft) -> Defect | None:
    """Plant a mode without the input that it needs, beside an input that it does not take or none."""
    if draft.task != "segment":
        return None
    for key in ("prompt", "classes", "scribble"):
        draft.data.pop(key, None)
    mode = pick(dice, ("prompt", "semantic", "interactive"))
    draft.parameters["mode"] = mode
    others = {"prompt": ("scribble", "scribble.png"), "interactive": ("prompt", "a cup")}
    if mode in others and chance(dice):
        draft.data |= [others[mode]]
    draft.parameters.pop("max_predictions", None)
    inputs = (("prompt",), ("classes",), ("scribble",), ("parameters", "max_predictions"))
    return defect("IMG307", Value(("parameters", "mode")), ("parameters", "mode"), *inputs)


def _segment_refuses(dice: Dice, draft: Draft) -> Defect | None:
    """Plant an input that the mode does not take."""
    if draft.task != "segment" or "classes" in draft.data:
        return None
    mode = draft.data.get("parameters", {}).get("mode", "foreground")
    inputs = {"prompt": "a cup", "classes": ["cat"], "scribble": "scribble.png"}
    taken = {"prompt": ("prompt",), "semantic": ("prompt", "classes"), "interactive": ("scribble",)}.get(mode, ())
    refused = [key for key in inputs if key not in taken and not (key == "classes" and "prompt" in draft.data)]
    refused = [key for key in refused if key != "classes" or "mode" in draft.data.get("parameters", {})]
    key = pick(dice, refused)
    draft.data[key] = inputs[key]
    every = (("prompt",), ("classes",), ("scribble",), ("parameters", "mode"), ("parameters", "max_predictions"))
    return defect("IMG307", Key((key,)), *every)


def _of_prompt_mode(_dice: Dice, draft: Draft) -> Defect | None:
    if draft.task != "segment" or "prompt" in draft.data or "classes" in draft.data:
        return None
    draft.parameters["max_predictions"] = 3
    return defect("IMG308", Key(("parameters", "max_predictions")), ("parameters",), ("prompt",), ("classes",))


def _label(dice: Dice, draft: Draft) -> Defect | None:
    labels = draft.data.setdefault("labels", {})
    key, value = pick(dice, (("Team", "x"), ("campaign", "Spring Sale"), ("2nd", "x"), ("long", "x" * 64)))
    labels[key] = value
    return defect("IMG309", Key(("labels", key)), ("labels", key))


def _no_folder(_dice: Dice, draft: Draft) -> Defect | None:
    if draft.task == "segment":
        return None
    draft.parameters["storage_uri"] = "gs://bucket/"
    return defect("IMG310", Value(("parameters", "storage_uri")), ("parameters", "storage_uri"))


def _mask_path(draft: Draft) -> Path | None:
    if "mask" in draft.data:
        return ("mask",)
    return ("references", "area") if "area" in draft.data.get("references", {}) else None


def _growing_background(dice: Dice, draft: Draft) -> Defect | None:
    path = _mask_path(draft)
    if path is None or draft.data["parameters"].get("edit_mode") != "bgswap":
        return None
    mask = at(draft.data, path)
    if chance(dice):
        del mask["dilation"]
        return defect("IMG311", Key(path), path, ("parameters", "edit_mode"))
    mask["dilation"] = 0.03
    return defect("IMG311", Key((*path, "dilation")), path, ("parameters", "edit_mode"))


def _seam(_dice: Dice, draft: Draft) -> Defect | None:
    path = _mask_path(draft)
    if path is None or draft.data["parameters"].get("edit_mode") != "outpaint":
        return None
    at(draft.data, path)["dilation"] = 0
    return defect("IMG313", Value((*path, "dilation")), path, ("parameters", "edit_mode"))


def _steps(_dice: Dice, draft: Draft) -> Defect | None:
    if draft.task not in ("customize", "edit"):
        return None
    draft.parameters["base_steps"] = 35
    return defect("IMG312", Key(("parameters", "base_steps")), ("parameters", "base_steps"))


def _seed_with_enhancer(dice: Dice, draft: Draft) -> Defect | None:
    on = bool(default(_of(draft), "enhancePrompt"))
    taken = limit(_of(draft), "parameter:enhancePrompt")
    if "seed" not in draft.data.get("parameters", {}) or draft.task not in ("generate", "try_on", "recontext"):
        return None
    if taken is None or not taken.value:
        return None
    draft.parameters["enhance_prompt"] = True
    if on and chance(dice):
        del draft.parameters["enhance_prompt"]
    return defect("IMG701", Key(_SEED), _SEED, _ENHANCER, _MODEL, _WATERMARK)


def _rewritten_unseen(_dice: Dice, draft: Draft) -> Defect | None:
    taken = limit(_of(draft), "parameter:enhancePrompt")
    if draft.task not in ("generate", "recontext") or taken is None or not taken.value:
        return None
    draft.parameters["enhance_prompt"] = True
    draft.parameters.pop("seed", None)
    draft.data["prompt"] += " with a spoon" * 10
    return defect("IMG702", Key(_ENHANCER), _ENHANCER, _MODEL, _SEED, ("prompt",))


def _infinite(dice: Dice, draft: Draft) -> Defect | None:
    keys = [key for key, value in draft.data.get("parameters", {}).items() if type(value) in (int, float)]
    if not keys:
        return None
    path = ("parameters", pick(dice, keys))
    draft.parameters[path[1]] = Verbatim(pick(dice, (".inf", "-.inf", ".nan", ".NaN")))
    return defect("IMG013", Origin(path), path)


_TRAPS: tuple[tuple[Path, tuple[str, ...]], ...] = (
    (("parameters", "aspect_ratio"), ("16:9", "9:16", "1:1")),
    (("parameters", "seed"), ("0017", "0o17")),
    (("labels", "team"), ("yes", "off", "no")),
    (("tags", 0), ("2026-01-15", "1_000", "y")),
    (("vars", "season"), ("No", "12:30")),
    (("description",), ("on",)),
    (("prompt",), ("No",)),
)


def _trap(dice: Dice, draft: Draft) -> Defect | None:
    found = [(path, words) for path, words in _TRAPS if at(draft.data, path) is not None]
    found = [(path, words) for path, words in found if path != ("prompt",) or draft.task in ("generate", "recontext")]
    found = [(path, words) for path, words in found if _of(draft) not in OLD or path != ("parameters", "aspect_ratio")]
    found = [(path, words) for path, words in found if path != ("prompt",) or "{{" not in draft.data["prompt"]]
    if not found:
        return None
    path, words = pick(dice, found)
    at(draft.data, path[:-1])[path[-1]] = Verbatim(pick(dice, words))
    return defect("IMG020", Origin(path), path)


_PLANTS: tuple[tuple[str, str, Callable[[Dice], Draft], Callable[[Dice, Draft], Defect | None]], ...] = (
    ("infinite", "IMG013", any_recipe, _infinite),
    ("trap", "IMG020", any_recipe, _trap),
    ("unknown-model", "IMG201", any_recipe, _unknown_model),
    ("model-without-task", "IMG202", any_recipe, _model_without_task),
    ("deprecated", "IMG203", any_recipe, _deprecated),
    ("retired", "IMG204", any_recipe, _retired),
    ("try-on-elsewhere", "IMG205", try_on, _elsewhere),
    ("segment-elsewhere", "IMG205", segment, _elsewhere),
    ("not-taken", "IMG210", generate, partial(_not_taken, "IMG210")),
    ("doubtful", "IMG211", generate, partial(_not_taken, "IMG211")),
    ("value-not-of-model", "IMG212", generate, _value_not_of_model),
    ("disputed-for-model", "IMG213", partial(generate, model="imagen-4.0-fast-generate-001"), _disputed_for_model),
    ("on-one-page", "IMG214", any_recipe, _on_one_page),
    ("seed-with-watermark", "IMG301", any_recipe, _seed_with_watermark),
    ("seed-outside-guide", "IMG302", any_recipe, _seed_outside_guide),
    ("ratio-with-mask", "IMG303", edit, _ratio_with_mask),
    ("ratio-with-mask-of-customize", "IMG303", partial(customize, kind="masked"), _ratio_with_mask),
    ("quality-without-jpeg", "IMG304", any_recipe, _quality_without_jpeg),
    ("allowlisted", "IMG305", any_recipe, _allowlisted),
    ("try-on-prompt", "IMG306", try_on, _try_on_prompt),
    ("segment-needs", "IMG307", segment, _segment_needs),
    ("segment-refuses", "IMG307", segment, _segment_refuses),
    ("of-prompt-mode", "IMG308", segment, _of_prompt_mode),
    ("label", "IMG309", any_recipe, _label),
    ("no-folder", "IMG310", any_recipe, _no_folder),
    ("growing-background", "IMG311", partial(edit, mode="bgswap"), _growing_background),
    ("steps", "IMG312", edit, _steps),
    ("seam", "IMG313", partial(edit, mode="outpaint"), _seam),
    ("seed-with-enhancer", "IMG701", any_recipe, _seed_with_enhancer),
    ("rewritten-unseen", "IMG702", generate, _rewritten_unseen),
    ("rewritten-unseen-of-product", "IMG702", recontext, _rewritten_unseen),
)
SETTINGS = tuple(Planter(name, code, base, plant) for name, code, base, plant in _PLANTS)
