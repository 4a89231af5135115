"""What commands share: reading recipes, colour, variables."""

from __future__ import annotations

import math
import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Any, TextIO

import click

from imagenspec.errors import UsageError
from imagenspec.project.check import check_bytes, check_file
from imagenspec.project.discovery import recipes
from imagenspec.source.decode import MAX_BYTES
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.options import Options

STDIN = "-"


class Money(click.FloatRange):
    """A sum of US dollars, from 0 up; no sum is infinite, or no number."""

    name = "money"

    def __init__(self) -> None:
        super().__init__(0)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a number; click's own check lets those pass that are not less than anything."""
        found = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{quote(str(value), 40)} is no sum of money; say a number such as 2.50", param, ctx)
        return found


def checked_recipes(paths: Iterable[str], options: Options, stdin_name: str) -> Iterator[CheckedRecipe]:
    """Yield every recipe that paths mean, checked; ``-`` is standard input.

    Raises:
        UsageError: A path does not exist, or nothing was found.
    """
    named = list(paths)
    if STDIN in named:
        if len(named) > 1:
            raise UsageError('"-" (standard input) stands alone')
        yield check_bytes(stdin_name, sys.stdin.buffer.read(MAX_BYTES + 1), options)
        return
    for path in recipes(named):
        yield check_file(path, options)


def wants_colour(stream: TextIO) -> bool:
    """Tell whether to colour: on a terminal, unless ``NO_COLOR`` is set; always with ``FORCE_COLOR``."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def parse_day(_context: click.Context, option: click.Parameter, value: str | None) -> date | None:
    """Return the day of an option.

    Raises:
        UsageError: It is none.
    """
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise UsageError(f"{option.opts[0]} takes a day such as 2026-11-21, not {quote(value)}") from None


def parse_variables(assignments: Iterable[str]) -> dict[str, str]:
    """Return ``name=value`` options as a mapping.

    Raises:
        UsageError: One has no name or no ``=``.
    """
    variables = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f'--var takes name=value, not "{assignment}"')
        variables[name] = value
    return variables
