"""Each step of a task in the ledger: what it needs, what it leaves, and what is refused."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from ledger_values import FILTERED, MISSING, image, sent, task

from imagenspec.render.ledger.ledger import IllegalStepError, Ledger, Outcome
from imagenspec.render.ledger.tasks import STATES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Clock:
    """A time that tests set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    with Ledger(tmp_path, clock=clock) as one:
        yield one


def fail() -> None:
    raise ZeroDivisionError


def only(ledger: Ledger) -> str:
    """Return the state of the only task."""
    [state] = [state for state, count in ledger.counts().items() if count]
    return state


def test_counts_name_every_state_from_the_beginning(ledger: Ledger) -> None:
    assert ledger.counts() == dict.fromkeys(STATES, 0)


def test_finished_task_is_found_again_by_another_connection_with_all_its_samples(
    ledger: Ledger, tmp_path: Path
) -> None:
    owner = ledger.join()
    samples = [
        image(1)._replace(details={"prompt": "a cup", "labels": [["cup", 0.5]]}),
        FILTERED,
        MISSING,
        image(2)._replace(stored=None, gcs="gs://bucket/folder/sample_3.png"),
    ]
    key = sent(ledger, owner, task(1, samples=4))
    ledger.finish(key, owner, samples)
    with Ledger(tmp_path) as other:
        found = other.outcome(key)
    assert found is not None
    assert found.state == "filtered"
    assert found.samples == tuple(samples)
    assert (found.attempt, found.sent) == (1, 1)


def test_done_task_is_neither_planned_nor_leased_again(ledger: Ledger, tmp_path: Path) -> None:
    owner = ledger.join()
    key = sent(ledger, owner, task(1))
    ledger.finish(key, owner, [image(1)])
    ledger.plan([task(1)])
    assert ledger.lease(owner, 5, 60) == []
    with Ledger(tmp_path) as other:
        other.plan([task(1)])
        assert other.lease(other.join(), 5, 60) == []
    assert only(ledger) == "done"


def test_tasks_are_leased_once_in_the_order_of_their_planning(ledger: Ledger, clock: Clock, tmp_path: Path) -> None:
    numbers = [5, 3, 9, 1]
    with Ledger(tmp_path, clock=clock) as other:
        ledger.plan(map(task, numbers))
        other.plan(map(task, reversed(numbers)))
        mine, theirs = ledger.lease(ledger.join(), 3, 60), other.lease(other.join(), 3, 60)
        assert [*mine, *theirs] == [task(number) for number in numbers]


def test_only_tasks_that_were_planned_here_are_leased_here(ledger: Ledger, tmp_path: Path) -> None:
    with Ledger(tmp_path) as other:
        other.plan([task(1), task(2)])
        ledger.plan([task(2)])
        assert ledger.lease(ledger.join(), 5, 60) == [task(2)]
        assert ledger.counts() == other.counts(wanted=True)
        assert ledger.counts(wanted=True)["planned"] == 0


def test_same_payload_for_another_model_is_another_task(ledger: Ledger) -> None:
    ledger.plan([task(1), task(1, model="imagen-4.0-fast-generate-001")])
    assert ledger.counts()["planned"] == 2
    assert task(1).digest == task(1, model="x").digest


def test_waiting_task_is_sent_as_planned_last_and_a_task_under_way_stays_as_it_is(ledger: Ledger) -> None:
    owner = ledger.join()
    ledger.plan([task(1)])
    ledger.plan([task(1)._replace(recipe="other.imagen.yaml", project="other")])
    [leased] = ledger.lease(owner, 1, 60)
    assert (leased.recipe, leased.project) == ("other.imagen.yaml", "other")
    ledger.plan([task(1)])
    assert ledger.tasks("leased") == [leased]


@pytest.mark.parametrize("wrong", [{"key": "0" * 64}, {"model": "other"}, {"samples": 0}])
def test_task_that_could_not_be_found_again_is_refused_with_all_others(ledger: Ledger, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"cup\.imagen\.yaml seed=1"):
        ledger.plan([task(2), task(1)._replace(**wrong)])
    assert ledger.counts()["planned"] == 0


def test_owner_who_did_not_join_gets_nothing(ledger: Ledger, tmp_path: Path) -> None:
    with Ledger(tmp_path) as other:
        stranger = other.join()
        ledger.plan([task(1)])
        with pytest.raises(ValueError, match="did not join"):
            ledger.lease(stranger, 1, 60)


