"""``imagenspec lint``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imagenspec.cli import reports
from imagenspec.cli.common import parse_day
from imagenspec.cli.verdicts import Work, verdicts
from imagenspec.errors import UsageError
from imagenspec.project.options import Options, today
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.report.statistics import Tally
from imagenspec.rules.reproducibility import GRADES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(reports.FORMATS),
    default="auto",
    show_default=True,
    help="auto: github in a job of GitHub Actions, else text.",
)
@click.option("-o", "--output", metavar="FILE", help="Write the report into a file.")
@click.option("--statistics", is_flag=True, help="Count findings by code instead of showing them, as text or JSON.")
@click.option("--calendar", is_flag=True, help="Show when the models in use end instead of findings, as text or JSON.")
@click.option("--grades", is_flag=True, help="Show reproducibility grades instead of findings, as text or JSON.")
@click.option("--project", "whole", is_flag=True, help="Look at a whole project: PATH is its folder.")
@click.option("--as-of", "day", metavar="DATE", callback=parse_day, help="The day whose models count, as YYYY-MM-DD.")
@click.option("--no-cache", is_flag=True, help="Do not use verdicts of earlier runs.")
@click.option("--jobs", type=click.IntRange(1), help="The most processes; as many as processors, unless said.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 in spite of findings.")
@click.option("--stdin-filename", default="<stdin>", help="The name of what comes from standard input.")
@click.option("--max-cases", default=DEFAULT_MAX_CASES, show_default=True, help="The most cases of a matrix.")
def command(
    paths: tuple[str, ...],
    form: str,
    output: str | None,
    statistics: bool,
    calendar: bool,
    grades: bool,
    whole: bool,
    day: date | None,
    no_cache: bool,
    jobs: int | None,
    exit_zero: bool,
    stdin_filename: str,
    max_cases: int,
) -> None:
    """Check recipes against the documented constraints.

    A folder means all *.imagen.yaml below it (the working folder without PATH); - is standard input.
    Exit code 1 with errors or warnings.
    """
    output = None if output == "-" else output
    table = reports.one_table(statistics=statistics, calendar=calendar, grades=grades)
    form = reports.chosen(form, plain=table is not None or output is not None)
    if table is not None and form not in reports.STATISTICS:
        raise UsageError(f"--{table} is text or JSON, not {form}")
    target = reports.target(output, paths) if output is not None else None
    work = Work(stdin_filename, not no_cache, jobs, whole)
    tally = Tally()
    found = tally.counting(verdicts(paths, Options(max_cases=max_cases, as_of=day), work))
    if table is None:
        lines = reports.report(form, found, to_file=target is not None)
    else:
        lines = reports.table(table, form, found, tally, day or today())
    _show(lines, target, data=form in reports.WHOLE)
    if target is not None or form not in reports.WHOLE:
        click.echo(tally.summary(GRADES), err=True)
    if tally.failed and not exit_zero and table in (None, "statistics"):
        raise SystemExit(1)


def _show(lines: Iterable[str], target: Path | None, *, data: bool) -> None:
    """Print a report, data as UTF-8 whatever the terminal's encoding is, or write it whole or not at all."""
    if target is None:
        for line in lines:
            click.echo(line.encode() if data else line, color=True)
        return
    from imagenspec.project.output import write_whole  # noqa: PLC0415 - most reports are printed

    write_whole(target, (f"{line}\n".encode() for line in lines))
