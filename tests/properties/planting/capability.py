"""Recipes with references, masks and controls in which nothing is to be found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planting.dice import chance, pick, shuffled, some
from planting.parts import CAPABILITY, LANGUAGES, RATIOS, SCENES, draft, image, settings_of, with_variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from planting.dice import Dice
    from planting.drafts import Draft


def subject(dice: Dice, kind: str, *, most: int = 2, **more: Any) -> dict[str, Any]:
    pictures = [image(dice, "person.jpg") for _ in range(dice.number(1, most))]
    named = {"images": pictures} if len(pictures) > 1 or chance(dice, 3) else {"image": pictures[0]}
    return {"subject": kind, "description": f"a {kind} of some kind", **named, **more}


def control(dice: Dice, kind: str) -> dict[str, Any]:
    return {"control": kind, "image": image(dice, "edges.png"), **({"compute": chance(dice)} if chance(dice) else {})}


def style(dice: Dice) -> dict[str, Any]:
    described = {"description": "glowing neon style"} if chance(dice) else {}
    return {"style": True, "image": image(dice, "look.png"), **described}


def cite(dice: Dice, references: dict[str, Any], name: str) -> str:
    """Return a name in a template, or its marker as the ids are given: in file order."""
    if chance(dice) or any("id" in one for one in references.values()):
        return pick(dice, (f"{{{{ {name} }}}}", f"{{{{ {name}.marker }}}}", f"{{{{{name}}}}}"))
    return f"[{list(references).index(name) + 1}]"


def customize(dice: Dice, kind: str | None = None) -> Draft:
    """Return a recipe for references of a kind, worded as Google's guides word it."""
    kind = kind or pick(dice, tuple(_KINDS))
    references, prompt = _KINDS[kind](dice)
    if chance(dice, 3):
        first = dice.number(0, 9)
        for number, one in enumerate(references.values()):
            one["id"] = first + number
    prompt = prompt.format_map({name: cite(dice, references, name) for name in references})
    settings = _customize_settings(dice, ratio=kind != "masked")
    modes = ("default", "controlled_editing") if kind in ("canny", "scribble") else ("default",)
    if kind == "masked":
        settings["edit_mode"] = "bgswap"
    elif chance(dice):
        settings["edit_mode"] = pick(dice, modes)
    made = draft(dice, "customize", CAPABILITY, {"references": references, "prompt": prompt}, settings)
    return with_variable(dice, made)


def _customize_settings(dice: Dice, *, ratio: bool = True) -> dict[str, Any]:
    choices: dict[str, Callable[[], Any]] = {
        "negative_prompt": lambda: "blurred, text",
        "language": lambda: pick(dice, (*LANGUAGES, "zh-cn", "zh-tw")),
        "edit_config": lambda: {"base_steps": dice.number(1, 75)},
        "guidance_scale": lambda: dice.number(0, 100),
        "include_rai_reason": lambda: chance(dice),
        "include_safety_attributes": lambda: chance(dice),
    }
    if ratio:
        choices["aspect_ratio"] = lambda: pick(dice, RATIOS)
    return settings_of(dice, "customize", CAPABILITY, choices)


_Made = tuple[dict[str, Any], str]


def _person(dice: Dice) -> _Made:
    prompt = "Create an image about {man} to match the description: a portrait of {man}"
    return {"man": subject(dice, "person", most=4)}, prompt


def _posed(dice: Dice) -> _Made:
    prompt = "Create an image about {man} in the pose of the control image {pose} to match the description: a portrait"
    pose = {"control": "face_mesh", "image": image(dice, "person.jpg"), "compute": True}
    both = {"man": subject(dice, "person", most=3), "pose": pose}
    return {name: both[name] for name in shuffled(dice, list(both))}, prompt


def _product(dice: Dice) -> _Made:
    return {"cup": subject(dice, pick(dice, ("product", "default")), most=3)}, "{cup} on a table"


def _animal(dice: Dice) -> _Made:
    both = {"cat": subject(dice, "animal"), "look": style(dice)}
    return {name: both[name] for name in shuffled(dice, list(both))}, "{cat} in {look}, as a sign"


def _style(dice: Dice) -> _Made:
    return {"look": style(dice)}, "Generate an image in {look} based on the following caption: a cup"


