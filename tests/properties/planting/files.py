"""Mistakes about pictures: which file is named, and what is in it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from imagenspec.catalog.limits import limit
from planting.capability import customize, edit
from planting.dice import pick
from planting.drafts import Planter, Value, defect
from planting.recipes import any_recipe, segment, upscale
from planting.writing import at, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from planting.dice import Dice
    from planting.drafts import Defect, Draft
    from planting.writing import Path

_PLACES = ("image", "person", "scribble", "mask_image")


def _pictures(draft: Draft) -> list[Path]:
    """Return where pictures stand, as text or as a mapping."""
    found = []
    for path, value in walk(draft.data):
        of_list = len(path) > 1 and isinstance(path[-1], int) and path[-2] in ("images", "products")
        named = path[-1] in _PLACES or of_list
        is_picture = isinstance(value, str) or (isinstance(value, dict) and ("file" in value or "gcs" in value))
        if named and is_picture and not str(path[0]).startswith("x-"):
            found.append(path)
    return found


def _put(dice: Dice, draft: Draft, path: Path, name: str) -> Value:
    """Name a file, as text or in a mapping."""
    value: Any = pick(dice, (name, {"file": name}))
    at(draft.data, path[:-1])[path[-1]] = value
    return Value(path if value == name else (*path, "file"))


def _anywhere(code: str, names: tuple[str, ...], dice: Dice, draft: Draft) -> Defect | None:
    found = [path for path in _pictures(draft) if path[-1] != "scribble" or not names[0].endswith(".jpg")]
    if not found:
        return None
    path = pick(dice, found)
    return defect(code, _put(dice, draft, path, pick(dice, names)), *_about(path))


def _about(path: Path) -> tuple[Path, ...]:
    """Return what a picture may be compared with: the raw image, its mask, its control."""
    return (path[:2], ("image",), ("mask",), ("scribble",), ("references",))


def _malformed(dice: Dice, draft: Draft) -> Defect | None:
    found = _pictures(draft)
    if not found:
        return None
    path = pick(dice, found)
    uri = pick(dice, ("gs://bucket", "gs://bucket/", "gs:///a.png"))
    value: Any = pick(dice, (uri, {"gcs": uri}))
    at(draft.data, path[:-1])[path[-1]] = value
    return defect("IMG507", Value(path if value == uri else (*path, "gcs")), *_about(path))


def _of_kind(draft: Draft, kind: str) -> list[Path]:
    top = {"raw": "image", "scribble": "scribble"}.get(kind)
    found: list[Path] = [(top,)] if top in draft.data else []
    if kind == "mask" and "image" in draft.data.get("mask", {}):
        found.append(("mask", "image"))
    for name, one in draft.data.get("references", {}).items():
        if kind in one and "image" in one:
            found.append(("references", name, "image"))
    return found


def _kind(code: str, kinds: tuple[str, ...], name: str, dice: Dice, draft: Draft) -> Defect | None:
    """Plant a picture that is wrong for what it is there; those that it is compared with are sound files."""
    found = [path for kind in kinds for path in _of_kind(draft, kind)]
    if not found or (code == "IMG509" and limit(draft.data["model"], "imageBytes") is None):
        return None
    path = pick(dice, found)
    for raw in _of_kind(draft, "raw"):
        if raw != path:
            at(draft.data, raw[:-1])[raw[-1]] = "raw.png"
    return defect(code, _put(dice, draft, path, name), ("model",), *_about(path))


def _control_size(dice: Dice, draft: Draft) -> Defect | None:
    raws = _of_kind(draft, "raw")
    names = [name for name, one in draft.data.get("references", {}).items() if "control" in one]
    if not raws or not names:
        return None
    at(draft.data, raws[0][:-1])[raws[0][-1]] = "raw.png"
    return defect("IMG511", _put(dice, draft, ("references", names[0], "image"), "small.png"), *_about(raws[0]))


def _huge(dice: Dice, draft: Draft) -> Defect | None:
    if draft.task != "upscale":
        return None
    draft.data["image"] = pick(dice, ("huge.png", {"file": "huge.png"}))
    path = ("parameters", "upscale_config", "upscale_factor")
    return defect("IMG518", Value(path), path, ("image",), ("model",))


def _stated(dice: Dice, draft: Draft) -> Defect | None:
    found = [path for path in _pictures(draft) if path[-1] != "scribble"]
    if not found:
        return None
    path = pick(dice, found)
    at(draft.data, path[:-1])[path[-1]] = {"file": "mask.png", "mime_type": "image/jpeg"}
    return defect("IMG521", Value((*path, "mime_type")), *_about(path))


_PLANTS: tuple[tuple[str, str, Callable[[Dice], Draft], Callable[[Dice, Draft], Defect | None]], ...] = (
    ("missing", "IMG501", any_recipe, partial(_anywhere, "IMG501", ("missing.png", "folder/raw.png", "rwa.png"))),
    ("outside", "IMG502", any_recipe, partial(_anywhere, "IMG502", ("../outside.png", "/etc/hostname"))),
    ("folder", "IMG503", any_recipe, partial(_anywhere, "IMG503", ("folder", "."))),
    ("no-picture", "IMG505", any_recipe, partial(_anywhere, "IMG505", ("notes.png", "empty.png"))),
    (
        "url",
        "IMG506",
        any_recipe,
        partial(_anywhere, "IMG506", ("https://example.com/a.png", "data:image/png;base64,aa")),
    ),
    ("malformed", "IMG507", any_recipe, _malformed),
    ("gif", "IMG508", any_recipe, partial(_anywhere, "IMG508", ("dots.gif",))),
    ("heavy", "IMG509", edit, partial(_kind, "IMG509", ("raw", "mask"), "heavy.png")),
    ("mask-size", "IMG510", edit, partial(_kind, "IMG510", ("mask",), "small.png")),
    ("control-size", "IMG511", partial(customize, kind="controlled"), _control_size),
    ("scribble-size", "IMG512", segment, partial(_kind, "IMG512", ("scribble",), "small.png")),
    ("mask-black", "IMG513", edit, partial(_kind, "IMG513", ("mask",), "black.png")),
    ("scribble-black", "IMG513", segment, partial(_kind, "IMG513", ("scribble",), "black.png")),
    ("mask-white", "IMG514", edit, partial(_kind, "IMG514", ("mask",), "white.png")),
    ("mask-grey", "IMG515", edit, partial(_kind, "IMG515", ("mask",), "grey.png")),
    ("mask-clear", "IMG516", edit, partial(_kind, "IMG516", ("mask",), "clear.png")),
    ("turned", "IMG517", any_recipe, partial(_anywhere, "IMG517", ("turned.jpg",))),
    ("lying", "IMG517", edit, partial(_kind, "IMG517", ("raw",), "lying.jpg")),
    ("huge", "IMG518", upscale, _huge),
    ("damaged", "IMG519", edit, partial(_kind, "IMG519", ("raw", "mask"), "damaged.png")),
    ("scribble-jpeg", "IMG520", segment, partial(_kind, "IMG520", ("scribble",), "scribble.jpg")),
    ("stated", "IMG521", any_recipe, _stated),
)
FILES = tuple(Planter(name, code, base, plant) for name, code, base, plant in _PLANTS)
