"""What ``GET /`` shows: the models, the settings, the words that trigger answers, and the counters."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

from imagenspec._version import __version__
from imagenspec.emulator.faults import HELP
from imagenspec.emulator.models import served
from imagenspec.emulator.triggers import PROJECTS, TRIGGERS

if TYPE_CHECKING:
    from imagenspec.emulator.counters import Counters
    from imagenspec.emulator.settings import Settings

_LONGEST_LOGGED = 80
_URL = "POST /v1/projects/PROJECT/locations/LOCATION/publishers/google/models/MODEL:predict"


def as_json(settings: Settings, counters: Counters) -> dict[str, Any]:
    """Return the page as data."""
    as_of = settings.as_of
    living = [model for model in served() if as_of is None or not model.retires or model.retires > as_of.isoformat()]
    faults = [fault._asdict() for fault in settings.faults.faults]
    return {
        "service": f"imagenspec emulator {__version__}",
        "predict": _URL,
        "models": {model.id: list(model.tasks) for model in living},
        "settings": {
            "as_of": None if as_of is None else as_of.isoformat(),
            "faults": faults,
            "seed": settings.faults.seed,
            "quota": None if settings.quota is None else settings.quota._asdict(),
            "latency": settings.latency,
            "bucket": None if settings.bucket is None else str(settings.bucket),
        },
        "words": dict(TRIGGERS),
        "projects": dict(PROJECTS),
        "faults": HELP,
        "counters": {**counters.totals(), "digests": counters.by_digest()},
    }


def as_html(settings: Settings, counters: Counters) -> str:
    """Return the page for a browser; it has no script and loads nothing."""
    page = as_json(settings, counters)
    sections = {
        "Models": {name: ", ".join(tasks) for name, tasks in page["models"].items()},
        "Settings": {name: json.dumps(value) for name, value in page["settings"].items()},
        "Requests": {model: json.dumps(found) for model, found in page["counters"]["requests"].items()},
        "Counters": {name: value for name, value in counters.totals().items() if name != "requests"},
        "Words in a prompt or a label": page["words"],
        "Projects": page["projects"],
    }
    tables = "".join(f"<h2>{title}</h2>{_table(entries)}" for title, entries in sections.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>imagenspec emulator</title>'
        "<style>body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
        "td{padding:.2rem 1rem .2rem 0;vertical-align:top}td:first-child{font-family:monospace}</style>"
        f"<h1>{html.escape(page['service'])}</h1><p><code>{_URL}</code></p>{tables}"
        f"<h2>Faults</h2><p>{html.escape(page['faults'])}</p></html>"
    )


def _table(entries: dict[str, Any]) -> str:
    rows = (f"<tr><td>{html.escape(name)}<td>{html.escape(str(value))}" for name, value in entries.items())
    return f"<table>{''.join(rows)}</table>"


def loggable(text: str) -> str:
    """Return at most 80 characters of a text in quotes, with escapes for what does not print."""
    short = text if len(text) <= _LONGEST_LOGGED else f"{text[: _LONGEST_LOGGED - 3]}..."
    shown = "".join(one if one.isprintable() and one != '"' else one.encode("unicode_escape").decode() for one in short)
    return f'"{shown}"'
