"""Differences between revisions as JSON, for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imagenspec._version import __version__
from imagenspec.report.changes_text import plain, without_base64
from imagenspec.review.values import ABSENT, ImageState
from imagenspec.source.text import harmless_json

if TYPE_CHECKING:
    from imagenspec.review.values import CaseChange, Difference, Reason, RecipeChange

VERSION = 1
"""The version of the format; members may be added to it, none is taken away or changed."""


def difference_as_json(found: Difference) -> str:
    """Return a difference as one JSON document; an amount that is not known as a whole is null."""
    again = found.again
    report = {
        "version": VERSION,
        "tool": {"name": "imagenspec", "version": __version__},
        "old": found.old,
        "new": found.new,
        "recipes": [_recipe(one) for one in found.recipes],
        "again": {
            "requests": again.requests,
            "samples": again.samples,
            "usd": None if again.unknown else round(again.usd, 6),
            "usd_of_known_prices": round(again.usd, 6),
            "unknown_prices": list(again.unknown),
        },
        "summary": {
            "recipes": found.compared,
            "differs": not found.is_empty,
            **{word: found.count(word) for word in ("added", "removed", "changed", "moved")},
            "renamed": found.renamed,
            "broken": found.broken,
            "broken_before": found.broken_before,
            "broken_now": found.broken_now,
            "submodules_left_out": list(found.submodules),
        },
    }
    text = json.dumps(_shown(report), indent=2, ensure_ascii=False)
    return harmless_json(text.encode("utf-8", "replace").decode())


def _recipe(one: RecipeChange) -> dict[str, Any]:
    return {
        "recipe": one.recipe,
        "change": one.word,
        "old_recipe": one.old_recipe,
        "same_cases": one.same,
        "broken": {"old": one.broken_old, "new": one.broken_new},
        "cases": [_case(case) for case in one.cases],
    }


def _case(one: CaseChange) -> dict[str, Any]:
    return {
        "case": one.case,
        "change": one.word,
        "old_case": one.old_case,
        "model": one.model,
        "samples": one.samples,
        "digest": {"old": one.old, "new": one.new},
        "reasons": [_reason(reason) for reason in one.reasons],
    }


def _reason(one: Reason) -> dict[str, Any]:
    members: dict[str, Any] = {"kind": one.kind, "pointer": one.pointer or None}
    members |= {side: _value(value) for side, value in (("old", one.old), ("new", one.new)) if value is not ABSENT}
    if one.words:
        members["words"] = [[mark, text] for mark, text in one.words]
    if isinstance(one.old, ImageState) and isinstance(one.new, ImageState):
        members["looks_the_same"] = one.is_same_look
    return members


def _value(value: Any) -> Any:
    if not isinstance(value, ImageState):
        return plain(value)
    size = None if value.size is None else {"width": value.size[0], "height": value.size[1]}
    submodule = None if value.submodule is None else value.submodule._asdict()
    return {**plain(value), "size": size, "thumbnail": value.thumbnail, "submodule": submodule}


def _shown(value: Any) -> Any:
    """Return plain data in which what looks like base64 is only counted."""
    if isinstance(value, str):
        return without_base64(value)
    if isinstance(value, dict):
        return {without_base64(name): _shown(child) for name, child in value.items()}
    return [_shown(child) for child in value] if isinstance(value, list) else value
