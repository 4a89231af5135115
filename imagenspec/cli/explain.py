"""``imagenspec explain``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from imagenspec.cli.common import STDIN, checked_recipes, parse_variables, wants_colour
from imagenspec.errors import UsageError
from imagenspec.project.findings import Severity
from imagenspec.project.options import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.report.text import as_text as findings_as_text
from imagenspec.report.text import visible
from imagenspec.source.diagnostics import any_of, did_you_mean, quote

if TYPE_CHECKING:
    from imagenspec.project.check import CheckedRecipe


_STDIN_LINE = re.compile(rf"{STDIN}:[0-9]+(:[0-9]+)?:?")


class _Command(click.Command):
    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """Take a line of standard input for a place, although it begins like an option."""
        place = next((word for word in arguments if _STDIN_LINE.fullmatch(word)), None)
        if place is not None and "--" not in arguments:
            arguments.remove(place)
            arguments += ["--", place]
        return super().parse_args(context, arguments)


class _Asked(NamedTuple):
    path: str
    line: int | None


@click.command("explain", cls=_Command)
@click.argument("place", metavar="PATH[:LINE]")
@click.option("--case", metavar="ID", help="This case of the matrix; the first unless said.")
@click.option("--var", "assignments", multiple=True, metavar="NAME=VALUE", help="Override a default of vars.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--stdin-filename", default="stdin.imagen.yaml", help="The name of what comes from standard input.")
@click.option("--max-cases", default=DEFAULT_MAX_CASES, show_default=True, help="The most cases of a matrix.")
def command(
    place: str, case: str | None, assignments: tuple[str, ...], form: str, stdin_filename: str, max_cases: int
) -> None:
    """Say where each member of a request comes from, what it means, and where that is documented.

    With a line, only the members that this line of the recipe makes; a place of a finding (PATH:LINE:COLUMN) works
    too. Of several cases it explains the first, with a line the first that the line makes something of. - is standard
    input.
    """
    from imagenspec.project.explaining import explain  # noqa: PLC0415 - a recipe with errors is not explained

    asked = _asked(place)
    options = Options(parse_variables(assignments), max_cases)
    [checked] = checked_recipes([asked.path], options, stdin_filename)
    if not checked.ok:
        errors = [one for one in checked.findings if one.severity is Severity.ERROR]
        for line in findings_as_text(errors, colour=wants_colour(sys.stderr)):
            click.echo(line, err=True, color=True)
        click.echo(f"{visible(checked.name)}: not explained, the recipe has errors", err=True)
        raise SystemExit(1)
    _demand(checked, options, case, asked.line)
    explanation = explain(checked, options, case, asked.line)
    if explanation is None:
        raise UsageError(f"{checked.name} has no case")
    if form == "json":
        from imagenspec.report.explained_json import as_json  # noqa: PLC0415 - one form is enough for a run

        click.echo(as_json(explanation))
        return
    from imagenspec.report.explained import as_text  # noqa: PLC0415

    for line in as_text(explanation, colour=wants_colour(sys.stdout)):
        click.echo(line, color=True)


def _asked(place: str) -> _Asked:
    """Return the file and the line that are meant; a file whose name ends like a line is the file.

    Raises:
        UsageError: There is no such file, or it is a folder.
    """
    asked = [_Asked(place, None)]
    for pattern in (r"(.+):([0-9]{1,9}):?", r"(.+):([0-9]{1,9}):[0-9]{1,9}:?"):
        found = re.fullmatch(pattern, place, re.DOTALL)
        asked += [_Asked(found[1], int(found[2]))] if found else []
    for one in asked:
        if one.path == STDIN or (one.path and Path(one.path).exists() and not Path(one.path).is_dir()):
            return one
    for one in asked:
        if one.path and Path(one.path).is_dir():
            raise UsageError(f"{one.path} is a folder; name one recipe")
    wrong = re.fullmatch(r"(.+):([^:/\\]*)", place, re.DOTALL)
    if wrong and Path(wrong[1]).is_file():
        raise UsageError(f"{quote(wrong[2])} is no line; write {wrong[1]}:12, or the path alone")
    raise UsageError(f"{asked[-1].path or quote(place)}: no such file{_near(Path(asked[-1].path))}")


def _near(path: Path) -> str:
    """Return the recipe beside a missing file that was probably meant."""
    from imagenspec.project.discovery import SUFFIX  # noqa: PLC0415 - only after a typing slip

    try:
        names = sorted(one.name for one in path.parent.iterdir() if one.name.endswith(SUFFIX))[:200]
    except OSError:
        return ""
    near = did_you_mean(path.name, names)
    return f"; did you mean {quote(path.parent / near, 80)}?" if near else ""


def _demand(checked: CheckedRecipe, options: Options, case: str | None, line: int | None) -> None:
    """Refuse a case, variable or line that the recipe does not have.

    Raises:
        UsageError: It has not.
    """
    document = checked.document
    lines = len(document.file.line_starts) if document is not None else 0
    if document is not None and document.file.text.endswith(("\n", "\r")):
        lines -= 1
    if line is not None and not 1 <= line <= lines:
        raise UsageError(f"{checked.name} has no line {line}; it has 1 to {lines}")
    ids = {one.id for one in checked.cases()} - {""} if case is not None else set()
    if case is not None and case not in ids:
        near = did_you_mean(case, ids)
        hint = f"did you mean {quote(near, 80)}?" if near else f"cases: {any_of(sorted(ids), 6)}"
        raise UsageError(f"no case {quote(case, 80)}; {hint if ids else 'there is no matrix'}")
    names = checked.variable_names | checked.seen.used
    for name in options.variables:
        if name not in names:
            near = did_you_mean(name, names)
            hint = f"; did you mean {quote(near)}?" if near else ""
            raise UsageError(f"--var {name}: the recipe has it not{hint}")
