"""``python -m imagenspec.dev sync --write | --check``: generated files and their data."""

from __future__ import annotations

import click

from imagenspec.dev.sync import drifted, write


@click.group()
def dev() -> None:
    """Keep generated files in step with their data."""


@dev.command()
@click.option("--write/--check", "writing", default=False, help="Write what has drifted, or only tell.")
def sync(writing: bool) -> None:
    """Write the schemas from schemas/data, or tell which have drifted (exit code 1)."""
    paths = write() if writing else drifted()
    for path in paths:
        click.echo(f"{'wrote' if writing else 'drifted'}: {path}")
    if paths and not writing:
        click.echo("run: python -m imagenspec.dev sync --write", err=True)
        raise SystemExit(1)


if __name__ == "__main__":
    dev()
