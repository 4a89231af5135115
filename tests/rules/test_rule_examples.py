"""Every code has its texts and its examples, and the examples do what they are there to show."""

from __future__ import annotations

import difflib
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from pinned import CONFIGURATION, DAY

from imagenspec.catalog.codes import codes, rule_texts
from imagenspec.catalog.examples import DAY as EXAMPLES_DAY
from imagenspec.catalog.examples import SUFFIX, example_path, examples_folder
from imagenspec.catalog.tables import rows
from imagenspec.dev.rule_examples import lay_out_pictures, printed_file, run_example
from imagenspec.project.config import OWN_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

SHOWN_BY_RECIPES = [code for code in codes() if rule_texts()[code].shown is None]
OF_THE_USUAL_DAY = [
    code for code in SHOWN_BY_RECIPES if rule_texts()[code].day is None and not rule_texts()[code].configuration
]
"""Codes whose examples need nothing but the pictures and the day on which all tests are run."""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("examples")
    (folder / ".git").mkdir()
    lay_out_pictures(folder)
    return folder


def test_every_code_has_its_texts_in_the_order_of_the_codes() -> None:
    assert [row["code"] for row in rows("rule_texts")] == list(codes())


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; what stands in quotes or in braces is taken for a word."""
    return re.split(r"(?<=[.?])\s+(?=[A-Z])", re.sub(r'"[^"]*"|\{[^}]*\}', "X", text))


@pytest.mark.parametrize("code", codes())
def test_why_is_a_few_sentences_and_mend_is_one(code: str) -> None:
    text = rule_texts()[code]
    for each in (text.why, text.mend, *([text.shown] if text.shown else [])):
        assert re.match(r"[A-Z0-9]|imagenspec |ignore = ", each), each
        assert each.endswith((".", '."')), each
        assert each.isascii()
        assert "  " not in each
    assert 1 <= len(sentences(text.why)) <= 4
    assert 20 <= len(text.why) <= 330
    assert len(sentences(text.mend)) == 1
    assert len(text.mend) <= 160


@pytest.mark.parametrize("code", codes())
def test_why_says_where_it_only_infers(code: str) -> None:
    row = next(row for row in rows("rule_texts") if row["code"] == code)
    assert row["confidence"] != "inferred" or "infer" in row["why"]


@pytest.mark.parametrize("code", codes())
def test_code_has_both_examples_or_a_sentence_in_their_place(code: str) -> None:
    both = [example_path(code, "bad").exists(), example_path(code, "good").exists()]
    assert both == [code in SHOWN_BY_RECIPES] * 2


def test_few_codes_have_no_examples() -> None:
    assert len(codes()) - len(SHOWN_BY_RECIPES) <= 6
    assert len(SHOWN_BY_RECIPES) > 100


def test_every_file_of_the_examples_belongs_to_a_code() -> None:
    files = {path.name for path in examples_folder().iterdir()}
    assert files == {f"{code}.{kind}{SUFFIX}" for code in SHOWN_BY_RECIPES for kind in ("bad", "good")} | {
        "printed.json"
    }


@pytest.mark.parametrize("code", SHOWN_BY_RECIPES)
def test_bad_example_has_one_finding_and_the_good_one_none(code: str, pictures: Path) -> None:
    assert [finding.code for finding in run_example(pictures, code, "bad")] == [code]
    assert run_example(pictures, code, "good") == ()


@pytest.mark.parametrize("code", SHOWN_BY_RECIPES)
def test_examples_are_short_and_near_each_other(code: str) -> None:
    bad, good = (
        example_path(code, kind).read_bytes().decode("utf-8", errors="replace").splitlines() for kind in ("bad", "good")
    )
    assert 3 <= len(bad) <= 11
    assert 3 <= len(good) <= 11
    changed = [line for line in difflib.ndiff(bad, good) if line[0] in "+-"]
    assert changed or rule_texts()[code].configuration
    assert len(changed) <= 6


def test_examples_are_read_on_the_day_of_the_tests() -> None:
    assert DAY.isoformat() == EXAMPLES_DAY


def test_table_of_what_the_bad_examples_print_is_what_they_print() -> None:
    [(path, text)] = printed_file().items()
    assert path.read_text("utf-8") == text
    assert [row["code"] for row in json.loads(text)["rows"]] == SHOWN_BY_RECIPES


def test_command_line_finds_the_same_in_a_folder_with_all_examples(imagenspec: Imagenspec, tmp_path: Path) -> None:
    project = tmp_path / "all"
    project.mkdir()
    lay_out_pictures(project)
    (project / OWN_FILE).write_text(CONFIGURATION, "utf-8")
    for code in OF_THE_USUAL_DAY:
        for kind in ("bad", "good"):
            shutil.copy(examples_folder() / f"{code}.{kind}{SUFFIX}", project)
    done = imagenspec("lint", "--format", "json", cwd=project)
    assert done.returncode == 1, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    found = [(finding["file"], finding["code"]) for finding in report["findings"]]
    assert found == [(f"{code}.bad{SUFFIX}", code) for code in OF_THE_USUAL_DAY]


def test_good_examples_compile(imagenspec: Imagenspec, tmp_path: Path) -> None:
    project = tmp_path / "good"
    project.mkdir()
    (project / ".git").mkdir()
    lay_out_pictures(project)
    for code in SHOWN_BY_RECIPES:
        shutil.copy(example_path(code, "good"), project)
    done = imagenspec("compile", ".", "--format", "file-refs", "--output", "out/", cwd=project)
    assert done.returncode == 0, done.stderr
    names = {path.name.split(".")[0] for path in (project / "out").iterdir()}
    assert names == set(SHOWN_BY_RECIPES)
