"""What commands say that send requests when somebody stops them, and the exit code that this has."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from imagenspec.render.stopping import Interruption

_BY_SIGNAL = 128
"""What systems add to the number of a signal for the exit code of a program that it ended."""


def tell_of_stop() -> None:
    """Say what the first signal does, and what a second one would do."""
    with suppress(OSError):  # the terminal may be gone
        click.echo("stopping: what is under way comes to its end; Ctrl-C again gives it up", err=True)


def stopped_code(interruption: Interruption) -> int:
    """Return the exit code of a program that a signal ended."""
    return _BY_SIGNAL + interruption.signal
