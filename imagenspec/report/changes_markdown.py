"""Differences between revisions as Markdown, for a pull request; nothing that a recipe says is Markdown or HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.report.changes_text import (
    again_in_words,
    headline_of,
    runs_of,
    summary_of,
    value_in_words,
    without_base64,
)
from imagenspec.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.review.values import CaseChange, Difference, Reason, RecipeChange

_MOST_ROWS = 200
_MOST_CHARACTERS = 60_000
"""A comment of GitHub has at most 65,536 characters."""
_MOST_CASES = 20


def difference_as_markdown(found: Difference) -> str:
    """Return a difference as Markdown: one line, a table of recipes, and the reasons to unfold."""
    lines = [f"**imagenspec diff**: {_escaped(summary_of(found))}", ""]
    if found.again.requests:
        lines += [_escaped(again_in_words(found.again)), ""]
    if not found.recipes:
        return "\n".join(lines)
    lines += ["| recipe | | added | removed | changed |", "| --- | --- | ---: | ---: | ---: |"]
    lines += [_row(recipe) for recipe in found.recipes[:_MOST_ROWS]]
    if len(found.recipes) > _MOST_ROWS:
        lines += ["", f"and {len(found.recipes) - _MOST_ROWS} more recipes"]
    lines.append("")
    left = _MOST_CHARACTERS - sum(len(line) + 1 for line in lines)
    for number, recipe in enumerate(found.recipes):
        block = "\n".join(_details(recipe, found))
        if len(block) > left:
            lines.append(f"The details of {len(found.recipes) - number} recipes are left out; the command shows them.")
            break
        left -= len(block) + 1
        lines.append(block)
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(recipe: RecipeChange) -> str:
    counts = [sum(case.word == word for case in recipe.cases) or "" for word in ("added", "removed", "changed")]
    what = headline_of(recipe) if recipe.word != "renamed" else "renamed"
    return f"| {_code(recipe.recipe)} | {_escaped(what)} | {' | '.join(map(str, counts))} |"


def _details(recipe: RecipeChange, found: Difference) -> Iterator[str]:
    yield f"<details><summary>{_code(recipe.recipe)}: {_escaped(recipe.word)}</summary>"
    yield ""
    if recipe.old_recipe is not None:
        yield f"* renamed from {_code(recipe.old_recipe)}"
    for side, why in ((found.old, recipe.broken_old), (found.new, recipe.broken_new)):
        if why is not None:
            yield f"* broken at {_code(side)}: {_code(why)}"
    for case in recipe.cases[:_MOST_CASES]:
        yield from _case(case)
    if len(recipe.cases) > _MOST_CASES:
        yield f"* and {len(recipe.cases) - _MOST_CASES} more cases"
    yield ""
    yield "</details>"
    yield ""


def _case(case: CaseChange) -> Iterator[str]:
    name = f"{_code(case.case)}: " if case.case else ""
    if case.word == "moved":
        yield f"* {name}was {_code(case.old_case or '')}, the same request"
        return
    yield f"* {name}{case.word} ({_code(case.model)})"
    for reason in case.reasons:
        yield f"  * {_reason(reason)}"


def _reason(reason: Reason) -> str:
    what = "rule data" if reason.kind == "data" else reason.kind
    head = f"{what} {_code(reason.pointer)}" if reason.pointer else what
    if reason.words:
        marks = {"-": ("<del>", "</del>"), "+": ("<ins>", "</ins>"), " ": ("", "")}
        return f"{head}: " + " ".join(
            f"{marks[mark][0]}{_code(without_base64(text))}{marks[mark][1]}" for mark, text in runs_of(reason.words)
        )
    same = ", looks the same" if reason.is_same_look else ""
    return f"{head}{same}: {_code(value_in_words(reason.old))} to {_code(value_in_words(reason.new))}"


def _code(text: str) -> str:
    return f"<code>{_escaped(text)}</code>"


def _escaped(text: str) -> str:
    """Return text in which no character has a meaning to Markdown, HTML, or the linking of names and numbers."""
    line = " ".join(visible(text.replace("\n", " ")).split())
    safe = re.sub(r":(?=\S)|[^\w ,;:/=().\u0080-\U0010ffff-]|_", lambda one: f"&#{ord(one[0])};", line)
    return re.sub(r"(?i)\bwww\.", lambda one: f"{one[0][:-1]}&#46;", safe)
