"""``imagenspec serve``."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imagenspec.cli.common import parse_day
from imagenspec.emulator.faults import HELP, parse_faults, parse_seconds
from imagenspec.emulator.quota import parse_rate
from imagenspec.emulator.settings import Settings
from imagenspec.errors import UsageError

if TYPE_CHECKING:
    from datetime import date


@click.command("serve", epilog=f"Faults: {HELP}")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="The port; 0 takes a free one."
)
@click.option("--fault", "faults", default="", metavar="SPEC", help="What goes wrong: 429:0.1,reset:0.01,slow:2s.")
@click.option("--seed", default=0, show_default=True, help="Of the chances of faults.")
@click.option("--quota", metavar="N/min", help="Requests of a project to a base model in a location.")
@click.option("--latency", default="0s", metavar="TIME", show_default=True, help="How late every answer is: 8s.")
@click.option("--as-of", callback=parse_day, metavar="DATE", help="Answer as on this day: retired models are gone.")
@click.option(
    "--bucket",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder in the place of gs://; made if missing.",
)
@click.option("--quiet", is_flag=True, help="Do not log requests to standard error.")
def command(
    port: int,
    faults: str,
    seed: int,
    quota: str | None,
    latency: str,
    as_of: date | None,
    bucket: Path | None,
    quiet: bool,
) -> None:
    """Serve a local emulator of Imagen's predict on this machine.

    The first line on standard output is its base URL. It draws images that show their requests, refuses as the service
    is documented to, and needs no account; GET / shows what it serves and what it has counted.
    """
    if bucket is not None:
        _make(bucket)
    settings = Settings(
        as_of=as_of,
        faults=parse_faults(faults, seed),
        quota=None if quota is None else parse_rate(quota),
        latency=parse_seconds(latency),
        bucket=bucket,
    )
    if not quiet:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
        log = logging.getLogger("imagenspec.emulator")
        log.addHandler(handler)
        log.setLevel(logging.INFO)
    from imagenspec.emulator.port import serve  # noqa: PLC0415 - wrong options are told before starlette is loaded

    serve(settings, port, click.echo)


def _make(bucket: Path) -> None:
    """Make the folder of objects where it is missing, and say so: its name may be a slip."""
    if bucket.is_dir():
        return
    try:
        bucket.mkdir(parents=True)
    except OSError as error:
        raise UsageError(f"--bucket {bucket} cannot be made: {error.strerror}") from error
    click.echo(f"imagenspec: made the folder {bucket} for --bucket; it is empty", err=True)
