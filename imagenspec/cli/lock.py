"""``imagenspec lock``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imagenspec.cli.common import parse_variables
from imagenspec.errors import UsageError
from imagenspec.project.discovery import case_name
from imagenspec.project.options import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.report.text import many, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagenspec.render.plan import Plan


@click.command("lock")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a lock does not hold.")
@click.option("--force", is_flag=True, help="Drop pictures from locks that may have been paid for.")
@click.option("--var", "assignments", multiple=True, metavar="NAME=VALUE", help="Override a default of vars.")
@click.option("--max-cases", default=DEFAULT_MAX_CASES, show_default=True, help="The most cases of a matrix.")
def command(paths: tuple[str, ...], check: bool, force: bool, assignments: tuple[str, ...], max_cases: int) -> None:
    """Write down which requests recipes make, without sending them.

    A case that changed loses its pictures in the lock, which is refused where they may have been paid for; one that
    did not keeps them, whatever target they are from. A lock without a recipe does not hold; it stays for you to
    delete. With --check, pictures are not looked for: a case holds where its line does, and brought what the recipe
    wants.
    """
    from imagenspec.cli.plans import Destination, planned  # noqa: PLC0415 - it reads what only renders write
    from imagenspec.render.locks.orphans import orphans  # noqa: PLC0415

    options = Options(parse_variables(assignments), max_cases)
    named = paths or (".",)
    found = planned(named, options, Destination("emulator"), by_anyone=True)
    if not check and not force:
        _check_paid(found.plans)
    stale = 0
    for one in found.plans:
        stale += _told(one, check=check)
        if not check:
            _write(one)
    alone = list(orphans(named))
    for orphan in alone:
        click.echo(visible(f"{orphan}: lock without a recipe; delete it"), err=not check)
    word = "not fresh" if check else "written"
    said = f"{many(stale, 'case')} {word}" if stale else "nothing to change"
    said += f", {len(alone)} without a recipe" if alone else ""
    click.echo(f"{many(len(found.plans), 'lock')}: {said}", err=True)
    raise SystemExit(1 if found.refused or (check and (stale or alone)) else 0)


def _told(one: Plan, *, check: bool) -> int:
    """Print the cases whose lines do not hold, or whose requests did not bring what was wanted; return how many."""
    states = {case: one.by_lock(case) if check else state for case, state in one.states.items()}
    stale = {case: state for case, state in states.items() if state.word != "fresh"}
    for case, state in stale.items():
        click.echo(visible(f"{case_name(one.recipe, case)}: {state.words}"), err=not check)
    return len(stale)


def _check_paid(plans: Iterable[Plan]) -> None:
    """Refuse to drop pictures from a lock that somebody may have paid for: it keeps others from taking their place.

    Raises:
        UsageError: There are such pictures.
    """
    lost = [case_name(one.recipe, case) for one in plans for case in one.paid_and_stale]
    if lost:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        raise UsageError(
            f"{lost[0]}{more}: the lock has pictures that may have been paid for, and would lose them; render "
            'with the target that made them, or say "--force"; nothing was written'
        )


def _write(one: Plan) -> None:
    from imagenspec.render.delivery import write_lock  # noqa: PLC0415
    from imagenspec.render.plan import SERVICE  # noqa: PLC0415

    anew = [(work, ()) for work in one.works if one.states[work.task.case].word != "fresh"]
    if any(state.word != "fresh" for state in one.states.values()):
        write_lock(one.recipe, anew, one.cases, SERVICE)
