"""An environment of its own for the checkout and for what it is measured against."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PEERS = ("check-jsonschema", "google-genai")
_VERSIONS = """
import importlib.metadata, json, sys
print(json.dumps({name: importlib.metadata.version(name) for name in sys.argv[1:]}))
"""


def programs(*, fresh: bool) -> Path:
    """Return the folder of the environment's programs; made when it is not there, or made again when fresh.

    The checkout is installed in editable form, so that an environment that is there already runs today's code.
    """
    folder = _folder()
    complete = folder / "complete"
    if fresh or not complete.exists():
        print(f"installing {', '.join(PEERS)} and the checkout into {folder}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        install = (folder / "bin/python", "-m", "pip", "install", "-qq", "--editable", CHECKOUT, *PEERS)
        subprocess.run(install, check=True, stdout=sys.stderr)
        complete.touch()
    return folder / "bin"


def _folder() -> Path:
    """Return a folder outside the checkout that changes with what has to be installed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    needs = (str(CHECKOUT), (CHECKOUT / "pyproject.toml").read_text("utf-8"), sys.version, *PEERS)
    return cache / "imagenspec-benchmarks" / hashlib.sha256("\0".join(needs).encode()).hexdigest()[:16]


def versions(folder: Path) -> dict[str, str]:
    """Return the installed versions of the checkout and its peers."""
    command = (folder / "python", "-c", _VERSIONS, "imagenspec", *PEERS)
    answer: dict[str, str] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return answer
