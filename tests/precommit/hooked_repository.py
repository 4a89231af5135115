"""Git repositories whose commits go through pre-commit, with the hooks of a copy of the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock
from pinned import CONFIGURATION

from imagenspec.project.config import OWN_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECKOUT = Path(__file__).resolve().parents[2]
MANIFEST = CHECKOUT / ".pre-commit-hooks.yaml"
IMAGES = CHECKOUT / "tests" / "images"
_BUILT_FROM = ("imagenspec", "schemas", "pyproject.toml", "README.md", "LICENSE", MANIFEST.name)
_STEERING = ("GIT_", "PRE_COMMIT", "PYTHON", "VIRTUAL_ENV", "IMAGENSPEC_", "GITHUB_ACTIONS", "SKIP", "FORCE_COLOR")
_AUTHOR = {f"GIT_{who}_{what}": "author" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Hooks(NamedTuple):
    """The repository that hooks come from, at a revision, and the environment in which pre-commit uses it."""

    repository: str
    revision: str
    environment: dict[str, str]

    def configuration(self, *hooks: str, added: str = "") -> str:
        """Return the text of a ``.pre-commit-config.yaml`` with some hooks; ``added`` is said of each."""
        listed = "".join(f"  - {{id: {hook}{added}}}\n" for hook in hooks)
        return f"repos:\n- repo: {self.repository}\n  rev: {self.revision}\n  hooks:\n{listed}"


def hooks_of_checkout(shared: Path) -> Hooks:
    """Return the hooks of the checkout as it is now, committed below a folder that parallel test runs share.

    pre-commit keeps what it installs there too, so that the package is built once.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_STEERING)}
    environment = {
        **kept,
        **_AUTHOR,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "PRE_COMMIT_HOME": str(shared / "pre-commit"),
        "IMAGENSPEC_CACHE_DIR": str(shared / "cache"),
    }
    source = shared / "hooks"
    with FileLock(shared / "hooks.lock"):
        if not source.exists():
            partial = shared / "hooks.partial"
            for name in _BUILT_FROM:
                _copy(CHECKOUT / name, partial / name)
            for arguments in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "hooks")):
                run(("git", *arguments), partial, environment).check_returncode()
            partial.rename(source)
    revision = run(("git", "rev-parse", "HEAD"), source, environment)
    return Hooks(source.as_uri(), revision.stdout.strip(), environment)


def _copy(origin: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if origin.is_dir():
        shutil.copytree(origin, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(origin, target)


def run(
    arguments: Sequence[str], folder: Path, environment: dict[str, str], limit: int = 60
) -> subprocess.CompletedProcess[str]:
    """Return what a program said, both streams as one, as text."""
    return subprocess.run(
        arguments,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=limit,
        check=False,
    )


class Commit(NamedTuple):
    """What came of a commit: whether it was made, and what was said."""

    made: bool
    said: str


class Repository:
    """A git repository with recipes and pictures, whose commits pre-commit looks at."""

    def __init__(self, folder: Path, hooks: Hooks) -> None:
        self.folder = folder
        self._environment = hooks.environment
        folder.mkdir()
        self.git("init", "--quiet")
        self.write(OWN_FILE, CONFIGURATION)

    def use(self, configuration: str) -> None:
        """Have each further commit looked at by the hooks of a configuration, which is committed."""
        self.write(".pre-commit-config.yaml", configuration)
        self.git("add", ".")
        self.git("commit", "--quiet", "--no-verify", "--message", "configuration")
        installed = self.pre_commit("install", "--install-hooks")
        assert installed.returncode == 0, installed.stdout

    def write(self, name: str, text: str) -> None:
        """Write a text file, byte by byte as it is given."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def read(self, name: str) -> str:
        """Return the text of a file, byte by byte as it stands there."""
        return (self.folder / name).read_bytes().decode()

    def picture(self, kind: str, name: str) -> None:
        """Put one of the tests' pictures into the repository under a name."""
        shutil.copyfile(IMAGES / f"{kind}.png", self.folder / name)

    def git(self, *arguments: str) -> str:
        """Return what git said; it must not fail."""
        done = run(("git", *arguments), self.folder, self._environment)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def commit(self) -> Commit:
        """Add everything and commit it, if pre-commit lets it pass."""
        self.git("add", "--all", ".")
        before = self.git("rev-parse", "HEAD")
        done = run(("git", "commit", "--message", "change"), self.folder, self._environment)
        made = self.git("rev-parse", "HEAD") != before
        assert made == (done.returncode == 0), done.stdout
        return Commit(made, done.stdout)

    def pre_commit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of pre-commit; the first one installs the package and may take minutes where that is slow."""
        return run((sys.executable, "-m", "pre_commit", *arguments), self.folder, self._environment, limit=600)
