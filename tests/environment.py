"""The environment of programs that tests start, where nothing of this process steers them, and test pictures."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
IMAGES = CHECKOUT / "tests" / "images"
_CACHE = tempfile.mkdtemp(prefix="imagenspec-tests-")
atexit.register(shutil.rmtree, _CACHE, ignore_errors=True)


def clean_environment(**added: str) -> dict[str, str]:
    """Return this process's environment without what would steer the command line, and with what is added."""
    steering = (
        "FORCE_COLOR",
        "GITHUB_ACTIONS",
        "GOOGLE_CLOUD_LOCATION",
        "GOOGLE_CLOUD_PROJECT",
        "IMAGENSPEC_CACHE_DIR",
        "IMAGENSPEC_TRACEBACK",
        "NO_COLOR",
    )
    kept = {name: value for name, value in os.environ.items() if name not in steering}
    own = {"PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1", "IMAGENSPEC_CACHE_DIR": _CACHE}
    return {**kept, **own, **added}


def heed_signals() -> None:
    """Let the signals that end programs count, though whoever runs the tests may ignore them, as ``nohup`` does."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
