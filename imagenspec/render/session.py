"""A render from beginning to end: what is to be done, doing it, and bringing home what was made."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.errors import ImagenspecError
from imagenspec.render.disk.durable import state_folder
from imagenspec.render.disk.store import Store
from imagenspec.render.homecoming import Homecoming, Wish
from imagenspec.render.ledger.journal import Journal
from imagenspec.render.ledger.ledger import IllegalStepError, Ledger
from imagenspec.render.plan import lock_target
from imagenspec.render.remaining import by_root, is_paid
from imagenspec.render.runner import Means, Runner
from imagenspec.render.service.client import Client
from imagenspec.render.service.limiter import Limiter, NoBuckets, bucket_name, quota_of
from imagenspec.render.stopping import Interruption, Stop
from imagenspec.render.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    import httpx

    from imagenspec.render.homecoming import Brought
    from imagenspec.render.ledger.tasks import Outcome, Sample
    from imagenspec.render.locks.lines import Entry, LockedSample
    from imagenspec.render.plan import Plan
    from imagenspec.render.runner import Watcher
    from imagenspec.render.service.credentials import Credentials
    from imagenspec.render.service.errors import Refused
    from imagenspec.render.service.targets import Target
    from imagenspec.render.work import Work


class Result(NamedTuple):
    """What became of a case.

    Attributes:
        work: The case.
        outcome: What the ledger says; nothing where the request was not sent, or by somebody else.
        entry: What the lock says, where nothing is left to be done for the case.
        delivered: What was put into its place in this run, or was found there.
    """

    work: Work
    outcome: Outcome | None
    entry: Entry | None = None
    delivered: Sequence[LockedSample] = ()

    @property
    def samples(self) -> Sequence[Sample | LockedSample]:
        """What became of each picture."""
        if self.outcome is not None:
            return self.outcome.samples
        return () if self.entry is None else self.entry.samples

    @property
    def word(self) -> str:
        """In one word: done, filtered, failed, unknown, or ``not sent``."""
        if self.outcome is not None:
            return self.outcome.state
        if self.entry is None:
            return "not sent"
        found = {sample.outcome for sample in self.entry.samples}
        return "done" if found == {"image"} else "filtered" if "filtered" in found else "failed"

    @property
    def places(self) -> Iterator[str]:
        """Where its pictures are: paths with forward slashes, or addresses in Cloud Storage."""
        folder = Path(self.work.request.recipe).parent
        for sample in self.delivered:
            if sample.outcome == "image" and (sample.file or sample.gcs):
                yield (folder / sample.file).as_posix() if sample.file else str(sample.gcs)


class Rendering(NamedTuple):
    """What became of a render.

    Attributes:
        results: What became of each case.
        tally: What this process sent.
        problems: What kept requests from being sent, or pictures from their places.
        interrupted: How somebody stopped it.
        notes: What people should know of pictures that are not where they were to be.
    """

    results: tuple[Result, ...]
    tally: Tally
    problems: tuple[ImagenspecError, ...] = ()
    interrupted: Interruption | None = None
    notes: tuple[str, ...] = ()

    @property
    def sent(self) -> int:
        """How many requests of this process went out, each counted once."""
        return self.tally.sent

    @property
    def refusals(self) -> Mapping[str, Refused]:
        """What the service refused in this run, by the keys of the tasks."""
        return self.tally.refusals


class Route(NamedTuple):
    """How requests go out.

    Attributes:
        target: Where to.
        jobs: How many may be under way at a time.
        transport: How to reach the target instead of over the network.
        credentials: Finds the caller's credentials, where the target asks for them.
        quotas: Requests a minute, by model.
        stopping: Called when somebody stops the render, with Ctrl-C or as systems do.
        resend: Returns whether there is money to send a request again whose answer was lost, and sets it aside.
    """

    target: Target
    jobs: int
    transport: httpx.AsyncBaseTransport | None = None
    credentials: Callable[[], Awaitable[Credentials]] | None = None
    quotas: Mapping[str, float] = {}
    stopping: Callable[[], None] = lambda: None
    resend: Callable[[Work], bool] = lambda _: True


def render(  # noqa: PLR0913 - what a render does can be switched in many ways
    plans: Sequence[Plan],
    how: Route,
    watcher: Watcher,
    *,
    force: bool = False,
    modified: bool = False,
    again: bool = False,
    provenance: bool = True,
) -> Rendering:
    """Do what is due, put the pictures where they belong, and write the locks.

    What failed or was filtered before is tried again, unless something of it came, which is paid for. Whatever goes
    wrong, what came is brought home.

    Args:
        plans: What the recipes ask for.
        how: How requests go out.
        watcher: Is told of what happens.
        force: Write over files that no render made.
        modified: Do only what the locks do not have.
        again: Send again also what did not come whole or as documented, although something of it was paid for.
        provenance: Tell pictures what made them, where their project does not say otherwise.

    Raises:
        ToolError: The ledger cannot be opened.
    """
    results: list[Result] = []
    tally = Tally()
    problems: list[ImagenspecError] = []
    notes: list[str] = []
    interrupted = None
    wish = Wish(how.target, force, provenance, modified)
    for root, own in by_root(plans):
        works = {work.task.key: work for one in own for work in one.due(modified=modified, again=again)}
        store = Store(root)
        with _ledger(root, how.target, works, store, again=again) as ledger:
            waiting = _waiting(works, ledger, store, again=again)
            tally.due += len(waiting)
            with Homecoming(own, ledger, store, wish) as coming:
                if waiting and not interrupted and not problems:
                    coming.begin(waiting)
                    try:
                        heard = coming.watched(watcher)
                        interrupted = send_all(waiting, Home(root, ledger, store), how, heard, tally)
                    except ImagenspecError as error:
                        problems.append(error)
                results += [_result(one, waiting) for one in coming.finish()]
            problems += coming.problems
            notes += coming.notes
    return Rendering(tuple(results), tally, tuple(problems), interrupted, tuple(notes))


class Home(NamedTuple):
    """Where the state of a run is kept: a folder with a ledger and a store."""

    root: Path
    ledger: Ledger
    store: Store


def send_all(works: Mapping[str, Work], home: Home, how: Route, watcher: Watcher, tally: Tally) -> Interruption | None:
    """Send what is planned in a ledger and wait for all of it; return how somebody stopped that.

    Args:
        works: What is planned, by the keys of the tasks.
        home: Has the tasks, and takes the pictures.
        how: How requests go out.
        watcher: Is told of what happens.
        tally: Gets what is sent, and what the service refuses.

    Raises:
        ToolError: The ledger or the store cannot be written.
        CredentialsError: There is no valid token.
    """
    return asyncio.run(_sent(works, home, how, watcher, tally))


async def _sent(
    works: Mapping[str, Work], home: Home, how: Route, watcher: Watcher, tally: Tally
) -> Interruption | None:
    credentials = None if how.credentials is None else await how.credentials()
    async with AsyncExitStack() as stack:
        client = Client(how.target, how.jobs, credentials, how.transport, folder=state_folder(home.root))
        await stack.enter_async_context(client)
        ledger = home.ledger
        limiter = Limiter(_buckets(ledger, works, how))
        means = Means(how.target, client, limiter, ledger, Journal(ledger), home.store, watcher, how.resend)
        runner = Runner(works, means, how.jobs)
        stack.callback(tally.add, client, runner)
        with Stop(runner, how.stopping) as stop:
            await runner.run()
        return stop.interruption


def _ledger(root: Path, target: Target, works: Mapping[str, Work], store: Store, *, again: bool) -> Ledger:
    """Return the ledger with the work planned; where nothing is left to be sent, it is only looked at."""
    name = lock_target(target)
    looked = Ledger(root, name, looking=True)
    if all(is_paid(work, looked.outcome(key), store, again=again) for key, work in works.items()):
        return looked
    looked.close()
    ledger = Ledger(root, name)
    try:
        ledger.plan(work.task for work in works.values())
    except BaseException:
        ledger.close()
        raise
    return ledger


def _result(one: Brought, waiting: Mapping[str, Work]) -> Result:
    """Return what became of a case; that nothing came of an earlier run says nothing where the lock holds."""
    known = one.outcome is None or bool(one.outcome.samples) or one.work.task.key in waiting
    return Result(*(one if known else one._replace(outcome=None)))


def _waiting(works: Mapping[str, Work], ledger: Ledger, store: Store, *, again: bool) -> dict[str, Work]:
    """Return what is to be sent; what ended without anything, or whose picture is gone, is planned again."""
    found: dict[str, Work] = {}
    for key, work in works.items():
        outcome = ledger.outcome(key)
        if is_paid(work, outcome, store, again=again):
            continue
        if outcome is not None:
            paid = any(sample.is_paid for sample in outcome.samples)
            if paid and not is_paid(work, outcome, store):
                ledger.forget(key)
                outcome = ledger.outcome(key)
            with suppress(IllegalStepError), ledger.together():  # what is unknown is the runner's to take up
                if not paid or ledger.outcome(key) == outcome:
                    ledger.again(key, paid=paid)
        found[key] = work
    return found


def _buckets(ledger: Ledger, works: Mapping[str, Work], how: Route) -> Ledger | NoBuckets:
    """Return the ledger, which processes share, where there is a quota; otherwise nothing has to be written.

    The versions of a model have one bucket, so the least of their quotas counts. What the ledger has of a quota that is
    not configured any more is forgotten.
    """
    models = sorted({work.task.model for work in works.values()})
    used = {bucket_name(how.target, model): quota_of(model, how.quotas) for model in models}
    if not any(used.values()):
        return NoBuckets()
    for name, per_minute in used.items():
        if per_minute is None:
            ledger.forget_bucket(name)
        else:
            ledger.configure_bucket(name, per_minute, max(1.0, per_minute / 60))
    return ledger