def test_retried_task_waits_as_long_as_asked(ledger: Ledger, clock: Clock) -> None:
    owner = ledger.join()
    key = sent(ledger, owner, task(1))
    ledger.retry(key, owner, 7.5, "503 UNAVAILABLE")
    assert ledger.lease(owner, 1, 60) == []
    assert ledger.due_in() == pytest.approx(7.5)
    clock.now += 7.5
    assert ledger.due_in() == 0.0
    assert [one.key for one in ledger.lease(owner, 1, 60)] == [key]
    ledger.sent(key, owner, 2)
    ledger.finish(key, owner, [image(1)])
    found = ledger.outcome(key)
    assert found is not None
    assert (found.attempt, found.sent) == (2, 2)
    assert ledger.due_in() is None


def test_lease_that_ran_out_before_sending_goes_to_another_and_cannot_be_sent_any_more(
    ledger: Ledger, clock: Clock, tmp_path: Path
) -> None:
    slow = ledger.join()
    ledger.plan([task(1)])
    [leased] = ledger.lease(slow, 1, 10)
    with Ledger(tmp_path, clock=clock) as other:
        quick = other.join()
        other.plan([task(1)])
        assert other.lease(quick, 1, 10) == []
        clock.now += 10
        assert other.lease(quick, 1, 10) == [leased]
        with pytest.raises(IllegalStepError) as caught:
            ledger.sent(leased.key, slow, 1)
        assert (caught.value.state, caught.value.owner) == ("leased", quick)
        other.sent(leased.key, quick, 1)


def test_what_was_sent_by_somebody_who_lives_is_nobody_elses_however_long_it_takes(
    ledger: Ledger, clock: Clock, tmp_path: Path
) -> None:
    sent(ledger, ledger.join(), task(1))
    clock.now += 1e9
    with Ledger(tmp_path, clock=clock) as other:
        other.plan([task(1)])
        assert other.recover(clock()) == 0
        assert other.lease(other.join(), 1, 60) == []
    assert only(ledger) == "sent"


def test_closing_gives_leases_back_and_leaves_what_was_sent_unknown(tmp_path: Path) -> None:
    with Ledger(tmp_path) as first:
        owner = first.join()
        sent(first, owner, task(1))
        first.plan([task(2)])
        first.lease(owner, 1, 60)
    with Ledger(tmp_path) as second:
        assert second.tasks("unknown") == [task(1)]
        assert second.tasks("planned") == [task(2)]
    assert list((tmp_path / ".imagenspec" / "owners").iterdir()) == []


def test_unknown_task_is_sent_again_only_when_asked(ledger: Ledger) -> None:
    owner = ledger.join()
    key = sent(ledger, owner, task(1))
    ledger.lost(key, owner, "the connection died")
    ledger.plan([task(1)])
    assert ledger.lease(owner, 1, 60) == []
    assert ledger.outcome(key) == Outcome("unknown", (), 1, 1, "the connection died")
    assert (ledger.unsure(), ledger.left_behind()) == ({key}, [])
    ledger.resolve_unknown(key)
    assert ledger.lease(owner, 1, 60) == [task(1)]


@pytest.mark.parametrize(
    ("samples", "asked", "state"),
    [
        ([image(1), image(2)], None, "done"),
        ([image(1), FILTERED], None, "filtered"),
        ([FILTERED, MISSING], None, "filtered"),
        ([image(1), MISSING], None, "failed"),
        ([MISSING, MISSING], None, "failed"),
        ([MISSING, MISSING], "filtered", "filtered"),
        ([image(1), image(2), image(3)], None, "done"),
        ([], None, "failed"),
        ([], "filtered", "filtered"),
    ],
)
def test_final_state_follows_from_the_samples(ledger: Ledger, samples: list, asked: str | None, state: str) -> None:
    owner = ledger.join()
    key = sent(ledger, owner, task(1, samples=2))
    ledger.finish(key, owner, samples, state=asked)
    assert only(ledger) == state


@pytest.mark.parametrize(
    ("samples", "asked"),
    [
        ([image(1)], None),
        ([image(1), MISSING], "done"),
        ([], "done"),
        ([image(1), image(2)], "filtered"),
        ([image(1), image(2)._replace(stored=None)], None),
        ([image(1), FILTERED._replace(gcs="gs://bucket/a.png")], None),
    ],
)
def test_samples_that_contradict_themselves_or_the_state_change_nothing(
    ledger: Ledger, samples: list, asked: str | None
) -> None:
    owner = ledger.join()
    key = sent(ledger, owner, task(1, samples=2))
    with pytest.raises(ValueError, match=r"sample|image"):
        ledger.finish(key, owner, samples, state=asked)
    assert only(ledger) == "sent"
    ledger.finish(key, owner, [image(1), image(2)])


