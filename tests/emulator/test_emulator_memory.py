"""Large requests in flight at once, of a client and an emulator in one process, stay in bounded memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("in_one_process.py")
MEGABYTES = 250


def test_sixteen_requests_of_four_pictures_of_five_megabytes() -> None:
    done = subprocess.run([sys.executable, PROGRAM, "16"], capture_output=True, text=True, check=True, timeout=120)
    assert int(done.stdout) < MEGABYTES * 1024 * 1024
