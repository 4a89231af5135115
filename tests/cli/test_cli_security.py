"""What a recipe from a stranger cannot do."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from cli_recipes import CUP, SEASONS, upscale

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

LONG_BASE64 = re.compile(rb"[A-Za-z0-9+/]{201,}")
NOISE = base64.b64encode(hashlib.shake_256(b"noise").digest(6000)).decode()
WORD = NOISE.translate({43: 95, 47: 95, 61: 95})
"""Noise as the name of something."""

INJECTIONS = [
    'x"; touch hacked; "',
    "x$(touch hacked)",
    "x`touch hacked`",
    "x\nEOF\ntouch hacked\n",
    "x'; touch hacked; '",
    "../../../../v1/projects/victim/secrets:read",
    "x?key=1#",
    "\u201d; touch hacked; \u201c",
    "@evil.example/",
]


def run_curl_script(script: bytes, folder: Path) -> str:
    """Run a script with programs that only tell how they were called, and return the URL of ``curl``."""
    programs = folder / "bin"
    programs.mkdir()
    for name, does in (("gcloud", "echo TOKEN"), ("curl", 'for word in "$@"; do last=$word; done; echo "$last" > url')):
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-eu"], input=script, cwd=folder, env={"PATH": path}, check=True, capture_output=True)
    return (folder / "url").read_text().rstrip("\n")


@pytest.mark.parametrize("words", INJECTIONS)
def test_model_cannot_inject_into_a_command(words: str, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP.replace("imagen-4.0-generate-001", json.dumps(words)))
    place = ("--project", "shop", "--location", "us-central1")
    for form in ("powershell", "http"):
        text = imagenspec("compile", "cup.imagen.yaml", "--format", form, *place).stdout.decode()
        urls = re.findall(r"https://us-central1-aiplatform\.googleapis\.com/\S*", text)
        for found in urls:
            assert re.fullmatch(r"[A-Za-z0-9:/._~@%-]*:predict\"?", found), found
            assert found.split("/models/")[1].count("/") == 0
    script = imagenspec("compile", "cup.imagen.yaml", "--format", "curl", *place).stdout
    if script:
        url = run_curl_script(script, folder)
        assert url.startswith("https://us-central1-aiplatform.googleapis.com/v1/projects/shop/locations/us-central1/")
        assert url.endswith(":predict")
    assert not (folder / "hacked").exists()


@pytest.mark.parametrize("words", INJECTIONS)
def test_texts_cannot_inject_into_a_command(words: str, folder: Path, imagenspec: Imagenspec) -> None:
    text = CUP.replace("a cup of coffee", json.dumps(words)) + f"labels: {{{json.dumps(words)}: {json.dumps(words)}}}\n"
    (folder / "cup.imagen.yaml").write_text(text)
    script = imagenspec("compile", "cup.imagen.yaml", "--format", "curl").stdout
    assert script
    run_curl_script(script, folder)
    assert not (folder / "hacked").exists()
    sent = json.loads((folder / "request.json").read_bytes())
    assert sent["instances"][0]["prompt"] == words
    assert sent["labels"] == {words: words}


def test_powershell_string_cannot_be_ended_by_a_text(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP.replace("a cup of coffee", json.dumps("a\n'@\nwhoami #")))
    script = imagenspec("compile", "cup.imagen.yaml", "--format", "powershell").stdout.decode()
    ends = [number for number, line in enumerate(script.splitlines()) if line.startswith("'@")]
    assert ends == [2]


@pytest.mark.parametrize("option", ["--project", "--location"])
@pytest.mark.parametrize("words", INJECTIONS)
def test_project_and_location_cannot_inject(option: str, words: str, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    done = imagenspec("compile", "cup.imagen.yaml", "--format", "curl", option, words)
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize("value", ["../../evil", "a/b", "..", "CON\x00", "/etc/passwd", "x" * 300, "\u202e", ""])
def test_case_cannot_choose_where_its_file_goes(value: str, folder: Path, imagenspec: Imagenspec) -> None:
    recipe = SEASONS.replace("[spring, autumn]", f"[{json.dumps(value)}]")
    (folder / "seasons.imagen.yaml").write_text(recipe)
    before = {path for path in folder.parent.rglob("*") if path.is_file()}
    done = imagenspec("compile", "seasons.imagen.yaml", "-o", "out/", "--format", "file-refs")
    written = {path for path in folder.parent.rglob("*") if path.is_file()} - before
    assert [path.parent for path in written] == [folder / "out"] * len(written)
    assert len(written) == (1 if done.returncode == 0 else 0)


def test_files_outside_cannot_be_asked_for_by_their_content_or_name(folder: Path, imagenspec: Imagenspec) -> None:
    secret = folder.parent / "credentials.json"
    secret.write_text('{"private_key": "hunter2"}')
    for image in ("../credentials.json", "../credentials.jso", str(secret), f"file://{secret}"):
        (folder / "cup.imagen.yaml").write_text(upscale(image))
        for arguments in (("lint",), ("lint", "--format", "json"), ("compile", ".", "--unchecked")):
            done = imagenspec(*arguments)
            shown = done.stdout + done.stderr
            assert done.returncode == 1
            assert b"hunter2" not in shown
            assert b"did you mean" not in shown


HEAVY = {
    "image": upscale(f'"data:image/png;base64,{NOISE}"'),
    "prompt of the wrong type": CUP.replace("prompt: a cup of coffee", f"prompt: [{NOISE}]"),
    "value": CUP + f"parameters: {{seed: {NOISE}}}\n",
    "key": CUP + f"{NOISE}: 1\n",
    "key written twice": CUP + f"x-{NOISE}: 1\nx-{NOISE}: 2\n",
    "raw": CUP + f"raw: {{instance: {{image: {{bytesBase64Encoded: {NOISE}}}}}}}\n",
    "raw key": CUP + f"raw: {{instance: {{{NOISE}: 1}}}}\n",
    "model": CUP.replace("imagen-4.0-generate-001", NOISE),
    "variable": CUP.replace("a cup of coffee", "a {{ cup }}") + f"vars: {{{'x' + WORD}: 1}}\n",
    "template": CUP.replace("a cup of coffee", "a {{ x" + WORD + " }}"),
    "alias": CUP + f"x-a: *{WORD}\n",
    "tag": CUP + f"x-a: !{WORD} 1\n",
    "task": CUP.replace("task: generate", f"task: {NOISE}"),
    "gcs": upscale(f"gs://{NOISE.replace('/', '')}"),
    "axis": CUP + f"matrix: {{parameters.seed: [{NOISE}]}}\n",
    "axis name": CUP + f"matrix: {{parameters.{NOISE.replace('/', '')}: [1]}}\n",
    "syntax": CUP + f"x-a: [{NOISE}\n",
}


@pytest.mark.parametrize("text", HEAVY.values(), ids=HEAVY)
def test_findings_never_print_base64(text: str, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(text)
    for arguments in (("lint",), ("lint", "--format", "json")):
        done = imagenspec(*arguments)
        shown = done.stdout + done.stderr
        assert b"IMG" in shown
        assert not LONG_BASE64.search(shown.replace(b"_", b"/"))
    assert not LONG_BASE64.search(imagenspec("compile", ".", "-o", "out/").stderr.replace(b"_", b"/"))


def test_file_refs_never_print_an_image(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "big.png").write_bytes((folder / "cup.png").read_bytes() + hashlib.shake_256(b"picture").digest(6000))
    (folder / "cup.imagen.yaml").write_text(upscale("big.png"))
    done = imagenspec("compile", ".", "--format", "file-refs")
    assert done.returncode == 0
    assert not LONG_BASE64.search(done.stdout + done.stderr)
    assert LONG_BASE64.search(imagenspec("compile", ".", "--format", "request").stdout)
