"""Programs for tests to run and to kill: they work on a ledger, a store or a lock until there is nothing left to do."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

from ledger_values import image, picture, task

from imagenspec.render.disk.store import Store
from imagenspec.render.ledger.ledger import Ledger
from imagenspec.render.locks.lockfile import Entry, LockedSample, update

LEASED = 3
"""How many tasks a process has in hand at most, so how many one kill can leave unknown."""


def pause() -> None:
    time.sleep(random.random() * 0.002)  # noqa: S311 - so that kills come anywhere


def work(root: Path, tasks: int) -> None:
    """Send tasks: a line in the file ``paid`` stands for each request that a service got."""
    paid = os.open(root / "paid", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    with Ledger(root) as ledger:
        owner = ledger.join()
        ledger.plan(task(number, samples=2) for number in range(tasks))
        ledger.recover(time.time())
        while True:
            leased = ledger.lease(owner, LEASED, 600)
            for one in leased:
                pause()
                ledger.sent(one.key, owner, 1)
                os.write(paid, f"{one.key}\n".encode())
                pause()
                ledger.finish(one.key, owner, [image(1), image(2)])
            if not leased:
                counts = ledger.counts(wanted=True)
                if not counts["planned"] + counts["leased"] + counts["sent"]:
                    return
                ledger.recover(time.time())


def keep(root: Path, pictures: int) -> None:
    """Put pictures into the store and where they are wanted, in an order of this process's own."""
    store = Store(root)
    numbers = list(range(pictures))
    random.shuffle(numbers)
    for number in numbers:
        data = picture(number, (40 + number, 40))
        stored = store.put(data[start : start + 100] for start in range(0, len(data), 100))
        store.materialise(stored, root / "out" / f"{number}.png")


def lock(root: Path, cases: int) -> None:
    """Write cases into a lock one by one."""
    name = f"{os.getpid()}"
    for number in range(cases):
        sample = LockedSample("image", f"{number}.png", "a" * 64, "b" * 64)
        entry = Entry(f"{name}-{number:03}", "generate", "model", "c" * 64, "1", {}, number, (sample,) * 3)
        update(root / "a.imagen.lock", lambda old, entry=entry: old.updated([entry]))  # type: ignore[misc]
        os.write(1, f"{entry.case}\n".encode())


if __name__ == "__main__":
    {"work": work, "keep": keep, "lock": lock}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
