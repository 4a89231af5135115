"""``imagenspec render``."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from imagenspec.cli.common import parse_variables, wants_colour
from imagenspec.cli.rendered import is_unlike, summary, unlike_lines
from imagenspec.errors import ImagenspecError
from imagenspec.project.options import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.report.text import as_text, many, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imagenspec.cli.plans import Planned
    from imagenspec.project.findings import Finding
    from imagenspec.render.errors_of_service import Refused
    from imagenspec.render.session import Rendering, Result
    from imagenspec.render.stopping import Interruption
    from imagenspec.render.work import Work

_BY_SIGNAL = 128
"""What systems add to the number of a signal for the exit code of a program that it ended."""


_AGAIN = "Send again what was filtered or did not come as documented, although it was paid for."

_MAX_COST = "Send nothing if it may cost more, and no request twice for which that leaves no money."


@click.command("render")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("--plan", "plan_file", metavar="FILE", help="Do what a plan says, or nothing if that changed.")
@click.option("--target", "word", metavar="WHERE", help="emulator (unless configured), vertex, or a base URL.")
@click.option("--case", "cases", multiple=True, metavar="ID", help="Only this case; may be repeated.")
@click.option("--select", type=click.Choice(["modified"]), help="Only cases that differ from their locks.")
@click.option("--var", "assignments", multiple=True, metavar="NAME=VALUE", help="Override a default of vars.")
@click.option("--jobs", type=click.IntRange(1, 256), default=8, show_default=True, help="The most requests under way.")
@click.option("--again", is_flag=True, help=_AGAIN)
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@click.option("--frozen", is_flag=True, help="Fail if anything would have to be rendered.")
@click.option("--max-cost", type=click.FloatRange(0), metavar="USD", help=_MAX_COST)
@click.option("--yes", is_flag=True, help="Do not ask before spending money.")
@click.option("--force", is_flag=True, help="Write over files that no render made.")
@click.option("--no-provenance", is_flag=True, help="Do not write into pictures what made them.")
@click.option("--project", help="The Google Cloud project that pays.")
@click.option("--location", help="The location whose models answer, such as us-central1.")
@click.option("--max-cases", default=DEFAULT_MAX_CASES, show_default=True, help="The most cases of a matrix.")
def command(
    paths: tuple[str, ...],
    plan_file: str | None,
    word: str | None,
    cases: tuple[str, ...],
    select: str | None,
    assignments: tuple[str, ...],
    jobs: int,
    again: bool,
    dry_run: bool,
    frozen: bool,
    max_cost: float | None,
    yes: bool,
    force: bool,
    no_provenance: bool,
    project: str | None,
    location: str | None,
    max_cases: int,
) -> None:
    """Send the requests of recipes and keep the pictures; the emulator needs no account.

    What a lock beside the recipe has already is not sent again; what failed or was filtered is, unless something of
    it came. A request whose answer is lost is sent again, at most twice in a run: it may be paid for each time.
    Ctrl-C finishes what is under way. Exit code 1: a request was refused, a picture filtered where the recipe does
    not allow it, or one that is not as documented.
    """
    from imagenspec.cli.money import agree_to_cost  # noqa: PLC0415 - other commands do not send
    from imagenspec.cli.plans import Destination, planned  # noqa: PLC0415
    from imagenspec.cli.progress import watcher_of  # noqa: PLC0415
    from imagenspec.render.plan import check_outputs  # noqa: PLC0415
    from imagenspec.render.remaining import left_to_send  # noqa: PLC0415
    from imagenspec.render.session import render  # noqa: PLC0415

    destination = Destination(word, project, location)
    if plan_file is not None:
        if again:
            raise click.UsageError("--again sends what no plan names; leave out --plan or --again")
        from imagenspec.cli.from_plan import planned_by  # noqa: PLC0415 - most renders have no plan

        beside = {"PATH": paths, "--case": cases, "--select": select, "--var": assignments}
        found = planned_by(plan_file, destination, beside)
    elif paths:
        found = planned(paths, Options(parse_variables(assignments), max_cases), destination, cases)
    else:
        raise click.UsageError("Missing argument 'PATH...', or --plan FILE.")
    modified = select == "modified"
    if frozen or dry_run:
        listed = _listed(found, modified=modified, again=again)
    if frozen and not dry_run:
        said = f"{many(listed, 'case')} not fresh" if listed else "nothing to render"
        click.echo(f"{_cases(found)}: {said}", err=True)
        raise SystemExit(1 if listed or found.refused else 0)
    check_outputs(found.plans, found.settings.target, force=force, again=again)
    to_send = left_to_send(found.plans, found.settings.target, modified=modified, again=again)
    budget = agree_to_cost(to_send, found.settings, limit=max_cost, yes=yes, dry_run=dry_run)
    if dry_run:
        click.echo(f"{_cases(found)}: {listed} to be rendered, {len(to_send)} to be sent", err=True)
        raise SystemExit(1 if found.refused or (frozen and listed) else 0)
    how = found.settings.route(jobs)._replace(stopping=_tell_of_stop)
    how = how if budget is None else how._replace(resend=budget.take)
    with watcher_of(len(to_send), found.settings.prices) as watcher:
        rendering = render(
            found.plans, how, watcher, force=force, modified=modified, again=again, provenance=not no_provenance
        )
    with suppress(OSError):  # the terminal may be gone
        _tell(rendering, watcher.spent, again=again)
    raise SystemExit(_exit_code(rendering, refused=found.refused))


def _cases(found: Planned) -> str:
    return many(sum(len(one.works) for one in found.plans), "request")


def _listed(found: Planned, *, modified: bool, again: bool) -> int:
    """Print what is due, with the reason; return how much that is."""
    from imagenspec.report.plan_text import request_line  # noqa: PLC0415 - most renders list nothing

    count = 0
    for one in found.plans:
        for work in one.due(modified=modified, again=again):
            count += 1
            task, state = work.task, one.state(work.task.case)
            words = "not whole" if state.word == "fresh" else state.words
            click.echo(request_line(one.recipe, task.case, task.model, task.samples, words))
    return count


def _tell_of_stop() -> None:
    with suppress(OSError):  # the terminal may be gone
        click.echo("stopping: what is under way comes to its end; Ctrl-C again gives it up", err=True)


def _tell(rendering: Rendering, spent: float, *, again: bool) -> None:
    """Print refusals at their places, problems, and one line about everything."""
    works = {result.work.task.key: result.work for result in rendering.results}
    findings = sorted(_findings(rendering.refusals, works), key=lambda one: (one.file, one.span.start))
    for line in as_text(findings, colour=wants_colour(sys.stderr)):
        click.echo(line, err=True, color=True)
    for problem in rendering.problems:
        click.echo(f"imagenspec: {visible(str(problem))}", err=True)
    for note in rendering.notes:
        click.echo(f"imagenspec: {visible(note)}", err=True)
    for line in unlike_lines(rendering):
        click.echo(line, err=True)
    click.echo(summary(rendering, spent, again=again), err=True)
    if rendering.interrupted is not None:
        click.echo(_advice(rendering.interrupted), err=True)


def _advice(interruption: Interruption) -> str:
    """Return how to go on after a render that somebody stopped."""
    if not interruption.given_up:
        return "stopped; run the same command again to go on, nothing is sent twice"
    return "gave up what was under way; run the same command again to go on, what is sent again may be paid for twice"


def _findings(refusals: Mapping[str, Refused], works: Mapping[str, Work]) -> Iterator[Finding]:
    """Yield what the service refused in the form of what the linter finds."""
    from imagenspec.project.findings import Finding, Severity  # noqa: PLC0415
    from imagenspec.render.refused_places import span_of  # noqa: PLC0415 - most requests are not refused
    from imagenspec.render.service_texts import decoded  # noqa: PLC0415

    for key, refusal in refusals.items():
        work = works[key]
        message = refusal.message
        if refusal.codes:
            message += f" ({', '.join(code.words for code in decoded(refusal.codes))})"
        name = visible(refusal.code) or "no envelope"
        name += "" if refusal.verified else ", in the emulator's words"
        if work.task.case:
            message = f"[{work.task.case}] {message}"
        span = span_of(refusal, work)
        yield Finding(str(refusal.status), name, Severity.ERROR, message, work.document.file, span, (), None)


def _exit_code(rendering: Rendering, *, refused: bool) -> int:
    """Return 3 where the machine or the service failed, 1 where a recipe is to be mended, and 0 otherwise."""
    if rendering.interrupted is not None:
        return _BY_SIGNAL + rendering.interrupted.signal
    codes = [problem.exit_code for problem in rendering.problems]
    codes += [_code_of(result, rendering.refusals) for result in rendering.results]
    return max([*codes, 1 if refused else 0])


def _code_of(result: Result, refusals: Mapping[str, Refused]) -> int:
    refusal = refusals.get(result.work.task.key)
    if refusal is not None:
        return ImagenspecError.exit_code if refusal.status in (401, 403) else 1
    if is_unlike(result):
        return 1
    if result.word == "filtered":
        return 0 if result.work.on_filtered == "warn" else 1
    return 0 if result.word in ("done", "not sent") else ImagenspecError.exit_code
