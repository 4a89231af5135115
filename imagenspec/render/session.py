"""A render from beginning to end: what is to be done, doing it, and bringing home what was made."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from imagenspec.errors import ImagenspecError
from imagenspec.render.client import Client
from imagenspec.render.delivery import deliver, paths_of, write_lock
from imagenspec.render.durable import state_folder
from imagenspec.render.errors_of_service import Refused
from imagenspec.render.journal import Journal
from imagenspec.render.ledger import IllegalStepError, Ledger, ledger_path
from imagenspec.render.limiter import Limiter, MemoryBuckets, base_model
from imagenspec.render.plan import Plan, lock_target, plan
from imagenspec.render.runner import Means, Runner
from imagenspec.render.store import Store
from imagenspec.render.tasks import key_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

    import httpx

    from imagenspec.render.client import Answer
    from imagenspec.render.credentials import Credentials
    from imagenspec.render.lock_lines import Entry, LockedSample
    from imagenspec.render.runner import Watcher
    from imagenspec.render.targets import Target
    from imagenspec.render.tasks import Outcome, Sample
    from imagenspec.render.work import Work
    from imagenspec.wire.request import Request

__all__ = ["Home", "Plan", "Rendering", "Result", "Route", "left_to_send", "lock_target", "plan", "render", "send_all"]


class Result(NamedTuple):
    """What became of a case.

    Attributes:
        work: The case.
        outcome: What the ledger says; nothing where the request was not sent, or by somebody else.
        entry: What the lock says, where nothing is left to be done for the case.
    """

    work: Work
    outcome: Outcome | None
    entry: Entry | None = None

    @property
    def samples(self) -> Sequence[Sample | LockedSample]:
        """What became of each picture."""
        if self.outcome is not None:
            return self.outcome.samples
        return () if self.entry is None else self.entry.samples

    @property
    def word(self) -> str:
        """In one word: done, filtered, failed, or ``not sent``."""
        if self.outcome is not None:
            return self.outcome.state
        if self.entry is None:
            return "not sent"
        found = {sample.outcome for sample in self.entry.samples}
        return "done" if found == {"image"} else "filtered" if "filtered" in found else "failed"


class Rendering(NamedTuple):
    """What became of a render.

    Attributes:
        results: What became of each case.
        sent: How many requests were sent and came to an end.
        refusals: What the service refused in this run, by the keys of the tasks.
        problems: What kept requests from being sent, or pictures from their places.
        interrupted: Whether somebody stopped it.
    """

    results: tuple[Result, ...]
    sent: int
    refusals: Mapping[str, Refused]
    problems: tuple[ImagenspecError, ...] = ()
    interrupted: bool = False


class Route(NamedTuple):
    """How requests go out.

    Attributes:
        target: Where to.
        jobs: How many may be under way at a time.
        transport: How to reach the target instead of over the network.
        credentials: Finds the caller's credentials, where the target asks for them.
        quotas: Requests a minute, by model.
        stopping: Told when somebody stops the render with Ctrl-C.
    """

    target: Target
    jobs: int
    transport: httpx.AsyncBaseTransport | None = None
    credentials: Callable[[], Awaitable[Credentials]] | None = None
    quotas: Mapping[str, float] = {}
    stopping: Callable[[], None] = lambda: None


def left_to_send(plans: Sequence[Plan], target: Target, *, modified: bool = False) -> list[Work]:
    """Return the due work, each request once, whose pictures are not here; no ledger is made by looking.

    Raises:
        ToolError: A ledger cannot be read.
    """
    found: dict[str, Work] = {}
    for root, own in _by_root(plans):
        works = {work.task.key: work for one in own for work in one.due(modified=modified)}
        if works and ledger_path(root, lock_target(target)).is_file():
            with Ledger(root, lock_target(target)) as ledger:
                store = Store(root)
                works = {key: work for key, work in works.items() if not _is_paid(work, ledger.outcome(key), store)}
        found |= works
    return list(found.values())


def render(  # noqa: PLR0913 - what a render does can be switched in many ways
    plans: Sequence[Plan],
    how: Route,
    watcher: Watcher,
    *,
    force: bool = False,
    modified: bool = False,
    provenance: bool = True,
) -> Rendering:
    """Do what is due, put the pictures where they belong, and write the locks.

    What failed or was filtered before is tried again, unless some of its pictures came. Whatever goes wrong, what came
    is brought home.

    Args:
        plans: What the recipes ask for.
        how: How requests go out.
        watcher: Is told of what happens.
        force: Write over files that no render made.
        modified: Do only what the locks do not have.
        provenance: Tell pictures what made them, where their project does not say otherwise.

    Raises:
        ToolError: The ledger cannot be opened.
    """
    results: list[Result] = []
    refusals: dict[str, Refused] = {}
    problems: list[ImagenspecError] = []
    sent, interrupted = 0, False
    for root, own in _by_root(plans):
        with Ledger(root, lock_target(how.target)) as ledger:
            works = {work.task.key: work for one in own for work in one.due(modified=modified)}
            ledger.plan(work.task for work in works.values())
            store = Store(root)
            waiting = _waiting(works, ledger, store)
            if waiting and not interrupted and not problems:
                try:
                    interrupted = send_all(waiting, Home(root, ledger, store), how, watcher, refusals)
                except ImagenspecError as error:
                    problems.append(error)
                sent += sum(ledger.outcome(key) is not None for key in waiting)
            for one in own:
                results += _brought_home(one, ledger, store, how.target, problems, force=force, provenance=provenance)
    return Rendering(tuple(results), sent, refusals, tuple(problems), interrupted)


class Home(NamedTuple):
    """Where the state of a run is kept: a folder with a ledger and a store."""

    root: Path
    ledger: Ledger
    store: Store


def send_all(works: Mapping[str, Work], home: Home, how: Route, watcher: Watcher, refusals: dict[str, Refused]) -> bool:
    """Send what is planned in a ledger and wait for all of it; return whether somebody stopped that.

    Args:
        works: What is planned, by the keys of the tasks.
        home: Has the tasks, and takes the pictures.
        how: How requests go out.
        watcher: Is told of what happens.
        refusals: Gets what the service refuses.

    Raises:
        ToolError: The ledger or the store cannot be written.
        CredentialsError: There is no valid token.
    """
    return asyncio.run(_sent(works, home, how, watcher, refusals))


async def _sent(
    works: Mapping[str, Work], home: Home, how: Route, watcher: Watcher, refusals: dict[str, Refused]
) -> bool:
    credentials = None if how.credentials is None else await how.credentials()
    async with AsyncExitStack() as stack:
        client = _Client(how.target, how.jobs, credentials, how.transport, folder=state_folder(home.root))
        client.refusals = refusals
        await stack.enter_async_context(client)
        ledger = home.ledger
        limiter = Limiter(_buckets(ledger, works, how))
        means = Means(how.target, client, limiter, ledger, Journal(ledger), home.store, watcher)
        runner = Runner(works, means, how.jobs)
        stop = stack.enter_context(_Stop(runner, how.stopping))
        await runner.run()
        return stop.asked


class _Client(Client):
    """A client that remembers what was refused, with all that the refusal says."""

    refusals: dict[str, Refused]

    async def send(self, request: Request) -> Answer:
        try:
            return await super().send(request)
        except Refused as refusal:
            self.refusals[key_of(request.model, request.digest)] = refusal
            raise


class _Stop:
    """While it is entered, the first Ctrl-C ends a runner's work in order, the second one at once."""

    def __init__(self, runner: Runner, told: Callable[[], None]) -> None:
        self.asked = False
        self._runner = runner
        self._told = told
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> Self:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            self._loop.add_signal_handler(signal.SIGINT, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._let_go()

    def _stop(self) -> None:
        self.asked = True
        self._let_go()
        self._runner.stop()
        self._told()

    def _let_go(self) -> None:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            self._loop.remove_signal_handler(signal.SIGINT)


def _by_root(plans: Sequence[Plan]) -> Iterator[tuple[Path, list[Plan]]]:
    for root in dict.fromkeys(one.root for one in plans):
        yield root, [one for one in plans if one.root == root]


def _is_paid(work: Work, outcome: Outcome | None, store: Store) -> bool:
    """Return whether a request brought a picture, and all that it brought is here; if so it must not be sent again."""
    if outcome is None or not _has_images(outcome):
        return False
    folder = Path(work.request.recipe).parent
    places = zip(outcome.samples, paths_of(work, outcome.samples), strict=True)
    return all(one.stored is None or path is None or store.is_here(one.stored, folder / path) for one, path in places)


def _has_images(outcome: Outcome) -> bool:
    return any(sample.outcome == "image" for sample in outcome.samples)


def _waiting(works: Mapping[str, Work], ledger: Ledger, store: Store) -> dict[str, Work]:
    """Return what is to be sent; what ended without any picture, or whose picture is gone, is planned again."""
    found: dict[str, Work] = {}
    for key, work in works.items():
        outcome = ledger.outcome(key)
        if _is_paid(work, outcome, store):
            continue
        if outcome is not None:
            gone = _has_images(outcome)
            with suppress(IllegalStepError), ledger.together():
                if not gone or ledger.outcome(key) == outcome:
                    ledger.again(key, paid=gone)
        found[key] = work
    return found


def _buckets(ledger: Ledger, works: Mapping[str, Work], how: Route) -> Ledger | MemoryBuckets:
    """Return the ledger, which processes share, where there is a quota; otherwise nothing has to be written."""
    known = [
        (f"{how.target.project}/{how.target.location}/{base_model(model)}", how.quotas[model])
        for model in sorted({work.task.model for work in works.values()})
        if model in how.quotas
    ]
    for name, per_minute in known:
        ledger.configure_bucket(name, per_minute, max(1.0, per_minute / 60))
    return ledger if known else MemoryBuckets()


def _brought_home(  # noqa: PLR0913 - what a render has at its end
    one: Plan,
    ledger: Ledger,
    store: Store,
    target: Target,
    problems: list[ImagenspecError],
    *,
    force: bool,
    provenance: bool,
) -> Iterable[Result]:
    """Put the pictures of a recipe where they belong, write its lock, and return what became of its cases."""
    done: list[tuple[Work, tuple[LockedSample, ...]]] = []
    results = []
    for work in one.works:
        fresh = one.states[work.task.case].word == "fresh"
        entry = one.lock.entries[work.task.case] if fresh else None
        others = entry is not None and entry.target != lock_target(target) and one.has_pictures(work.task.case)
        outcome = None if others else ledger.outcome(work.task.key)
        results.append(Result(work, outcome, entry if others or (entry is not None and entry.samples) else None))
        if outcome is None or not outcome.samples:
            continue
        try:
            done.append((work, deliver(work, outcome, store, force=force, ours=one.digests, provenance=provenance)))
        except ImagenspecError as error:
            problems.append(error)
    if done:
        try:
            write_lock(one.recipe, done, one.cases, lock_target(target))
        except ImagenspecError as error:
            problems.append(error)
    return results
