"""``imagenspec compile`` as a process: what is written where, and with which exit code."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from cli_recipes import BROKEN, CUP, CUP_BODY, INFORMED, SEASONS, UPSCALE, WARNED, upscale

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_one_request_is_printed_as_it_is(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    done = imagenspec("compile", "cup.imagen.yaml")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == CUP_BODY


def test_several_requests_are_json_lines(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "seasons.imagen.yaml").write_text(SEASONS)
    for form in ("request", "file-refs"):
        done = imagenspec("compile", "seasons.imagen.yaml", "--format", form)
        prompts = [json.loads(line)["instances"][0]["prompt"] for line in done.stdout.splitlines()]
        assert prompts == ["a cup in spring", "a cup in autumn"]


def test_standard_input_is_a_recipe(imagenspec: Imagenspec) -> None:
    done = imagenspec("compile", "-", stdin=CUP.encode())
    assert json.loads(done.stdout) == CUP_BODY


def test_images_of_standard_input_are_relative_to_its_file_name(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "pictures").mkdir()
    shutil.move(folder / "cup.png", folder / "pictures" / "cup.png")
    assert imagenspec("compile", "-", stdin=UPSCALE.encode()).returncode == 1
    done = imagenspec("compile", "-", "--stdin-filename", "pictures/new.imagen.yaml", stdin=UPSCALE.encode())
    assert done.returncode == 0
    assert b"bytesBase64Encoded" in done.stdout


def test_findings_of_standard_input_carry_its_file_name(imagenspec: Imagenspec) -> None:
    done = imagenspec("compile", "-", "--stdin-filename", "a/b.imagen.yaml", stdin=BROKEN.encode())
    assert done.returncode == 1
    assert done.stderr.startswith(b"a/b.imagen.yaml:5:1: error[IMG101]")


def test_standard_input_stands_alone(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    assert imagenspec("compile", "-", "cup.imagen.yaml", stdin=CUP.encode()).returncode == 2


@pytest.mark.parametrize(
    ("text", "code"), [(CUP, 0), (INFORMED, 0), (WARNED, 0), (BROKEN, 1), ("not a recipe\n", 1), ("", 1)]
)
def test_only_errors_keep_a_recipe_from_being_compiled(
    text: str, code: int, folder: Path, imagenspec: Imagenspec
) -> None:
    (folder / "cup.imagen.yaml").write_text(text)
    done = imagenspec("compile", "cup.imagen.yaml")
    assert done.returncode == code
    assert bool(done.stdout) is (code == 0)
    assert bool(done.stderr) is (text != CUP)


def test_other_recipes_are_compiled_beside_a_broken_one(folder: Path, imagenspec: Imagenspec) -> None:
    for name, text in (("a", CUP), ("b", BROKEN), ("c", upscale("missing.png")), ("d", UPSCALE), ("e", "[")):
        (folder / f"{name}.imagen.yaml").write_text(text)
    done = imagenspec("compile", ".", "-o", "out/")
    assert done.returncode == 1
    assert files(folder / "out") == ["a.json", "d.json"]
    for code in (b"IMG101", b"IMG501", b"IMG001"):
        assert done.stderr.count(code) == 1
    printed = imagenspec("compile", ".")
    assert len(printed.stdout.splitlines()) == 2


def test_output_to_a_file_is_the_body_alone(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    done = imagenspec("compile", "cup.imagen.yaml", "-o", "deep/er/cup.json")
    assert (done.returncode, done.stdout) == (0, b"")
    assert json.loads((folder / "deep/er/cup.json").read_bytes()) == CUP_BODY
    assert files(folder / "deep") == ["er/cup.json"]


def test_output_file_of_several_requests_is_json_lines(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "seasons.imagen.yaml").write_text(SEASONS)
    assert imagenspec("compile", "seasons.imagen.yaml", "-o", "all.jsonl").returncode == 0
    assert len((folder / "all.jsonl").read_text().splitlines()) == 2


def test_output_folder_names_files_by_recipe_and_case(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "seasons.imagen.yaml").write_text(SEASONS)
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / "any-name.yml").write_text(CUP)
    assert imagenspec("compile", ".", "any-name.yml", "-o", "out/").returncode == 0
    assert files(folder / "out") == [
        "any-name.json",
        "cup.json",
        "sub/seasons.season=autumn.json",
        "sub/seasons.season=spring.json",
    ]


@pytest.mark.parametrize(
    ("form", "ending"),
    [("request", "json"), ("file-refs", "json"), ("curl", "sh"), ("powershell", "ps1"), ("http", "http")],
)
def test_ending_of_output_files_tells_their_form(form: str, ending: str, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    assert imagenspec("compile", "cup.imagen.yaml", "-o", "out/", "--format", form).returncode == 0
    assert files(folder / "out") == [f"cup.{ending}"]


def test_existing_folder_needs_no_slash(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / "out").mkdir()
    assert imagenspec("compile", "cup.imagen.yaml", "-o", "out").returncode == 0
    assert files(folder / "out") == ["cup.json"]


def test_two_recipes_of_one_name_are_not_written_over_each_other(folder: Path, imagenspec: Imagenspec) -> None:
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "cup.imagen.yaml").write_text(CUP)
    done = imagenspec("compile", "a/cup.imagen.yaml", "b/cup.imagen.yaml", "-o", "out/")
    assert done.returncode == 2
    assert b"a/cup.imagen.yaml" in done.stderr
    assert imagenspec("compile", "a", "b/cup.imagen.yaml", "-o", "other/").returncode == 2


@pytest.mark.parametrize(
    "output", ["cup.imagen.yaml", "./sub/../cup.imagen.yaml", "new.imagen.yaml", "plain.yml", "link"]
)
def test_recipe_is_never_written_over(output: str, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "sub").mkdir()
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / "plain.yml").write_text(CUP)
    (folder / "link").symlink_to("plain.yml")
    done = imagenspec("compile", "cup.imagen.yaml", "plain.yml", "-o", output)
    assert done.returncode == 2
    assert (folder / "cup.imagen.yaml").read_text() == CUP
    assert (folder / "plain.yml").read_text() == CUP
    assert not (folder / "new.imagen.yaml").exists()


def test_recipe_of_a_folder_is_never_written_over_by_a_request(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.json").write_text(CUP)
    done = imagenspec("compile", "cup.json", "-o", "./")
    assert done.returncode == 2
    assert (folder / "cup.json").read_text() == CUP


def test_old_output_is_kept_when_the_recipe_is_broken(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(BROKEN)
    (folder / "cup.json").write_text("old")
    assert imagenspec("compile", "cup.imagen.yaml", "-o", "cup.json").returncode == 1
    assert (folder / "cup.json").read_text() == "old"


def test_output_that_cannot_be_written_is_the_machines_failure(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / "file").write_text("")
    done = imagenspec("compile", "cup.imagen.yaml", "-o", "file/cup.json")
    assert done.returncode == 3
    assert b"cannot be written" in done.stderr
    assert b"bug" not in done.stderr


def test_case_chooses(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "seasons.imagen.yaml").write_text(SEASONS)
    done = imagenspec("compile", "seasons.imagen.yaml", "--case", "season=autumn")
    assert json.loads(done.stdout)["instances"][0]["prompt"] == "a cup in autumn"


def test_unknown_case_is_wrong_usage_with_a_suggestion(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "seasons.imagen.yaml").write_text(SEASONS)
    done = imagenspec("compile", "seasons.imagen.yaml", "--case", "season=autum", "-o", "out/")
    assert done.returncode == 2
    assert b'did you mean "season=autumn"?' in done.stderr
    assert not (folder / "out").exists()


def test_var_overrides_a_default_and_an_axis_overrides_var(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "seasons.imagen.yaml").write_text(SEASONS)
    done = imagenspec("compile", "seasons.imagen.yaml", "--var", "thing=mug = {{ x }}", "--case", "season=spring")
    assert json.loads(done.stdout)["instances"][0]["prompt"] == "a mug = {{ x }} in spring"


@pytest.mark.parametrize("value", ["thing", "=mug", "a b=mug", "thin=mug"])
def test_wrong_var_is_wrong_usage(value: str, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "seasons.imagen.yaml").write_text(SEASONS)
    done = imagenspec("compile", "seasons.imagen.yaml", "--var", value)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--var" in done.stderr


def test_unchecked_compiles_what_the_shape_allows_and_says_so(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(BROKEN + "parameters: {seed: 7, sample_count: 99}\n")
    done = imagenspec("compile", "cup.imagen.yaml", "--unchecked")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {**CUP_BODY, "parameters": {"seed": 7}}
    assert b"unchecked" in done.stderr


def test_unchecked_never_reads_outside_the_project(folder: Path, imagenspec: Imagenspec) -> None:
    shutil.copy(folder / "cup.png", folder.parent / "secret.png")
    (folder / "cup.imagen.yaml").write_text(upscale("../secret.png"))
    done = imagenspec("compile", "cup.imagen.yaml", "--unchecked")
    assert (done.returncode, done.stdout) == (1, b"")


def test_more_cases_than_allowed_need_the_option(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "seasons.imagen.yaml").write_text(SEASONS)
    assert imagenspec("compile", "seasons.imagen.yaml", "--max-cases", "1").returncode == 1
    assert imagenspec("compile", "seasons.imagen.yaml", "--max-cases", "2").returncode == 0


def test_reader_that_goes_away_is_no_bug(folder: Path) -> None:
    (folder / "many.imagen.yaml").write_text(SEASONS.replace("season: [spring, autumn]", "season: 1..9000"))
    command: list[Any] = [sys.executable, "-m", "imagenspec", "compile", "many.imagen.yaml"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"bug" not in process.stderr.read()


def test_terminal_gets_file_references_and_a_pipe_the_body(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(UPSCALE)
    ours, theirs = pty.openpty()
    command: list[Any] = [sys.executable, "-m", "imagenspec", "compile", "cup.imagen.yaml"]
    with subprocess.Popen(command, cwd=folder, stdout=theirs) as process:
        assert process.wait(60) == 0
    os.close(theirs)
    shown = json.loads(os.read(ours, 65536))
    os.close(ours)
    assert shown["instances"][0]["image"]["bytesBase64Encoded"]["$file"] == "cup.png"
    piped = json.loads(imagenspec("compile", "cup.imagen.yaml").stdout)
    assert isinstance(piped["instances"][0]["image"]["bytesBase64Encoded"], str)
