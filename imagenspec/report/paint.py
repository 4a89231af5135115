"""Colours of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.project.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

COLOURS = {Severity.ERROR: "31;1", Severity.WARNING: "33;1", Severity.INFO: "36;1"}
"""The ANSI code of each severity."""


def painter(*, colour: bool) -> Callable[[str, str], str]:
    """Return what gives a text the colour of an ANSI code, or leaves it as it is where colours are not wanted."""
    return _painted if colour else _plain


def _plain(text: str, _code: str) -> str:
    return text


def _painted(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"
