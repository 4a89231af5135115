"""``imagenspec status``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from imagenspec.cli.common import parse_variables
from imagenspec.project.options import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imagenspec.render.plan import Plan

_WORDS = ("fresh", "changed", "new", "gone", "without pictures")


@click.command("status")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--target", "word", metavar="WHERE", help="Whose pictures are wanted: emulator, vertex, or a base URL.")
@click.option("--var", "assignments", multiple=True, metavar="NAME=VALUE", help="Override a default of vars.")
@click.option("--project", help="The Google Cloud project that pays.")
@click.option("--location", help="The location whose models answer, such as us-central1.")
@click.option("--max-cases", default=DEFAULT_MAX_CASES, show_default=True, help="The most cases of a matrix.")
def command(
    paths: tuple[str, ...],
    word: str | None,
    assignments: tuple[str, ...],
    project: str | None,
    location: str | None,
    max_cases: int,
) -> None:
    """Say what a render would have to do, and what the ledger has; nothing is sent or written.

    A case is fresh where its line in the lock still holds and its pictures are there.
    """
    from imagenspec.cli.plans import Destination, planned  # noqa: PLC0415 - it reads what only renders write
    from imagenspec.render.plan import lock_target  # noqa: PLC0415

    options = Options(parse_variables(assignments), max_cases)
    found = planned(paths or (".",), options, Destination(word, project, location))
    for one in found.plans:
        for line in _lines(one):
            click.echo(line)
    for root in dict.fromkeys(one.root for one in found.plans):
        click.echo(_ledger_line(root, lock_target(found.settings.target)))
    raise SystemExit(1 if found.refused else 0)


def _lines(one: Plan) -> Iterator[str]:
    """Yield a line for a recipe, and one for each of its cases that is not fresh."""
    words = {case: _word(one, case) for case in one.states}
    counts = Counter(words.values())
    yield f"{visible(one.recipe)}: {', '.join(f'{counts[word]} {word}' for word in _WORDS if counts[word])}"
    for case, word in words.items():
        if word != "fresh" and (case or one.states[case].what):
            what = one.states[case].why
            yield f"  {visible(case) + ': ' if case else ''}{word}{f' ({what})' if what else ''}"


def _word(one: Plan, case: str) -> str:
    word = one.states[case].word
    return "without pictures" if word == "fresh" and not one.has_pictures(case) else word


def _ledger_line(root: Path, target: str) -> str:
    from imagenspec.render.ledger import Ledger, ledger_path  # noqa: PLC0415

    whose = target or "vertex"
    if not ledger_path(root, target).is_file():
        return f"ledger of {whose}: nothing was sent from here"
    with Ledger(root, target) as ledger:
        counts = ledger.counts()
    return f"ledger of {whose}: {', '.join(f'{count} {state}' for state, count in counts.items() if count) or 'empty'}"
