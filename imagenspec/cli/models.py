"""``imagenspec models``."""

from __future__ import annotations

import json

import click

from imagenspec.catalog.fields import TASKS
from imagenspec.catalog.tables import rows, source_urls
from imagenspec.report.table import columns


@click.command("models")
@click.option("--task", type=click.Choice(TASKS), help="Only models for this task.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(task: str | None, form: str) -> None:
    """List the documented models: tasks, life and successor."""
    found = [row for row in rows("models") if task is None or task in row["tasks"]]
    if form == "json":
        urls = source_urls()
        click.echo(json.dumps([{**row, "source": [urls[key] for key in row["source"]]} for row in found], indent=2))
        return
    head = ("model", "tasks", "status", "retires", "successor")
    table = [
        (row["id"], " ".join(row["tasks"]) or "-", row["status"], row["retires"] or "-", row["successor"] or "-")
        for row in found
    ]
    for line in columns(head, table):
        click.echo(line)
    click.echo(f"\nchecked {max(row['checked'] for row in found)}; --format json gives sources and notes", err=True)
