"""The rows about the linter."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import catalogue
from bench import LONG, faster, leaner
from measure import CACHE, rounds, run
from peers import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench import Bench, Line

_WORKED_RECIPE = CHECKOUT / "recipes/face-mesh.imagen.yaml"
_MANY = 1_000
_MOST = 10_000
_SAME = "check-jsonschema, schema alone, same files"


def lint_one(bench: Bench) -> list[Line]:
    recipe = str(_WORKED_RECIPE)
    turns = rounds(bench.runs, bench.lint_cold(recipe), bench.check_jsonschema(recipe))
    work = f"lint one recipe ({_WORKED_RECIPE.name}), whole process"
    return [faster(work, "check-jsonschema, same file and schema", 0.5, turns)]


def lint_many_cold(bench: Bench) -> list[Line]:
    own = bench.lint_cold(bench.inputs.recipes(_MANY))
    turns = rounds(min(bench.runs, LONG), own, bench.check_jsonschema(*bench.inputs.files(_MANY)))
    work = (
        f"all rules on {_MANY:,} recipes of 40 lines, 300 templated, 100 with photo and mask; cold, default processes"
    )
    return [faster(work, _SAME, 0.5, turns)]


def lint_many_warm(bench: Bench) -> list[Line]:
    folder = bench.inputs.recipes(_MANY)
    _fill_cache(bench)
    turns = rounds(
        min(bench.runs, LONG), bench.imagenspec("lint", folder), bench.check_jsonschema(*bench.inputs.files(_MANY))
    )
    return [faster("again, warm: the cache has their verdicts", _SAME, 0.2, turns)]


def lint_changed(bench: Bench) -> list[Line]:
    folder = bench.inputs.recipes(_MANY)
    _fill_cache(bench)
    files = [f"{folder}/{catalogue.name_of(number)}" for number in catalogue.CHANGED]
    texts = [(bench.inputs.root / file).read_text("utf-8") for file in files]
    edits = _edits([bench.inputs.root / file for file in files], texts)
    own = bench.imagenspec("lint", *files)._replace(before=partial(next, edits))
    turns = rounds(bench.runs, own, bench.check_jsonschema(*files))
    work = f"{len(files)} of them, just changed, as the pre-commit hook is called"
    return [faster(work, _SAME, 0.6, turns)]


def _edits(paths: list[Path], texts: list[str]) -> Iterator[None]:
    """Change files each time in a way that was not there before."""
    for number in count():
        for path, text in zip(paths, texts, strict=True):
            path.write_text(f"{text}# Change {number}.\n", "utf-8")
        yield


def lint_most(bench: Bench) -> list[Line]:
    turns = rounds(
        min(bench.runs, LONG),
        bench.lint_cold(bench.inputs.recipes(_MOST)),
        bench.lint_cold(bench.inputs.recipes(_MANY)),
    )
    work = f"all rules on {_MOST:,} such recipes, cold"
    against = f"{_MANY:,} of them"
    return [
        faster(work, against, 10.5, turns),
        leaner(f"peak memory of the largest process, {_MOST:,} recipes", against, 1.2, turns),
    ]


def _fill_cache(bench: Bench) -> None:
    """Have the verdicts about the many recipes kept.

    Raises:
        SystemExit: They were not: the row would not measure what it says.
    """
    run(bench.lint_cold(bench.inputs.recipes(_MANY)))
    kept = 0
    for path in (bench.inputs.root / CACHE).glob("*.sqlite"):
        with closing(sqlite3.connect(path)) as connection:
            kept += connection.execute("SELECT count(*) FROM verdict").fetchone()[0]
    if kept != _MANY:
        raise SystemExit(f"the cache has {kept} verdicts, not {_MANY}: the row would not measure what it says")
