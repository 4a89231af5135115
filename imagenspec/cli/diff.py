"""``imagenspec diff``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imagenspec.recipe.matrix import DEFAULT_MAX_CASES

if TYPE_CHECKING:
    from imagenspec.review.values import Difference


@click.command("diff")
@click.argument("words", nargs=-1, metavar="[REV[..REV]] [PATH]...")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if a request differs.")
@click.option("--max-cases", default=DEFAULT_MAX_CASES, show_default=True, help="The most cases of a matrix.")
def command(words: tuple[str, ...], form: str, exit_code: bool, max_cases: int) -> None:
    """Say which requests a change touches, and why; nothing is checked out, and nothing is sent.

    Without a revision, HEAD is compared with the working tree; REV with the working tree; A..B with each other; A...B
    from their merge base. A case is the same if its request is: comments, the order of keys and names of files do not
    count. A picture as PATH, or a folder without recipes, means the recipes that use it. What rendering again costs is
    that of the documented service.
    """
    from imagenspec.review.diff import diff, range_of, split  # noqa: PLC0415 - other commands need no git
    from imagenspec.review.git import Repository  # noqa: PLC0415

    repository = Repository(Path.cwd())
    revisions, paths = split(repository, words)
    found = diff(repository, range_of(repository, revisions), paths, max_cases=max_cases)
    sys.stdout.buffer.write(_shown(found, form).encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
    raise SystemExit(1 if exit_code and not found.is_empty else 0)


def _shown(found: Difference, form: str) -> str:
    if form == "json":
        from imagenspec.report.changes_json import difference_as_json  # noqa: PLC0415 - one form a run

        return difference_as_json(found) + "\n"
    if form == "markdown":
        from imagenspec.report.changes_markdown import difference_as_markdown  # noqa: PLC0415

        return difference_as_markdown(found)
    from imagenspec.report.changes_text import difference_as_text  # noqa: PLC0415

    return "".join(f"{line}\n" for line in difference_as_text(found))
