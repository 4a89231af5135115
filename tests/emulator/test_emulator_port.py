"""The emulator on a port: what it prints, what it logs, who reaches it, and curl as the compiler prints it."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from io import BytesIO
from typing import TYPE_CHECKING

import httpx
import pytest
from emulated import (
    CAPABILITY,
    CHECKOUT,
    GENERATE,
    UPSCALE,
    changed,
    customize,
    edit,
    error,
    generate,
    image_file,
    is_marked,
    path_of,
    picture,
    reference,
    serving,
    upscale,
)
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

OLD_MODEL = "imagegeneration@005"

CURL = ("--format", "curl", "--project", "a-project", "--location", "us-central1")


def connected(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))


def posted(body: bytes, model: str = GENERATE) -> bytes:
    head = f"POST {path_of(model)} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_first_line_is_the_base_url_on_the_loopback() -> None:
    with serving() as (url, _process):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        assert httpx.get(url).json()["models"]
        with pytest.raises(OSError, match=r".+"):
            socket.create_connection(("127.0.0.2", int(url.rpartition(":")[2])), 2)


def test_port_that_is_taken_is_a_wrong_usage(imagenspec: Imagenspec) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = imagenspec("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert b"cannot be used" in done.stderr


@pytest.mark.parametrize(
    "options", [["--fault", "418"], ["--quota", "many"], ["--latency", "soon"], ["--as-of", "later"], ["--port", "-1"]]
)
def test_wrong_options_are_a_wrong_usage(imagenspec: Imagenspec, options: list[str]) -> None:
    done = imagenspec("serve", *options)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr


def test_options_reach_the_service(tmp_path: Path) -> None:
    options = ("--as-of", "2026-11-21", "--quota", "1/min", "--latency", "1ms", "--bucket", str(tmp_path))
    more = ("--fault", "slow:1ms:0.5", "--seed", "7")
    with serving(*options, *more) as (url, _process), httpx.Client(base_url=url) as client:
        assert client.post(path_of(OLD_MODEL), json=generate()).status_code == 404
        assert client.post(path_of(OLD_MODEL), json=generate()).status_code == 429
        settings = client.get("/").json()["settings"]
    assert settings["faults"] == [{"kind": "slow", "share": 0.5, "seconds": 0.001}]
    assert (settings["seed"], settings["latency"], settings["bucket"]) == (7, 0.001, str(tmp_path))


def test_a_bucket_that_is_missing_is_made_and_told(tmp_path: Path, imagenspec: Imagenspec) -> None:
    bucket = tmp_path / "new" / "bucket"
    with serving("--quiet", "--bucket", str(bucket)) as (_url, process):
        assert bucket.is_dir()
        process.terminate()
        assert f"made the folder {bucket} for --bucket" in process.communicate(timeout=20)[1]
    (tmp_path / "file").touch()
    done = imagenspec("serve", "--bucket", str(tmp_path / "file" / "bucket"))
    assert (done.returncode, b"cannot be made" in done.stderr) == (2, True)


def test_log_has_neither_base64_nor_long_prompts_nor_line_breaks() -> None:
    prompt = "a cup\n\x1b[31m" + "of tea " * 100
    blob = base64.b64encode(os.urandom(300)).decode()
    with serving() as (url, process):
        with httpx.Client(base_url=url) as client:
            for body in (generate(prompt), customize(reference("style", 1), prompt="x"), generate(blob), {"x": blob}):
                client.post(path_of(CAPABILITY if "referenceImages" in str(body) else GENERATE), json=body)
        process.terminate()
        _, log = process.communicate(timeout=20)
    lines = log.splitlines()
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)
    assert not re.search(r"[A-Za-z0-9+/=]{81,}", log)
    assert max(map(len, lines)) < 300


def test_interrupt_ends_it_as_a_command_that_was_interrupted() -> None:
    with serving() as (url, process):
        assert httpx.get(url).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130


def test_an_answer_in_flight_that_takes_too_long_is_unavailable() -> None:
    with serving("--latency", "20s") as (url, process), httpx.Client(base_url=url, timeout=20) as client:
        with ThreadPoolExecutor() as sending:
            coming = sending.submit(client.post, path_of(GENERATE), json=generate())
            while httpx.get(url).json()["counters"]["images_paid"] == 0:
                pass
            process.send_signal(signal.SIGINT)
            response = coming.result()
        assert (response.status_code, error(response)["status"]) == (503, "UNAVAILABLE")
        assert is_marked(response)
        assert process.wait(timeout=20) == 130


@pytest.mark.parametrize(("signals", "least", "most"), [(1, 1.5, 8), (2, 0, 1.9)])
def test_interrupt_does_not_wait_for_a_picture(signals: int, least: float, most: float) -> None:
    """The picture takes longer than the patience with it."""
    large = image_file(6000, 6000)
    body = edit(reference("mask", 2, large, maskMode="MASK_MODE_FOREGROUND"), sampleCount=4)
    body = changed(body, "instances.0.referenceImages.0", reference("raw", 1, large))
    with serving("--quiet") as (url, process), connected(url) as connection:
        connection.sendall(posted(json.dumps(body).encode(), CAPABILITY))
        time.sleep(1)
        began = time.monotonic()
        for _ in range(signals):
            process.send_signal(signal.SIGINT)
            time.sleep(0.2)
        assert process.wait(timeout=20) == 130
        assert least < time.monotonic() - began < most


def test_stalled_uploads_hold_nobody_up() -> None:
    head = f"POST {path_of(UPSCALE)} HTTP/1.1\r\nHost: x\r\n"
    noise = BytesIO()
    Image.frombytes("L", (1500, 1500), os.urandom(1500 * 1500)).save(noise, "PNG")
    large = upscale(noise.getvalue())
    with serving("--quiet") as (url, _process), ExitStack() as stalled:
        for begun in ("Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", "Content-Length: 40000000\r\n\r\n{"):
            stalled.enter_context(connected(url)).sendall((head + begun).encode())
        time.sleep(0.2)
        assert httpx.post(url + path_of(UPSCALE), json=large, timeout=8).status_code == 200


def test_answers_in_flight_are_given_at_the_end() -> None:
    with serving("--latency", "300ms") as (url, process), connected(url) as connection:
        connection.sendall(posted(b'{"instances": [{"prompt": "a cup"}], "parameters": {"sampleCount": 1}}'))
        while httpx.get(url).json()["counters"]["images_paid"] == 0:
            pass
        process.terminate()
        assert connection.recv(15) == b"HTTP/1.1 200 OK"


def test_one_connection_carries_many_requests() -> None:
    with serving() as (url, _process), connected(url) as connection, connection.makefile("rb") as stream:
        for _ in range(3):
            connection.sendall(posted(b"{}"))
            assert stream.readline() == b"HTTP/1.1 400 Bad Request\r\n"
            length = 0
            while (line := stream.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            stream.read(length)


@pytest.mark.parametrize("recipe", ["style", "text-to-image-simple", "try-on"])
def test_curl_of_the_compiler_is_answered(tmp_path: Path, recipe: str) -> None:
    """The script that ``compile --format curl`` prints, with the host of Google's endpoint replaced and no login."""
    compiled = subprocess.run(
        [sys.executable, "-m", "imagenspec", "compile", f"recipes/{recipe}.imagen.yaml", *CURL],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    login = tmp_path / "gcloud"
    login.write_text("#!/bin/sh\necho a-token\n")
    login.chmod(0o755)
    with serving() as (url, _process):
        script = compiled.replace("https://us-central1-aiplatform.googleapis.com", url)
        assert url in script
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-euo", "pipefail"],
            input=script.encode(),
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            timeout=60,
            check=True,
        )
    answer = httpx.Response(200, content=done.stdout).json()
    assert picture(answer["predictions"][0]).width >= 512
