"""``imagenspec init``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from imagenspec.catalog.tables import schemas_folder
from imagenspec.errors import ToolError, UsageError
from imagenspec.project.discovery import SUFFIX

SCHEMA_FILE = "recipe.schema.json"
_RECIPE = f"""\
# yaml-language-server: $schema=./{SCHEMA_FILE}
# $schema: ./{SCHEMA_FILE}
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
description: A first recipe. Change the prompt, then run "imagenspec lint" and "imagenspec compile".

prompt: A {{{{ material }}}} cup of coffee on a windowsill in soft {{{{ season }}}} light

vars:
  material: white porcelain

matrix:
  season: [spring, autumn]

parameters:
  sample_count: 1
  aspect_ratio: "4:3"
  seed: 7
  add_watermark: false
  enhance_prompt: false
"""


@click.command("init")
@click.argument("path", default="recipe")
def command(path: str) -> None:
    """Write a working recipe to PATH, and the schema that editors check it with beside it.

    Nothing that exists is written over.
    """
    recipe = Path(path if path.endswith(SUFFIX) else path + SUFFIX)
    if recipe.exists():
        raise UsageError(f"{recipe} exists already")
    schema = recipe.parent / SCHEMA_FILE
    _create(recipe, _RECIPE)
    click.echo(f"wrote {recipe}")
    if not schema.exists():
        _create(schema, (schemas_folder() / SCHEMA_FILE).read_text("utf-8"))
        click.echo(f"wrote {schema}")


def _create(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        if isinstance(error, FileExistsError) and os.path.lexists(path):
            raise UsageError(f"{path} exists already") from error
        raise ToolError(f"{path} cannot be written: {error.strerror}") from error