def _instruct(dice: Dice) -> _Made:
    prompt = "Transform the subject in image {photo} to have a style of pop art. The image depicts a cup"
    return {"photo": {"raw": True, "image": image(dice, "raw.png")}}, prompt


def _canny(dice: Dice) -> _Made:
    prompt = "Generate an image aligning with the edge map {edges} to match the description: a cup"
    return {"edges": control(dice, "canny")}, prompt


def _scribble(dice: Dice) -> _Made:
    prompt = "Generate an image aligning with the scribble map {drawn} to match the description: a cup"
    return {"drawn": control(dice, "scribble")}, prompt


def _controlled(dice: Dice) -> _Made:
    edges = {"control": pick(dice, ("canny", "scribble")), "compute": True}
    both = {"photo": {"raw": True, "image": image(dice, "raw.jpg")}, "edges": edges}
    return {name: both[name] for name in shuffled(dice, list(both))}, "a cup after {edges}"


def _masked(dice: Dice) -> _Made:
    by = pick(dice, MASK_MODES)
    photo = {"raw": True, "image": image(dice, "raw.png")}
    return {"photo": photo, "area": mask(dice, "bgswap", by, named=True)}, "on a marble counter"


_KINDS: dict[str, Callable[[Dice], _Made]] = {
    "person": _person,
    "posed": _posed,
    "product": _product,
    "animal": _animal,
    "style": _style,
    "instruct": _instruct,
    "canny": _canny,
    "scribble": _scribble,
    "controlled": _controlled,
    "masked": _masked,
}

MASK_MODES = ("user_provided", "background", "foreground", "semantic")
EDITS = ("inpaint_insertion", "inpaint_removal", "outpaint", "bgswap")


def mask(dice: Dice, edit: str, mode: str, *, named: bool) -> dict[str, Any]:
    """Return a mask for an edit mode."""
    key = "mask" if named else "mode"
    found: dict[str, Any] = {key: mode}
    if mode == "user_provided":
        found["image"] = image(dice, "mask.png")
    if mode == "semantic":
        found["classes"] = pick(
            dice, (["cat"], ["cat", "dog", "person"], ["bag", "backpack", "umbrella", "cat", "dog"])
        )
    if not named and mode in ("user_provided", "semantic") and chance(dice):
        del found[key]
    if edit == "bgswap":
        found["dilation"] = pick(dice, (0, 0.0))
    elif chance(dice):
        found["dilation"] = pick(dice, (0.01, 0.03, 1))
    return found


def edit(dice: Dice, mode: str | None = None, by: str | None = None) -> Draft:
    """Return an edit with a mask, by an edit mode and a mask mode, or one without a mask."""
    mode = mode or pick(dice, (*EDITS, "default", "default"))
    settings = _customize_settings(dice, ratio=mode == "default")
    if mode != "default" or chance(dice):
        settings["edit_mode"] = mode
    prompt = pick(dice, (*SCENES, "")) if mode in ("inpaint_removal", "outpaint") else pick(dice, SCENES)
    body: dict[str, Any] = {"prompt": prompt, "image": image(dice, "raw.png")}
    if mode != "default":
        by = by or ("user_provided" if mode == "outpaint" else pick(dice, MASK_MODES))
        body["mask"] = mask(dice, mode, by, named=False)
    if mode == "outpaint" and chance(dice):
        settings["edit_config"] = {"base_steps": 35, "outpainting_config": _outpainting(dice)}
    if chance(dice, 3):
        number = {"id": dice.number(1, 3)} if chance(dice) else {}
        photo: dict[str, Any] = {"raw": True, "image": body.pop("image"), **number}
        body["references"] = references = {"photo": photo}
        if mode != "default":
            del body["mask"]
            references["area"] = mask(dice, mode, str(by), named=True)
        else:
            more = (subject(dice, "animal"), style(dice), control(dice, "canny"))
            references["other"] = pick(dice, more)
            body["prompt"] += f", with {cite(dice, references, 'other')}"
    return draft(dice, "edit", CAPABILITY, body, settings)


def _outpainting(dice: Dice) -> dict[str, Any]:
    all_of_it = {
        "blending_mode": pick(dice, ("alpha-blending", "pyramid-blending")),
        "blending_factor": pick(dice, (0, 0.01, 1)),
        "enable_border_replicate_padding": chance(dice),
        "expansion_config": {"top": 0, "left": 500, "right": 20},
    }
    return {key: all_of_it[key] for key in some(dice, list(all_of_it))}
