"""``imagenspec rules``."""

from __future__ import annotations

import click

from imagenspec.catalog.examples import DAY
from imagenspec.cli.rule_pages import rule_pages
from imagenspec.report.rules import as_json, as_markdown, as_table

_FORMS = ("text", "json", "markdown")


@click.command("rules")
@click.option(
    "--format",
    "form",
    type=click.Choice([*_FORMS, "md"]),
    metavar=f"[{'|'.join(_FORMS)}]",
    default="text",
    show_default=True,
)
def command(form: str) -> None:
    """List everything that lint can find; json and markdown have all that "imagenspec rule CODE" tells."""
    pages = list(rule_pages().values())
    if form == "text":
        for line in as_table(pages):
            click.echo(line)
        click.echo(f'\n{len(pages)} codes; "imagenspec rule CODE" explains one', err=True)
    else:
        click.echo(as_json(pages) if form == "json" else as_markdown(pages, DAY))
