"""What is imported compiles to what it was: documented requests, and requests with anything in them."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from compiling import checked, payloads
from hypothesis import given, settings
from predict_strategies import TASKS, bodies, mutated_bodies, strange_bodies

from imagenspec.importing.convert import Imported, Wish
from imagenspec.importing.refusals import BodyError
from imagenspec.importing.run import import_files, output_of

DEEP = os.environ.get("IMAGENSPEC_DEEP") == "1"
DOCUMENTED = 1500 if DEEP else 40
"""Bodies of each of the seven tasks: 10,500 in the deep profile."""


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def imported(body: Any, folder: Path, *, exact: bool = False) -> Imported:
    source = folder / "request.json"
    source.write_text(json.dumps(body), "utf-8")
    [found] = import_files([str(source)], output_of(str(folder), force=False), Wish(exact=exact))
    return found


def compiled(recipe: Imported) -> Any:
    """Return what the recipe on the disk compiles to, after a check that finds no error."""
    again = checked(Path(recipe.name).read_bytes(), Path(recipe.name).parent)
    assert [one for one in again.findings if one.severity == "error"] == []
    [body] = payloads(again)
    return body


@pytest.mark.parametrize("task", TASKS)
def test_documented_requests_come_out_as_they_went_in(task: str) -> None:
    @settings(max_examples=DOCUMENTED)
    @given(body=bodies(task))
    def comes_out(body: dict[str, Any]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            recipe = imported(body, Path(folder))
            assert canonical(compiled(recipe)) == canonical(body)

    comes_out()


@given(body=strange_bodies() | mutated_bodies())
def test_requests_with_anything_come_out_or_are_refused_whole(body: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            recipe = imported(body, Path(folder), exact=True)
        except BodyError:
            assert [path.name for path in Path(folder).iterdir()] == ["request.json"]
        else:
            assert json.dumps(compiled(recipe)) == json.dumps(body)
