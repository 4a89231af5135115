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

    A case is fresh where its line in the lock still holds, brought what the recipe wants, and its pictures are there.
    An edited one is fresh too, but a picture of it was changed since; a render leaves it so. Where the picture of
    another render stands instead, a render puts the right one there. The ledger is that of the whole project, whatever
    recipes are named.
    """
    from imagenspec.cli.plans import Destination, planned  # noqa: PLC0415 - it reads what only renders write
    from imagenspec.render.locks.orphans import orphans  # noqa: PLC0415
    from imagenspec.render.plan import lock_target  # noqa: PLC0415

    options = Options(parse_variables(assignments), max_cases)
    named = paths or (".",)
    found = planned(named, options, Destination(word, project, location, sends=False))
    for one in found.plans:
        for line in _lines(one):
            click.echo(line)
    for orphan in orphans(named):
        click.echo(visible(f"{orphan}: lock without a recipe; delete it"))
    for root in dict.fromkeys(one.root for one in found.plans):
        click.echo(_ledger_line(root, lock_target(found.settings.target)))
    raise SystemExit(1 if found.refused else 0)


def _lines(one: Plan) -> Iterator[str]:
    """Yield a line for a recipe, and one for each of its cases that is not fresh."""
    from imagenspec.render.locks.lockfile import EDITED, STATE_WORDS  # noqa: PLC0415

    states = {case: one.state_of_pictures(case) for case in one.states}
    counts = Counter(state.word for state in states.values())
    counted = [f"{counts[word]} {word}" for word in (*STATE_WORDS, EDITED) if counts[word]]
    yield f"{visible(one.recipe)}: {', '.join(counted)}"
    for case, state in states.items():
        if state.word != "fresh" and (case or state.what):
            yield visible(f"  {case}: {state.words}" if case else f"  {state.words}")


def _ledger_line(root: Path, target: str) -> str:
    from imagenspec.render.ledger.ledger import Ledger, ledger_path  # noqa: PLC0415
    from imagenspec.render.locks.lockfile import target_word  # noqa: PLC0415

    whose = f"ledger of {target_word(target)}, whole project"
    if not ledger_path(root, target).is_file():
        return f"{whose}: nothing was sent from here"
    with Ledger(root, target, looking=True) as ledger:
        counts = ledger.counts()
    return f"{whose}: {', '.join(f'{count} {state}' for state, count in counts.items() if count) or 'empty'}"
