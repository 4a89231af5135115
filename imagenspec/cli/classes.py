"""``imagenspec classes``."""

from __future__ import annotations

import click

from imagenspec.catalog.models import mask_classes
from imagenspec.project.findings import RecipeError
from imagenspec.report.table import columns
from imagenspec.source.diagnostics import did_you_mean, quote


@click.command("classes")
@click.argument("word", required=False)
def command(word: str | None) -> None:
    """List the classes of semantic masks, or those whose name or number has WORD."""
    known = mask_classes()
    found = [
        (str(number), name)
        for name, number in known.items()
        if word is None or word.lower() in name or word == str(number)
    ]
    if not found:
        near = did_you_mean(str(word), known)
        hint = f"; did you mean {quote(near)}?" if near else ""
        raise RecipeError(f"no class has {quote(word)}{hint}")
    for line in columns(("id", "class"), found):
        click.echo(line)
