"""What was planned, sent and paid for: one file for all processes of a project, which outlasts any of them.

A task goes ``planned → leased → sent → done, filtered or failed``. Whoever dies after sending leaves it ``unknown``, as
does whoever gives up because answers were lost: nobody can tell whether it was paid for. The next render sends it
again, and says that it may be paid twice.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from imagenspec.render.disk.alive import Owner, bury_dead, is_alive
from imagenspec.render.disk.durable import STATE_FOLDER, state_folder
from imagenspec.render.ledger.file import LedgerFile
from imagenspec.render.ledger.rows import PUT_TASK, TASK, bucket_of, put_bucket, put_samples, samples_of
from imagenspec.render.ledger.steps import IllegalStepError
from imagenspec.render.ledger.tasks import (
    FINAL,
    KEPT,
    STATES,
    Final,
    Outcome,
    Sample,
    State,
    Task,
    check_task,
    final_state,
    key_of,
    worth,
)
from imagenspec.render.service import limiter
from imagenspec.render.service.texts import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["IllegalStepError", "Ledger", "Outcome", "Sample", "Task", "key_of", "ledger_path"]

_WANTED = "EXISTS (SELECT 1 FROM wanted WHERE wanted.key = task.key)"
_UNLEASE = "UPDATE task SET state = 'planned', owner = NULL, lease_end = NULL WHERE state = 'leased' AND {}"


def ledger_path(root: Path, target: str = "") -> Path:
    """Return where a project's ledger is, for those who must not make one by looking."""
    return Path(root, STATE_FOLDER, target, "ledger.sqlite")


