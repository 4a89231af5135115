"""The verdicts that the paths of a command line mean."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.cli.common import STDIN
from imagenspec.errors import UsageError
from imagenspec.project.check import check_bytes
from imagenspec.project.discovery import SUFFIX, files_below, recipes
from imagenspec.project.lint import lint
from imagenspec.project.verdict import Verdict, verdict
from imagenspec.source.decode import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.project.options import Options


class Work(NamedTuple):
    """How verdicts are come by.

    Attributes:
        stdin_name: The name of what comes from standard input.
        cached: Whether verdicts of earlier runs may be used.
        jobs: How many processes may work, if the caller has said.
        whole: Whether the one path is a project, to be looked at as a whole too.
    """

    stdin_name: str
    cached: bool
    jobs: int | None
    whole: bool


def verdicts(paths: tuple[str, ...], options: Options, work: Work) -> Iterator[Verdict]:
    """Return the verdict about every recipe that paths mean, in order; of a whole project, then those about it.

    Raises:
        UsageError: A path does not exist, or nothing was found.
    """
    named = list(paths or (".",))
    if work.whole and (len(named) > 1 or not Path(named[0]).is_dir()):
        raise UsageError("--project takes one folder")
    if STDIN in named:
        if len(named) > 1:
            raise UsageError('"-" (standard input) stands alone')
        return iter([verdict(check_bytes(work.stdin_name, sys.stdin.buffer.read(MAX_BYTES + 1), options))])
    files = list(files_below(Path(named[0]), (SUFFIX,))) if work.whole else recipes(named)
    found = lint(files, options, cached=None if work.cached else False, jobs=work.jobs)
    return _with_project(Path(named[0]), found) if work.whole else found


def _with_project(folder: Path, found: Iterator[Verdict]) -> Iterator[Verdict]:
    from imagenspec.project.whole import whole_project  # noqa: PLC0415 - most runs look at single recipes

    seen = []
    for one in found:
        seen.append(one._replace(findings=()))
        yield one
    for finding in whole_project(folder, seen):
        yield Verdict(finding.file, (finding,), is_recipe=False)
