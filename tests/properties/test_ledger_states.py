"""The ledger against a model of it: any steps by several connections that come, go and crash."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from imagenspec.render.disk.store import Stored
from imagenspec.render.ledger.ledger import IllegalStepError, Ledger, Sample, key_of
from imagenspec.render.ledger.tasks import FINAL, STATES, Outcome, Task, final_state, worth

if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
"""A folder in memory, where there is one: thousands of waits for a disk are another test's business."""
IMAGE = Sample("image", Stored("a" * 64, 3, "image/png", 1, 1, "b" * 64))
GCS = Sample("image", gcs="gs://bucket/folder/sample_0.png")
FILTERED = Sample("filtered", reason="Support codes: 56562880", codes=(56562880,))
MISSING = Sample("missing")
UNLIKE = Sample("missing", reason="the picture is 8 x 8", unlike=True)
STEPS = [
    ("release", "leased"),
    *[("sent", "leased")] * 3,
    ("retry", "sent"),
    ("lost", "sent"),
    *[("finish", "sent")] * 3,
    ("resolve", "unknown"),
    ("again", "filtered"),
    ("again", "failed"),
    ("again", "done"),
]
"""The kinds of steps, as often as they are wanted, with the states from which they are legal."""
OPEN = ("planned", "leased")
SAMPLES = st.sampled_from([IMAGE, FILTERED, GCS, MISSING, UNLIKE])


def task(number: int, recipe: str = "a") -> Task:
    digest = f"{number:064x}"
    key = key_of("model", digest)
    return Task(key, "model", digest, f"{recipe}.imagen.yaml", str(number), 1 + number % 2, "p", "l")


TASKS = st.builds(task, st.integers(0, 11), st.sampled_from("ab"))
KEYS = [task(number).key for number in range(13)]
PLACES = st.integers(0, 2)


class Row(NamedTuple):
    """What the model knows of a task."""

    task: Task
    state: str = "planned"
    owner: str | None = None
    lease_end: float = 0.0
    not_before: float = 0.0
    sent: int = 0
    samples: tuple[Sample, ...] = ()


class Connection(NamedTuple):
    """An open ledger, its owner, and the tasks that it wants."""

    ledger: Ledger
    owner: str
    wanted: set[str]


def has(row: Row | None, state: str, owner: str | None) -> bool:
    return row is not None and (row.state, row.owner) == (state, owner)


def known(row: Row, like: Outcome | None) -> Outcome | None:
    """Return what a ledger says that became of a task; its attempt and reason are not in the model."""
    state, samples = row.state, row.samples
    if state not in FINAL:
        brought = any(sample.is_paid for sample in samples)
        state, samples = (final_state(0, samples, None), samples) if brought else (state, ())
    if state not in (*FINAL, "unknown") or like is None:
        return None
    return like._replace(state=state, samples=samples, sent=row.sent)  # type: ignore[arg-type]


def crash(ledger: Ledger) -> None:
    """Do what the system does for a process that dies: close its files, and nothing else."""
    ledger._file._connection.close()
    for owner in ledger._owners.values():
        os.close(owner._descriptor)