class Ledger:
    """A connection to a project's ledger; threads may share it, processes open their own.

    Every method is one transaction. What says that money was or will be spent is on the disk when the method returns.
    """

    def __init__(
        self, root: Path, target: str = "", clock: Callable[[], float] = time.time, *, looking: bool = False
    ) -> None:
        """Open the ledger of a project.

        Args:
            root: The project's root.
            target: A service whose answers stand for no other's has a ledger of its own: ``emulator``.
            clock: The time in seconds, the same for all processes.
            looking: Only read it, also where nothing can be written; where there is none, it is empty.

        Raises:
            ToolError: It cannot be opened, or is no ledger that this version understands.
        """
        path = ledger_path(root, target)
        self._owners_folder = Path(root, STATE_FOLDER, "owners")
        if not looking:
            state_folder(root, *path.parent.relative_to(root / STATE_FOLDER).parts)
            state_folder(root, "owners")
        self._clock = clock
        self._owners: dict[str, Owner] = {}
        self._file = LedgerFile(path, looking=looking)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back what the owners that joined here still have: leases as planned, what was sent as unknown."""
        owners, self._owners = self._owners, {}
        try:
            if owners:
                with self._file.writing(durable=True):
                    self._settle(owners)
        finally:
            self._file.close()
            for owner in owners.values():
                owner.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make several steps one transaction, for the price of one; an illegal step that is caught undoes only itself.

        Other threads and processes wait meanwhile, so nothing slow belongs inside.
        """
        with self._file.writing(durable=True):
            yield

    def join(self) -> str:
        """Return a new owner, who lives until this ledger is closed or this process dies, however it dies."""
        owner = Owner(self._owners_folder)
        self._owners[owner.name] = owner
        return owner.name

    def plan(self, tasks: Iterable[Task]) -> None:
        """Put tasks on the list, unless they are known: what is done stays done. From then on they are wanted here.

        What was to wait is due: somebody asks for it anew, and who asked for the wait may have gone long ago.

        Raises:
            ValueError: A key is not that of model, digest and data.
        """
        wanted = list(tasks)
        for task in wanted:
            check_task(task)
        with self._file.writing():
            self._file.run_each(PUT_TASK, wanted)
            self._file.run_each("INSERT OR IGNORE INTO wanted VALUES (?)", [(task.key,) for task in wanted])

    def lease(self, owner: str, count: int, lease_seconds: float) -> list[Task]:
        """Take tasks that are planned and due, or whose lease ran out before they were sent.

        Only those are given that :meth:`plan` of this ledger named: nobody else's requests can be made here.

        Raises:
            ValueError: The owner did not join here, so nobody would notice its death.
        """
        if owner not in self._owners:
            raise ValueError(f"owner {owner} did not join this ledger")
        now = self._clock()
        with self._file.writing():
            tasks: list[Task] = []
            for due in ("state = 'planned' AND not_before <= ?", "state = 'leased' AND lease_end <= ?"):
                tasks += self._tasks(f"{due} AND {_WANTED}", now, limit=max(0, count - len(tasks)))
            self._file.run_each(
                "UPDATE task SET state = 'leased', owner = ?, lease_end = ?, not_before = 0 WHERE key = ?",
                [(owner, now + lease_seconds, task.key) for task in tasks],
            )
        return tasks

    def release(self, key: str, owner: str) -> None:
        """Give a task back that was not sent.

        Raises:
            IllegalStepError: It is not leased by this owner.
        """
        with self._file.writing():
            self._step(key, owner, "leased", "planned")

    def sent(self, key: str, owner: str, attempt: int) -> None:
        """Say that a task is about to be sent; on the disk before the first byte goes out.

        Args:
            key: The task.
            owner: Who has leased it.
            attempt: The number of the attempt, as the runner counts them from 1.

        Raises:
            IllegalStepError: It is not leased by this owner, any more perhaps; it must not be sent.
        """
        with self._file.writing(durable=True):
            self._file.run("UPDATE task SET sent = sent + 1 WHERE key = ?", key)
            self._step(key, owner, "leased", "sent", attempt=attempt, why="")

    def retry(self, key: str, owner: str, after_seconds: float, why: str, *, lost: bool = False) -> None:
        """Plan a task again that the service did not do.

        Args:
            key: The task.
            owner: Who sent it.
            after_seconds: How long it is to wait.
            why: What happened.
            lost: Its answer was lost: perhaps the service did it, and it is paid twice.

        Raises:
            IllegalStepError: It was not sent by this owner.
        """
        marks = {"lost": 1} if lost else {}
        with self._file.writing(durable=lost):
            due = self._clock() + after_seconds
            self._step(key, owner, "sent", "planned", not_before=due, why=shown(why), **marks)

    def lost(self, key: str, owner: str, why: str) -> None:
        """Say that a task was sent and its answer will never come; another run may send it again.

        Raises:
            IllegalStepError: It was not sent by this owner.
        """
        with self._file.writing(durable=True):
            self._step(key, owner, "sent", "unknown", why=shown(why), lost=1)

    def finish(
        self, key: str, owner: str, samples: Sequence[Sample], *, state: Final | None = None, why: str = ""
    ) -> None:
        """Write what became of a task, all of it or nothing; its pictures are stored by now.

        Where an earlier answer brought more, that stays, with the state that it had.

        Args:
            key: The task.
            owner: Who sent it.
            samples: What became of each picture; none where the service refused the request.
            state: The final state. Without it: done if all are images, filtered if some were filtered, else failed.
            why: Why it failed.

        Raises:
            IllegalStepError: It was not sent by this owner.
            ValueError: Samples are too few, or contradict themselves or the state.
        """
        with self._file.writing(durable=True):
            final, before = self._final(key, samples, state), samples_of(self._file, key)
            if worth(before) > worth(samples):
                samples, final, why = before, final_state(0, before, None), KEPT
            self._step(key, owner, "sent", final, why=shown(why), lost=0)
            put_samples(self._file, key, samples)

    def recover(self, now: float) -> int:
        """Take tasks from owners that died, and leases that ran out; return how many.

        What was leased is planned again. What was sent is unknown.
        """
        with self._file.writing(durable=True):
            owners = [name for (name,) in self._file.rows("SELECT DISTINCT owner FROM task WHERE owner NOT NULL")]
            changed = self._settle(name for name in owners if not is_alive(self._owners_folder, name))
            changed += self._file.run(_UNLEASE.format("lease_end <= ?"), now)
        bury_dead(self._owners_folder)
        return changed

    def resolve_unknown(self, key: str) -> None:
        """Plan an unknown task again, at the risk of paying twice.

        Raises:
            IllegalStepError: It is not unknown.
        """
        with self._file.writing(durable=True):
            self._step(key, None, "unknown", "planned")

    def again(self, key: str, *, paid: bool = False) -> None:
        """Plan a task again that came to an end; what is known of its samples stays until it ends again.

        Args:
            key: The task.
            paid: Also if something of it came, which is then paid for twice.

        Raises:
            IllegalStepError: It is not final, or something of it came and ``paid`` does not say so.
        """
        with self._file.writing():
            state, owner = self._state(key)
            paid_for = any(sample.is_paid for sample in samples_of(self._file, key))
            if state not in FINAL or (not paid and (paid_for or state == "done")):
                raise IllegalStepError(key, "planned", state, owner)
            self._step(key, None, state, "planned")

    def forget(self, key: str) -> None:
        """Forget the samples of a task: its pictures are not here any more, so any others are better."""
        with self._file.writing():
            put_samples(self._file, key, ())

    def counts(self, *, wanted: bool = False) -> dict[str, int]:
        """Return how many tasks are in each state: all of them, or those that were planned here."""
        only = f"WHERE {_WANTED}" if wanted else ""
        with self._file.reading():
            found = dict(self._file.rows(f"SELECT state, count(*) FROM task {only} GROUP BY state"))  # noqa: S608
        return {state: found.get(state, 0) for state in STATES}

    def outcome(self, key: str) -> Outcome | None:
        """Return what became of a task; nothing where that is open or where there is no such task.

        What an earlier answer brought counts until a later one brings more.
        """
        with self._file.reading():
            row = self._file.row("SELECT state, attempt, sent, why FROM task WHERE key = ?", key)
            samples = () if row is None else samples_of(self._file, key)
            if row is not None and row[0] not in FINAL and any(sample.is_paid for sample in samples):
                return Outcome(final_state(0, samples, None), samples, *row[1:])
            if row is None or row[0] not in (*FINAL, "unknown"):
                return None
            return Outcome(row[0], () if row[0] == "unknown" else samples, *row[1:])

    def tasks(self, state: State) -> list[Task]:
        """Return the tasks in a state, in the order in which they were planned."""
        with self._file.reading():
            return self._tasks("state = ?", state)

    def left_behind(self) -> list[Task]:
        """Return what is wanted here and was left unknown by those who died, so that nobody decided to leave it so."""
        with self._file.reading():
            return self._tasks(f"state = 'unknown' AND why = '' AND {_WANTED}")

    def unsure(self) -> set[str]:
        """Return the keys of what may be paid twice if it is sent: it was before, and there was no answer."""
        with self._file.reading():
            known = "state = 'unknown' OR (state IN ('planned', 'leased') AND lost)"
            unsure = self._file.rows(f"SELECT key FROM task WHERE {known}")  # noqa: S608
            sent = self._file.rows("SELECT key, owner FROM task WHERE state = 'sent'")
        with suppress(OSError):  # who may not write here cannot ask who lives
            unsure += [(key,) for key, owner in sent if not is_alive(self._owners_folder, owner)]
        return {key for (key, *_) in unsure}

    def planned_in(self) -> float | None:
        """Return the seconds until a task that is planned may be leased; nothing where none is planned."""
        with self._file.reading():
            query = f"SELECT min(not_before) FROM task WHERE state = 'planned' AND {_WANTED}"  # noqa: S608
            first = self._file.row(query)[0]
        return None if first is None else max(0.0, first - self._clock())

    def due_in(self) -> float | None:
        """Return the seconds until :meth:`lease` may have something; nothing where no task is planned or leased."""
        due = "CASE state WHEN 'planned' THEN not_before ELSE lease_end END"
        query = f"SELECT min({due}) FROM task WHERE state IN ('planned', 'leased') AND {_WANTED}"  # noqa: S608
        with self._file.reading():
            first = self._file.row(query)[0]
        return None if first is None else max(0.0, first - self._clock())

    def configure_bucket(self, bucket: str, per_minute: float, burst: float) -> None:
        """Give a bucket its quota; what was spent of it and learnt about it is kept.

        Raises:
            ValueError: The quota would let nothing or everything through.
        """
        if not (0 < per_minute < float("inf") and 1 <= burst < float("inf")):
            raise ValueError(f"a quota of {per_minute} a minute with a burst of {burst} lets nothing or all through")
        with self._file.writing():
            old = bucket_of(self._file, bucket) or limiter.full(per_minute, burst, 0.0)
            put_bucket(
                self._file, bucket, old._replace(per_minute=per_minute, burst=burst, tokens=min(old.tokens, burst))
            )

    def forget_bucket(self, bucket: str) -> None:
        """Take a bucket's quota away, with all that was spent of it and learnt about it."""
        with self._file.writing():
            self._file.run("DELETE FROM bucket WHERE name = ?", bucket)

    def take_token(self, bucket: str, now: float) -> float:
        """Take a token and return 0.0, or return the seconds to wait; a bucket without a quota makes nobody wait."""
        with self._file.writing():
            old = bucket_of(self._file, bucket, now)
            if old is None:
                return 0.0
            new, wait = limiter.take(old, now)
            put_bucket(self._file, bucket, new)
        return wait

    def penalise(self, bucket: str, now: float) -> None:
        """Take note of an answer 429: half as fast, for all processes."""
        with self._file.writing():
            old = bucket_of(self._file, bucket, now)
            if old is not None:
                put_bucket(self._file, bucket, limiter.halved(old, now))

    def _final(self, key: str, samples: Sequence[Sample], asked: Final | None) -> Final:
        row = self._file.row("SELECT samples FROM task WHERE key = ?", key)
        if row is None:
            raise IllegalStepError(key, asked or "done", None, None)
        return final_state(row[0], samples, asked)

    def _step(self, key: str, owner: str | None, before: State, after: State, **columns: Any) -> None:
        """Take a task from one state to another, if it is there and in the hands of this owner, or of nobody."""
        columns |= {"state": after, "lease_end": None, "owner": owner if after == "sent" else None}
        assignments = ", ".join(f"{column} = ?" for column in columns)
        changed = self._file.run(
            f"UPDATE task SET {assignments} WHERE key = ? AND state = ? AND owner IS ?",  # noqa: S608
            *columns.values(),
            key,
            before,
            owner,
        )
        if not changed:
            raise IllegalStepError(key, after, *self._state(key))

    def _settle(self, owners: Iterable[str]) -> int:
        """Take everything from owners; return how many tasks that are."""
        changed = 0
        for owner in owners:
            changed += self._file.run(_UNLEASE.format("owner = ?"), owner)
            changed += self._file.run(
                "UPDATE task SET state = 'unknown', owner = NULL, lost = 1 WHERE owner = ?", owner
            )
        return changed

    def _state(self, key: str) -> tuple[State | None, str | None]:
        row = self._file.row("SELECT state, owner FROM task WHERE key = ?", key)
        return (None, None) if row is None else row

    def _tasks(self, which: str, *values: Any, limit: int = -1) -> list[Task]:
        query = f"SELECT {TASK} FROM task WHERE {which} ORDER BY number LIMIT ?"  # noqa: S608 - columns, not values
        return [Task(*row) for row in self._file.rows(query, *values, limit)]
