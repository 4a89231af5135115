"""The file of the ledger: durable where money is spent, shared by threads, and never made anew over what is known."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest
from ledger_values import FILTERED, image, sent, task

from imagenspec.errors import ToolError
from imagenspec.render.ledger.ledger import Ledger, ledger_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path) as one:
        yield one


def test_what_says_that_money_is_spent_waits_for_the_disk(ledger: Ledger) -> None:
    owner = ledger.join()
    ledger.plan([task(1)])
    [leased] = ledger.lease(owner, 1, 60)
    statements: list[str] = []
    ledger._file._connection.set_trace_callback(statements.append)
    ledger.sent(leased.key, owner, 1)
    ledger.finish(leased.key, owner, [image(1)])
    assert [text for text in statements if text.startswith(("PRAGMA", "BEGIN", "COMMIT"))] == 2 * [
        "PRAGMA synchronous = FULL",
        "BEGIN IMMEDIATE",
        "COMMIT",
    ]
    [mode] = ledger._file._connection.execute("PRAGMA journal_mode").fetchone()
    assert mode == "wal"


def test_threads_share_a_ledger(ledger: Ledger) -> None:
    owner = ledger.join()
    ledger.plan(map(task, range(40)))
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while leased := ledger.lease(owner, 3, 60):
                for one in leased:
                    ledger.sent(one.key, owner, 1)
                    ledger.finish(one.key, owner, [image(1)])
        except BaseException as error:  # noqa: BLE001 - shown below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert ledger.counts()["done"] == 40


def test_what_is_kept_of_a_message_is_one_line_without_base64(ledger: Ledger) -> None:
    owner = ledger.join()
    key = sent(ledger, owner, task(1))
    ledger.finish(key, owner, [FILTERED._replace(reason="a\nb " + "A" * 5000)], why="x\n" + "Q" * 5000)
    found = ledger.outcome(key)
    assert found is not None
    for text in (found.why, found.samples[0].reason):
        assert "\n" not in text
        assert "AAAA" not in text
        assert "QQQQ" not in text


def test_ledger_of_the_emulator_does_not_answer_for_the_service(tmp_path: Path) -> None:
    with Ledger(tmp_path, target="emulator") as drawn, Ledger(tmp_path) as paid:
        owner = drawn.join()
        drawn.finish(sent(drawn, owner, task(1)), owner, [image(1)])
        paid.plan([task(1)])
        assert paid.counts()["planned"] == 1
    assert ledger_path(tmp_path).exists()
    assert ledger_path(tmp_path, "emulator").exists()


def test_git_ignores_the_folder_of_the_state(ledger: Ledger, tmp_path: Path) -> None:
    assert ledger.counts()["done"] == 0
    assert (tmp_path / ".imagenspec" / ".gitignore").read_text() == "*\n"


def test_file_that_is_no_ledger_is_left_alone(tmp_path: Path) -> None:
    path = ledger_path(tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"what was paid for " * 1000)
    with pytest.raises(ToolError, match=r"damaged.*move it away"):
        Ledger(tmp_path)
    assert path.read_bytes() == b"what was paid for " * 1000


def test_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    connection = sqlite3.connect(ledger_path(tmp_path))
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(ToolError, match="newer imagenspec"):
        Ledger(tmp_path)


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / ".imagenspec").write_text("")
    with pytest.raises(ToolError, match=r"\.imagenspec.* cannot be made"):
        Ledger(tmp_path)


def test_a_link_in_the_place_of_a_ledger_is_not_followed(tmp_path: Path) -> None:
    path = ledger_path(tmp_path / "project")
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "elsewhere.sqlite")
    with pytest.raises(ToolError, match="is a link"):
        Ledger(tmp_path / "project")
    assert not (tmp_path / "elsewhere.sqlite").exists()
