"""Steps written together: in order, each with its own result, and one that is not allowed harms no other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from ledger_values import image, task

from imagenspec.errors import ToolError
from imagenspec.render.ledger.journal import Journal
from imagenspec.render.ledger.ledger import IllegalStepError, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class CountingLedger(Ledger):
    """A ledger that counts its waits for the disk."""

    transactions = 0

    def together(self) -> Any:
        self.transactions += 1
        return super().together()


def written(ledger: Ledger, *steps: Callable[[], Any]) -> list[Any]:
    async def main() -> list[Any]:
        journal = Journal(ledger)
        return await asyncio.gather(*(journal.write(step) for step in steps), return_exceptions=True)

    return asyncio.run(main())


def test_steps_that_wait_together_are_few_transactions_and_keep_their_order(tmp_path: Path) -> None:
    with CountingLedger(tmp_path) as ledger:
        owner = ledger.join()
        ledger.plan(map(task, range(50)))
        keys = [one.key for one in ledger.lease(owner, 50, 60)]
        steps: list[Callable[[], Any]] = []
        for key in keys:
            steps.append(lambda key=key: ledger.sent(key, owner, 1))  # type: ignore[misc]
            steps.append(lambda key=key: ledger.finish(key, owner, [image(1)]))  # type: ignore[misc]
        assert written(ledger, *steps) == [None] * 100
        assert ledger.counts()["done"] == 50
        assert ledger.transactions <= 3


def test_step_that_is_not_allowed_fails_alone_and_changes_nothing(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        owner = ledger.join()
        ledger.plan(map(task, range(3)))
        keys = [one.key for one in ledger.lease(owner, 2, 60)]
        found = written(
            ledger,
            lambda: ledger.sent(keys[0], owner, 1),
            lambda: ledger.sent(task(2).key, owner, 1),
            lambda: ledger.lease("nobody", 1, 60),
            lambda: ledger.sent(keys[1], owner, 1),
            lambda: ledger.counts()["sent"],
        )
        assert [type(one) for one in found] == [type(None), IllegalStepError, ValueError, type(None), int]
        assert found[-1] == ledger.counts()["sent"] == 2
        assert ledger.counts()["planned"] == 1


def test_step_is_written_although_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        owner = ledger.join()
        ledger.plan([task(1)])
        [leased] = ledger.lease(owner, 1, 60)

        async def main() -> int:
            journal = Journal(ledger)
            waiting = asyncio.create_task(journal.write(lambda: ledger.sent(leased.key, owner, 1)))
            await asyncio.sleep(0)
            waiting.cancel()
            return await journal.write(lambda: ledger.counts()["sent"])

        assert asyncio.run(main()) == 1


def test_ledger_that_cannot_be_written_fails_every_step_that_waits(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger._file._connection.execute("PRAGMA busy_timeout = 1")
        with Ledger(tmp_path) as other, other.together():
            found = written(ledger, lambda: ledger.plan([task(1)]), lambda: ledger.plan([task(2)]))
        assert [type(one) for one in found] == [ToolError] * 2
        assert written(ledger, lambda: ledger.plan([task(3)])) == [None]
        assert ledger.counts()["planned"] == 1


def test_mistake_inside_a_step_reaches_who_wrote_it(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        assert [type(one) for one in written(ledger, lambda: 1 // 0)] == [ZeroDivisionError]
        with pytest.raises(ZeroDivisionError):
            raise written(ledger, lambda: 1 // 0)[0]
