"""``imagenspec fix``."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from imagenspec.catalog.codes import Severity, codes_of
from imagenspec.cli.common import STDIN, parse_day, wants_colour
from imagenspec.errors import ToolError, UsageError
from imagenspec.project.discovery import recipes
from imagenspec.project.fixing import FixedRecipe, Wanted, fix_bytes, fix_file, write_fixed
from imagenspec.project.options import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.report.text import visible
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

_COLOURS = {"+": "32", "-": "31", "@": "36"}


@click.command("fix")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--diff", "as_diff", is_flag=True, help="Print what would change, and write nothing.")
@click.option("--unsafe", is_flag=True, help="Apply fixes too that may change the request.")
@click.option("--select", multiple=True, metavar="CODE", help="Mend only this code, name or family. May be repeated.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Leave this code, name or family. May be repeated.")
@click.option("--as-of", "day", metavar="DATE", callback=parse_day, help="The day whose models count, as YYYY-MM-DD.")
@click.option("--stdin-filename", default="<stdin>", help="The name of what comes from standard input.")
@click.option("--max-cases", default=DEFAULT_MAX_CASES, show_default=True, help="The most cases of a matrix.")
def command(
    paths: tuple[str, ...],
    as_diff: bool,
    unsafe: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    day: date | None,
    stdin_filename: str,
    max_cases: int,
) -> None:
    """Mend what has one right answer, and change nothing else.

    A folder means all *.imagen.yaml below it (the working folder without PATH); - mends standard input and
    prints it. Exit code 1 if errors or warnings are left or, with --diff, if something would change.
    """
    wanted = Wanted(unsafe, _codes(select) if select else None, _codes(ignore))
    options = Options(max_cases=max_cases, as_of=day)
    if STDIN in paths:
        if len(paths) > 1:
            raise UsageError('"-" (standard input) stands alone')
        piped = fix_bytes(stdin_filename, sys.stdin.buffer.read(), options, wanted)
        if not as_diff:
            sys.stdout.buffer.write(piped.after)
            sys.stdout.buffer.flush()
        _finish([_told(piped, as_diff=as_diff)], as_diff=as_diff, failed=False)
        return
    files = _files(paths)
    told = [fixed for path in files if (fixed := _fix(path, options, wanted, as_diff=as_diff)) is not None]
    _finish(told, as_diff=as_diff, failed=len(told) < len(files))


def _fix(path: Path, options: Options, wanted: Wanted, *, as_diff: bool) -> FixedRecipe | None:
    """Mend one file and tell of it; of one that cannot be written, say why and return nothing."""
    fixed = fix_file(path, options, wanted)
    if fixed.changed and not as_diff:
        try:
            write_fixed(path, fixed)
        except ToolError as error:
            click.echo(f"imagenspec: {visible(str(error))}", err=True)
            return None
    return _told(fixed, as_diff=as_diff)


def _codes(words: Sequence[str]) -> frozenset[str]:
    for word in words:
        if not codes_of(word):
            raise UsageError(f'unknown code {quote(word)}; "imagenspec rules" lists them')
    return frozenset(code for word in words for code in codes_of(word))


def _files(paths: Sequence[str]) -> list[Path]:
    found = recipes(paths or (".",))
    for path in found:
        if path.exists() and not path.is_file():
            raise UsageError(f'{path} is no file that can be written again; "-" mends standard input')
    return found


def _told(fixed: FixedRecipe, *, as_diff: bool) -> FixedRecipe:
    """Print what there is to say about one recipe, and return it."""
    if as_diff and fixed.changed:
        for line in _difference(fixed, colour=wants_colour(sys.stdout)):
            click.echo(line, color=True, nl=False)
    for finding, why in fixed.held:
        place = f"{fixed.name}:{finding.start.line}:{finding.start.column}"
        title = finding.fix.title if finding.fix is not None else ""
        click.echo(visible(f"{place}: {finding.code} not mended ({title}): {why}"), err=True)
    return fixed


def _finish(told: Sequence[FixedRecipe], *, as_diff: bool, failed: bool) -> None:
    click.echo(_summary(told, as_diff=as_diff), err=True)
    if failed:
        raise SystemExit(3)
    left = any(one.severity is not Severity.INFO for fixed in told for one in fixed.left)
    if any(fixed.changed for fixed in told) if as_diff else left:
        raise SystemExit(1)


def _summary(told: Sequence[FixedRecipe], *, as_diff: bool) -> str:
    """Return what was done and what is left as one line."""
    done, files = sum(len(one.applied) for one in told), sum(one.changed for one in told)
    left, more = sum(len(one.left) for one in told), sum(one.more for one in told)
    verb = "would fix" if as_diff else "fixed"
    said = f"{verb} {_count(done, 'finding')} in {_count(files, 'file')}" if done else "nothing to fix"
    if left:
        said += f"; {left} {'remains' if left == 1 else 'remain'}"
    return f"{said} ({more} more with --unsafe)" if more else said


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _difference(fixed: FixedRecipe, *, colour: bool) -> Iterator[str]:
    """Yield the lines of a unified diff, each with its line break; control characters are shown, not sent."""
    from difflib import unified_diff  # noqa: PLC0415 - only a diff needs it

    name = visible(fixed.name)
    before, after = (_lines(data.decode()) for data in (fixed.before, fixed.after))
    for index, line in enumerate(unified_diff(before, after, name, name)):
        text = line.rstrip("\r\n")
        tint = ("1" if index < 2 else _COLOURS.get(line[0])) if colour else None
        yield f"\x1b[{tint}m{visible(text)}\x1b[0m" if tint else visible(text)
        yield "\r\n" if line.endswith("\r\n") else "\n"
        if line == text:
            yield "\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
