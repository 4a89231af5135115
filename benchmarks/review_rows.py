"""The rows about reviews."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import catalogue
from bench import LONG, faster
from measure import rounds
from pictures import write_noise

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench, Line

_MANY = 1_000
_EACH = 20
"""Of so many recipes, one changes."""
_SHARED = "batch-003/images/front.png"
"""A picture that each of the recipes in its folder sends, but for those that edit."""
_LARGER = 1_200


def diff_many(bench: Bench) -> list[Line]:
    folder = "repository"
    root = bench.inputs.root / folder
    if not root.exists():
        _write(root)
    own = bench.imagenspec("diff", "HEAD~1", ".")._replace(folder=root)
    lint = bench.lint_cold(folder)
    turns = rounds(min(bench.runs, LONG), own, lint)
    work = f"diff {_MANY:,} recipes against HEAD~1; {_MANY // _EACH} of them and a picture that 36 share have changed"
    return [faster(work, "imagenspec lint, same files, cold, default processes", 3, turns)]


def _write(root: Path) -> None:
    """Write a git repository of many recipes, and a commit that changes some of them and a picture."""
    catalogue.write(root, _MANY)
    (root / ".imagenspec.toml").write_text("as_of = 2026-01-15\n", "utf-8")
    _git(root, "init", "-q")
    _commit(root)
    for number in range(0, _MANY, _EACH):
        path = root / catalogue.name_of(number)
        path.write_text(path.read_text("utf-8").replace("mountain village", "fishing village"), "utf-8")
    write_noise(root / _SHARED, _LARGER)
    _commit(root)


def _commit(root: Path) -> None:
    _git(root, "add", "-A")
    _git(root, "-c", "user.name=bench", "-c", "user.email=bench@example.org", "commit", "-q", "-m", "a change")


def _git(root: Path, *arguments: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *arguments], cwd=root, env=environment, check=True)
