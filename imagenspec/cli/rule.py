"""``imagenspec rule``."""

from __future__ import annotations

import json
import sys

import click

from imagenspec.catalog.codes import codes_of
from imagenspec.cli.common import wants_colour
from imagenspec.cli.rule_pages import rule_pages
from imagenspec.errors import UsageError
from imagenspec.report.rules import as_text, page_as_dict
from imagenspec.source.diagnostics import did_you_mean, quote


@click.command("rule")
@click.argument("code", metavar="CODE|NAME")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(code: str, form: str) -> None:
    """Explain a finding: what it means, why it matters, how to mend it, with examples and sources."""
    pages = {name.lower(): page for page in rule_pages().values() for name in (page.code, page.name)}
    page = pages.get(code.lower())
    if page is None:
        near = did_you_mean(code, (name for one in pages.values() for name in (one.code, one.name)))
        hint = f"did you mean {quote(near)}?" if near and not codes_of(code) else '"imagenspec rules" lists them'
        raise UsageError(f"unknown code {quote(code)}; {hint}")
    if form == "json":
        click.echo(json.dumps(page_as_dict(page), indent=2))
        return
    for line in as_text(page, colour=wants_colour(sys.stdout)):
        click.echo(line, color=True)
