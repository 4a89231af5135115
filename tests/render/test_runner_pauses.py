"""When nobody asks for a while after answers 429."""

from __future__ import annotations

from imagenspec.render.service.pauses import Pauses


class Clock:
    """A clock that stands still until it is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_one_429_alone_pauses_nobody_and_neither_do_those_that_were_under_way_with_it() -> None:
    clock = Clock()
    pauses = Pauses(lambda: 0.5, clock)
    for sent in (99.0, 99.5, 98.0):
        pauses.refused("a", sent, 30.0)
        clock.now += 0.1
    assert pauses.left("a") == 0


def test_each_further_429_doubles_the_pause_up_to_a_minute() -> None:
    clock = Clock()
    pauses = Pauses(lambda: 0.5, clock)
    found = []
    for _ in range(9):
        pauses.refused("a", clock.now, None)
        found.append(pauses.left("a"))
        clock.now += found[-1] + 1
    assert found == [0, 0.5, 1, 2, 4, 8, 16, 30, 30]


def test_pause_is_at_least_what_the_service_asks_for_and_ends() -> None:
    clock = Clock()
    pauses = Pauses(lambda: 0.25, clock)
    pauses.refused("a", 100.0, 7.0)
    pauses.refused("a", 100.0, 7.0)
    assert pauses.left("a") == 7.25
    assert pauses.left("b") == 0
    clock.now = 108.0
    assert pauses.left("a") == 0


def test_later_news_never_shortens_a_pause() -> None:
    clock = Clock()
    pauses = Pauses(lambda: 0.0, clock)
    for asked in (0.0, 60.0, 1.0):
        pauses.refused("a", 100.0, asked)
    assert pauses.left("a") == 60


def test_any_other_answer_ends_the_row() -> None:
    clock = Clock()
    pauses = Pauses(lambda: 0.5, clock)
    pauses.refused("a", 100.0, None)
    pauses.refused("a", 100.0, None)
    pauses.served("a")
    pauses.served("never refused")
    assert pauses.left("a") == 0
    pauses.refused("a", 100.0, None)
    assert pauses.left("a") == 0
