"""``imagenspec schema``."""

from __future__ import annotations

import click

from imagenspec.catalog.tables import schemas_folder


def _names() -> list[str]:
    folder = schemas_folder()
    return sorted(
        path.relative_to(folder).as_posix().removesuffix(".schema.json") for path in folder.rglob("*.schema.json")
    )


@click.command("schema")
@click.argument("name", type=click.Choice(_names()), default="recipe", metavar="[NAME]")
def command(name: str) -> None:
    """Print a JSON Schema: recipe (the default), report, or predict/TASK.request, predict/TASK.response."""
    click.echo((schemas_folder() / f"{name}.schema.json").read_text("utf-8"), nl=False)
