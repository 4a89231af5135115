"""``imagenspec lint`` as a process: discovery, JSON, colour and exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cli_recipes import BROKEN, CUP, INFORMED, WARNED

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

POSITION = {"line", "column"}


@pytest.mark.parametrize(("text", "code"), [(CUP, 0), (INFORMED, 0), (WARNED, 1), (BROKEN, 1), ("\x00", 1)])
def test_exit_code_is_one_with_errors_or_warnings(text: str, code: int, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(text)
    for form in ("text", "json"):
        assert imagenspec("lint", "--format", form).returncode == code


@pytest.mark.parametrize(
    "arguments",
    [["missing.imagen.yaml"], ["--format", "xml"], ["--no-such-option"], ["empty"], ["-", "cup.imagen.yaml"]],
)
def test_wrong_usage_is_two(arguments: list[str], folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / "empty").mkdir()
    done = imagenspec("lint", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr


def test_folder_means_its_recipes_at_every_depth(folder: Path, imagenspec: Imagenspec) -> None:
    names = ["b.imagen.yaml", "a/deep/er/c.imagen.yaml", "a/d.imagen.yaml"]
    others = ["e.yaml", "f.imagen.yml", ".hidden/g.imagen.yaml", "node_modules/h.imagen.yaml", "imagen.yaml"]
    for name in names + others:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(BROKEN)
    report = json.loads(imagenspec("lint", "--format", "json").stdout)
    assert sorted(one["file"] for one in report["findings"]) == sorted(names)
    assert report["summary"]["recipes"] == 3


def test_named_file_may_have_any_name_and_comes_once(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "any name.txt").write_text(BROKEN)
    (folder / "cup.imagen.yaml").write_text(CUP)
    report = json.loads(
        imagenspec("lint", "any name.txt", ".", "./any name.txt", "cup.imagen.yaml", "--format", "json").stdout
    )
    assert report["summary"]["recipes"] == 2
    assert [one["file"] for one in report["findings"]] == ["any name.txt"]


def test_linked_folder_is_not_entered(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / "again").symlink_to(folder)
    assert json.loads(imagenspec("lint", "--format", "json").stdout)["summary"]["recipes"] == 1


def test_found_recipe_that_is_a_link_out_of_the_project_is_refused(folder: Path, imagenspec: Imagenspec) -> None:
    secret = folder.parent / "secret.txt"
    secret.write_text("password: hunter2\n")
    (folder / "cup.imagen.yaml").symlink_to(secret)
    for command in ("lint", "compile"):
        done = imagenspec(command, ".")
        assert done.returncode == 1
        assert b"IMG015" in done.stdout + done.stderr
        assert b"hunter2" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["cup.imagen.yaml", "./cup.imagen.yaml"])
def test_named_recipe_is_not_followed_out_of_the_project_either(
    name: str, folder: Path, imagenspec: Imagenspec
) -> None:
    outside = folder.parent / "cup.txt"
    outside.write_text(CUP)
    (folder / "cup.imagen.yaml").symlink_to(outside)
    done = imagenspec("lint", name)
    assert done.returncode == 1
    assert b"IMG015" in done.stdout


def test_link_to_nothing_is_a_finding_beside_the_other_recipes(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "a.imagen.yaml").symlink_to("nothing.yaml")
    (folder / "b.imagen.yaml").write_text(CUP)
    done = imagenspec("lint", "--format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(one["file"], one["code"]) for one in report["findings"]] == [("a.imagen.yaml", "IMG014")]
    assert report["summary"]["recipes"] == 2


def test_json_has_exactly_the_documented_keys(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP + 'parameters: {seed: "7", seed: 8, sampel_count: 2}\n')
    report = json.loads(imagenspec("lint", "cup.imagen.yaml", "--format", "json").stdout)
    assert list(report) == ["version", "tool", "findings", "recipes", "summary"]
    assert set(report["summary"]) == {"recipes", "errors", "warnings", "infos"}
    assert report["summary"]["errors"] == len(report["findings"]) == 2
    for finding in report["findings"]:
        assert list(finding) == ["file", "code", "name", "severity", "message", "start", "end", "related", "fix"]
        assert set(finding["start"]) == set(finding["end"]) == POSITION
        for related in finding["related"]:
            assert set(related) == {"file", "start", "end", "message"}
    by_code = {finding["code"]: finding for finding in report["findings"]}
    assert by_code["IMG002"]["related"][0]["start"] == {"line": 5, "column": 14}
    assert by_code["IMG002"]["fix"] is None
    fix = by_code["IMG101"]["fix"]
    assert set(fix) == {"title", "safe", "edits"}
    assert [set(edit) for edit in fix["edits"]] == [{"start", "end", "text"}]


def test_json_of_no_findings_is_an_empty_list(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    done = imagenspec("lint", "--format", "json")
    assert json.loads(done.stdout)["findings"] == []
    assert done.stderr == b""


def test_columns_count_code_points(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP.replace("a cup", "\U0001f431\U0001f431 {{ x }}"), "utf-8")
    [finding] = json.loads(imagenspec("lint", "--format", "json").stdout)["findings"]
    assert finding["start"] == {"line": 4, "column": 15}
    assert finding["end"] == {"line": 4, "column": 16}


def test_text_shows_place_sentence_and_carets(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(BROKEN)
    done = imagenspec("lint")
    shown = done.stdout.decode().splitlines()
    assert shown[0].startswith('cup.imagen.yaml:5:1: error[IMG101]: unknown key "colour"')
    assert shown[1].endswith("| colour: blue")
    assert shown[2].endswith("| ^^^^^^")
    assert done.stderr == b"1 recipe checked: 1 error\n"


def test_carets_stand_under_wide_characters(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP.replace("a cup", "一杯 {{ x }}"), "utf-8")
    shown = imagenspec("lint").stdout.decode().splitlines()
    gutter = shown[1].index("|") + 2
    assert shown[1][gutter:] == "prompt: 一杯 {{ x }} of coffee"
    assert shown[2][gutter:] == " " * (len("prompt: ") + 4 + len(" {{ ")) + "^"


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_is_as_the_environment_wants_it(
    variables: dict[str, str], coloured: bool, folder: Path, imagenspec: Imagenspec
) -> None:
    (folder / "cup.imagen.yaml").write_text(BROKEN)
    lint = imagenspec("lint", env=variables)
    assert (b"\x1b[" in lint.stdout) is coloured
    compiled = imagenspec("compile", ".", env=variables)
    assert (b"\x1b[" in compiled.stderr) is coloured


def test_text_of_a_recipe_cannot_steer_the_terminal(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP + '"\\e]0;title\\a": 1\n', "utf-8")
    done = imagenspec("lint")
    assert done.returncode == 1
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"\x07" not in done.stdout + done.stderr


def test_file_over_the_limit_is_one_finding(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_bytes(CUP.encode() + b"#" * 10_000_001)
    [finding] = json.loads(imagenspec("lint", "--format", "json").stdout)["findings"]
    assert finding["code"] == "IMG008"
