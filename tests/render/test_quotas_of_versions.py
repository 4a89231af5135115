"""Configured quotas: the versions of a model share the least of theirs, and what is taken out counts no more."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest
from test_session import CUP, EMULATOR, Silent, project

from imagenspec.emulator.service import application
from imagenspec.render.ledger.ledger import Ledger, ledger_path
from imagenspec.render.plan import lock_target
from imagenspec.render.session import Route, render

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FAST = CUP.replace("4.0-generate", "4.0-fast-generate")
OLD, FASTER = "imagen-4.0-generate", "imagen-4.0-fast-generate"


def quotas_after(root: Path, quotas: Mapping[str, float], **recipes: str) -> dict[str, float]:
    """Render with quotas, and return those that the ledger has by base model."""
    route = Route(EMULATOR, 4, httpx.ASGITransport(application()), quotas=quotas)
    found = render(project(root, **recipes), route, Silent())
    assert [result.word for result in found.results] == ["done"] * len(recipes)
    with closing(sqlite3.connect(ledger_path(root, lock_target(EMULATOR)))) as connection:
        rows = connection.execute("SELECT name, per_minute FROM bucket").fetchall()
    return {name.rpartition("/")[2]: per_minute for name, per_minute in rows}


@pytest.mark.parametrize(
    "quotas",
    [
        {f"{OLD}-001": 600, f"{OLD}-002": 6},
        {f"{OLD}-002": 6, f"{OLD}-001": 600},
        {f"{OLD}-001": 6, f"{OLD}-002": 600},
        {f"{OLD}-002": 6},
        {OLD: 6, FASTER: 1},
    ],
    ids=str,
)
def test_versions_of_a_model_share_the_least_quota(quotas: dict[str, float], tmp_path: Path) -> None:
    assert quotas_after(tmp_path, quotas, cup=CUP) == {OLD: 6}


def test_a_quota_that_is_not_configured_any_more_is_forgotten(tmp_path: Path) -> None:
    assert quotas_after(tmp_path, {f"{OLD}-001": 60}, one=CUP) == {OLD: 60}
    tea = {"one": CUP.replace("coffee", "tea"), "fast": FAST}
    assert quotas_after(tmp_path, {f"{FASTER}-001": 6}, **tea) == {FASTER: 6}


def test_a_forgotten_bucket_makes_nobody_wait(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger, Ledger(tmp_path) as other:
        ledger.configure_bucket("one", 1, 1)
        ledger.configure_bucket("two", 1, 1)
        assert [ledger.take_token(name, 100) for name in ("one", "two")] == [0, 0]
        ledger.forget_bucket("one")
        ledger.forget_bucket("nobody")
        assert [other.take_token("one", 100) for _ in range(3)] == [0, 0, 0]
        assert other.take_token("two", 100) > 0
