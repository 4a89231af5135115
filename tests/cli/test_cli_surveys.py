"""``imagenspec lint`` over many recipes: calendar, grades, the line at the end, the day, and whole projects."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from cli_recipes import BROKEN, CUP, INFORMED, UPSCALE, WARNED
from environment import CHECKOUT, clean_environment
from pinned import CONFIGURATION

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

SEEDED = f"{CUP}parameters: {{seed: 7, add_watermark: false, enhance_prompt: false}}\n"
FAST = CUP.replace("4.0-generate", "4.0-fast-generate")
TRY_ON = """\
imagenspec: 1
task: try_on
model: virtual-try-on-001
person: cup.png
products: [cup.png]
"""
SEVERAL_MODELS = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a cup
matrix: {model: [imagen-4.0-fast-generate-001, imagen-9]}
"""


def write(folder: Path, recipes: dict[str, str]) -> None:
    for name, text in recipes.items():
        path = folder / f"{name}.imagen.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def calendar(imagenspec: Imagenspec, *arguments: str) -> dict[str, Any]:
    done = imagenspec("lint", "--calendar", "--format", "json", *arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_calendar_is_a_row_for_each_model_the_first_to_end_first(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"b": CUP, "a/a": CUP, "fast": FAST, "try": TRY_ON, "up": UPSCALE, "several": SEVERAL_MODELS})
    report = calendar(imagenspec, "--as-of", "2026-04-01")
    assert list(report) == ["as_of", "models"]
    assert report["as_of"] == "2026-04-01"
    fast, usual, try_on, upscale, unknown = report["models"]
    assert fast == {
        "model": "imagen-4.0-fast-generate-001",
        "state": "deprecated",
        "deprecated": "2026-03-24",
        "retires": "2026-06-30",
        "successor": "gemini-2.5-flash-image",
        "recipes": ["fast.imagen.yaml", "several.imagen.yaml"],
    }
    assert (usual["model"], usual["recipes"]) == ("imagen-4.0-generate-001", ["b.imagen.yaml", "a/a.imagen.yaml"])
    assert (try_on["model"], try_on["state"], try_on["successor"]) == ("virtual-try-on-001", "alive", None)
    assert (upscale["model"], upscale["state"], upscale["retires"]) == (
        "imagen-4.0-upscale-preview",
        "no end announced",
        None,
    )
    assert unknown == {
        "model": "imagen-9",
        "state": "unknown",
        "deprecated": None,
        "retires": None,
        "successor": None,
        "recipes": ["several.imagen.yaml"],
    }


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2026-03-23", "alive"),
        ("2026-03-24", "deprecated"),
        ("2026-06-29", "deprecated"),
        ("2026-06-30", "retired"),
        ("2030-01-01", "retired"),
    ],
)
def test_state_of_a_model_is_that_of_the_day(day: str, state: str, folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"cup": CUP})
    report = calendar(imagenspec, "--as-of", day)
    assert (report["as_of"], report["models"][0]["state"]) == (day, state)


def test_calendar_without_a_day_is_that_of_today(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / ".imagenspec.toml").unlink()
    write(folder, {"cup": CUP})
    before = date.today().isoformat()  # noqa: DTZ011 - the program's own idea of today
    assert before <= calendar(imagenspec)["as_of"] <= date.today().isoformat()  # noqa: DTZ011


def test_calendar_as_text_shows_dates_state_and_some_recipes(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {**dict.fromkeys("abcde", CUP), "up": UPSCALE})
    done = imagenspec("lint", "--calendar", "--as-of", "2026-04-01")
    head, usual, upscale = (line.split("  ") for line in done.stdout.decode().splitlines())
    assert [cell.strip() for cell in head if cell] == [
        "retires",
        "deprecated",
        "model",
        "on 2026-04-01",
        "successor",
        "recipes",
    ]
    assert [cell.strip() for cell in usual if cell] == [
        "2026-06-30",
        "2026-03-24",
        "imagen-4.0-generate-001",
        "deprecated",
        "gemini-2.5-flash-image",
        "5: a.imagen.yaml, b.imagen.yaml, c.imagen.yaml and 2 more",
    ]
    assert [cell.strip() for cell in upscale if cell.strip()] == [
        "-",
        "-",
        "imagen-4.0-upscale-preview",
        "no end announced",
        "-",
        "1: up.imagen.yaml",
    ]
    assert done.returncode == 0
    assert done.stderr.startswith(b"6 recipes checked: ")


