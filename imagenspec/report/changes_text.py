"""Differences between revisions as text, readable at 100 columns."""

from __future__ import annotations

import json
import re
import textwrap
from typing import TYPE_CHECKING, Any

from imagenspec.report.text import visible
from imagenspec.review.pricing import money
from imagenspec.review.values import ABSENT, ImageState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagenspec.review.values import Again, CaseChange, Difference, Reason, RecipeChange

_WIDTH = 100
_KEPT = 6
"""How many words are shown on either side of words that differ."""
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


def summary_of(found: Difference) -> str:
    """Return a difference as one line of counts."""
    sides = f"{visible(found.old)} to {visible(found.new)}"
    counts = [(found.count(word), word) for word in ("added", "removed", "changed") if found.count(word)]
    broken = sum(recipe.word == "broken" or recipe.broken_new is not None for recipe in found.recipes)
    renamed = sum(recipe.word == "renamed" for recipe in found.recipes)
    cases = [f"{_cases(count) if not index else count} {word}" for index, (count, word) in enumerate(counts)]
    parts = [", ".join(cases)] if cases else [] if broken else ["no request changed"]
    parts += [
        f"{count} recipe{'s' * (count > 1)} {word}"
        for count, word in ((renamed, "renamed"), (broken, "broken"))
        if count
    ]
    return f"{sides}, {found.compared} recipe{'s' * (found.compared != 1)}: {'; '.join(parts)}"


def again_in_words(again: Again) -> str:
    """Return what rendering again takes as one line."""
    line = (
        f"to render again: {again.requests} request{'s' * (again.requests != 1)}, "
        f"{again.samples} sample{'s' * (again.samples != 1)}, {money(again.usd, again.unknown)}"
    )
    return line + (f"; no price is known for {', '.join(map(visible, again.unknown))}" if again.unknown else "")


def runs_of(words: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield runs of words; of those that stay, only what stands near a difference."""
    for index, (mark, text) in enumerate(words):
        kept = text.split()
        if mark != " " or len(kept) <= 2 * _KEPT:
            yield mark, text
            continue
        head = [] if index == 0 else kept[:_KEPT]
        tail = [] if index == len(words) - 1 else kept[-_KEPT:]
        yield mark, " ".join([*head, "...", *tail])


def value_in_words(value: Any) -> str:
    """Return a member of a request as one short line; base64 is only counted."""
    if value is ABSENT:
        return "nothing"
    if isinstance(value, ImageState):
        return image_in_words(value)
    text = without_base64(json.dumps(plain(value), ensure_ascii=False))
    return visible(_cut(text))


def image_in_words(image: ImageState) -> str:
    """Return an image as one line: its path, the beginnings of its digests, and its sizes."""
    size = "size unknown" if image.size is None else f"{image.size[0]}x{image.size[1]} px"
    look = image.thumbnail[:8] if image.thumbnail else "unknown"
    return f"{visible(_cut(image.path))} sha256 {image.sha256[:12]}, {image.bytes:,} bytes, {size}, thumbnail {look}"


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
        return f"renamed from {recipe.old_recipe}, {_cases(recipe.same)} as before"
    if recipe.word == "changed":
        return "changed" + (f", {_cases(recipe.same)} as before" if recipe.same else "")
    return recipe.word


def _cases(count: int) -> str:
    return f"{count} case{'s' * (count != 1)}"


def _recipe(recipe: RecipeChange, found: Difference) -> Iterator[str]:
    yield f"{visible(recipe.recipe)}: {visible(headline_of(recipe))}"
    for side, why in ((found.old, recipe.broken_old), (found.new, recipe.broken_new)):
        if why is not None:
            yield from _wrapped(f"broken at {side}: {why}", "  ")
    for case in recipe.cases[:_MOST_CASES]:
        yield from _case(case)
    if len(recipe.cases) > _MOST_CASES:
        yield f"  and {len(recipe.cases) - _MOST_CASES:,} more cases"


def _case(case: CaseChange) -> Iterator[str]:
    name = f"{visible(case.case)}: " if case.case else ""
    if case.word == "moved":
        yield f"  {name}was {visible(case.old_case or '')}, the same request"
        return
    samples = f", {case.samples} sample{'s' * (case.samples != 1)}" if case.samples else ""
    yield f"  {name}{case.word} ({visible(case.model)}{samples})"
    for reason in case.reasons:
        yield from _reason(reason)


def _reason(reason: Reason) -> Iterator[str]:
    if reason.words:
        yield f"    {reason.kind} {visible(reason.pointer)}"
        marks = {"-": ("[-", "-]"), "+": ("{+", "+}"), " ": ("", "")}
        text = " ".join(f"{marks[mark][0]}{words}{marks[mark][1]}" for mark, words in runs_of(reason.words))
        yield from _wrapped(without_base64(text), "      ")
    elif isinstance(reason.old, ImageState) or isinstance(reason.new, ImageState):
        yield f"    {reason.kind} {visible(reason.pointer)}" + (", looks the same" if reason.is_same_look else "")
        yield f"      - {value_in_words(reason.old)}"
        yield f"      + {value_in_words(reason.new)}"
    else:
        name = "rule data" if reason.kind == "data" else reason.kind
        where = f"{name} {visible(reason.pointer)}" if reason.pointer and reason.kind != "seed" else name
        line = f"    {where}: {value_in_words(reason.old)} -> {value_in_words(reason.new)}"
        if len(line) <= _WIDTH:
            yield line
            return
        yield f"    {where}:"
        yield f"      - {value_in_words(reason.old)}"
        yield f"      + {value_in_words(reason.new)}"


def _wrapped(text: str, indent: str) -> Iterator[str]:
    shown = " ".join(visible(text.replace("\n", " ")).split())
    yield from textwrap.wrap(shown, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
