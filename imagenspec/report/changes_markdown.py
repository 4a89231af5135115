"""Differences between revisions as Markdown, for a pull request; nothing that a recipe says is Markdown or HTML."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from imagenspec.report.changes_text import (
    again_in_words,
    headline_of,
    left_out_in_words,
    old_name_of,
    samples_in_words,
    summary_of,
    value_in_words,
    without_base64,
)
from imagenspec.report.changes_words import runs_of
from imagenspec.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagenspec.review.values import CaseChange, Difference, Reason, RecipeChange

_MOST_CHARACTERS = 60_000
"""A comment of GitHub has at most 65,536 characters."""
_MOST_OF_TABLE = 20_000
_MOST_OF_REASON = 4_000
_MOST_CASES = 20
_MOST_MODELS = 20


def difference_as_markdown(found: Difference) -> str:
    """Return a difference as Markdown: one line, a table of recipes, and the reasons to unfold.

    It is short enough for a comment of GitHub: recipes and cases are left out for that and counted, totals never.
    """
    again = found.again._replace(unknown=found.again.unknown[:_MOST_MODELS])
    lines = [f"**imagenspec diff**: {_escaped(summary_of(found))}", ""]
    if again.requests:
        lines += [_escaped(again_in_words(again)), ""]
    if found.submodules:
        lines += [_escaped(left_out_in_words(found._replace(submodules=found.submodules[:_MOST_MODELS]))), ""]
    if not found.recipes:
        return "\n".join(lines)
    lines += ["| recipe | | added | removed | changed |", "| --- | --- | ---: | ---: | ---: |"]
    rows = _first([_row(recipe) for recipe in found.recipes], _MOST_OF_TABLE)
    lines += rows
    if len(rows) < len(found.recipes):
        lines += ["", f"and {len(found.recipes) - len(rows):,} more recipes"]
    lines.append("")
    left = _MOST_CHARACTERS - _length(lines)
    for number, recipe in enumerate(found.recipes):
        block = _details(recipe, found, left)
        if not block:
            more = len(found.recipes) - number
            lines.append(f"The details of {more:,} more recipes are left out; the command shows them.")
            break
        left -= _length(block)
        lines += block
    return "\n".join(lines).rstrip("\n") + "\n"


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _first(lines: Sequence[str], most: int) -> Sequence[str]:
    """Return the first lines that have so many characters together at most."""
    total = list(accumulate(len(line) + 1 for line in lines))
    return lines[: bisect_right(total, most)]


def _row(recipe: RecipeChange) -> str:
    counts = [sum(case.word == word for case in recipe.cases) or "" for word in ("added", "removed", "changed")]
    what = headline_of(recipe) if recipe.word != "renamed" else "renamed"
    return f"| {_code(recipe.recipe)} | {_escaped(what)} | {' | '.join(map(str, counts))} |"


def _details(recipe: RecipeChange, found: Difference, most: int) -> Sequence[str]:
    """Return what became of a recipe, with as many of its cases as there is room for; nothing if there is none."""
    head = [f"<details><summary>{_code(recipe.recipe)}: {_escaped(recipe.word)}</summary>", ""]
    if recipe.old_recipe is not None:
        head.append(f"* was {_code(recipe.old_recipe)}")
    for side, why in ((found.old, recipe.broken_old), (found.new, recipe.broken_new)):
        if why is not None:
            head.append(f"* broken at {_code(side)}: {_code(why)}")
    end = ["", "</details>", ""]
    more = f"* and {len(recipe.cases):,} more cases"
    room = most - _length([*head, more, *end])
    cases = _first(["\n".join(_case(case, found)) for case in recipe.cases[:_MOST_CASES]], room)
    if room < 0 or (recipe.cases and not cases):
        return []
    left_out = len(recipe.cases) - len(cases)
    return [*head, *cases, *([f"* and {left_out:,} more cases"] if left_out else []), *end]


def _case(case: CaseChange, found: Difference) -> Iterator[str]:
    name = f"{_code(case.case)}: " if case.case else ""
    if case.word == "moved":
        yield f"* {name}was {_code(old_name_of(case))}, the same request"
        return
    was = "" if case.old_case is None else f", was {_code(old_name_of(case))}"
    samples = f", {samples_in_words(case.samples)}" if case.samples else ""
    yield f"* {name}{case.word}{was} ({_code(case.model)}{samples})"
    for reason in case.reasons:
        line = _reason(reason, found)
        yield f"  * {line if len(line) <= _MOST_OF_REASON else f'{_head_of(reason)}: too long to be shown here'}"


def _reason(reason: Reason, found: Difference) -> str:
    head = _head_of(reason)
    if reason.words:
        return f"{head}: " + "".join(_run(mark, text) for mark, text in runs_of(reason.words)).strip()
    same = ", looks the same" if reason.is_same_look else ""
    old, new = value_in_words(reason.old, found.old), value_in_words(reason.new, found.new)
    return f"{head}{same}: {_code(old)} to {_code(new)}"


def _head_of(reason: Reason) -> str:
    what = "rule data" if reason.kind == "data" else reason.kind
    return f"{what} {_code(reason.pointer)}" if reason.pointer else what


def _run(mark: str, text: str) -> str:
    """Return a run of words; blanks around it stand outside of the markup, which would lose them."""
    tag = {"-": "del", "+": "ins"}.get(mark)
    bare = _code(without_base64(text.strip())) if text.strip() else ""
    shown = f"<{tag}>{bare}</{tag}>" if tag is not None else bare
    return f"{' ' * text.startswith(' ')}{shown}{' ' * text.endswith(' ')}"


def _code(text: str) -> str:
    return f"<code>{_escaped(text)}</code>"


def _escaped(text: str) -> str:
    """Return text in which no character has a meaning to Markdown, HTML, or the linking of names and numbers."""
    line = " ".join(visible(text.replace("\n", " ")).split())
    safe = re.sub(r":(?=\S)|[^\w ,;:/=().\u0080-\U0010ffff-]|_", lambda one: f"&#{ord(one[0])};", line)
    return re.sub(r"(?i)\bwww\.", lambda one: f"{one[0][:-1]}&#46;", safe)
