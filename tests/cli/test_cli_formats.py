"""The five forms of ``imagenspec compile``, run or read as their readers would."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from cli_recipes import CUP, UPSCALE

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

URL = (
    "https://us-central1-aiplatform.googleapis.com/v1/projects/shop/locations/us-central1"
    "/publishers/google/models/imagen-4.0-upscale-preview:predict"
)
PLACE = ("--project", "shop", "--location", "us-central1")
AWKWARD = CUP.replace("a cup of coffee", '"$HOME `id` $(id) \'@ \\n EOF\\nEOF\\n it\'s \\u2028 ☕ \\\\ \\"\\""')


def body(imagenspec: Imagenspec) -> bytes:
    return imagenspec("compile", "cup.imagen.yaml", "--format", "request").stdout


def test_request_is_the_body_with_the_bytes_of_the_image(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(UPSCALE)
    sent = json.loads(body(imagenspec))
    assert base64.b64decode(sent["instances"][0]["image"]["bytesBase64Encoded"]) == (folder / "cup.png").read_bytes()
    assert sent["parameters"] == {"mode": "upscale", "upscaleConfig": {"upscaleFactor": "x2"}}


def test_file_refs_are_the_body_with_digest_and_size(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(UPSCALE)
    picture = (folder / "cup.png").read_bytes()
    shown = json.loads(imagenspec("compile", "cup.imagen.yaml", "--format", "file-refs").stdout)
    assert shown["instances"][0]["image"]["bytesBase64Encoded"] == {
        "$file": "cup.png",
        "sha256": hashlib.sha256(picture).hexdigest(),
        "bytes": len(picture),
    }


def fake(folder: Path, name: str, script: str) -> None:
    program = folder / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize("recipe", [UPSCALE, AWKWARD], ids=["image", "awkward text"])
def test_curl_script_sends_the_body(recipe: str, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(recipe, "utf-8")
    script = imagenspec("compile", "cup.imagen.yaml", "--format", "curl", *PLACE).stdout
    fake(folder, "gcloud", 'echo "$@" > gcloud.arguments\necho TOKEN')
    fake(folder, "curl", 'for word in "$@"; do printf "%s\\n" "$word"; done > curl.arguments')
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-eu"], input=script, cwd=folder, env={"PATH": path, "HOME": "/secret"}, check=True)
    assert (folder / "request.json").read_bytes().rstrip(b"\n") == body(imagenspec).rstrip(b"\n")
    assert (folder / "gcloud.arguments").read_text() == "auth print-access-token\n"
    words = (folder / "curl.arguments").read_text().splitlines()
    assert words[:2] == ["-X", "POST"]
    assert words[2:-1] == [
        "-H",
        "Authorization: Bearer TOKEN",
        "-H",
        "Content-Type: application/json; charset=utf-8",
        "-d",
        "@request.json",
    ]
    model = "imagen-4.0-upscale-preview" if recipe == UPSCALE else "imagen-4.0-generate-001"
    assert words[-1] == URL.replace("imagen-4.0-upscale-preview", model)


def test_powershell_script_holds_the_body_in_ascii(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(AWKWARD, "utf-8")
    script = imagenspec("compile", "cup.imagen.yaml", "--format", "powershell", *PLACE).stdout.decode("ascii")
    held = re.match(r"@'\n(.*)\n'@ \| Set-Content", script)
    assert held is not None
    assert json.loads(held[1]) == json.loads(body(imagenspec))
    assert script.count("\n'@") == 1
    assert "-Uri" in script


def test_http_text_is_a_request(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(UPSCALE)
    text = imagenspec("compile", "cup.imagen.yaml", "--format", "http", *PLACE).stdout
    head, content = text.split(b"\n\n", 1)
    lines = head.decode().splitlines()
    headers = dict(line.split(": ", 1) for line in lines[1:])
    assert lines[0] == f"POST {URL} HTTP/1.1"
    assert headers["Host"] == "us-central1-aiplatform.googleapis.com"
    assert int(headers["Content-Length"]) == len(content.removesuffix(b"\n"))
    assert content == body(imagenspec)


def test_command_of_a_versioned_model_has_its_at_sign(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP.replace("imagen-4.0-generate-001", "imagegeneration@006"))
    script = imagenspec("compile", "cup.imagen.yaml", "--format", "curl", *PLACE).stdout
    assert b"/models/imagegeneration@006:predict" in script


def test_unknown_form_is_wrong_usage(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    assert imagenspec("compile", "cup.imagen.yaml", "--format", "xml").returncode == 2
