"""Mistakes about references, masks and controls, and about the prompt that cites them."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from planting.capability import customize, edit
from planting.dice import chance, pick
from planting.drafts import Key, Needle, Planter, Value, defect
from planting.recipes import any_recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from planting.dice import Dice
    from planting.drafts import Defect, Draft
    from planting.writing import Path

_MODE: Path = ("parameters", "edit_mode")
_ALL: tuple[Path, ...] = (("references",), ("prompt",), ("image",), ("mask",), _MODE)


def _references(draft: Draft) -> dict[str, Any]:
    found: dict[str, Any] = draft.data.get("references", {})
    return found


def _named(draft: Draft, *kinds: str) -> list[str]:
    return [name for name, one in _references(draft).items() if any(kind in one for kind in kinds)]


def _dangling(_dice: Dice, draft: Draft) -> Defect | None:
    if draft.task not in ("customize", "edit"):
        return None
    draft.data["prompt"] += " by [77]"
    return defect("IMG401", Needle("[77]"), *_ALL)


def _wrong_marker(_dice: Dice, draft: Draft) -> Defect | None:
    """Plant a marker that should be another: one slip, although it leaves a reference without its citation."""
    markers = set(re.findall(r"\[\d+\]", draft.data.get("prompt", "")))
    if draft.task not in ("customize", "edit") or len(markers) != 1 or "{{" in draft.data["prompt"]:
        return None
    marker = markers.pop()
    if draft.data["prompt"].count(marker) > 1:
        return None
    draft.data["prompt"] = draft.data["prompt"].replace(marker, "[77]")
    return defect("IMG401", Needle("[77]"), *_ALL)


def _shared_id(dice: Dice, draft: Draft) -> Defect | None:
    names = list(_references(draft))
    if len(names) < 2 or "[" in draft.data["prompt"]:
        return None
    for number, name in enumerate(names):
        _references(draft)[name]["id"] = 5 + number
    again = dice.number(1, len(names) - 1)
    _references(draft)[names[again]]["id"] = 5
    return defect("IMG402", Value(("references", names[again], "id")), *_ALL)


def _too_many(_dice: Dice, draft: Draft) -> Defect | None:
    names = _named(draft, "subject", "style")
    if draft.task != "customize" or not names or _named(draft, "control"):
        return None
    one = _references(draft)[names[0]]
    one.pop("image", None)
    one["images"] = ["person.jpg"] * 5
    return defect("IMG403", Key(("references", names[0])), ("references",))


def _second_raw(_dice: Dice, draft: Draft) -> Defect | None:
    if not _named(draft, "raw") and (draft.task != "edit" or "references" in draft.data):
        return None
    draft.data.setdefault("references", {})["again"] = {"raw": True, "image": "raw.png"}
    return defect("IMG404", Key(("references", "again")), ("references",), ("image",), ("mask",), _MODE)


def _is_masked(draft: Draft) -> bool:
    return "mask" in draft.data or bool(_named(draft, "mask"))


def _mode_without_mask(dice: Dice, draft: Draft) -> Defect | None:
    """Plant an edit mode that needs a mask where there is none."""
    if draft.task not in ("customize", "edit") or not (_is_masked(draft) or "raw.png" in str(draft.data)):
        return None
    if _named(draft, "subject", "style", "control"):
        return None
    draft.data.pop("mask", None)
    for name in _named(draft, "mask"):
        del draft.data["references"][name]
    draft.parameters["edit_mode"] = pick(dice, ("inpaint_insertion", "bgswap"))
    draft.data["prompt"] = draft.data["prompt"] or "a cup"
    return defect("IMG405", Value(_MODE), *_ALL)


def _mode_of_nothing(dice: Dice, draft: Draft) -> Defect | None:
    """Plant an edit mode that needs a raw image and a mask where there is neither."""
    if draft.task != "customize" or _named(draft, "raw", "mask"):
        return None
    draft.parameters["edit_mode"] = pick(dice, ("inpaint_insertion", "inpaint_removal", "outpaint", "bgswap"))
    return defect("IMG405", Value(_MODE), *_ALL)


def _second_mask(_dice: Dice, draft: Draft) -> Defect | None:
    if not _is_masked(draft) or draft.parameters.get("edit_mode") == "bgswap":
        return None
    draft.data.setdefault("references", {})["again"] = {"mask": "background", "dilation": 0.01}
    return defect("IMG405", Key(("references", "again")), *_ALL)


def _guest_in_a_mask_edit(dice: Dice, draft: Draft) -> Defect | None:
    if not _is_masked(draft):
        return None
    guests: tuple[dict[str, Any], ...] = (
        {"subject": "product", "description": "a cup", "image": "shirt.png"},
        {"style": True, "image": "look.png"},
        {"control": "canny", "image": "edges.png"},
    )
    draft.data.setdefault("references", {})["guest"] = pick(dice, guests)
    draft.data["prompt"] += " and {{ guest }}"
    return defect("IMG405", Key(("references", "guest")), *_ALL)


def _mask_without_raw(_dice: Dice, draft: Draft) -> Defect | None:
    masks = _named(draft, "mask")
    raw = _named(draft, "raw")
    if not masks or not raw:
        return None
    del draft.data["references"][raw[0]]
    return defect("IMG406", Key(("references", masks[0])), *_ALL)


def _masks(draft: Draft) -> list[tuple[Path, str, dict[str, Any]]]:
    found: list[tuple[Path, str, dict[str, Any]]] = []
    if "mask" in draft.data:
        found.append((("mask",), "mode", draft.data["mask"]))
    found += [(("references", name), "mask", _references(draft)[name]) for name in _named(draft, "mask")]
    return found


def _mask_planter(
    code: str, dice: Dice, draft: Draft, *, mode: str, keep: tuple[str, ...], add: dict[str, Any], at_key: str | None
) -> Defect | None:
    """Plant a mask of a mode with and without what it needs."""
    found = _masks(draft)
    if not found:
        return None
    path, key, mask = pick(dice, found)
    for other in ("image", "classes"):
        if other not in keep:
            mask.pop(other, None)
    mask |= {key: mode, **add}
    return defect(code, Key((*path, at_key)) if at_key else Value((*path, key)), path)


_no_image = partial(_mask_planter, "IMG407", mode="user_provided", keep=(), add={}, at_key=None)
_no_classes = partial(_mask_planter, "IMG409", mode="semantic", keep=(), add={}, at_key=None)
_idle_classes = partial(_mask_planter, "IMG410", keep=(), add={"classes": ["cat"]}, at_key="classes")
_idle_image = partial(_mask_planter, "IMG408", keep=(), add={"image": "mask.png"}, at_key="image")


def _control_without_image(dice: Dice, draft: Draft) -> Defect | None:
    names = _named(draft, "control")
    if not names:
        return None
    one = _references(draft)[names[0]]
    one.pop("image", None)
    one.pop("compute", None)
    if chance(dice):
        one["compute"] = False
    return defect("IMG411", Key(("references", names[0])), ("references",), ("image",))


def _control_without_raw(_dice: Dice, draft: Draft) -> Defect | None:
    names = _named(draft, "control")
    if not names or _named(draft, "raw") or "image" in draft.data:
        return None
    one = _references(draft)[names[0]]
    one.pop("image", None)
    one["compute"] = True
    return defect("IMG412", Key(("references", names[0])), ("references",), ("image",))


def _second_mesh(_dice: Dice, draft: Draft) -> Defect | None:
    meshes = [name for name in _named(draft, "control") if _references(draft)[name]["control"] == "face_mesh"]
    if not meshes:
        return None
    draft.data["references"]["again"] = {"control": "face_mesh", "image": "person.jpg", "compute": True}
    draft.data["prompt"] += " and {{ again }}"
    return defect("IMG413", Key(("references", "again")), ("references",), ("prompt",))


def _too_many_beside_a_mesh(_dice: Dice, draft: Draft) -> Defect | None:
    meshes = [name for name in _named(draft, "control") if _references(draft)[name]["control"] == "face_mesh"]
    if not meshes:
        return None
    name = _named(draft, "subject")[0]
    _references(draft)[name].pop("image", None)
    _references(draft)[name]["images"] = ["person.jpg"] * 4
    return defect("IMG413", Key(("references", name)), ("references",), ("prompt",))


def _mask_without_mode(dice: Dice, draft: Draft) -> Defect | None:
    found = _masks(draft)
    if draft.task != "edit" or not found:
        return None
    del draft.parameters["edit_mode"]
    if chance(dice) or not draft.parameters:
        draft.parameters["edit_mode"] = "default"
    return defect("IMG414", Key(found[0][0]), *_ALL)


def _uncited(dice: Dice, draft: Draft) -> Defect | None:
    names = _named(draft, "subject", "style", "control")
    prompt = draft.data.get("prompt", "")
    if not names or re.search(r"\[\d", prompt):
        return None
    name = pick(dice, names)
    draft.data["prompt"] = re.sub(rf"\{{\{{ ?{name}(\.marker)? ?\}}\}}", "something", prompt)
    return defect("IMG415", Key(("references", name)), *_ALL)


def _undescribed(dice: Dice, draft: Draft) -> Defect | None:
    names = _named(draft, "subject")
    if not names:
        return None
    name = pick(dice, names)
    del _references(draft)[name]["description"]
    return defect("IMG416", Key(("references", name)), ("references",))


def _reworded(_dice: Dice, draft: Draft) -> Defect | None:
    kinds = sorted(str(one.get("control", next(iter(one)))) for one in _references(draft).values())
    known = (["subject"], ["face_mesh", "subject"], ["style"], ["raw"], ["canny"], ["scribble"])
    if draft.task != "customize" or kinds not in known or "{{ season }}" in draft.data["prompt"]:
        return None
    if any(one.get("subject", "person") != "person" for one in _references(draft).values()):
        return None
    draft.data["prompt"] = "a picture of " + " and ".join(f"{{{{ {name} }}}}" for name in _references(draft))
    return defect("IMG417", Key(("prompt",)), ("references",), ("prompt",))


def _no_prompt(_dice: Dice, draft: Draft) -> Defect | None:
    mode = draft.data.get("parameters", {}).get("edit_mode", "default")
    if draft.task not in ("customize", "edit") or mode in ("inpaint_removal", "outpaint"):
        return None
    if "{{ season }}" in draft.data["prompt"]:
        return None
    draft.data["prompt"] = ""
    return defect("IMG607", Value(("prompt",)), *_ALL)


def _too_long(_dice: Dice, draft: Draft) -> Defect | None:
    if draft.task not in ("generate", "customize", "edit"):
        return None
    if draft.data.get("parameters", {}).get("enhance_prompt") is True:
        return None
    draft.data["prompt"] += " and another spoon" * 150
    about: tuple[Path, ...] = (("prompt",), ("references",), ("model",), ("parameters", "enhance_prompt"))
    return defect("IMG606", Key(("prompt",)), *about)


_PLANTS: tuple[tuple[str, str, Callable[[Dice], Draft], Callable[[Dice, Draft], Defect | None]], ...] = (
    ("dangling", "IMG401", customize, _dangling),
    ("dangling-in-an-edit", "IMG401", edit, _dangling),
    ("wrong-marker", "IMG401", customize, _wrong_marker),
    ("shared-id", "IMG402", customize, _shared_id),
    ("too-many", "IMG403", customize, _too_many),
    ("second-raw", "IMG404", edit, _second_raw),
    ("second-raw-of-customize", "IMG404", partial(customize, kind="instruct"), _second_raw),
    ("mode-without-mask", "IMG405", edit, _mode_without_mask),
    ("mode-of-nothing", "IMG405", customize, _mode_of_nothing),
    ("second-mask", "IMG405", edit, _second_mask),
    ("guest-in-a-mask-edit", "IMG405", edit, _guest_in_a_mask_edit),
    ("mask-without-raw", "IMG406", edit, _mask_without_raw),
    ("mask-without-raw-of-customize", "IMG406", partial(customize, kind="masked"), _mask_without_raw),
    ("no-image", "IMG407", edit, _no_image),
    ("idle-image", "IMG408", edit, partial(_idle_image, mode="background")),
    ("idle-image-of-semantic", "IMG408", edit, partial(_idle_image, mode="semantic")),
    ("no-classes", "IMG409", edit, _no_classes),
    ("idle-classes", "IMG410", edit, partial(_idle_classes, mode="foreground")),
    ("idle-classes-of-image", "IMG410", edit, partial(_idle_classes, mode="user_provided")),
    ("control-without-image", "IMG411", customize, _control_without_image),
    ("control-without-raw", "IMG412", customize, _control_without_raw),
    ("second-mesh", "IMG413", partial(customize, kind="posed"), _second_mesh),
    ("too-many-beside-a-mesh", "IMG413", partial(customize, kind="posed"), _too_many_beside_a_mesh),
    ("mask-without-mode", "IMG414", edit, _mask_without_mode),
    ("uncited", "IMG415", customize, _uncited),
    ("undescribed", "IMG416", customize, _undescribed),
    ("reworded", "IMG417", customize, _reworded),
    ("too-long", "IMG606", any_recipe, _too_long),
    ("no-prompt", "IMG607", edit, _no_prompt),
    ("no-prompt-of-customize", "IMG607", customize, _no_prompt),
)
PAIRINGS = tuple(Planter(name, code, base, plant) for name, code, base, plant in _PLANTS)
