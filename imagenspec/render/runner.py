"""Sends what is planned until nothing is left: leases, turns, attempts and outcomes, each step in the ledger."""

from __future__ import annotations

import asyncio
import errno
import random
import time
from collections import Counter, deque
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol

from imagenspec.errors import ImagenspecError, ToolError
from imagenspec.render.ledger.ledger import IllegalStepError
from imagenspec.render.ledger.tasks import final_state
from imagenspec.render.pictures import kept_samples
from imagenspec.render.service.errors import Lost, Refused, Transient
from imagenspec.render.service.limiter import bucket_name
from imagenspec.render.service.outcomes import outcomes_of
from imagenspec.render.service.pauses import Pauses
from imagenspec.render.service.retry import PATIENT, TOO_MANY, Failures, wait_before_next

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imagenspec.render.disk.store import Store
    from imagenspec.render.ledger.journal import Journal
    from imagenspec.render.ledger.ledger import Ledger
    from imagenspec.render.ledger.tasks import Final, Sample, State, Task
    from imagenspec.render.service.client import Answer, Client
    from imagenspec.render.service.limiter import Limiter
    from imagenspec.render.service.targets import Target
    from imagenspec.render.work import Work

_LEASE = 900.0
"""Seconds for which a task is taken until it is sent.

A wait for a turn may be longer: a service can ask for a day. Whoever asks for work first then has the task: another
process, or this one, which only goes on waiting. Nothing is sent twice by that, for only who has a task can send it.
"""
_LOOK_AGAIN = 1.0
"""Seconds after which a process without work looks whether another one has died."""
FILTERED_ATTEMPTS = 3
"""How often a request is sent whose pictures are all filtered, where its recipe says to retry."""
TRIED = f"tried {FILTERED_ATTEMPTS} times"
"""Why such a request came to its end."""
_OPEN = ("planned", "leased", "sent")
_LONG = 5.0
"""Seconds of waiting after which people want to know for what."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE)
"""What a machine says that has no room: no request is to blame, and none should be sent."""


class Watcher(Protocol):
    """Who is told of what happens."""

    def finished(self, work: Work, state: State, samples: Sequence[Sample], why: str) -> None:
        """A request has come to its end."""

    def paused(self, work: Work, seconds: float, why: str) -> None:
        """A request has to be sent again, not before some seconds have passed."""

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing will be sent for some seconds."""


class Means(NamedTuple):
    """What a runner works with; ``resend`` says if there is money to send a request again whose answer was lost."""

    target: Target
    client: Client
    limiter: Limiter
    ledger: Ledger
    journal: Journal
    store: Store
    watcher: Watcher
    resend: Callable[[Work], bool] = lambda _: True