def test_calendar_counts_recipes_with_errors_but_not_what_is_no_recipe(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"broken": BROKEN, "nothing": "just words\n", "unparsed": "a: [\n"})
    assert [row["recipes"] for row in calendar(imagenspec)["models"]] == [["broken.imagen.yaml"]]


@pytest.mark.parametrize("option", ["--calendar", "--grades"])
def test_table_cannot_steer_the_terminal(option: str, folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"cup": CUP.replace("imagen-4.0-generate-001", '"\\e]0;title\\a"'), "\x1b]0;title\x07": CUP})
    done = imagenspec("lint", option)
    assert b"cup.imagen.yaml" in done.stdout
    assert not {0x1B, 0x07} & {*done.stdout, *done.stderr}


@pytest.mark.parametrize("option", ["--calendar", "--grades"])
@pytest.mark.parametrize("form", ["sarif", "github", "gitlab", "junit"])
def test_tables_are_text_or_json(option: str, form: str, folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"cup": CUP})
    done = imagenspec("lint", option, "--format", form)
    assert (done.returncode, done.stdout) == (2, b"")
    assert form.encode() in done.stderr


def test_one_table_at_a_time(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"cup": CUP})
    for pair in (["--calendar", "--grades"], ["--grades", "--statistics"], ["--statistics", "--calendar"]):
        done = imagenspec("lint", *pair)
        assert (done.returncode, done.stdout) == (2, b"")
        assert all(option.encode() in done.stderr for option in pair)


@pytest.mark.parametrize("option", ["--calendar", "--grades"])
def test_table_may_go_into_a_file(option: str, folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"cup": CUP})
    printed = imagenspec("lint", option, "--format", "json", "--as-of", "2026-01-15").stdout
    done = imagenspec("lint", option, "--format", "json", "--as-of", "2026-01-15", "-o", "table.json")
    assert (done.returncode, done.stdout) == (0, b"")
    assert (folder / "table.json").read_bytes() == printed


GRADES = {
    "A": ("{seed: 7, add_watermark: false, enhance_prompt: false}", "the seed holds"),
    "B": (
        "{seed: 7, add_watermark: false, enhance_prompt: false, language: auto}",
        "the seed holds, but the service guesses the prompt's language",
    ),
    "C": (
        "{seed: 7, add_watermark: false, language: auto}",
        "the prompt enhancer is on, so that the seed has no effect",
    ),
    "D": ("{enhance_prompt: false}", "no seed"),
}
AXES = {
    "A": "parameters.seed: [1, 2]",
    "B": "parameters.language: [en, auto]",
    "C": "parameters.enhance_prompt: [false, true]",
}
"""An axis that makes the last of the cases of a recipe with grade A worse."""


