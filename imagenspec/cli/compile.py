"""``imagenspec compile``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from imagenspec.cli.common import checked_recipes, parse_variables, wants_colour
from imagenspec.cli.outputs import FORMATS, Destination, Form
from imagenspec.errors import UsageError
from imagenspec.project.build import requests
from imagenspec.project.findings import RecipeError
from imagenspec.project.options import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.report.text import as_text, visible
from imagenspec.source.diagnostics import any_of, did_you_mean, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.wire.request import Request


@click.command("compile")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-o", "--output", metavar="FILE|DIR/", help="Write a file, or a file per request into a folder.")
@click.option("--case", "cases", multiple=True, metavar="ID", help="Only this case; may be repeated.")
@click.option("--var", "assignments", multiple=True, metavar="NAME=VALUE", help="Override a default of vars.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    help="file-refs on a terminal, else request, unless said.",
)
@click.option("--unchecked", is_flag=True, help="Compile what the shape of a recipe with errors allows.")
@click.option("--project", help="The Google Cloud project of endpoint URLs.")
@click.option("--location", help="The location of endpoint URLs, such as us-central1.")
@click.option("--stdin-filename", default="stdin.imagen.yaml", help="The name of what comes from standard input.")
@click.option("--max-cases", default=DEFAULT_MAX_CASES, show_default=True, help="The most cases of a matrix.")
def command(
    paths: tuple[str, ...],
    output: str | None,
    cases: tuple[str, ...],
    assignments: tuple[str, ...],
    form: str | None,
    unchecked: bool,
    project: str | None,
    location: str | None,
    stdin_filename: str,
    max_cases: int,
) -> None:
    """Compile recipes into exact predict requests, one a case.

    A folder means all *.imagen.yaml below it; - is standard input. One request is printed as it is, several as JSON
    Lines. Recipes with errors are not compiled (exit code 1, findings on standard error); the others are.
    """
    if form is None:
        form = "file-refs" if output is None and sys.stdout.isatty() else "request"
    run = _Run(Options(parse_variables(assignments), max_cases), cases, unchecked=unchecked)
    destination = Destination(output, paths, Form(form, project, location))
    destination.write(run.requests(checked_recipes(paths, run.options, stdin_filename)))
    if output is not None:
        click.echo(
            f"compiled {run.compiled} of {run.recipes} recipes into {destination.count} requests: {output}", err=True
        )
    if destination.missing:
        note = f"note: replace {' and '.join(destination.missing)}, or give --project and --location"
        click.echo(note, err=True)
    if run.failed:
        raise SystemExit(1)


class _Run:
    """One run over many recipes: prints findings, counts, and remembers failures."""

    def __init__(self, options: Options, cases: tuple[str, ...], *, unchecked: bool) -> None:
        self.options = options
        self.cases = cases
        self.unchecked = unchecked
        self.recipes = 0
        self.compiled = 0
        self.failed = False

    def requests(self, recipes: Iterator[CheckedRecipe]) -> Iterator[Request]:
        """Yield the requests of all recipes that compile.

        Raises:
            UsageError: No recipe has a case or variable that was asked for; nothing was yielded before.
        """
        for checked in self._demanded(recipes):
            self.recipes += 1
            for line in as_text(checked.findings, colour=wants_colour(sys.stderr)):
                click.echo(line, err=True, color=True)
            self.failed = self.failed or not checked.ok
            made = self.compiled
            if checked.ok or self.unchecked:
                yield from self._requests(checked)
            if not checked.ok:
                what = "compiled unchecked" if self.compiled > made else "not compiled"
                click.echo(f"{visible(checked.name)}: {what}, the recipe has errors", err=True)

    def _requests(self, checked: CheckedRecipe) -> Iterator[Request]:
        made = 0
        try:
            for request in requests(checked, self.options.images, self.cases, unchecked=self.unchecked):
                made += 1
                yield request
        except RecipeError as error:
            self.failed = True
            if checked.ok:
                click.echo(f"{visible(str(error))}; not compiled", err=True)
        self.compiled += 1 if made else 0

    def _demanded(self, recipes: Iterator[CheckedRecipe]) -> Iterable[CheckedRecipe]:
        """Return the recipes; read all of them first where a case or variable is asked for that one must have."""
        if not self.cases and not self.options.variables:
            return recipes
        known = list(recipes)
        if any(not checked.ok for checked in known):
            return known
        ids = {case.id for checked in known for case in checked.cases()} - {""} if self.cases else set()
        for case in self.cases:
            if case not in ids:
                near = did_you_mean(case, ids)
                hint = f"did you mean {quote(near, 80)}?" if near else f"cases: {any_of(sorted(ids), 6)}"
                raise UsageError(f"no case {quote(case, 80)}; {hint if ids else 'there is no matrix'}")
        names = {name for checked in known for name in checked.variable_names | checked.seen.used}
        for name in self.options.variables:
            if name not in names:
                near = did_you_mean(name, names)
                raise UsageError(f"--var {name}: no recipe has it" + (f"; did you mean {quote(near)}?" if near else ""))
        return known
