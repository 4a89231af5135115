"""The emulator on a port, as a process of its own, for tests that send requests."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from environment import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def served(*options: str) -> Iterator[str]:
    """Run ``imagenspec serve`` with options, and yield its base URL."""
    command = [sys.executable, "-m", "imagenspec", "serve", "--port", "0", "--quiet", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_environment()) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.terminate()
            process.communicate(timeout=20)


def counters(url: str) -> dict[str, Any]:
    """Return what an emulator says that it has done."""
    with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 - this machine
        found: dict[str, Any] = json.load(answer)
    return found
