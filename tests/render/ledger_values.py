"""Tasks, samples and small pictures for tests of the ledger, the store and locks."""

from __future__ import annotations

import hashlib
import io
import os
from typing import TYPE_CHECKING

from PIL import Image

from imagenspec.render.disk.store import Stored
from imagenspec.render.ledger.ledger import Sample, Task, key_of

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.render.ledger.ledger import Ledger

MODEL = "imagen-4.0-generate-001"
FILTERED = Sample("filtered", reason="Support codes: 56562880", codes=(56562880,))
MISSING = Sample("missing", reason="the answer does not account for it")


def task(number: int, samples: int = 1, model: str = MODEL) -> Task:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    key = key_of(model, digest)
    return Task(key, model, digest, "cup.imagen.yaml", f"seed={number}", samples, "project", "us-central1")


def image(number: int) -> Sample:
    digest = hashlib.sha256(f"image {number}".encode()).hexdigest()
    return Sample("image", Stored(digest, 1000 + number, "image/png", 8, 8, digest[::-1]))


def picture(number: int, size: tuple[int, int] = (8, 8), form: str = "PNG", mode: str = "RGB") -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size, number % 256).save(stream, form)
    return stream.getvalue()


def sent(ledger: Ledger, owner: str, one: Task) -> str:
    """Take a task that is planned alone up to where it was sent, and return its key."""
    ledger.plan([one])
    [leased] = ledger.lease(owner, 1, 60)
    ledger.sent(leased.key, owner, 1)
    return leased.key


def crash(ledger: Ledger) -> None:
    """Leave a ledger as the system leaves it for a process that dies: files are closed, and nothing else."""
    ledger._file._connection.close()
    for owner in ledger._owners.values():
        os.close(owner._descriptor)


def parts_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.part"))
