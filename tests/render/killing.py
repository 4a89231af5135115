"""Processes that are killed at random moments and replaced, as long as there is work."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).resolve().parent
CHECKOUT = FOLDER.parents[1]


def start(*arguments: object) -> subprocess.Popen[bytes]:
    """Start a program of ``ledger_worker.py``."""
    path = os.pathsep.join([str(CHECKOUT), str(FOLDER)])
    command = [sys.executable, str(FOLDER / "ledger_worker.py"), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def end(process: subprocess.Popen[bytes]) -> bytes:
    """Wait for a process that must succeed, and return what it wrote."""
    output, errors = process.communicate(timeout=100)
    assert process.returncode == 0, errors.decode()
    return output


def run_and_kill(progress: Callable[[], int], step: int, kills: int, *arguments: object) -> int:
    """Run three processes with the same arguments; kill and replace the oldest now and then; let the last ones finish.

    Args:
        progress: How far the work is; it decides when to kill, so that slow machines kill as often as fast ones.
        step: The progress between two kills, on average.
        kills: The most processes to kill.
        arguments: Those of the program.

    Returns:
        How many were killed.
    """
    processes = [start(*arguments) for _ in range(3)]
    killed = 0
    while killed < kills:
        until = progress() + random.randint(step // 2, step * 3 // 2)  # noqa: S311 - so that kills come anywhere
        while progress() < until and all(process.poll() is None for process in processes):
            time.sleep(random.random() * 0.002)  # noqa: S311
        victim = processes.pop(0)
        if victim.poll() is not None:
            processes.append(victim)
            break
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
        killed += 1
        processes.append(start(*arguments))
    for process in processes:
        end(process)
    return killed
