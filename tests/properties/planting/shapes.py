"""Mistakes in the shape of a recipe that are not about one documented field."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from planting.capability import customize, edit
from planting.dice import pick
from planting.drafts import FirstKey, Key, Origin, Planter, Value, defect
from planting.recipes import any_recipe, generate, segment, upscale
from planting.writing import Verbatim, at, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from planting.dice import Dice
    from planting.drafts import Defect, Draft
    from planting.writing import Path

_FREE = ("labels", "vars", "matrix", "tags", "raw")


def _mappings(draft: Draft) -> list[Path]:
    """Return the mappings whose keys are fixed."""
    found: list[Path] = [()]
    for path, value in walk(draft.data):
        fixed = isinstance(value, dict) and path[0] not in _FREE and not str(path[0]).startswith("x-")
        if fixed and path != ("references",):
            found.append(path)
    return found


def _unknown_key(dice: Dice, draft: Draft) -> Defect | None:
    path = (*pick(dice, _mappings(draft)), "zzz")
    at(draft.data, path[:-1])["zzz"] = 1
    return defect("IMG101", Key(path), path)


def _key_of_another_task(dice: Dice, draft: Draft) -> Defect | None:
    others = {"scribble": ("segment",), "person": ("try_on",), "products": ("try_on", "recontext"), "mask": ("edit",)}
    key = pick(dice, [key for key, tasks in others.items() if draft.task not in tasks])
    draft.data[key] = "raw.png"
    return defect("IMG101", Key((key,)), (key,))


def _parameter_at_the_top(dice: Dice, draft: Draft) -> Defect | None:
    found = list(draft.data.get("parameters", {}))
    found = [key for key in found if key not in draft.data]
    if not found:
        return None
    key = pick(dice, found)
    draft.data[key] = draft.parameters.pop(key)
    if not draft.parameters:
        del draft.data["parameters"]
    return defect("IMG101", Key((key,)), (key,), ("parameters", key))


_SDK = {
    "sample_count": "number_of_images",
    "storage_uri": "output_gcs_uri",
    "safety_setting": "safety_filter_level",
    "sample_image_size": "image_size",
}


def _name_of_sdk(dice: Dice, draft: Draft) -> Defect | None:
    found = [key for key in _SDK if key in draft.data.get("parameters", {})]
    if not found:
        return None
    key = pick(dice, found)
    draft.parameters[_SDK[key]] = draft.parameters.pop(key)
    path = ("parameters", _SDK[key])
    return defect("IMG101", Key(path), path, ("parameters", key))


def _missing_top_key(dice: Dice, draft: Draft) -> Defect | None:
    needed = ["imagenspec", "model"]
    needed += [key for key in ("references", "person", "products") if key in draft.data and draft.task != "edit"]
    needed += [key for key in ("prompt",) if draft.task in ("generate", "customize", "edit")]
    needed += [key for key in ("image",) if key in draft.data]
    key = pick(dice, needed)
    del draft.data[key]
    if key in ("references", "image") or len(draft.data) == 1:
        draft.data.pop("vars", None)
    return defect("IMG102", FirstKey(), (key,), *((("prompt",), ("mask",)) if key in ("references", "image") else ()))


def _missing_task(_dice: Dice, draft: Draft) -> Defect | None:
    del draft.data["task"]
    return defect("IMG102", FirstKey(), ())


def _missing_factor(dice: Dice, draft: Draft) -> Defect | None:
    if draft.task != "upscale":
        return None
    if pick(dice, (True, False)):
        del draft.parameters["upscale_config"]["upscale_factor"]
        return defect(
            "IMG102", Key(("parameters", "upscale_config")), ("parameters", "upscale_config", "upscale_factor")
        )
    del draft.parameters["upscale_config"]
    draft.parameters["add_watermark"] = True
    return defect("IMG102", Key(("parameters",)), ("parameters", "upscale_config"), ("parameters", "add_watermark"))


def _missing_part_of_reference(dice: Dice, draft: Draft) -> Defect | None:
    references = draft.data.get("references", {})
    found = [
        ("references", name, key)
        for name, one in references.items()
        for key in ("image", "images", "subject", "style", "control", "raw", "mask")
        if key in one and (key not in ("image", "images") or ("control" not in one and "mask" not in one))
    ]
    if not found:
        return None
    path = pick(dice, found)
    del references[path[1]][path[2]]
    return defect("IMG102", Key(path[:2]), path[:2], ("prompt",), ("mask",), ("image",), ("parameters", "edit_mode"))


def _missing_source_of_mask(_dice: Dice, draft: Draft) -> Defect | None:
    if "mask" not in draft.data:
        return None
    for key in ("mode", "image", "classes"):
        draft.data["mask"].pop(key, None)
    draft.data["mask"].setdefault("dilation", 0.01)
    return defect("IMG102", Key(("mask",)), ("mask",), ("parameters", "edit_mode"))


_MISTYPED: tuple[tuple[str, Any], ...] = (
    ("labels.team", 3),
    ("labels.team", ["studio"]),
    ("tags.0", 2026),
    ("tags", "cups"),
    ("description", 3),
    ("vars.season", ["spring"]),
    ("vars", "season"),
    ("model", 3),
)


def _mistyped(dice: Dice, draft: Draft) -> Defect | None:
    found: list[tuple[Path, Any]] = []
    for name, value in _MISTYPED:
        path = tuple(int(step) if step.isdigit() else step for step in name.split("."))
        if at(draft.data, path) is not None:
            found.append((path, value))
    found += [(("references", name), "man.png") for name in draft.data.get("references", {})]
    found += [(("products", index), 3) for index in range(len(draft.data.get("products", ())))]
    if not found:
        return None
    path, value = pick(dice, found)
    at(draft.data, path[:-1])[path[-1]] = value
    about = (path, ("prompt",), ("mask",), ("image",), ("parameters",)) if path[0] == "references" else (path,)
    return defect("IMG103", Value(path), *about)


def _other_version(dice: Dice, draft: Draft) -> Defect | None:
    draft.data["imagenspec"] = pick(dice, (0, 2, 10))
    return defect("IMG104", Value(("imagenspec",)), ("imagenspec",))


def _unknown_task(dice: Dice, draft: Draft) -> Defect | None:
    draft.data["task"] = pick(dice, ("generat", "inpaint", "GENERATE", ""))
    return defect("IMG104", Value(("task",)), ())


def _kind_is_false(dice: Dice, draft: Draft) -> Defect | None:
    references = draft.data.get("references", {})
    found = [(name, key) for name, one in references.items() for key in ("style", "raw") if key in one]
    if not found:
        return None
    name, key = pick(dice, found)
    references[name][key] = False
    path = ("references", name)
    return defect("IMG104", Value((*path, key)), path, ("prompt",), ("mask",), ("parameters",))


def _no_name(dice: Dice, draft: Draft) -> Defect | None:
    draft.data.setdefault("vars", {})
    name = pick(dice, ("my-season", "2026", "my season"))
    draft.data["vars"][name] = "spring"
    return defect("IMG106", Key(("vars", name)), ("vars", name), ("prompt",))


def _no_words(_dice: Dice, draft: Draft) -> Defect | None:
    if draft.task != "generate" or "{{" in draft.data["prompt"]:
        return None
    draft.data["prompt"] = ""
    return defect("IMG107", Value(("prompt",)), ("prompt",))


def _empty_word(dice: Dice, draft: Draft) -> Defect | None:
    files = [path for path, value in walk(draft.data) if path[-1] == "file" and isinstance(value, str)]
    path = pick(dice, [*files, ("model",)])
    at(draft.data, path[:-1])[path[-1]] = ""
    return defect("IMG107", Value(path), path[:1])


def _empty_matrix(_dice: Dice, draft: Draft) -> Defect | None:
    if "matrix" in draft.data:
        return None
    draft.data["matrix"] = {}
    return defect("IMG121", Key(("matrix",)), ("matrix",), ("prompt",), ("vars",))


def _empty_parameter_of_no_task(dice: Dice, draft: Draft) -> Defect | None:
    places: list[Path] = [("tags", 0), ("labels", "team"), ("description",), ("model",), ("imagenspec",)]
    found = [path for path in places if at(draft.data, path) is not None]
    path = pick(dice, found)
    at(draft.data, path[:-1])[path[-1]] = Verbatim(pick(dice, ("null", "~")))
    return defect("IMG108", Value(path), path)


_CONFLICTS: tuple[tuple[tuple[str, ...], str, Any], ...] = (
    (("subject",), "style", True),
    (("subject", "style"), "control", "canny"),
    (("subject", "style"), "dilation", 0.1),
    (("control",), "mask", "background"),
    (("control",), "description", "a map"),
    (("raw",), "compute", True),
    (("raw",), "mask", "background"),
    (("mask",), "compute", True),
)


def _conflicting_kinds(dice: Dice, draft: Draft) -> Defect | None:
    found = [
        (("references", name, key), value)
        for name, one in draft.data.get("references", {}).items()
        for kinds, key, value in _CONFLICTS
        if any(kind in one for kind in kinds)
    ]
    found += [
        (("references", name, "images"), ["person.jpg"])
        for name, one in draft.data.get("references", {}).items()
        if "image" in one and ("subject" in one or "style" in one)
    ]
    if not found:
        return None
    path, value = pick(dice, found)
    at(draft.data, path[:-1])[path[-1]] = value
    return defect("IMG110", Key(path), path[:2], ("prompt",))


def _conflicting_sources(dice: Dice, draft: Draft) -> Defect | None:
    found: list[tuple[Path, Any]] = [
        ((*path, "gcs"), "gs://bucket/a.png")
        for path, value in walk(draft.data)
        if isinstance(value, dict) and "file" in value
    ]
    found += [((*path, "classes"), ["cat"]) for path in _masks(draft) if "image" in at(draft.data, path)]
    if "classes" in draft.data:
        found.append((("prompt",), "cat, dog"))
    if not found:
        return None
    path, value = pick(dice, found)
    at(draft.data, path[:-1])[path[-1]] = value
    return defect("IMG110", Key(path), path[:-1] or path)


def _masks(draft: Draft) -> list[Path]:
    named = [("references", name) for name, one in draft.data.get("references", {}).items() if "mask" in one]
    return [*([("mask",)] if "mask" in draft.data else []), *named]  # type: ignore[list-item]


def _class(code: str, classes: tuple[Any, ...]) -> Callable[[Dice, Draft], Defect | None]:
    def plant(dice: Dice, draft: Draft) -> Defect | None:
        found = [
            path for path, value in walk(draft.data) if path[-1] == "classes" and isinstance(value, list) and value
        ]
        if not found:
            return None
        path = pick(dice, found)
        index = dice.number(0, len(at(draft.data, path)) - 1)
        at(draft.data, path)[index] = pick(dice, classes)
        place = Origin((*path, index)) if code == "IMG113" else Value((*path, index))
        return defect(code, place, path)

    return plant


def _raw(dice: Dice, draft: Draft) -> Defect | None:
    draft.data["raw"] = pick(
        dice, ({"parameters": {"newField": 1}}, {"instance": {"a": [1]}, "parameters": {"b": "c"}})
    )
    return defect("IMG112", Key(("raw",)), ("raw",))


def _later(dice: Dice, draft: Draft) -> Defect | None:
    found: list[tuple[Path, Any, Path]] = [(("render",), {"expect": {"images": 1}}, ("render", "expect"))]
    if draft.task == "edit" and "mask" not in draft.data and "references" not in draft.data:
        found.append((("canvas",), {"aspect": "16:9"}, ("canvas",)))
    found += [
        ((*path, "draw"), [{"rect": [0, 0, 10, 10]}], (*path, "draw"))
        for path in _masks(draft)
        if not {"image", "classes"} & set(at(draft.data, path))
    ]
    found += [
        (path, {"from": "other.imagen.yaml"}, (*path, "from"))
        for path, value in walk(draft.data)
        if path[-1] in ("image", "person", "scribble") and isinstance(value, str)
    ]
    path, value, place = pick(dice, found)
    at(draft.data, path[:-1])[path[-1]] = value
    return defect("IMG120", Key(place), path[:2], ("mask",), ("parameters", "edit_mode"), ("parameters", "mode"))


_PLANTS: tuple[tuple[str, str, Callable[[Dice], Draft], Callable[[Dice, Draft], Defect | None]], ...] = (
    ("unknown-key", "IMG101", any_recipe, _unknown_key),
    ("key-of-another-task", "IMG101", any_recipe, _key_of_another_task),
    ("parameter-at-the-top", "IMG101", any_recipe, _parameter_at_the_top),
    ("name-of-sdk", "IMG101", any_recipe, _name_of_sdk),
    ("missing-top-key", "IMG102", any_recipe, _missing_top_key),
    ("missing-task", "IMG102", any_recipe, _missing_task),
    ("missing-factor", "IMG102", upscale, _missing_factor),
    ("missing-part-of-reference", "IMG102", customize, _missing_part_of_reference),
    ("missing-source-of-mask", "IMG102", edit, _missing_source_of_mask),
    ("mistyped", "IMG103", any_recipe, _mistyped),
    ("other-version", "IMG104", any_recipe, _other_version),
    ("unknown-task", "IMG104", any_recipe, _unknown_task),
    ("kind-is-false", "IMG104", customize, _kind_is_false),
    ("no-name", "IMG106", any_recipe, _no_name),
    ("no-words", "IMG107", generate, _no_words),
    ("empty-word", "IMG107", any_recipe, _empty_word),
    ("empty-matrix", "IMG121", any_recipe, _empty_matrix),
    ("null-beside-the-fields", "IMG108", any_recipe, _empty_parameter_of_no_task),
    ("conflicting-kinds", "IMG110", customize, _conflicting_kinds),
    ("conflicting-sources", "IMG110", any_recipe, _conflicting_sources),
    ("unknown-class", "IMG111", edit, _class("IMG111", ("no such thing", "cats and dogs", 194, -1, "7"))),
    ("unknown-class-of-segment", "IMG111", partial(segment, mode="semantic"), _class("IMG111", ("dgo", 500))),
    ("class-by-number", "IMG113", edit, _class("IMG113", (7, 0, 193))),
    ("raw", "IMG112", any_recipe, _raw),
    ("later", "IMG120", any_recipe, _later),
)
SHAPES = tuple(Planter(name, code, base, plant) for name, code, base, plant in _PLANTS)
