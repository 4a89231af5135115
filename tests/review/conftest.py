"""What tests of reviews share: a repository that is the working folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from repositories import Repository

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    found = Repository(tmp_path / "checkout")
    monkeypatch.chdir(found.folder)
    return found
