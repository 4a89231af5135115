"""``imagenspec init``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from imagenspec.catalog.tables import schemas_folder
from imagenspec.errors import ToolError, UsageError
from imagenspec.project.config import project_of
from imagenspec.project.discovery import SUFFIX
from imagenspec.project.options import Options

SCHEMA_FILE = "recipe.schema.json"
_MODEL = "imagen-4.0-generate-001"
_HEAD = f"""\
# yaml-language-server: $schema=./{SCHEMA_FILE}
# $schema: ./{SCHEMA_FILE}
"""
_RECIPE = f"""\
imagenspec: 1
task: generate
model: {_MODEL}
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
    _create(recipe, _HEAD + _end_of_model(recipe.parent) + _RECIPE)
    click.echo(f"wrote {recipe}")
    if not schema.exists():
        _create(schema, (schemas_folder() / SCHEMA_FILE).read_text("utf-8"))
        click.echo(f"wrote {schema}")


def _end_of_model(folder: Path) -> str:
    """Return the line that ignores the finding about the end of the recipe's model, where there is one."""
    from imagenspec.catalog.models import models  # noqa: PLC0415 - other commands need no table of models here

    model, day = models()[_MODEL], Options().day(project_of(folder)).isoformat()
    if model.retires is not None and model.retires <= day:
        return f"# imagenspec: ignore-file[retired-model] Google ended it on {model.retires}; the emulator draws it\n"
    if model.deprecated is not None and model.deprecated <= day:
        end = model.retires or "a day not announced"
        return f"# imagenspec: ignore-file[deprecated-model] Google ends it on {end}\n"
    return ""


def _create(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        if isinstance(error, FileExistsError) and os.path.lexists(path):
            raise UsageError(f"{path} exists already") from error
        raise ToolError(f"{path} cannot be written: {error.strerror}") from error
