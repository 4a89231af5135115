"""``imagenspec lint``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from imagenspec.catalog.codes import Severity
from imagenspec.cli.common import checked_recipes, wants_colour
from imagenspec.project.check import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.report.text import as_text, summary

if TYPE_CHECKING:
    from imagenspec.project.findings import Finding


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--stdin-filename", default="<stdin>", help="The name of what comes from standard input.")
@click.option("--max-cases", default=DEFAULT_MAX_CASES, show_default=True, help="The most cases of a matrix.")
def command(paths: tuple[str, ...], form: str, stdin_filename: str, max_cases: int) -> None:
    """Check recipes against the documented constraints.

    A folder means all *.imagen.yaml below it (the working folder without PATH); - is standard input.
    Exit code 1 with errors or warnings.
    """
    found: list[Finding] = []
    count = 0
    for checked in checked_recipes(paths or (".",), Options(max_cases=max_cases), stdin_filename):
        count += 1
        found += checked.findings
        if form == "text":
            for line in as_text(checked.findings, colour=wants_colour(sys.stdout)):
                click.echo(line, color=True)
    if form == "json":
        from imagenspec.report.json import as_json  # noqa: PLC0415 - text does not pay for it

        click.echo(as_json(found, count))
    else:
        click.echo(summary(found, count), err=True)
    if any(finding.severity is not Severity.INFO for finding in found):
        raise SystemExit(1)
