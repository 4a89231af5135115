"""Checks a recipe in a process of its own, with an end to its time and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

SECONDS = 10
_CHECK = """
import json, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
except ImportError:
    pass
from imagenspec.project.check import check_bytes
from imagenspec.project.options import Options
from datetime import date
found = check_bytes("a.imagen.yaml", sys.stdin.buffer.read(), Options(as_of=date(2026, 1, 15))).findings
print(json.dumps([one.code for one in found]))
"""


@cache
def codes_within_bounds(recipe: str) -> list[str]:
    """Return the codes found; a check that takes longer than :data:`SECONDS`, or raises, fails the test."""
    command = [sys.executable, "-c", _CHECK]
    done = subprocess.run(command, input=recipe.encode(), capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()[-500:]
    found: list[str] = json.loads(done.stdout)
    return found