def grades(imagenspec: Imagenspec, *arguments: str) -> list[tuple[str, str | None, str]]:
    done = imagenspec("lint", "--grades", "--format", "json", *arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    rows = json.loads(done.stdout)["recipes"]
    assert all(list(row) == ["file", "grade", "why"] for row in rows)
    return [(row["file"], row["grade"], row["why"]) for row in rows]


def test_each_grade_says_what_weakens_the_seed(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {grade: f"{CUP}parameters: {parameters}\n" for grade, (parameters, _) in GRADES.items()})
    assert grades(imagenspec) == [(f"{grade}.imagen.yaml", grade, why) for grade, (_, why) in GRADES.items()]
    text = imagenspec("lint", "--grades")
    rows = [line.split(None, 2) for line in text.stdout.decode().splitlines()]
    assert rows == [
        ["grade", "recipe", "why"],
        *([grade, f"{grade}.imagen.yaml", why] for grade, (_, why) in GRADES.items()),
    ]
    assert text.stderr.rstrip().endswith(b"; reproducibility 1 A, 1 B, 1 C, 1 D")


def test_a_matrix_has_the_grade_of_its_worst_case(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {grade: f"{SEEDED}matrix: {{{axis}}}\n" for grade, axis in AXES.items()})
    write(folder, {"D": f"{SEEDED}matrix: {{{AXES['B']}, {AXES['C']}}}\n".replace("seed: 7, ", "")})
    write(folder, {"worst-first": f"{SEEDED}matrix: {{parameters.language: [auto, en]}}\n"})
    write(folder, {"both": f"{SEEDED}matrix: {{{AXES['B']}, {AXES['C']}}}\n"})
    expected = {**{f"{grade}.imagen.yaml": grade for grade in "ABCD"}, "worst-first.imagen.yaml": "B"}
    expected["both.imagen.yaml"] = "C"
    assert {name: grade for name, grade, _ in grades(imagenspec)} == expected


def test_enhancer_that_the_model_lacks_weakens_nothing(folder: Path, imagenspec: Imagenspec) -> None:
    seeded = f"{CUP}parameters: {{seed: 7, add_watermark: false}}\n"
    write(folder, {"has": seeded, "lacks": seeded.replace("imagen-4.0-generate-001", "imagen-3.0-fast-generate-001")})
    assert [grade for _, grade, _ in grades(imagenspec)] == ["C", "A"]


def test_tasks_without_seeds_have_no_grade(folder: Path, imagenspec: Imagenspec) -> None:
    segment = "imagenspec: 1\ntask: segment\nmodel: image-segmentation-001\nimage: cup.png\n"
    write(folder, {"up": UPSCALE, "segment": segment})
    assert grades(imagenspec) == [
        ("segment.imagen.yaml", None, "the task has no seed"),
        ("up.imagen.yaml", None, "the task has no seed"),
    ]
    text = imagenspec("lint", "--grades")
    assert [line.split()[0] for line in text.stdout.decode().splitlines()] == ["grade", "-", "-"]
    assert b"reproducibility" not in text.stderr


def test_a_recipe_with_errors_has_no_grade(folder: Path, imagenspec: Imagenspec) -> None:
    quoted = f'{CUP}parameters: {{seed: "7", add_watermark: false, enhance_prompt: false}}\n'
    write(folder, {"quoted": quoted, "seeded": SEEDED})
    assert grades(imagenspec) == [
        ("quoted.imagen.yaml", None, "the recipe has errors"),
        ("seeded.imagen.yaml", "A", "the seed holds"),
    ]
    report = json.loads(imagenspec("lint", "--format", "json").stdout)
    assert [one["grade"] for one in report["recipes"]] == [None, "A"]
    both = b"2 recipes checked: 1 error; reproducibility 1 A\n"
    assert [imagenspec("lint").stderr for _ in range(2)] == [both, both]
    assert imagenspec("lint", "quoted.imagen.yaml").stderr == b"1 recipe checked: 1 error\n"


def test_what_is_no_recipe_has_no_grade(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"nothing": "just words\n", "unparsed": "a: [\n", "unknown": CUP.replace("generate", "paint", 1)})
    write(folder, {"cup": CUP})
    assert [name for name, _, _ in grades(imagenspec)] == ["cup.imagen.yaml"]


@pytest.mark.parametrize(
    ("recipes", "line"),
    [
        ({"a": CUP}, "1 recipe checked: no findings; reproducibility D: no seed"),
        ({"a": SEEDED}, "1 recipe checked: no findings; reproducibility A: the seed holds"),
        ({"a": UPSCALE}, "1 recipe checked: no findings"),
        ({"a": "just words\n"}, "1 recipe checked: 1 error"),
        ({"a": CUP, "b": UPSCALE}, "2 recipes checked: no findings; reproducibility 1 D"),
        (
            {"a": BROKEN, "b": WARNED, "c": INFORMED, "d": BROKEN, "e": SEEDED},
            "5 recipes checked: 2 errors, 1 warning, 1 info; reproducibility 1 A, 2 D",
        ),
    ],
)
def test_line_at_the_end_counts_findings_and_grades(
    recipes: dict[str, str], line: str, folder: Path, imagenspec: Imagenspec
) -> None:
    write(folder, recipes)
    for form in ("text", "concise", "github"):
        assert imagenspec("lint", "--format", form).stderr.decode() == f"{line}\n"
    for form in ("json", "sarif", "gitlab", "junit"):
        assert imagenspec("lint", "--format", form).stderr == b""


def codes(imagenspec: Imagenspec, *arguments: str, stdin: bytes = b"") -> list[str]:
    done = imagenspec("lint", "--format", "json", *arguments, stdin=stdin)
    return [one["code"] for one in json.loads(done.stdout)["findings"]]


def test_day_of_the_command_line_beats_that_of_the_configuration(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"cup": CUP})
    assert codes(imagenspec) == []
    assert codes(imagenspec, "--as-of", "2026-04-01") == ["IMG203"]
    assert codes(imagenspec, "--as-of", "2026-06-30") == ["IMG204"]
    assert codes(imagenspec, "-", "--as-of", "2026-06-30", stdin=CUP.encode()) == ["IMG204"]
    (folder / ".imagenspec.toml").write_text("as_of = 2026-12-01\n")
    assert codes(imagenspec) == ["IMG204"]
    assert codes(imagenspec, "--as-of", "2026-01-15") == []