def test_refused_and_filtered_tasks_come_again_only_when_asked(ledger: Ledger) -> None:
    owner = ledger.join()
    key = sent(ledger, owner, task(1))
    ledger.finish(key, owner, [], why="403 PERMISSION_DENIED")
    ledger.plan([task(1)])
    assert ledger.lease(owner, 1, 60) == []
    ledger.again(key)
    assert ledger.lease(owner, 1, 60) == [task(1)]
    ledger.sent(key, owner, 1)
    ledger.finish(key, owner, [image(1)])
    with pytest.raises(IllegalStepError, match="it is done"):
        ledger.again(key)


def test_pictures_that_came_are_not_paid_for_again_unless_that_is_said(ledger: Ledger) -> None:
    owner = ledger.join()
    key = sent(ledger, owner, task(1, samples=2))
    ledger.finish(key, owner, [image(1), FILTERED])
    with pytest.raises(IllegalStepError, match="it is filtered"):
        ledger.again(key)
    ledger.again(key, paid=True)
    assert only(ledger) == "planned"


def test_what_is_done_comes_again_if_somebody_says_that_it_is_paid_for_twice(ledger: Ledger) -> None:
    owner = ledger.join()
    key = sent(ledger, owner, task(1))
    with pytest.raises(IllegalStepError, match="it is sent"):
        ledger.again(key, paid=True)
    ledger.finish(key, owner, [image(1)])
    ledger.again(key, paid=True)
    assert only(ledger) == "planned"


def test_steps_of_somebody_else_or_from_another_state_are_refused_and_change_nothing(ledger: Ledger) -> None:
    owner, other = ledger.join(), ledger.join()
    steps = {
        "release": ledger.release,
        "sent": lambda key, who: ledger.sent(key, who, 1),
        "retry": lambda key, who: ledger.retry(key, who, 0, ""),
        "lost": lambda key, who: ledger.lost(key, who, ""),
        "finish": lambda key, who: ledger.finish(key, who, [image(1)]),
        "resolve": lambda key, _: ledger.resolve_unknown(key),
        "again": lambda key, _: ledger.again(key),
    }
    key = task(1).key

    def allowed(who: str) -> list[str]:
        """Return the steps that do not raise, each undone."""
        found = []
        for name, step in steps.items():
            with contextlib.suppress(IllegalStepError, ZeroDivisionError), ledger.together():
                step(key, who)
                found.append(name)
                fail()
        return found

    assert allowed(owner) == []
    ledger.plan([task(1)])
    assert allowed(owner) == []
    ledger.lease(owner, 1, 60)
    assert (allowed(owner), allowed(other)) == (["release", "sent"], [])
    ledger.sent(key, owner, 1)
    assert (allowed(owner), allowed(other)) == (["retry", "lost", "finish"], [])
    ledger.lost(key, owner, "")
    assert (allowed(owner), allowed(other)) == (["resolve"], ["resolve"])
    ledger.resolve_unknown(key)
    ledger.lease(owner, 1, 60)
    ledger.sent(key, owner, 2)
    ledger.finish(key, owner, [FILTERED])
    assert (allowed(owner), allowed(other)) == (["again"], ["again"])
    assert ledger.counts()["filtered"] == 1


def test_steps_together_are_all_there_or_none_and_a_refused_one_undoes_itself(ledger: Ledger, tmp_path: Path) -> None:
    owner = ledger.join()
    ledger.plan([task(1), task(2)])
    ledger.lease(owner, 2, 60)
    with Ledger(tmp_path) as other:
        with ledger.together():
            ledger.sent(task(1).key, owner, 1)
            with pytest.raises(IllegalStepError):
                ledger.sent(task(1).key, owner, 1)
            ledger.sent(task(2).key, owner, 1)
            assert other.counts()["leased"] == 2
        assert other.counts()["sent"] == 2
        ledger.finish(task(1).key, owner, [image(1)])
        found = other.outcome(task(1).key)
        assert found is not None
        assert found.sent == 1
        with contextlib.suppress(ZeroDivisionError), ledger.together():
            ledger.finish(task(2).key, owner, [image(2)])
            fail()
        assert other.counts()["sent"] == 1
