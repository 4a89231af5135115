"""Differences between revisions as text, readable at 100 columns."""

from __future__ import annotations

import json
import re
import textwrap
from typing import TYPE_CHECKING, Any

from imagenspec.report.changes_words import runs_of
from imagenspec.report.text import visible
from imagenspec.review.pricing import money
from imagenspec.review.values import ABSENT, ImageState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.review.values import Again, CaseChange, Difference, Reason, RecipeChange

_WIDTH = 100
_LONGEST = 60
_MOST_CASES = 100
"""The most cases of one recipe that are shown; JSON has them all."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{200,}={0,2}")


def difference_as_text(found: Difference) -> Iterator[str]:
    """Yield a difference as lines: recipes, their cases with the reasons, and what rendering again takes."""
    for recipe in found.recipes:
        yield from _recipe(recipe, found)
    yield summary_of(found)
    if found.again.requests:
        yield again_in_words(found.again)
    if found.submodules:
        yield left_out_in_words(found)


def summary_of(found: Difference) -> str:
    """Return a difference as one line of counts."""
    sides = f"{visible(found.old)} to {visible(found.new)}"
    if not found.compared:
        return f"{sides}: no recipes to compare"
    counts = [(found.count(word), word) for word in ("added", "removed", "changed") if found.count(word)]
    cases = [f"{_cases(count) if not index else count} {word}" for index, (count, word) in enumerate(counts)]
    parts = [", ".join(cases)] if cases else [] if found.broken else ["no request changed"]
    parts += [
        f"{count} recipe{'s' * (count > 1)} {word}"
        for count, word in (
            (found.renamed, "renamed"),
            (found.broken_now, "broken now"),
            (found.broken_before, "broken before"),
        )
        if count
    ]
    return f"{sides}, {found.compared} recipe{'s' * (found.compared != 1)}: {'; '.join(parts)}"


def left_out_in_words(found: Difference) -> str:
    """Return which recipes were not compared as one line."""
    names = f"submodule{'s' * (len(found.submodules) > 1)} {', '.join(map(visible, found.submodules))}"
    return f"not compared: the recipes in the {names}; run diff there"


def again_in_words(again: Again) -> str:
    """Return what rendering again takes as one line."""
    line = (
        f"to render again: {again.requests} request{'s' * (again.requests != 1)}, "
        f"{samples_in_words(again.samples)}, {money(again.usd, again.unknown)}"
    )
    return line + (f"; no price is known for {', '.join(map(visible, again.unknown))}" if again.unknown else "")


def value_in_words(value: Any, side: str) -> str:
    """Return a member of a request as one short line; base64 is only counted.

    Args:
        value: The member.
        side: What people call the side that it is of.
    """
    if value is ABSENT:
        return "nothing"
    if isinstance(value, ImageState):
        return image_in_words(value, side)
    text = without_base64(json.dumps(plain(value), ensure_ascii=False))
    return visible(_cut(text))


def image_in_words(image: ImageState, side: str) -> str:
    """Return an image as one line: its path, the beginnings of its digests, and its sizes."""
    if image.sha256 is None:
        away = image.submodule
        why = "git does not have it"
        if away is not None:
            why = f"commit {away.commit[:12]} of the submodule {visible(away.path)} is not here"
        return f"{visible(_cut(image.path))} unknown at {visible(side)}, {why}"
    size = "size unknown" if image.size is None else f"{image.size[0]}x{image.size[1]} px"
    look = image.thumbnail[:8] if image.thumbnail else "unknown"
    facts = f"sha256 {image.sha256[:12]}, {image.bytes or 0:,} bytes, {size}, thumbnail {look}"
    return f"{visible(_cut(image.path))} {facts}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def plain(value: Any) -> Any:
    """Return a member of a request as plain data."""
    if isinstance(value, ImageState):
        return {"path": value.path, "sha256": value.sha256, "bytes": value.bytes}
    if isinstance(value, dict):
        return {name: plain(child) for name, child in value.items()}
    return [plain(child) for child in value] if isinstance(value, list) else value


def without_base64(text: str) -> str:
    """Return text in which what looks like base64 is only counted."""
    return _BASE64.sub(lambda run: f"<{len(run[0])} characters of base64>", text) if len(text) > 200 else text


def headline_of(recipe: RecipeChange) -> str:
    """Return in words what became of a recipe as a whole."""
    if recipe.word == "renamed":
        return f"renamed from {recipe.old_recipe}" + (f", {_cases(recipe.same)} as before" if recipe.same else "")
    if recipe.word == "changed":
        return "changed" + (f", {_cases(recipe.same)} as before" if recipe.same else "")
    if recipe.word == "broken" and None in (recipe.broken_old, recipe.broken_new):
        word = "broken before" if recipe.broken_new is None else "broken now"
    else:
        word = recipe.word
    return word + ("" if recipe.old_recipe is None else f", was {recipe.old_recipe}")


def old_name_of(case: CaseChange) -> str:
    """Return what a case with another id was called; the case of a recipe without a matrix has no id."""
    return case.old_case or "the only case"


def samples_in_words(count: int) -> str:
    """Return a number of samples in words."""
    return f"{count} sample{'s' * (count != 1)}"


def _cases(count: int) -> str:
    return f"{count} case{'s' * (count != 1)}"


def _recipe(recipe: RecipeChange, found: Difference) -> Iterator[str]:
    yield f"{visible(recipe.recipe)}: {visible(headline_of(recipe))}"
    for side, why in ((found.old, recipe.broken_old), (found.new, recipe.broken_new)):
        if why is not None:
            yield from _wrapped(f"broken at {side}: {why}", "  ")
    for case in recipe.cases[:_MOST_CASES]:
        yield from _case(case, found)
    if len(recipe.cases) > _MOST_CASES:
        yield f"  and {len(recipe.cases) - _MOST_CASES:,} more cases"


def _case(case: CaseChange, found: Difference) -> Iterator[str]:
    name = f"{visible(case.case)}: " if case.case else ""
    if case.word == "moved":
        yield f"  {name}was {visible(old_name_of(case))}, the same request"
        return
    samples = f", {samples_in_words(case.samples)}" if case.samples else ""
    was = "" if case.old_case is None else f", was {visible(old_name_of(case))}"
    yield f"  {name}{case.word}{was} ({visible(case.model)}{samples})"
    for reason in case.reasons:
        yield from _reason(reason, found)


def _reason(reason: Reason, found: Difference) -> Iterator[str]:
    old, new = value_in_words(reason.old, found.old), value_in_words(reason.new, found.new)
    if reason.words:
        yield f"    {reason.kind} {visible(reason.pointer)}"
        marks = {"-": ("[-", "-]"), "+": ("{+", "+}"), " ": ("", "")}
        text = "".join(f"{marks[mark][0]}{words}{marks[mark][1]}" for mark, words in runs_of(reason.words))
        yield from _wrapped(without_base64(text), "      ")
    elif isinstance(reason.old, ImageState) or isinstance(reason.new, ImageState):
        yield f"    {reason.kind} {visible(reason.pointer)}" + (", looks the same" if reason.is_same_look else "")
        yield f"      - {old}"
        yield f"      + {new}"
    else:
        name = "rule data" if reason.kind == "data" else reason.kind
        where = f"{name} {visible(reason.pointer)}" if reason.pointer and reason.kind != "seed" else name
        line = f"    {where}: {old} -> {new}"
        if len(line) <= _WIDTH:
            yield line
            return
        yield f"    {where}:"
        yield f"      - {old}"
        yield f"      + {new}"


def _wrapped(text: str, indent: str) -> Iterator[str]:
    shown = " ".join(visible(text.replace("\n", " ")).split())
    yield from textwrap.wrap(shown, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
