"""Large requests in flight at once, of a client and an emulator in one process, stay in bounded memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from environment import CHECKOUT, clean_environment

PROGRAM = Path(__file__).with_name("in_one_process.py")
MEGABYTES = 250


def test_sixteen_requests_of_four_pictures_of_five_megabytes() -> None:
    found = os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "tests")])
    done = subprocess.run(
        [sys.executable, PROGRAM, "16"],
        env=clean_environment(PYTHONPATH=found),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert int(done.stdout) < MEGABYTES * 1024 * 1024
