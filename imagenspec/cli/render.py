"""``imagenspec render``."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import click

from imagenspec.cli.common import Money, parse_variables, wants_colour
from imagenspec.cli.rendered import is_unlike, summary, unlike_lines
from imagenspec.cli.stopped import stopped_code, tell_of_stop
from imagenspec.errors import ImagenspecError
from imagenspec.project.options import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.report.text import as_text, many, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imagenspec.cli.plans import Planned
    from imagenspec.project.findings import Finding
    from imagenspec.render.prices import Prices
    from imagenspec.render.service.errors import Refused
    from imagenspec.render.session import Rendering, Result
    from imagenspec.render.stopping import Interruption
    from imagenspec.render.work import Work

_AGAIN = "Send again what did not bring what the recipe wants, although it was paid for."

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
@click.option("--frozen", is_flag=True, help="Fail if a render would have anything to do or to complain of.")
@click.option("--max-cost", type=Money(), metavar="USD", help=_MAX_COST)
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
    it came, or the recipe has "on_filtered: warn". A request whose answer is lost is sent again, at most twice in a
    run: it may be paid for each time. Ctrl-C finishes what is under way. Exit code 1: a request was refused, a picture
    filtered where the recipe does not allow it, or one that is not as documented.
    """
    from imagenspec.cli.money import agree_to_cost, tell_of_unsure  # noqa: PLC0415 - other commands do not send
    from imagenspec.cli.plans import Destination, planned  # noqa: PLC0415
    from imagenspec.cli.progress import watcher_of  # noqa: PLC0415
    from imagenspec.render.places import check_outputs  # noqa: PLC0415
    from imagenspec.render.remaining import left_to_send, unsure_of  # noqa: PLC0415
    from imagenspec.render.session import render  # noqa: PLC0415

    destination = Destination(word, project, location, sends=dry_run or not frozen)
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
    if modified and again:
        raise click.UsageError("--again sends what did not change, too; leave out --select or --again")
    if frozen or dry_run:
        listed = _listed(found, modified=modified, again=again, force=force)
    if frozen and not dry_run:
        said = f"{many(listed.all, 'case')} not fresh" if listed.all else "nothing to render"
        click.echo(f"{_cases(found)}: {said}", err=True)
        raise SystemExit(1 if listed.all or found.refused else 0)
    check_outputs(found.plans, found.settings.target, force=force, modified=modified, again=again)
    to_send = left_to_send(found.plans, found.settings.target, modified=modified, again=again)
    tell_of_unsure(unsure_of(found.plans, to_send, found.settings.target))
    budget = agree_to_cost(to_send, found.settings, limit=max_cost, yes=yes, dry_run=dry_run)
    if dry_run:
        click.echo(f"{_cases(found)}: {listed.words(len(to_send))}", err=True)
        raise SystemExit(1 if found.refused or (frozen and listed.all) else 0)
    how = found.settings.route(jobs)._replace(stopping=tell_of_stop)
    how = how if budget is None else how._replace(resend=budget.take)
    with watcher_of(len(to_send), found.settings.prices) as watcher:
        rendering = render(
            found.plans, how, watcher, force=force, modified=modified, again=again, provenance=not no_provenance
        )
    with suppress(OSError):  # the terminal may be gone
        _tell(rendering, watcher.spent, found.settings.prices, again=again)
    raise SystemExit(_exit_code(rendering, refused=found.refused))


def _cases(found: Planned) -> str:
    return many(sum(len(one.works) for one in found.plans), "request")


class _Listed(NamedTuple):
    """How many cases a render would do something for or complain of; render, move and drop from their locks."""

    all: int
    due: int
    moved: int
    dropped: int

    def words(self, to_send: int) -> str:
        left = self.all - self.due - self.moved - self.dropped
        more = {"to be moved": self.moved, "to be dropped from the lock": self.dropped, "left as they are": left}
        said = (f", {count} {what}" for what, count in more.items() if count)
        return f"{self.due} to be rendered, {to_send} to be sent{''.join(said)}"


def _listed(found: Planned, *, modified: bool, again: bool, force: bool) -> _Listed:
    """Print what a render would do or complain of, with the reason; return how much that is."""
    from imagenspec.project.discovery import case_name  # noqa: PLC0415 - most renders list nothing
    from imagenspec.render.remaining import to_be_moved  # noqa: PLC0415
    from imagenspec.report.plan_text import request_line  # noqa: PLC0415

    target = found.settings.target
    listed = _Listed(0, 0, 0, 0)
    for one in found.plans:
        due = {work.task.case for work in one.due(modified=modified, again=again)}
        moved = {work.task.case for work in to_be_moved([one], target)} - due
        cases = moved | {work.task.case for work in one.unfinished(modified=modified, again=again)}
        for work in one.works:
            if work.task.case in cases:
                task, state = work.task, one.state(work.task.case)
                words = "to be moved" if state.word == "fresh" else state.words
                click.echo(request_line(one.recipe, task.case, task.model, task.samples, words))
        for case in sorted(one.gone):
            click.echo(visible(f"{case_name(one.recipe, case)}: gone"))
        dropped = one.gone if force else one.gone - one.paid_and_gone(target)
        counts = (len(cases) + len(one.gone), len(due), len(moved), len(dropped))
        listed = _Listed(*map(sum, zip(listed, counts, strict=True)))
    return listed


def _tell(rendering: Rendering, spent: float, prices: Prices, *, again: bool) -> None:
    """Print refusals at their places, problems, and one line about everything."""
    works = {result.work.task.key: result.work for result in rendering.results}
    words = {result.work.task.key: result.word for result in rendering.results}
    findings = sorted(_findings(rendering.refusals, works), key=lambda one: (one.file, one.span.start))
    for line in as_text(findings, colour=wants_colour(sys.stderr)):
        click.echo(line, err=True, color=True)
    for problem in rendering.problems:
        click.echo(f"imagenspec: {visible(str(problem))}", err=True)
    for note in rendering.notes:
        click.echo(f"imagenspec: {visible(note)}", err=True)
    for line in unlike_lines(rendering):
        click.echo(line, err=True)
    at_risk = rendering.tally.usd_at_risk(prices, works)
    click.echo(summary(rendering, spent, at_risk, again=again), err=True)
    if rendering.interrupted is not None:
        is_sure = not any(rendering.tally.lost[key] for key, word in words.items() if word in ("not sent", "unknown"))
        click.echo(_advice(rendering.interrupted, is_sure=is_sure), err=True)


def _advice(interruption: Interruption, *, is_sure: bool) -> str:
    """Return how to go on after a render that somebody stopped, and whether all is known of what it sent."""
    how = "gave up what was under way" if interruption.given_up else "stopped"
    is_once = is_sure and not interruption.given_up
    again = "nothing is sent twice" if is_once else "what is sent again may be paid for twice"
    return f"{how}; run the same command again to go on, {again}"


def _findings(refusals: Mapping[str, Refused], works: Mapping[str, Work]) -> Iterator[Finding]:
    """Yield what the service refused in the form of what the linter finds."""
    from imagenspec.project.findings import Finding, Severity  # noqa: PLC0415
    from imagenspec.render.refused_places import span_of  # noqa: PLC0415 - most requests are not refused
    from imagenspec.render.service.texts import decoded  # noqa: PLC0415

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
        return stopped_code(rendering.interrupted)
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
        return 1 if result.work.wants_more(sample.outcome for sample in result.samples) else 0
    return 0 if result.word in ("done", "not sent") else ImagenspecError.exit_code
