"""Processes that share a ledger, and die: nothing is lost, nothing is there twice, nothing is paid for twice."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

from killing import end, run_and_kill, start
from ledger_values import crash, image, sent, task
from ledger_worker import LEASED

from imagenspec.render.disk.alive import Owner, is_alive
from imagenspec.render.ledger.ledger import Ledger, ledger_path

if TYPE_CHECKING:
    from pathlib import Path

TASKS = 800
KILLS = 8
LINE = 65


def paid(root: Path) -> Counter[str]:
    return Counter((root / "paid").read_text().split())


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def owners(root: Path) -> list[str]:
    return sorted(path.name for path in (root / ".imagenspec" / "owners").iterdir())


def test_killed_processes_lose_nothing_and_pay_for_nothing_twice(tmp_path: Path) -> None:
    kills = run_and_kill(lambda: size(tmp_path / "paid") // LINE, TASKS // KILLS // 2, KILLS, "work", tmp_path, TASKS)
    assert kills == KILLS
    with Ledger(tmp_path) as ledger:
        ledger.recover(0)
        counts = ledger.counts()
        assert counts["done"] + counts["unknown"] == TASKS
        assert sum(counts.values()) == TASKS
        assert counts["unknown"] <= kills * LEASED
        assert max(paid(tmp_path).values()) == 1
        for number in range(TASKS):
            key = task(number).key
            found = ledger.outcome(key)
            if found is not None and found.state != "unknown":
                assert found.samples == (image(1), image(2))
                assert (found.sent, paid(tmp_path)[key]) == (1, 1)
        for unknown in ledger.tasks("unknown"):
            ledger.resolve_unknown(unknown.key)
    end(start("work", tmp_path, TASKS))
    with Ledger(tmp_path) as ledger:
        assert ledger.counts()["done"] == TASKS
    assert len(paid(tmp_path)) == TASKS
    assert sum(paid(tmp_path).values()) - TASKS <= kills * LEASED
    assert owners(tmp_path) == []
    with closing(sqlite3.connect(ledger_path(tmp_path))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("SELECT count(*) FROM sample").fetchone() == (2 * TASKS,)


def test_processes_that_start_at_once_share_the_work(tmp_path: Path) -> None:
    for process in [start("work", tmp_path, 60) for _ in range(5)]:
        end(process)
    assert sorted(paid(tmp_path).values()) == [1] * 60


def test_tasks_of_a_killed_process_are_taken_at_once_although_their_lease_goes_on(tmp_path: Path) -> None:
    victim = start("work", tmp_path, 10_000)
    while not (tmp_path / "paid").exists() or not paid(tmp_path):
        assert victim.poll() is None
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    with Ledger(tmp_path) as ledger:
        before = ledger.counts()
        assert before["leased"] + before["sent"] > 0
        assert ledger.recover(0) == before["leased"] + before["sent"]
        after = ledger.counts()
        assert after["leased"] + after["sent"] == 0
        assert after["unknown"] == before["sent"]
        assert after["planned"] == before["planned"] + before["leased"]


def test_tasks_of_a_process_that_lives_are_left_to_it(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger, Ledger(tmp_path) as other:
        owner = ledger.join()
        key = sent(ledger, owner, task(1))
        ledger.plan([task(2)])
        ledger.lease(owner, 1, 60)
        assert other.recover(0) == 0
        ledger.finish(key, owner, [image(1)])


def test_number_of_a_living_process_does_not_make_its_dead_namesake_live(tmp_path: Path) -> None:
    first = Ledger(tmp_path)
    owner = first.join()
    assert owner.startswith(f"{os.getpid()}-")
    key = sent(first, owner, task(1))
    crash(first)
    with Ledger(tmp_path) as second:
        assert second.recover(0) == 1
        assert [one.key for one in second.tasks("unknown")] == [key]


def test_owner_lives_until_it_is_closed_and_leaves_no_file(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    assert is_alive(tmp_path, owner.name)
    assert not is_alive(tmp_path, "somebody else")
    owner.close()
    assert not is_alive(tmp_path, owner.name)
    assert list(tmp_path.iterdir()) == []
