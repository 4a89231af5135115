"""What a stranger's repository may try against the command line, and against what it prints and writes."""

from __future__ import annotations

import json
import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest
from cli_recipes import CUP, upscale

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

STEERING = 'imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\nprompt: "a\\x9b31m\\u202e\\x7f b"\n'


def test_configuration_that_is_no_file_is_wrong_usage(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / ".imagenspec.toml").unlink()
    os.mkfifo(folder / ".imagenspec.toml")
    done = imagenspec("lint", ".")
    assert done.returncode == 2
    assert b".imagenspec.toml" in done.stderr


@pytest.mark.parametrize("text", ['image_roots = ["a\\u0000b"]\n', "a = " + "[" * 5000 + "\n"])
def test_configuration_that_cannot_be_meant_is_wrong_usage(text: str, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / ".imagenspec.toml").write_text(text)
    assert imagenspec("lint", ".").returncode == 2


def test_file_name_that_is_not_utf8_leaves_json_valid(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / os.fsdecode(b"y\xff.imagen.yaml")).write_text("bad: [")
    done = imagenspec("lint", ".", "--format", "json")
    assert done.returncode == 1
    assert [one["code"] for one in json.loads(done.stdout.decode("utf-8"))["findings"]] == ["IMG001"]


@pytest.mark.parametrize("form", ["request", "file-refs", "curl", "powershell", "http"])
def test_no_form_prints_characters_that_steer_a_terminal(form: str, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(STEERING)
    shown = imagenspec("compile", "cup.imagen.yaml", "--format", form).stdout.decode()
    assert not set(shown) & set("\x9b\u202e\x7f")
    assert "u202e" in shown


def test_braces_in_a_prompt_are_no_variables_of_an_editor(folder: Path, imagenspec: Imagenspec) -> None:
    recipe = CUP + "vars: {x: '{{$processEnv SECRET}}'}\n"
    (folder / "cup.imagen.yaml").write_text(recipe.replace("prompt: ", "prompt: '{{ x }} ' # "))
    shown = imagenspec("compile", "cup.imagen.yaml", "--format", "http").stdout.decode()
    head, body = shown.split("\n\n", 1)
    assert "{{" not in body
    assert json.loads(body)["instances"][0]["prompt"] == "{{$processEnv SECRET}} "
    assert f"Content-Length: {len(body.rstrip().encode())}" in head


def test_several_requests_for_an_editor_are_kept_apart(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP + "matrix: {parameters.sample_count: [1, 2]}\n")
    shown = imagenspec("compile", "cup.imagen.yaml", "--format", "http").stdout.decode()
    assert [part.split()[0] for part in shown.split("\n###\n")] == ["POST", "POST"]


def test_pipe_is_written_and_stays_a_pipe(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert imagenspec("compile", "cup.imagen.yaml", "-o", "pipe").returncode == 0
    reader.join()
    assert json.loads(read[0])["instances"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_image_of_the_recipe_is_never_written_over(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(upscale("cup.png"))
    before = (folder / "cup.png").read_bytes()
    assert imagenspec("compile", "cup.imagen.yaml", "-o", "cup.png").returncode == 2
    assert (folder / "cup.png").read_bytes() == before


def test_folder_that_is_a_link_does_not_lead_the_output_away(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "in" / "sub").mkdir(parents=True)
    (folder / "in" / "sub" / "settings.imagen.yaml").write_text(CUP)
    (folder / "victim").mkdir()
    (folder / "out").mkdir()
    (folder / "out" / "sub").symlink_to(folder / "victim")
    assert imagenspec("compile", "in", "-o", "out/").returncode == 2
    assert list((folder / "victim").iterdir()) == []


def test_base64_below_raw_is_only_counted(folder: Path, imagenspec: Imagenspec) -> None:
    long = "QUJD" * 200
    raw = json.dumps({"instance": {"x": f"data:image/png;base64,{long}", "y": f"{long} ", long: 1}})
    (folder / "cup.imagen.yaml").write_text(f"{CUP}raw: {raw}\n")
    done = imagenspec("compile", "cup.imagen.yaml", "--format", "file-refs")
    assert done.returncode == 0
    assert long[:200].encode() not in done.stdout + done.stderr


def test_text_that_starts_like_a_picture_is_no_picture(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "secret.png").write_text("BMW_SECRET=hunter2 and so on and so on\n")
    (folder / "cup.imagen.yaml").write_text(upscale("secret.png"))
    done = imagenspec("compile", "cup.imagen.yaml")
    assert done.returncode == 1
    assert b"IMG505" in done.stderr
    assert done.stdout == b""


def test_half_of_a_surrogate_pair_is_a_finding(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP + 'x-colon: [a:b]\ndescription: "\\ud800"\n')
    done = imagenspec("lint", "cup.imagen.yaml", "--format", "json")
    assert [one["code"] for one in json.loads(done.stdout)["findings"]] == ["IMG001"]
