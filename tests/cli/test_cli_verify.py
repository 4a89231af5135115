"""``imagenspec verify`` where pictures have other modes than their inputs, and where somebody stops it."""

from __future__ import annotations

import json
import re
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from environment import CHECKOUT
from PIL import Image
from processes import started, wait_until
from render_recipes import SEEDS as SIX
from serving import counters, served

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

SEEDS = SIX.replace("1..6", "1..4")


def test_an_edit_of_a_picture_with_alpha_is_verified(folder: Path, imagenspec: Imagenspec) -> None:
    recipes = CHECKOUT / "recipes"
    shutil.copytree(recipes / "images", folder / "images")
    coffee = folder / "images" / "coffee.png"
    Image.open(coffee).convert("RGBA").save(coffee)
    text = (recipes / "background-swap-user-mask.imagen.yaml").read_text()
    (folder / "swap.imagen.yaml").write_text(f"{text}  output_options: {{mime_type: image/jpeg}}\n")
    assert imagenspec("render", ".").returncode == 0
    done = imagenspec("verify")
    assert done.returncode == 0, done.stderr
    said = rb": bytes equal; [0-9],[0-9]{3} pixels changed outside the mask"  # at its edges, by the JPEG encoder
    assert [bool(re.fullmatch(rb"swap.imagen.yaml [1-4]" + said, line)) for line in done.stdout.splitlines()] == [
        True
    ] * 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_shows_what_was_verified_until_then(number: int, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "seeds.imagen.yaml").write_text(SEEDS)
    with served() as url:
        assert imagenspec("render", ".", "--target", url).returncode == 0
    with served("--latency", "1.5s") as url:
        process = started(folder, "verify", ".", "--target", url, "--jobs", "1", stdout=-1)
        wait_until(lambda: counters(url)["counters"]["requests_paid"] == 1)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 128 + number, stderr
    assert stdout == b"seeds.imagen.yaml [n=1]: bytes equal\n"
    assert b"stopping: what is under way comes to its end; Ctrl-C again gives it up\n" in stderr
    assert stderr.endswith(b"1 compared: 1 bytes equal; stopped, 3 cases left\n")


def test_two_signals_give_up_what_is_under_way(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "seeds.imagen.yaml").write_text(SEEDS)
    with served() as url:
        assert imagenspec("render", ".", "--target", url).returncode == 0
    lock = (folder / "seeds.imagen.lock").read_bytes()
    with served("--latency", "4s") as url:
        process = started(folder, "verify", ".", "--target", url, "--jobs", "2", stdout=-1)
        wait_until(lambda: counters(url)["counters"]["requests_paid"] == 2)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert b"Ctrl-C again gives it up" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout, stderr) == (130, b"", b"0 compared: none; stopped, 4 cases left\n")
    assert (folder / "seeds.imagen.lock").read_bytes() == lock


def test_a_locked_file_that_is_no_picture_is_said_and_nothing_fails(folder: Path, imagenspec: Imagenspec) -> None:
    import hashlib  # noqa: PLC0415

    (folder / "seeds.imagen.yaml").write_text(SEEDS.replace("1..4", "1..1"))
    assert imagenspec("render", ".").returncode == 0
    picture = folder / "renders" / "seeds.n=1.png"
    picture.write_bytes(b"no picture")
    path = folder / "seeds.imagen.lock"
    lines = path.read_text().splitlines()
    locked = json.loads(lines[-1])
    locked["samples"][0] |= {"sha256": hashlib.sha256(picture.read_bytes()).hexdigest(), "pixels": "0" * 64}
    path.write_text("\n".join([*lines[:-1], json.dumps(locked, separators=(",", ":")), ""]))
    done = imagenspec("verify")
    assert (done.returncode, b": different, a picture is damaged, and cannot be compared" in done.stdout) == (1, True)
