"""``imagenspec schema``."""

from __future__ import annotations

import click

from imagenspec.catalog.tables import schemas_folder


def _names() -> list[str]:
    folder = schemas_folder()
    return sorted(
        path.relative_to(folder).as_posix().removesuffix(".schema.json") for path in folder.rglob("*.schema.json")
    )


_NAMES = _names()
_HELP = f"""\
Print a JSON Schema: recipe (the default), \
{", ".join(name for name in _NAMES if "/" not in name and name != "recipe")}, \
predict/TASK.request or predict/TASK.response.
"""


@click.command("schema", help=_HELP)
@click.argument("name", type=click.Choice(_NAMES), default="recipe", metavar="[NAME]")
def command(name: str) -> None:
    """Print a JSON Schema."""
    click.echo((schemas_folder() / f"{name}.schema.json").read_text("utf-8"), nl=False)
