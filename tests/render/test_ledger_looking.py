"""A ledger that is only looked at: nothing is made by that, and nothing need be writable."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ledger_values import crash, sent, task
from loopback_service import LoopbackService
from render_worker import Silent
from rendering import planned, recipe_of
from test_runner_sharing import answer

from imagenspec.errors import ToolError
from imagenspec.render.ledger.ledger import Ledger
from imagenspec.render.ledger.schema import connect, connect_to_look
from imagenspec.render.remaining import left_to_send
from imagenspec.render.service.targets import target_of
from imagenspec.render.session import Route, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOBODY = 65534


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a folder that everybody can reach."""
    folder = Path(tempfile.mkdtemp(prefix="imagenspec-looking-"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


def unable_to_write(folder: Path, call: Callable[[], object]) -> str:
    """Return what a call returns, or what it raises, in a process that can write nothing below a folder."""
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setuid(NOBODY)
            said = str(call())
        except BaseException as error:  # noqa: BLE001 - told by the parent
            said = f"{type(error).__name__}: {error}"
        os.write(writable, said.encode())
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said


def counts(root: Path) -> dict[str, int]:
    with Ledger(root, looking=True) as ledger:
        return {state: count for state, count in ledger.counts().items() if count}


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def test_nothing_is_made_by_looking(place: Path) -> None:
    assert counts(place) == {}
    assert files(place) == []
    with Ledger(place) as ledger:
        ledger.plan([task(1)])
    before = files(place)
    assert counts(place) == {"planned": 1}
    assert files(place) == before


def test_a_ledger_can_be_looked_at_where_nothing_can_be_written(place: Path) -> None:
    with Ledger(place) as ledger:
        ledger.plan([task(1), task(2)])
    counts(place)
    assert unable_to_write(place, lambda: counts(place)) == "{'planned': 2}"


def test_what_a_process_that_died_left_in_the_log_is_read_too(place: Path) -> None:
    ledger = Ledger(place)
    sent(ledger, ledger.join(), task(1))
    state = place / ".imagenspec"
    for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"):
        shutil.copyfile(state / name, state / f"{name}.copy")
    crash(ledger)
    for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"):
        (state / f"{name}.copy").replace(state / name)
    assert unable_to_write(place, lambda: counts(place)) == "{'sent': 1}"
    (state / "ledger.sqlite-shm").unlink()
    said = unable_to_write(place, lambda: counts(place))
    assert said.startswith("ToolError: ")
    assert "cannot be used" in said


def test_an_older_ledger_has_to_be_written_first(place: Path) -> None:
    path = place / "ledger.sqlite"
    connection = connect(path)
    connection.execute("ALTER TABLE task DROP COLUMN lost")
    connection.close()
    assert "written by an older imagenspec" in unable_to_write(place, lambda: connect_to_look(path))
    place.chmod(0o755)
    path.chmod(0o644)
    connect_to_look(path).close()


def test_what_is_no_ledger_is_said_when_it_is_looked_at(place: Path) -> None:
    path = place / ".imagenspec" / "ledger.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"no database, but long enough to be taken for one" * 99)
    with pytest.raises(ToolError, match="is damaged"):
        Ledger(place, looking=True)


def test_a_render_with_nothing_to_send_writes_nothing(place: Path) -> None:
    recipe = recipe_of(place / "project", 2)
    with LoopbackService(answer()) as service:
        how = Route(target_of(service.url, "a-project", "us-central1"), 2)
        assert render([planned(recipe, service.url)], how, Silent()).sent == 2
        one = planned(recipe, service.url)

        def again() -> object:
            found = render([one], how, Silent())
            return [result.word for result in found.results], found.sent, len(left_to_send([one], how.target))

        expected = "(['done', 'done'], 0, 0)"
        assert str(again()) == expected
        assert unable_to_write(place, again) == expected
        for path in (place, *place.rglob("*")):
            path.chmod(0o755)
        shutil.rmtree(place / "project" / ".imagenspec")
        assert unable_to_write(place, again) == expected
        assert not (place / "project" / ".imagenspec").exists()


def test_looking_is_no_way_to_write(place: Path) -> None:
    path = place / "ledger.sqlite"
    connect(path).close()

    def write() -> None:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connect_to_look(path).execute("DELETE FROM task")

    assert unable_to_write(place, write) == "None"
