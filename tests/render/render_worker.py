"""A program for tests to run, to interrupt and to kill: it renders a recipe; RECIPE URL JOBS."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pinned import options

from imagenspec.project.check import check_bytes
from imagenspec.render.plan import plan
from imagenspec.render.service.targets import target_of
from imagenspec.render.session import Route, render


class Silent:
    """Hears everything and keeps how requests ended."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.pauses: list[float] = []
        self.waits: list[tuple[float, str]] = []

    def finished(self, work: Any, state: str, samples: Any, why: str) -> None:
        del work, samples, why
        self.states.append(state)

    def paused(self, work: Any, seconds: float, why: str) -> None:
        del work, why
        self.pauses.append(seconds)

    def waiting(self, seconds: float, why: str) -> None:
        self.waits.append((seconds, why))


def main(recipe: Path, url: str, jobs: int) -> None:
    """Render; whatever goes wrong ends the program."""
    chosen = options()
    target = target_of(url, "a-project", "us-central1")
    found = plan(check_bytes(str(recipe), recipe.read_bytes(), chosen), chosen.images, target)
    done = render([found], Route(target, jobs), Silent())
    for problem in done.problems:
        raise problem
    sys.stdout.write("interrupted" if done.interrupted else "through")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