class LedgerMachine(RuleBasedStateMachine):
    """Places for three connections with an owner each, and a clock that only goes on."""

    def __init__(self) -> None:
        super().__init__()
        place = str(MEMORY) if MEMORY.is_dir() else None
        self.root = Path(tempfile.mkdtemp(prefix="imagenspec-ledger-", dir=place))
        self.now = 1000.0
        self.rows: dict[str, Row] = {}
        self.connections: dict[int, Connection] = {}
        self.dead: list[str] = []

    def teardown(self) -> None:
        for connection in self.connections.values():
            connection.ledger.close()
        shutil.rmtree(self.root)

    def connection(self, place: int) -> Connection:
        if place not in self.connections:
            ledger = Ledger(self.root, clock=lambda: self.now)
            self.connections[place] = Connection(ledger, ledger.join(), set())
        return self.connections[place]

    def pick(self, data: st.DataObject) -> tuple[Ledger, str, str, str]:
        """Return a ledger, a key, an owner and a kind of step: mostly such that the step is legal."""
        lively = {one.owner: one.ledger for one in self.connections.values()} or {"nobody": self.connection(0).ledger}
        keys = [key for key, row in self.rows.items() if any(row.state == before for _, before in STEPS)]
        wild = data.draw(st.sampled_from([None, None, None, None, "key", "kind", "owner"]))
        key = data.draw(st.sampled_from(KEYS if wild == "key" or not keys else keys))
        row = self.rows.get(key)
        kinds = [kind for kind, before in STEPS if wild == "kind" or row is None or before == row.state]
        kind = data.draw(st.sampled_from(kinds or ["again"]))
        names = [*self.dead, *lively] if wild == "owner" or row is None or row.owner is None else [row.owner]
        owner = data.draw(st.sampled_from(names))
        return lively.get(owner, next(iter(lively.values()))), key, owner, kind

    def step(self, key: str, legal: bool, real: Callable[[], None], **after: Any) -> None:
        """Take a step in both worlds: it is refused exactly where the model says so."""
        row = self.rows.get(key)
        refusal = None
        try:
            real()
        except IllegalStepError as error:
            refusal = error
        assert legal == (refusal is None)
        if refusal is not None:
            assert (refusal.state, refusal.owner) == (row and row.state, row and row.owner)
        elif row is not None:
            self.rows[key] = row._replace(**{"owner": None, "lease_end": 0.0, **after})

    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        """Do one thing; as a single rule, so that things come as often as they are wanted."""
        what = data.draw(
            st.sampled_from(["go on"] * 9 + ["lease"] * 3 + ["time"] * 2 + ["plan", "crash", "recover"] * 2 + ["close"])
        )
        place, seconds = data.draw(PLACES), data.draw(st.sampled_from([50, 5, 0]))
        if what == "plan":
            self.plan(place, data.draw(st.lists(TASKS)))
        elif what == "lease":
            self.lease(place, data.draw(st.sampled_from([9, 2, 1, 0, -1])), seconds)
        elif what == "go on":
            self.go_on(data, seconds, paid=data.draw(st.booleans()))
        else:
            self.disturb(place, what)

    @initialize(tasks=st.lists(TASKS, min_size=6))
    def plan_at_first(self, tasks: list[Task]) -> None:
        for place in (0, 1):
            self.plan(place, tasks)

    def plan(self, place: int, tasks: list[Task]) -> None:
        connection = self.connection(place)
        connection.ledger.plan(tasks)
        connection.wanted.update(task.key for task in tasks)
        for task in tasks:
            row = self.rows.setdefault(task.key, Row(task))
            if row.state == "planned":
                self.rows[task.key] = row._replace(task=task, not_before=0.0)

    def lease(self, place: int, count: int, seconds: float) -> None:
        connection = self.connection(place)
        wanted = [row for key, row in self.rows.items() if key in connection.wanted]
        due = [row.task for row in wanted if row.state == "planned" and row.not_before <= self.now]
        due += [row.task for row in wanted if row.state == "leased" and row.lease_end <= self.now]
        times = [row.not_before if row.state == "planned" else row.lease_end for row in wanted if row.state in OPEN]
        assert connection.ledger.due_in() == (max(0.0, min(times) - self.now) if times else None)
        leased = connection.ledger.lease(connection.owner, count, seconds)
        assert leased == due[: max(0, count)]
        for task in leased:
            row = self.rows[task.key]
            after = {"state": "leased", "lease_end": self.now + seconds, "not_before": 0.0}
            self.rows[task.key] = row._replace(owner=connection.owner, **after)  # type: ignore[arg-type]

    def go_on(self, data: st.DataObject, seconds: float, paid: bool) -> None:
        ledger, key, owner, kind = self.pick(data)
        row = self.rows.get(key)
        now, sent = self.now, row.sent if row else 0
        if kind == "finish":
            self.end(data, key, ledger, owner)
        elif kind == "release":
            self.step(key, has(row, "leased", owner), lambda: ledger.release(key, owner), state="planned")
        elif kind == "sent":
            after = {"state": "sent", "owner": owner, "sent": sent + 1}
            self.step(key, has(row, "leased", owner), lambda: ledger.sent(key, owner, 1), **after)
        elif kind == "retry":
            after = {"state": "planned", "not_before": now + seconds}
            self.step(key, has(row, "sent", owner), lambda: ledger.retry(key, owner, seconds, "503"), **after)
        elif kind == "lost":
            self.step(key, has(row, "sent", owner), lambda: ledger.lost(key, owner, "reset"), state="unknown")
        elif kind == "resolve":
            self.step(key, has(row, "unknown", None), lambda: ledger.resolve_unknown(key), state="planned")
        else:
            came = row is not None and any(sample.is_paid for sample in row.samples)
            legal = row is not None and row.state in FINAL and (paid or not came)
            self.step(key, legal, lambda: ledger.again(key, paid=paid), state="planned")

    def end(self, data: st.DataObject, key: str, ledger: Ledger, owner: str) -> None:
        row = self.rows.get(key)
        wanted = row.task.samples if row else 1
        count = data.draw(st.sampled_from([wanted, wanted, wanted, 0, 1, 3]))
        samples = data.draw(st.lists(SAMPLES, min_size=count, max_size=count))
        asked = data.draw(st.sampled_from([None, None, None, *FINAL]))

        def real() -> None:
            ledger.finish(key, owner, samples, state=asked)

        try:
            state = final_state(wanted, samples, asked)
        except ValueError:
            with pytest.raises((ValueError, IllegalStepError)):
                real()
        else:
            kept = tuple(samples)
            if row is not None and worth(row.samples) > worth(samples):
                state, kept = final_state(0, row.samples, None), row.samples
            self.step(key, has(row, "sent", owner), real, state=state, samples=kept)

    def disturb(self, place: int, kind: str) -> None:
        if kind == "time":
            self.now += 20
        elif kind == "recover":
            changed = self.take_from(self.dead)
            for key, row in self.rows.items():
                if row.state == "leased" and row.lease_end <= self.now:
                    self.rows[key] = row._replace(state="planned", owner=None, lease_end=0.0)
                    changed += 1
            assert self.connection(place).ledger.recover(self.now) == changed
        elif place in self.connections:
            connection = self.connections.pop(place)
            if kind == "crash":
                crash(connection.ledger)
                self.dead.append(connection.owner)
            else:
                connection.ledger.close()
                self.take_from([connection.owner])

    def take_from(self, owners: list[str]) -> int:
        taken = {key: row for key, row in self.rows.items() if row.owner in owners}
        for key, row in taken.items():
            state = "planned" if row.state == "leased" else "unknown"
            self.rows[key] = row._replace(state=state, owner=None, lease_end=0.0)
        return len(taken)

    @invariant()
    def both_worlds_agree(self) -> None:
        for connection in self.connections.values():
            states = [row.state for row in self.rows.values()]
            assert connection.ledger.counts() == {state: states.count(state) for state in STATES}
            mine = [row.state for key, row in self.rows.items() if key in connection.wanted]
            assert connection.ledger.counts(wanted=True) == {state: mine.count(state) for state in STATES}
            for state in STATES:
                tasks = [row.task for row in self.rows.values() if row.state == state]
                assert connection.ledger.tasks(state) == tasks
            for key, row in self.rows.items():
                found = connection.ledger.outcome(key)
                assert found == known(row, found)
            return


class TestLedger(LedgerMachine.TestCase):
    settings = settings(settings(), stateful_step_count=60)
