"""Render a recipe: RECIPE URL JOBS [REQUESTS A MINUTE]; print the rate and the peak of memory as JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from imagenspec.project.check import check_bytes
from imagenspec.project.options import Options
from imagenspec.render.plan import plan
from imagenspec.render.service.targets import target_of
from imagenspec.render.session import Route, render


class Timed:
    """Keeps when requests came to their end."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def finished(self, *_: Any) -> None:
        """A request has come to its end."""
        self.times.append(time.perf_counter())

    def paused(self, *_: Any) -> None:
        """A request has to be sent again."""

    def waiting(self, *_: Any) -> None:
        """Nothing will be sent for a while."""


def main(recipe: Path, url: str, jobs: int, quota: float | None) -> None:
    """Render."""
    options = Options()
    checked = check_bytes(str(recipe), recipe.read_bytes(), options)
    if not checked.ok:
        raise SystemExit("\n".join(map(str, checked.findings)))
    target = target_of(url, "a-project", "us-central1")
    found = plan(checked, options.images, target)
    quotas = {} if quota is None else {work.task.model: quota for work in found.works}
    watcher = Timed()
    done = render([found], Route(target, jobs, quotas=quotas), watcher)
    for problem in done.problems:
        raise problem
    print(json.dumps({"rate": rate(watcher.times), "peak": peak()}))


def rate(times: list[float]) -> float:
    """Return the requests a second between the first end and the last one."""
    return 0.0 if len(times) < 2 else (len(times) - 1) / (times[-1] - times[0])


def peak() -> int:
    """Return the most bytes of memory that this process has used, without what its parent had."""
    status = Path("/proc/self/status").read_text("utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]) if len(sys.argv) > 4 else None)
