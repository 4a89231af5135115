"""How an emulator behaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.emulator.faults import Faults

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from imagenspec.emulator.quota import Rate


class Settings(NamedTuple):
    """How an emulator behaves.

    Attributes:
        as_of: The day on which it answers: models that are retired by then answer 404. Without it, none is.
        faults: What goes wrong, and how often, with the seed of its chances.
        quota: How many requests a minute a project may send to a base model in a location.
        latency: By how many seconds every answer is late.
        bucket: The folder in the place of Cloud Storage: ``gs://B/O`` is its file ``B/O``. Without it, images that
            are stored are not kept, and those that are named by a URI are stand-ins.
        patience: For how many seconds the next bytes of a body are waited for.
    """

    as_of: date | None = None
    faults: Faults = Faults()
    quota: Rate | None = None
    latency: float = 0.0
    bucket: Path | None = None
    patience: float = 10.0
