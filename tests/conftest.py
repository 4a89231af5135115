"""What tests share: golden files that can be rewritten, and the command line as a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from environment import IMAGES, clean_environment
from pinned import CONFIGURATION

from imagenspec.project.config import OWN_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator


class Imagenspec(Protocol):
    """Runs the command line in the test's folder."""

    def __call__(
        self, *arguments: str, stdin: bytes = b"", cwd: Path | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-goldens", action="store_true", help="write golden files instead of comparing with them")


@pytest.fixture
def write_goldens(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--write-goldens"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project of its own: a folder with ``.git`` in it and a picture ``cup.png``."""
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / OWN_FILE).write_text(CONFIGURATION)
    shutil.copy(IMAGES / "cup.png", project / "cup.png")
    return project


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a project that every user of the machine may enter."""
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        project.chmod(0o755)
        (project / ".git").mkdir()
        (project / OWN_FILE).write_text(CONFIGURATION)
        yield project


@pytest.fixture
def imagenspec(folder: Path) -> Imagenspec:
    def run(
        *arguments: str, stdin: bytes = b"", cwd: Path | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        command: list[Any] = [sys.executable, "-m", "imagenspec", *arguments]
        return subprocess.run(
            command,
            input=stdin,
            cwd=cwd or folder,
            env=clean_environment(**(env or {})),
            capture_output=True,
            timeout=60,
            check=False,
        )

    return run
