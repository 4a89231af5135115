"""Which report is printed or written, and where."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.cli.common import STDIN, wants_colour
from imagenspec.errors import UsageError
from imagenspec.report.text import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from imagenspec.project.findings import Finding
    from imagenspec.project.verdict import Verdict
    from imagenspec.report.places import Places
    from imagenspec.report.statistics import Tally

FORMATS = ("auto", "text", "concise", "json", "sarif", "github", "gitlab", "junit")
STATISTICS = ("text", "concise", "json")
"""The formats that have statistics."""


def chosen(form: str, *, plain: bool) -> str:
    """Return the format that is meant by one of :data:`FORMATS`.

    Args:
        form: The option.
        plain: Whether a log of GitHub Actions will not have the report, so that workflow commands make no sense.
    """
    if form != "auto":
        return form
    return "github" if os.environ.get("GITHUB_ACTIONS") == "true" and not plain else "text"


def target(output: str, inputs: Iterable[str]) -> Path:
    """Return the file that a report goes into.

    Args:
        output: The option.
        inputs: The files and folders that are checked.

    Raises:
        UsageError: It is a folder, a recipe, a configuration or a picture.
    """
    from imagenspec.images.sniff import HEAD, media_type  # noqa: PLC0415 - most reports are printed
    from imagenspec.project.config import OWN_FILE  # noqa: PLC0415
    from imagenspec.project.discovery import SUFFIX  # noqa: PLC0415

    path = Path(os.path.realpath(output))
    if Path(output).is_symlink() and not path.is_relative_to(Path.cwd().resolve()):
        raise UsageError(f"--output {output} is a link to {path}; name the file itself")
    if path.is_dir() or output.endswith(("/", "\\")):
        raise UsageError(f"--output {output} is a folder; name a file")
    named = [Path(name) for name in inputs if name != STDIN]
    if path.name.lower().endswith((SUFFIX, OWN_FILE, "pyproject.toml")) or (
        path.exists() and any(one.is_file() and path.samefile(one) for one in named)
    ):
        raise UsageError(f"--output {output} would write over a recipe or a configuration")
    head = b""
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as stream:
                head = stream.read(HEAD)
    if media_type(head) is not None:
        raise UsageError(f"--output {output} would write over a picture")
    return path


def one_table(**asked: bool) -> str | None:
    """Return which table is asked for instead of findings, if any.

    Raises:
        UsageError: Several are.
    """
    names = [name for name, wanted in asked.items() if wanted]
    if len(names) > 1:
        raise UsageError(f"{' and '.join(f'--{name}' for name in names)} exclude each other")
    return names[0] if names else None


def table(name: str, form: str, verdicts: Iterable[Verdict], tally: Tally, day: date) -> Iterator[str]:
    """Yield the lines of a table instead of findings; ``tally`` counts what it reads."""
    from imagenspec.cli import surveys  # noqa: PLC0415 - most runs show findings

    if name == "calendar":
        yield from surveys.calendar_lines(verdicts, day, form)
    elif name == "grades":
        yield from surveys.grade_lines(verdicts, form)
    else:
        yield from _statistics(form, verdicts, tally)


def _statistics(form: str, verdicts: Iterable[Verdict], tally: Tally) -> Iterator[str]:
    """Yield the lines of the statistics of a run; ``tally`` counts what it reads."""
    from imagenspec.report.statistics import as_rows, as_table  # noqa: PLC0415 - most runs show findings

    for _ in verdicts:
        pass
    if form == "json":
        from imagenspec.report.json import statistics_as_json  # noqa: PLC0415

        yield statistics_as_json(as_rows(tally), tally.severities, tally.recipes)
    else:
        yield from as_table(tally)


def report(form: str, verdicts: Iterable[Verdict], *, to_file: bool) -> Iterator[str]:
    """Yield the lines of a report recipe by recipe where its format allows, else its whole text at the end."""
    if form not in WHOLE:
        show = _STREAMED[form](to_file)
        for one in verdicts:
            yield from show(one.findings)
    else:
        yield WHOLE[form](list(verdicts))


def _text(to_file: bool) -> Callable[[Sequence[Finding]], Iterator[str]]:
    colour = not to_file and wants_colour(sys.stdout)
    return lambda findings: as_text(findings, colour=colour)


def _concise(_to_file: bool) -> Callable[[Sequence[Finding]], Iterator[str]]:
    from imagenspec.report.concise import as_concise  # noqa: PLC0415 - one format is enough for a run

    return as_concise


def _github(_to_file: bool) -> Callable[[Sequence[Finding]], Iterator[str]]:
    from imagenspec.report.github import as_github  # noqa: PLC0415

    places = _places()
    return lambda findings: as_github(findings, places)


def _json(verdicts: Sequence[Verdict]) -> str:
    from imagenspec.report.json import as_json  # noqa: PLC0415

    return as_json(verdicts)


def _sarif(verdicts: Sequence[Verdict]) -> str:
    from imagenspec.catalog.codes import codes, rule_texts  # noqa: PLC0415
    from imagenspec.catalog.tables import source_urls  # noqa: PLC0415
    from imagenspec.report.sarif import Rule, as_sarif  # noqa: PLC0415

    urls, texts = source_urls(), rule_texts()
    rules = {
        code: Rule(
            row.about,
            texts[code].why,
            texts[code].mend,
            tuple(urls[key] for key in row.source),
            row.confidence,
            row.checked,
        )
        for code, row in codes().items()
    }
    return as_sarif(_findings(verdicts), rules, _places())


def _gitlab(verdicts: Sequence[Verdict]) -> str:
    from imagenspec.report.gitlab import as_gitlab  # noqa: PLC0415

    return as_gitlab(_findings(verdicts), _places())


def _junit(verdicts: Sequence[Verdict]) -> str:
    from imagenspec.report.junit import as_junit  # noqa: PLC0415

    return as_junit(verdicts)


def _findings(verdicts: Iterable[Verdict]) -> list[Finding]:
    return [finding for one in verdicts for finding in one.findings]


def _places() -> Places:
    from imagenspec.report.places import places_of  # noqa: PLC0415

    return places_of(os.getcwd(), os.environ)  # noqa: PTH109 - names are strings here


_STREAMED = {"text": _text, "concise": _concise, "github": _github}
"""Formats for people and logs: each recipe is printed when its turn has come."""
WHOLE = {"json": _json, "sarif": _sarif, "gitlab": _gitlab, "junit": _junit}
"""Formats for programs: one text when all is known."""
