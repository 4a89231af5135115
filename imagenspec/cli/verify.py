"""``imagenspec verify``."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from imagenspec.cli.common import Money, parse_variables
from imagenspec.cli.stopped import stopped_code, tell_of_stop
from imagenspec.project.options import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.report.text import many, visible

if TYPE_CHECKING:
    from imagenspec.render.verify import Verdict, Verification


@click.command("verify")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--target", "word", metavar="WHERE", help="emulator (unless configured), vertex, or a base URL.")
@click.option("--case", "cases", multiple=True, metavar="ID", help="Only this case; may be repeated.")
@click.option("--var", "assignments", multiple=True, metavar="NAME=VALUE", help="Override a default of vars.")
@click.option("--jobs", type=click.IntRange(1, 256), default=8, show_default=True, help="The most requests under way.")
@click.option("--max-cost", type=Money(), metavar="USD", help="Send nothing if it may cost more.")
@click.option("--yes", is_flag=True, help="Do not ask before spending money.")
@click.option("--project", help="The Google Cloud project that pays.")
@click.option("--location", help="The location whose models answer, such as us-central1.")
@click.option("--max-cases", default=DEFAULT_MAX_CASES, show_default=True, help="The most cases of a matrix.")
def command(
    paths: tuple[str, ...],
    word: str | None,
    cases: tuple[str, ...],
    assignments: tuple[str, ...],
    jobs: int,
    max_cost: float | None,
    yes: bool,
    project: str | None,
    location: str | None,
    max_cases: int,
) -> None:
    """Render again and compare with the locks: are the bytes equal, the pixels, or how much is different.

    Every request is sent again; at Google's endpoint it costs money again. Pictures, locks and ledger stay as they
    are. Exit code 1: a picture is different, or there is none to compare with.
    """
    from imagenspec.cli.money import agree_to_cost  # noqa: PLC0415 - other commands do not send
    from imagenspec.cli.plans import Destination, planned  # noqa: PLC0415
    from imagenspec.cli.progress import watcher_of  # noqa: PLC0415
    from imagenspec.render.verify import verify, works_to_verify  # noqa: PLC0415

    options = Options(parse_variables(assignments), max_cases)
    found = planned(paths or (".",), options, Destination(word, project, location), cases)
    works = list(works_to_verify(found.plans, found.settings.target).values())
    budget = agree_to_cost(works, found.settings, limit=max_cost, yes=yes)
    how = found.settings.route(jobs)._replace(stopping=tell_of_stop)
    how = how if budget is None else how._replace(resend=budget.take)
    with watcher_of(len(works), found.settings.prices) as watcher:
        done = verify(found.plans, how, watcher, options.images)
    if done.interrupted is not None:
        with suppress(OSError):  # the terminal may be gone
            _tell(done)
        raise SystemExit(stopped_code(done.interrupted))
    _tell(done)
    raise SystemExit(0 if all(verdict.equal for verdict in done.verdicts) and not found.refused else 1)


def _tell(done: Verification) -> None:
    """Print the verdicts, and one line about them."""
    for verdict in done.verdicts:
        click.echo(_line(verdict))
    counts = Counter(verdict.word for verdict in done.verdicts)
    words = ", ".join(f"{count} {word}" for word, count in counts.items()) or "none"
    line = f"{len(done.verdicts)} compared: {words}"
    if done.interrupted is not None:
        line += f"; stopped, {many(done.left, 'case')} left"
    click.echo(line, err=True)


def _line(verdict: Verdict) -> str:
    from imagenspec.render.plan import name_of  # noqa: PLC0415

    number = f" {verdict.number}" if verdict.number and verdict.work.expected.pictures != 1 else ""
    line = f"{name_of(verdict.work)}{number}: {verdict.word}"
    line += f", {verdict.how}" if verdict.how else ""
    if verdict.outside is not None:
        line += f"; {verdict.outside:,} pixels changed outside the mask"
    elif verdict.is_masked_by_service:
        line += "; the mask is the service's own, so what changed outside it is not counted"
    return visible(line)
