"""Recipes of many small requests, an emulator for them on a port, and what is left on the disk afterwards."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from environment import CHECKOUT, clean_environment
from PIL import Image
from pinned import CONFIGURATION, options

from imagenspec.project.check import check_bytes
from imagenspec.provenance.stamping import without
from imagenspec.render.ledger.ledger import Ledger
from imagenspec.render.locks.lockfile import path_of, read
from imagenspec.render.plan import lock_target, plan
from imagenspec.render.service.targets import target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.render.plan import Plan

FOLDER = Path(__file__).resolve().parent
SIZE = 64


def recipe_of(root: Path, requests: int, extra: str = "", prompt: str = "cup {{ number }}") -> Path:
    """Write a project with a recipe of so many masks of a small picture, which cost next to nothing to draw."""
    root.mkdir(exist_ok=True)
    (root / ".git").mkdir()
    (root / ".imagenspec.toml").write_text(CONFIGURATION)
    Image.new("RGB", (SIZE, SIZE), (180, 120, 40)).save(root / "cup.png")
    path = root / "masks.imagen.yaml"
    path.write_text(f"""\
imagenspec: 1
task: segment
model: image-segmentation-001
image: cup.png
prompt: {prompt}
parameters: {{mode: prompt, max_predictions: 1}}
{extra}matrix:
  number: 1..{requests}
""")
    return path


def planned(recipe: Path, url: str) -> Plan:
    """Return what a recipe asks for."""
    chosen = options()
    checked = check_bytes(str(recipe), recipe.read_bytes(), chosen)
    assert checked.ok, checked.findings
    return plan(checked, chosen.images, target_of(url, "a-project", "us-central1"))


@contextmanager
def emulator(*arguments: str) -> Iterator[str]:
    """Serve on a free port, and yield the base URL."""
    command = [sys.executable, "-m", "imagenspec", "serve", "--quiet", *arguments]
    with subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def counted(url: str) -> dict[str, Any]:
    """Return what an emulator has counted."""
    found: dict[str, Any] = httpx.get(url, trust_env=False).json()
    return dict(found["counters"])


def requests_of(url: str) -> int:
    """Return how many requests an emulator had."""
    return sum(sum(outcomes.values()) for outcomes in counted(url)["requests"].values())


def start(recipe: Path, url: str, jobs: int) -> subprocess.Popen[bytes]:
    """Start a process that renders."""
    arguments = [sys.executable, str(FOLDER / "render_worker.py"), str(recipe), url, str(jobs)]
    environment = clean_environment(PYTHONPATH=f"{CHECKOUT}:{FOLDER}:{FOLDER.parent}")
    return subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[bytes]) -> str:
    """Wait for a process that must succeed, and return what it wrote."""
    output, errors = process.communicate(timeout=100)
    assert process.returncode == 0, errors.decode()
    return output.decode()


def left_behind(root: Path) -> list[str]:
    """Return the files below a project that no finished render leaves: parts, and files of owners and answers."""
    state = root / ".imagenspec"
    kept = {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", ".gitignore"}
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file()
        and (path.name.endswith(".part") or (state in path.parents and path.suffix != ".png" and path.name not in kept))
    )


def agreed(recipe: Path, url: str) -> Counter[str]:
    """Return how many requests ended in which state, where lock, ledger and files say the same; otherwise fail."""
    entries = read(path_of(recipe)).entries
    states: Counter[str] = Counter()
    found = planned(recipe, url)
    with Ledger(found.root, lock_target(target_of(url, "a-project", "us-central1"))) as ledger:
        assert sum(ledger.counts().values()) == len(found.works)
        for work in found.works:
            outcome = ledger.outcome(work.task.key)
            assert outcome is not None, ledger.counts()
            states[outcome.state] += 1
            if not outcome.samples:
                assert work.task.case not in entries
                assert outcome.why
                continue
            locked = entries[work.task.case]
            assert locked.digest == work.task.digest
            assert [one.outcome for one in locked.samples] == [one.outcome for one in outcome.samples]
            for one in locked.samples:
                if one.outcome == "image":
                    picture = without((recipe.parent / str(one.file)).read_bytes())
                    assert hashlib.sha256(picture).hexdigest() == one.sha256
    return states
