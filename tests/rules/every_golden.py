"""All goldens in few tests, the quickest to fail first: what mutation testing runs."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import test_golden
from pinned import DAY
from test_beside_findings import GOLDEN as BESIDE
from test_beside_findings import beside_findings_of
from test_faces import faces, found_in

from imagenspec.catalog.codes import rule_texts
from imagenspec.catalog.examples import DAY as EXAMPLES_DAY
from imagenspec.catalog.examples import SUFFIX, example_path, examples_folder
from imagenspec.dev.rule_examples import lay_out_pictures
from imagenspec.project.check import check_bytes
from imagenspec.project.fixing import Wanted, fix_bytes
from imagenspec.project.options import Options
from imagenspec.rules import slips

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec import Finding

TESTS = Path(__file__).resolve().parents[1]


class Golden(NamedTuple):
    """A text with what is found in it, as lines."""

    name: str
    data: bytes
    day: date | None
    expected: tuple[str, ...]
    form: str = "lines"

    def found(self) -> tuple[str, ...]:
        return tuple(FORMS[self.form](check_bytes(self.name, self.data, Options(as_of=self.day)).findings))


def codes_and_places(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{one.code} {one.start.line} {one.start.column}" for one in findings]


def codes_and_messages(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{one.code} {one.start} {one.end} {one.message}" for one in findings]


FORMS = {"lines": test_golden.lines, "places": codes_and_places, "messages": codes_and_messages}


def goldens_of_files() -> Iterator[Golden]:
    for recipe in sorted((TESTS / "err").rglob(f"*{SUFFIX}")):
        out = recipe.with_name(f"{test_golden.name_of(recipe)}.out").read_text("utf-8").splitlines()
        yield Golden(str(recipe), recipe.read_bytes(), None, tuple(out))
    for folder in (TESTS / "ok", TESTS.parent / "recipes"):
        for recipe in sorted(folder.rglob(f"*{SUFFIX}")):
            yield Golden(str(recipe), recipe.read_bytes(), DAY, ())


def goldens_of_rows() -> Iterator[Golden]:
    for case in test_golden.cases():
        text, expected, day = case.values
        said = tuple(" ".join(map(str, one)) for one in expected)
        yield Golden(str(TESTS / "err" / "case.imagen.yaml"), text.encode(), day, said, "places")


def goldens_of_examples(folder: Path) -> Iterator[Golden]:
    """Yield the examples of the codes, each in a project that has its pictures and its configuration."""
    (folder / ".git").mkdir()
    lay_out_pictures(folder)
    printed: dict[str, Any] = {
        row["code"]: row for row in json.loads((examples_folder() / "printed.json").read_text("utf-8"))["rows"]
    }
    for code, row in printed.items():
        text = rule_texts()[code]
        for kind in ("bad", "good"):
            home = folder
            if text.configuration:
                home = folder / f"{code}.{kind}"
                home.mkdir()
                lay_out_pictures(home)
                (home / ".imagenspec.toml").write_text(text.configuration[kind] + "\n", "utf-8")
            start, end = (f"Position(line={row[key]['line']}, column={row[key]['column']})" for key in ("start", "end"))
            expected = (f"{code} {start} {end} {row['message']}",) if kind == "bad" else ()
            day = date.fromisoformat(text.day or EXAMPLES_DAY)
            name = str(home / f"{code}.{kind}{SUFFIX}")
            yield Golden(name, example_path(code, kind).read_bytes(), day, expected, "messages")


def folder_of_this_process() -> Path:
    """Return a new folder, which the process that made it removes at its end, and none of its forks does."""
    folder, owner = tempfile.mkdtemp(prefix="imagenspec-examples-"), os.getpid()
    atexit.register(lambda: shutil.rmtree(folder) if os.getpid() == owner else None)
    return Path(folder)


GOLDENS = [*goldens_of_files(), *goldens_of_rows(), *goldens_of_examples(folder_of_this_process())]


def first_of_each_code() -> list[Golden]:
    first: dict[str, Golden] = {}
    for golden in GOLDENS:
        for line in golden.expected:
            code = next(word for word in line.split() if word.startswith("IMG"))
            first.setdefault(code, golden)
    return list(dict.fromkeys(first.values()))


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Forget what rules have worked out before: a changed rule would not be asked again."""
    for remembered in (slips.outline, slips.is_slip, slips._nearest, slips._keys):
        remembered.cache_clear()


def test_one_golden_of_each_code() -> None:
    for golden in first_of_each_code():
        assert golden.found() == golden.expected, golden.name


def test_all_goldens() -> None:
    for golden in GOLDENS:
        assert golden.found() == golden.expected, golden.name


def test_all_faces() -> None:
    for face in faces():
        assert found_in(face) == face["found"], face["name"]


def test_what_stands_beside_findings() -> None:
    expected = BESIDE.read_text("utf-8").splitlines()
    names = dict.fromkeys(line.split()[0] for line in expected)
    recipes = [TESTS / "err" / f"{name}{SUFFIX}" for name in names]
    assert [line for recipe in recipes for line in beside_findings_of(recipe)] == expected


def test_what_fixes_make() -> None:
    for recipe in sorted((TESTS / "fix").glob(f"*{SUFFIX}")):
        stem = str(recipe).removesuffix(SUFFIX)
        safe = Path(f"{stem}.fixed.yaml")
        unsafe = Path(f"{stem}.unsafe.yaml")
        for wanted, golden in ((Wanted(), safe), (Wanted(unsafe=True), unsafe if unsafe.exists() else safe)):
            assert fix_bytes(str(recipe), recipe.read_bytes(), Options(), wanted).after == golden.read_bytes(), stem