def test_each_project_of_a_run_has_its_own_day_unless_one_is_given(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"now/cup": CUP, "later/cup": CUP})
    (folder / "later" / ".imagenspec.toml").write_text("as_of = 2026-04-01\n")
    assert codes(imagenspec, "now", "later") == ["IMG203"]
    assert codes(imagenspec, "now", "later", "--as-of", "2026-04-01") == ["IMG203"] * 2


@pytest.mark.parametrize(
    "day", ["2026-13-01", "2026-02-30", "tomorrow", "", "01.12.2026", "2026-1-5", "2026-01-15T00:00", "\x1b[31m"]
)
def test_what_is_no_day_is_wrong_usage(day: str, folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"cup": CUP})
    done = imagenspec("lint", "--as-of", day)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--as-of takes a day such as 20" in done.stderr
    assert b"\x1b" not in done.stderr


def project_report(imagenspec: Imagenspec, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = imagenspec("lint", "--project", "--format", "json", *arguments)
    return done.returncode, json.loads(done.stdout)


def test_findings_about_a_project_count_but_are_no_recipes(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"cup": CUP, "Cup": CUP})
    (folder / "mug.imagen.yml").write_text(CUP)
    (folder / ".imagenspec.toml").write_text(f'{CONFIGURATION}ignore = ["IMG301"]\n')
    code, report = project_report(imagenspec)
    found = {one["code"]: (one["file"], one["severity"]) for one in report["findings"]}
    assert set(found) == {"IMG801", "IMG802", "IMG905"}
    assert code == 1
    assert report["summary"]["recipes"] == len(report["recipes"]) == 2
    assert sum(report["summary"][f"{one}s"] for one in ("error", "warning", "info")) == 3
    text = imagenspec("lint", "--project")
    assert text.returncode == 1
    assert text.stderr.startswith(b"2 recipes checked: ")
    assert text.stderr.rstrip().endswith(b"; reproducibility 2 D")
    statistics = imagenspec("lint", "--project", "--statistics").stdout.decode()
    assert sorted(line.split()[1] for line in statistics.splitlines()[1:]) == ["IMG801", "IMG802", "IMG905"]


def test_findings_about_a_project_come_after_those_of_its_recipes(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"a": BROKEN, "z": BROKEN})
    (folder / "b.imagen.yml").write_text(CUP)
    _, report = project_report(imagenspec)
    assert [one["code"] for one in report["findings"]] == ["IMG101", "IMG101", "IMG802"]


def test_tables_of_a_project_have_only_its_recipes(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"cup": CUP})
    (folder / "mug.imagen.yml").write_text(FAST)
    assert grades(imagenspec, "--project") == [("cup.imagen.yaml", "D", "no seed")]
    assert [row["recipes"] for row in calendar(imagenspec, "--project")["models"]] == [["cup.imagen.yaml"]]


@pytest.mark.parametrize("paths", [["a", "b"], ["a/cup.imagen.yaml"], ["-"], ["a", "a/cup.imagen.yaml"], ["nowhere"]])
def test_a_project_is_one_folder_with_recipes(paths: list[str], folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"a/cup": CUP, "b/cup": CUP})
    done = imagenspec("lint", "--project", *paths, stdin=CUP.encode())
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr


def test_a_project_may_be_named_or_be_the_working_folder(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, {"shots/cup": CUP})
    (folder / "shots" / "mug.imagen.yml").write_text(CUP)
    for arguments, cwd in ((["shots"], folder), ([], folder / "shots"), (["."], folder / "shots")):
        done = imagenspec("lint", "--project", "--format", "json", *arguments, cwd=cwd)
        assert [one["code"] for one in json.loads(done.stdout)["findings"]] == ["IMG802"]


WRITTEN = "2026-11-21"
"""The day for which the configuration beside the recipes was written: models are retired, one is deprecated."""


def test_the_recipes_of_the_checkout_are_a_clean_project(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(CHECKOUT / "recipes", checkout / "recipes")
    (checkout / ".git").mkdir()
    for root in (CHECKOUT, checkout):
        done = subprocess.run(
            [sys.executable, "-m", "imagenspec", "lint", "recipes", "--project", "--as-of", WRITTEN],
            cwd=root,
            env=clean_environment(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, b""), done.stdout.decode()
        assert b": no findings;" in done.stderr
