"""Commands that tests let run beside them, and signal or wait for."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from environment import clean_environment, heed_signals

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def started(
    folder: Path, *arguments: str, before: Callable[[], object] = heed_signals, **options: Any
) -> subprocess.Popen[bytes]:
    """Start imagenspec in a folder; ``before`` is called in the new process, ``options`` are those of Popen."""
    command = [sys.executable, "-m", "imagenspec", *arguments]
    streams = {"stderr": subprocess.PIPE, "env": clean_environment(), **options}
    return subprocess.Popen(command, cwd=folder, preexec_fn=before, **streams)  # noqa: PLW1509 - no other way, and nothing is imported there


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait until something is so; how long that takes does not matter."""
    while not is_so():
        time.sleep(0.05)
