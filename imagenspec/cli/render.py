"""``imagenspec render``."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from imagenspec.cli.common import parse_variables, wants_colour
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
    from imagenspec.render.work import Work

_INTERRUPTED = 130
_WORDS = ("done", "filtered", "failed", "not sent")


@click.command("render")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("--plan", "plan_file", metavar="FILE", help="Do what a plan says, or nothing if that changed.")
@click.option("--target", "word", metavar="WHERE", help="emulator (unless configured), vertex, or a base URL.")
@click.option("--case", "cases", multiple=True, metavar="ID", help="Only this case; may be repeated.")
@click.option("--select", type=click.Choice(["modified"]), help="Only cases that differ from their locks.")
@click.option("--var", "assignments", multiple=True, metavar="NAME=VALUE", help="Override a default of vars.")
@click.option("--jobs", type=click.IntRange(1, 256), default=8, show_default=True, help="The most requests under way.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@click.option("--frozen", is_flag=True, help="Fail if anything would have to be rendered.")
@click.option("--max-cost", type=click.FloatRange(0), metavar="USD", help="Send nothing if it may cost more.")
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

    What a lock beside the recipe has already is not sent again; what failed or was filtered is. Ctrl-C finishes what
    is under way. Exit code 1: a request was refused, or a picture filtered where the recipe does not allow it.
    """
    from imagenspec.cli.money import agree_to_cost  # noqa: PLC0415 - other commands do not send
    from imagenspec.cli.plans import Destination, planned  # noqa: PLC0415
    from imagenspec.cli.progress import watcher_of  # noqa: PLC0415
    from imagenspec.render.plan import check_outputs  # noqa: PLC0415
    from imagenspec.render.session import left_to_send, render  # noqa: PLC0415

    destination = Destination(word, project, location)
    if plan_file is not None:
        from imagenspec.cli.from_plan import planned_by  # noqa: PLC0415 - most renders have no plan

        beside = {"PATH": paths, "--case": cases, "--select": select, "--var": assignments}
        found = planned_by(plan_file, destination, beside)
    elif paths:
        found = planned(paths, Options(parse_variables(assignments), max_cases), destination, cases)
    else:
        raise click.UsageError("Missing argument 'PATH...', or --plan FILE.")
    modified = select == "modified"
    if frozen or dry_run:
        listed = _listed(found, modified=modified, to_stderr=not dry_run)
    if frozen and not dry_run:
        click.echo(f"{_cases(found)}: {f'{listed} not fresh' if listed else 'nothing to render'}", err=True)
        raise SystemExit(1 if listed or found.refused else 0)
    check_outputs(found.plans, found.settings.target, force=force)
    to_send = left_to_send(found.plans, found.settings.target, modified=modified)
    agree_to_cost(to_send, found.settings, limit=max_cost, yes=yes, dry_run=dry_run)
    if dry_run:
        click.echo(f"{_cases(found)}: {listed} to be rendered, {len(to_send)} to be sent", err=True)
        raise SystemExit(1 if found.refused or (frozen and listed) else 0)
    how = found.settings.route(jobs)._replace(stopping=_tell_of_stop)
    with watcher_of(len(to_send), found.settings.prices) as watcher:
        rendering = render(found.plans, how, watcher, force=force, modified=modified, provenance=not no_provenance)
    _tell(rendering, watcher.spent)
    raise SystemExit(_exit_code(rendering, refused=found.refused))


def _cases(found: Planned) -> str:
    return many(sum(len(one.works) for one in found.plans), "request")


def _listed(found: Planned, *, modified: bool, to_stderr: bool) -> int:
    """Print what is due, with the reason; return how much that is."""
    count = 0
    for one in found.plans:
        for work in one.due(modified=modified):
            count += 1
            fields = (visible(one.recipe), work.task.case, work.task.model, work.task.digest, one.why_due(work))
            click.echo("\t".join(fields), err=to_stderr)
    return count


def _tell_of_stop() -> None:
    click.echo("stopping: what is under way comes to its end; Ctrl-C again gives it up", err=True)


def _tell(rendering: Rendering, spent: float) -> None:
    """Print refusals at their places, problems, and one line about everything."""
    works = {result.work.task.key: result.work for result in rendering.results}
    findings = sorted(_findings(rendering.refusals, works), key=lambda one: (one.file, one.span.start))
    for line in as_text(findings, colour=wants_colour(sys.stderr)):
        click.echo(line, err=True, color=True)
    for problem in rendering.problems:
        click.echo(f"imagenspec: {visible(str(problem))}", err=True)
    click.echo(_summary(rendering, spent), err=True)
    if rendering.interrupted:
        click.echo("stopped; run the same command again to go on, nothing is sent twice", err=True)


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


def _summary(rendering: Rendering, spent: float) -> str:
    counts = Counter(result.word for result in rendering.results)
    pictures = sum(sample.outcome == "image" for result in rendering.results for sample in result.samples)
    words = [f"{counts[word]} {word}" for word in _WORDS if counts[word]]
    line = f"{many(len(rendering.results), 'request')}: {', '.join(words) or 'none'}; {many(pictures, 'picture')}"
    stopped = rendering.interrupted or rendering.problems
    line += f"; {rendering.sent} sent" if rendering.sent or stopped else "; nothing to send"
    return line + (f"; {spent:.2f} USD" if spent else "")


def _exit_code(rendering: Rendering, *, refused: bool) -> int:
    """Return 3 where the machine or the service failed, 1 where a recipe is to be mended, and 0 otherwise."""
    if rendering.interrupted:
        return _INTERRUPTED
    codes = [problem.exit_code for problem in rendering.problems]
    codes += [_code_of(result, rendering.refusals) for result in rendering.results]
    return max([*codes, 1 if refused else 0])


def _code_of(result: Result, refusals: Mapping[str, Refused]) -> int:
    refusal = refusals.get(result.work.task.key)
    if refusal is not None:
        return ImagenspecError.exit_code if refusal.status in (401, 403) else 1
    if result.word == "filtered":
        return 0 if result.work.on_filtered == "warn" else 1
    return 0 if result.word in ("done", "not sent") else ImagenspecError.exit_code
