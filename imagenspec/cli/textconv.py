"""``imagenspec textconv``."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command("textconv")
@click.argument("file")
def command(file: str) -> None:
    """Print what a recipe means, for git diff: its requests with the names of images.

    \b
    In .gitattributes:   *.imagen.yaml diff=imagenspec
    Once in each clone:  git config diff.imagenspec.textconv "imagenspec textconv"

    No picture is read, because git keeps older versions of a recipe elsewhere. A text that cannot be read is printed
    as it is.
    """  # noqa: D301 - click keeps the lines behind a backspace as they are
    from imagenspec.errors import UsageError  # noqa: PLC0415 - imported with the command
    from imagenspec.project.check import read_file  # noqa: PLC0415
    from imagenspec.project.config import Project, project_of  # noqa: PLC0415
    from imagenspec.review.textconv import as_diffable  # noqa: PLC0415

    if Path(file).is_dir() or not Path(file).exists():
        raise UsageError(f"{file}: {'this is a folder' if Path(file).is_dir() else 'no such file'}")
    here = Path.cwd()
    try:
        project = project_of(here)
    except UsageError:
        project = Project(here)
    lines = as_diffable(Path(file).name, read_file(file), project)
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