class Runner:
    """Works through the tasks of one process; others may work on the same ledger.

    Attributes:
        refusals: What the service refused, by the keys of the tasks.
        lost: How often each request went out without an answer, by the keys of the tasks; each may be paid for.
        after_loss: How often a request was sent again whose answer was lost; each may be paid twice.
    """

    def __init__(self, works: Mapping[str, Work], means: Means, jobs: int) -> None:
        """Prepare.

        Args:
            works: What is planned in the ledger, by the keys of its tasks.
            means: What to work with.
            jobs: How many requests may be under way at a time.
        """
        self._works = works
        self._means = means
        self._jobs = jobs
        self._owner = means.ledger.join()
        self._leased: deque[Task] = deque()
        self._in_hand: set[str] = set()
        self._leasing = asyncio.Lock()
        self._attempts: Counter[str] = Counter()
        self._throttled: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self._unsure: set[str] = set()
        self._in_doubt: set[str] = set()
        self._busy = 0
        self._told = float("-inf")
        self.refusals: dict[str, Refused] = {}
        self.after_loss = 0
        self._filtered: Counter[str] = Counter()
        self._pauses = Pauses(random.random)
        self._stopping = False
        self._news = asyncio.Event()
        self._turns: set[asyncio.Timeout] = set()
        self._looked = float("-inf")
        self._errors: list[Exception] = []

    def stop(self) -> None:
        """Begin nothing more; what is under way comes to its end. Called from the event loop."""
        if self._stopping:
            return
        self._stopping = True
        self._news.set()
        for turn in self._turns:
            turn.reschedule(0.0)

    async def run(self) -> None:
        """Work until everything is final, or until :meth:`stop`.

        Whatever goes wrong, requests that are under way come to their end, for they are paid for.

        Raises:
            ToolError: The ledger or the store cannot be written.
            CredentialsError: There is no valid token.
        """
        await asyncio.to_thread(self._take_up_all)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._jobs, len(self._works))):
                group.create_task(self._work())
        if self._errors:
            raise self._errors[0]

    async def _work(self) -> None:
        try:
            while (task := await self._next()) is not None:
                self._busy += 1
                try:
                    await self._attempt(self._works[task.key], task)
                finally:
                    self._busy -= 1
                self._news.set()
        except Exception as error:  # noqa: BLE001 - raised again when the others are through
            self._errors.append(error)
            self.stop()

    async def _next(self) -> Task | None:
        """Return a task that this process has leased; wait while others have all there is."""
        async with self._leasing:
            while not self._stopping:
                self._news.clear()
                if not self._leased:
                    await self._lease()
                if self._leased:
                    return self._leased.popleft()
                wait = await asyncio.to_thread(self._look)
                if wait is None:
                    return None
                if not self._busy:
                    planned_in = await asyncio.to_thread(self._means.ledger.planned_in)
                    self._tell_of_wait(planned_in or 0.0)
                await self._pause(wait)
            while self._leased:
                await self._release(self._leased.popleft())
            return None

    async def _lease(self) -> None:
        """Take tasks; those that are waiting here for their turn only have their lease renewed."""
        ledger = self._means.ledger
        tasks = await self._means.journal.write(lambda: ledger.lease(self._owner, self._jobs, _LEASE))
        self._leased.extend(task for task in tasks if task.key not in self._in_hand)
        self._in_hand.update(task.key for task in tasks)

    async def _release(self, task: Task) -> None:
        ledger = self._means.ledger
        self._in_hand.discard(task.key)
        with suppress(IllegalStepError):
            await self._means.journal.write(lambda: ledger.release(task.key, self._owner))

    def _look(self) -> float | None:
        """Return the seconds until there may be more to do; nothing when all is final."""
        ledger, now = self._means.ledger, time.monotonic()
        if now >= self._looked + _LOOK_AGAIN:
            self._looked = now
            ledger.recover(time.time())
            self._take_up(ledger.left_behind)
        counts = ledger.counts(wanted=True)
        left_behind = any(task.key in self._works for task in ledger.left_behind())
        if not left_behind and not any(counts[state] for state in _OPEN):
            return None
        due = ledger.due_in()
        return _LOOK_AGAIN if due is None else min(due, _LOOK_AGAIN)

    def _take_up_all(self) -> None:
        """Plan again what earlier runs gave up, or left behind; what this or another run gives up from now on stays."""
        ledger = self._means.ledger
        unsure = ledger.unsure() & self._works.keys()
        if unsure:
            self._unsure |= unsure
            self._in_doubt |= unsure
            self._take_up(lambda: ledger.tasks("unknown"))

    def _take_up(self, which: Callable[[], Sequence[Task]]) -> None:
        """Plan tasks again that are unknown."""
        ledger = self._means.ledger
        with ledger.together():
            for task in which():
                if task.key in self._works:
                    ledger.resolve_unknown(task.key)
                    self._unsure.add(task.key)
                    self._in_doubt.add(task.key)

    def _tell_of_wait(self, seconds: float) -> None:
        """Tell of a wait that is long for whoever watches, once; nobody but a service asks for a very long one."""
        until = time.monotonic() + seconds
        if seconds >= _LONG and until > self._told + _LONG:
            self._told = until
            asked = seconds > PATIENT.longest
            self._means.watcher.waiting(seconds, "as the service asked (Retry-After)" if asked else "")

    async def _pause(self, seconds: float) -> None:
        """Wait, but no longer than until something happens in this process."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    async def _turn(self, bucket: str) -> bool:
        """Wait until a request may go; return whether it still should."""
        if self._stopping:
            return False
        try:
            async with asyncio.timeout(None) as turn:
                self._turns.add(turn)
                try:
                    while (left := self._pauses.left(bucket)) > 0:
                        self._tell_of_wait(left)
                        await asyncio.sleep(left)
                    await self._means.limiter.turn(bucket)
                finally:
                    self._turns.discard(turn)
        except TimeoutError:
            return False
        return not self._stopping

    async def _attempt(self, work: Work, task: Task) -> None:
        means, key = self._means, task.key
        bucket = bucket_name(means.target, task.model)
        if not await self._turn(bucket):
            await self._release(task)
            return
        try:
            await means.journal.write(lambda: means.ledger.sent(key, self._owner, self._attempts[key] + 1))
        except IllegalStepError:
            return  # the lease ran out while it waited for its turn, and somebody else has it
        finally:
            self._in_hand.discard(key)
        self._attempts[key] += 1
        client, name, unsure = means.client, means.client.name_of(work.request), key in self._unsure
        before = client.sent[name]
        self._unsure.discard(key)
        try:
            await self._send(work, bucket)
        except asyncio.CancelledError:
            self.lost[key] += client.sent[name] > before
            raise
        finally:
            if unsure and client.sent[name] > before:
                self.after_loss += 1
            elif unsure:
                self._unsure.add(key)

    async def _send(self, work: Work, bucket: str) -> None:
        sent = self._pauses.now()
        try:
            answer = await self._means.client.send(work.request)
        except (Transient, Lost) as failure:
            if isinstance(failure, Transient) and failure.status == TOO_MANY:
                self._throttled[work.task.key] += 1
                self._means.limiter.slow_down(bucket)
                self._pauses.refused(bucket, sent, failure.retry_after)
            await self._again(work, failure)
        except Refused as failure:
            self._pauses.served(bucket)
            self.refusals[work.task.key] = failure
            await self._finish(work, (), str(failure))
        except ToolError as failure:
            if isinstance(failure.__cause__, OSError) and failure.__cause__.errno in _FULL:
                await self._lose(work, failure)
                raise
            await self._fail(work, str(failure))
        except ImagenspecError as failure:
            await self._plan_again(work, 0.0, str(failure))
            raise
        else:
            self._pauses.served(bucket)
            with answer:
                await self._take(work, answer)

    async def _again(self, work: Work, failure: Transient | Lost) -> None:
        key, why = work.task.key, failure.message
        lost = isinstance(failure, Lost)
        if lost:
            self.lost[key] += 1
            self._in_doubt.add(key)
        failures = Failures(self._attempts[key], self._throttled[key], self.lost[key])
        wait = wait_before_next(failure, failures, random.random)
        if wait is not None and lost and not self._means.resend(work):
            wait, why = None, f"{why}; sent again, it may cost more than --max-cost"
        if wait is None:
            await self._fail(work, why)
            return
        if lost:
            self._unsure.add(key)
        self._means.watcher.paused(work, wait, why)
        if wait <= PATIENT.longest:
            self._told = max(self._told, time.monotonic() + wait)
        await self._plan_again(work, wait, why, lost=lost)

    async def _plan_again(self, work: Work, wait: float, why: str, *, lost: bool = False) -> None:
        key, ledger = work.task.key, self._means.ledger
        await self._means.journal.write(lambda: ledger.retry(key, self._owner, wait, why, lost=lost))

    async def _fail(self, work: Work, why: str) -> None:
        """Give a request up for this run: as failed, or as unknown where an answer was lost and may be paid for."""
        key, means = work.task.key, self._means
        if key not in self._in_doubt:
            await self._finish(work, (), why)
            return
        await means.journal.write(lambda: means.ledger.lost(key, self._owner, why))
        means.watcher.finished(work, "unknown", (), why)

    async def _lose(self, work: Work, failure: ToolError) -> None:
        key, ledger = work.task.key, self._means.ledger
        self.lost[key] += 1
        with suppress(ToolError):
            await self._means.journal.write(lambda: ledger.lost(key, self._owner, str(failure)))

    async def _take(self, work: Work, answer: Answer) -> None:
        expected, key = work.expected, work.task.key
        outcomes = outcomes_of(answer.body, expected.pictures, reasons=expected.reasons)
        try:
            samples = await asyncio.to_thread(kept_samples, outcomes, expected, self._means.store)
        except ToolError as failure:
            await self._lose(work, failure)
            raise
        if work.on_filtered != "retry" or any(sample.is_paid for sample in samples):
            await self._finish(work, samples, "")
            return
        self._filtered[key] += 1
        tried = self._filtered[key]
        if tried == FILTERED_ATTEMPTS:
            await self._finish(work, samples, TRIED)
            return
        why = f"filtered, {tried} of {FILTERED_ATTEMPTS} times"
        self._means.watcher.paused(work, 0.0, why)
        await self._plan_again(work, 0.0, why)

    async def _finish(self, work: Work, samples: Sequence[Sample], why: str) -> None:
        key, ledger = work.task.key, self._means.ledger
        asked: Final | None = None if samples else "failed"
        await self._means.journal.write(lambda: ledger.finish(key, self._owner, samples, state=asked, why=why))
        self._means.watcher.finished(work, final_state(work.task.samples, samples, asked), samples, why)
