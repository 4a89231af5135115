"""``imagenspec plan``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imagenspec.cli.common import Money, parse_day, parse_variables
from imagenspec.errors import UsageError
from imagenspec.project.options import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.report.text import visible

if TYPE_CHECKING:
    from datetime import date

    from imagenspec.review.plan import RenderPlan


@click.command("plan")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("-o", "--output", metavar="FILE", help="Write the plan into a file, for render --plan.")
@click.option("--target", "word", metavar="WHERE", help="Whose pictures are wanted: emulator, vertex, or a base URL.")
@click.option("--case", "cases", multiple=True, metavar="ID", help="Only this case; may be repeated.")
@click.option("--var", "assignments", multiple=True, metavar="NAME=VALUE", help="Override a default of vars.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--before", metavar="DATE", callback=parse_day, help="Name models that end before it; else in 90 days.")
@click.option("--as-of", metavar="DATE", callback=parse_day, help="The day of the plan, instead of today.")
@click.option("--max-cost", type=Money(), metavar="USD", help="Exit with 1 if it may cost more.")
@click.option("--max-requests", type=click.IntRange(0), metavar="N", help="Exit with 1 if there are more requests.")
@click.option("--project", help="The Google Cloud project that would pay; it is not written down.")
@click.option("--location", help="The location whose models answer, such as us-central1.")
@click.option("--max-cases", default=DEFAULT_MAX_CASES, show_default=True, help="The most cases of a matrix.")
def command(
    paths: tuple[str, ...],
    output: str | None,
    word: str | None,
    cases: tuple[str, ...],
    assignments: tuple[str, ...],
    form: str,
    before: date | None,
    as_of: date | None,
    max_cost: float | None,
    max_requests: int | None,
    project: str | None,
    location: str | None,
    max_cases: int,
) -> None:
    """Say what a render would send, what it costs and how long it takes; nothing is sent.

    Money is that of the documented service, whatever the target; a price that nobody knows is "unknown", and is over
    any --max-cost. What the ledger has is not sent, and not counted. Exit code 1: a gate is passed, or a recipe has
    errors; -o writes nothing then.
    """
    from imagenspec.cli.plans import Destination, planned  # noqa: PLC0415 - other commands need no locks
    from imagenspec.review.planning import Wanted, planned_on  # noqa: PLC0415

    names = tuple(_relative(path) for path in paths or (".",))
    options = Options(parse_variables(assignments), max_cases, as_of=as_of)
    found = planned(names, options, Destination(word, project, location, sends=False), cases)
    made = planned_on(found.settings.terms, found.plans, Wanted(names, cases, options, before))
    passed = _gates(made, max_cost, max_requests)
    _show(made, form, output, holds=not passed and not found.refused)
    for line in passed:
        click.echo(f"imagenspec: {line}", err=True)
    if output is not None and (passed or found.refused):
        file = "the plan" if output == "-" else visible(output)
        click.echo(f"{file} was not written: it is not to be rendered", err=True)
    raise SystemExit(1 if passed or found.refused else 0)


def _relative(path: str) -> str:
    """Return a path from the working folder, so that a plan does not say where that is."""
    if path == "-":
        return path
    return Path(os.path.relpath(path)).as_posix()


def _show(made: RenderPlan, form: str, output: str | None, *, holds: bool) -> None:
    """Write a plan into its file where it holds, and print it.

    Raises:
        UsageError: The file is no place for a plan, or the plan is too large for any.
    """
    from imagenspec.project.output import write_whole  # noqa: PLC0415
    from imagenspec.review.plan_file import check_place, plan_as_json, plan_bytes  # noqa: PLC0415

    if output is not None and output != "-":
        if not output.endswith(".json"):
            raise UsageError(f"-o {output}: a plan is a .json file")
        check_place(Path(output))
        if holds:
            write_whole(Path(output), [plan_bytes(made)])
            click.echo(visible(f"wrote {output}"), err=True)
    if form == "json" or (output == "-" and holds):
        sys.stdout.buffer.write(plan_as_json(made).encode())
        sys.stdout.buffer.flush()
        return
    from imagenspec.report.plan_text import plan_as_text  # noqa: PLC0415 - one form a run

    for line in plan_as_text(made):
        click.echo(line)


def _gates(made: RenderPlan, max_cost: float | None, max_requests: int | None) -> list[str]:
    """Return what is over a gate, in words."""
    from imagenspec.source.diagnostics import any_of  # noqa: PLC0415

    found = []
    if max_cost is not None and made.unknown:
        found.append(f"--max-cost {max_cost:g} cannot be held: the price of {any_of(made.unknown)} is not known")
    elif max_cost is not None and not made.usd <= max_cost + 1e-9:
        found.append(f"it may cost {made.usd:.2f} USD, and --max-cost is {max_cost:g}")
    if max_requests is not None and made.to_send > max_requests:
        found.append(f"there are {made.to_send} requests, and --max-requests is {max_requests}")
    return found
