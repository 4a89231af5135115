"""Run programs side by side: wall time and peak memory of whole processes."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

CACHE = "cache"
"""The folder of the cache of verdicts, among the inputs."""
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in one unit of ``ru_maxrss``."""


def _nothing() -> None:
    """Prepare nothing."""


class Command(NamedTuple):
    """A program to run.

    Attributes:
        arguments: Its words.
        folder: Where it runs.
        output: The folder that it writes to, which is emptied before each run.
        before: What is to be done before each run.
    """

    arguments: tuple[str, ...]
    folder: Path
    output: Path | None = None
    before: Callable[[], None] = _nothing


class Run(NamedTuple):
    """What a program took: seconds from start to end, and bytes at the peak of the largest of its processes."""

    seconds: float
    peak: int


def run(command: Command) -> Run:
    """Run a program to its end.

    Raises:
        SystemExit: It ended with another code than 0; a program that failed was not measured.
    """
    if command.output is not None:
        shutil.rmtree(command.output, ignore_errors=True)
        command.output.mkdir()
    command.before()
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=environment(command.folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            said = errors.read()[-2000:].decode(errors="replace")
            raise SystemExit(f"{' '.join(command.arguments[:6])}: exit code {process.returncode}\n{said}")
    return Run(seconds, usage.ru_maxrss * _RSS_UNIT)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of programs measured in a folder.

    It has no settings of Python, which could slow one of them, and the cache of verdicts is one that rows can empty.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return {**kept, "IMAGENSPEC_CACHE_DIR": str(folder / CACHE)}


def rounds(count: int, *commands: Command) -> list[tuple[Run, ...]]:
    """Run commands in turn, A B A B …, after one turn that only warms the caches."""
    for command in commands:
        run(command)
    return [tuple(run(command) for command in commands) for _ in range(count)]


def median_of(turns: Iterable[tuple[Run, ...]], value: Callable[..., float]) -> float:
    """Return the median of a value that is taken from the runs of each turn."""
    return statistics.median(value(*turn) for turn in turns)


def own_peak() -> int:
    """Return the peak of this process in bytes; Linux shows it as the least peak of the programs it starts."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
