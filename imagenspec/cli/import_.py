"""``imagenspec import``."""

from __future__ import annotations

import re
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from imagenspec.errors import UsageError
from imagenspec.importing.convert import Wish
from imagenspec.importing.run import import_files, output_of
from imagenspec.report.text import visible
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.importing.convert import Imported

_MOST = 12


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    help="Where recipes and pictures go, or NAME.imagen.yaml for one recipe; the current folder, unless said.",
)
@click.option("--model", metavar="ID", help="The model, where no URL says it.")
@click.option("--exact", is_flag=True, help="Keep spellings and the order of members too, under raw.")
@click.option("--force", is_flag=True, help="Write over recipes that are there; pictures stay.")
def command(files: tuple[str, ...], output: str | None, model: str | None, exact: bool, force: bool) -> None:
    """Make recipes of requests that exist: one a request, with its pictures beside it.

    A FILE is the JSON of a body (or of several), a curl or PowerShell command, an .http file, or a HAR archive; - is
    standard input. What a recipe compiles to is the request that came in. If any of them cannot be read, nothing is
    written.
    """
    if model is not None and not re.fullmatch(r"[\w.@-]{1,100}", model, re.ASCII):
        raise UsageError(f"--model {quote(model)}: no model has such an id")
    with _ending_well():
        found = import_files(files, output_of(output, force=force), Wish(model, exact))
    for one in found:
        _report(one)


@contextmanager
def _ending_well() -> Iterator[None]:
    """Let a request to end (SIGTERM) end as an error does: with nothing left behind."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _report(one: Imported) -> None:
    pictures = {0: "no picture", 1: "1 picture"}.get(len(one.pictures), f"{len(one.pictures)} pictures")
    click.echo(visible(f"wrote {one.name}: {one.task}, {one.model}, {pictures}"), err=True)
    for note in one.notes:
        click.echo(visible(f"  {note}"), err=True)
    for place in one.raw[:_MOST]:
        click.echo(visible(f"  {place}: kept under raw, not checked"), err=True)
    if len(one.raw) > _MOST:
        click.echo(f"  and {len(one.raw) - _MOST} more under raw", err=True)
