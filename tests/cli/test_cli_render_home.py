"""What a render brings home, as people run it: when, over what, and what it says of pictures that somebody touched."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from environment import clean_environment, heed_signals
from processes import started, wait_until
from render_recipes import ONE as CUP
from render_recipes import SEEDS, summary, write
from serving import counters, served

from imagenspec.cli.progress import Lines
from imagenspec.render.ledger.tasks import Sample

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

REMOVAL = """\
imagenspec: 1
task: edit
model: imagen-3.0-capability-001
image: cup.png
mask: {mode: semantic, classes: [cup]}
prompt: ""
parameters: {edit_mode: inpaint_removal, sample_count: 1}
"""
UPSCALE = """\
imagenspec: 1
task: upscale
model: imagen-4.0-upscale-preview
image: cup.png
parameters: {upscale_config: {upscale_factor: x2}}
"""


@pytest.mark.parametrize("recipe", [REMOVAL, UPSCALE, CUP], ids=["empty prompt", "no prompt", "prompt"])
def test_a_store_that_was_deleted_is_not_missed(recipe: str, folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=recipe)
    assert imagenspec("render", ".").returncode == 0
    shutil.rmtree(folder / ".imagenspec" / "images")
    done = imagenspec("render", ".")
    assert (done.returncode, summary(done)[-15:]) == (0, "nothing to send"), done.stderr


def test_what_has_to_be_told_anew_needs_no_store(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=CUP)
    assert imagenspec("render", ".", "--no-provenance").returncode == 0
    shutil.rmtree(folder / ".imagenspec" / "images")
    before = (folder / "renders" / "one.png").read_bytes()
    done = imagenspec("render", ".")
    assert (done.returncode, summary(done)[-15:]) == (0, "nothing to send"), done.stderr
    assert (folder / "renders" / "one.png").read_bytes() != before


def test_pictures_come_while_others_are_under_way(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, a=CUP, seeds=SEEDS)
    with served("--latency", "0.7s") as url:
        process = started(folder, "render", ".", "--target", url, "--jobs", "1")
        wait_until((folder / "renders" / "seeds.n=1.png").is_file)
        assert process.poll() is None
        assert (folder / "a.imagen.lock").is_file()
        assert not (folder / "seeds.imagen.lock").exists()
        process.kill()
        process.communicate(timeout=30)
        paid = counters(url)["counters"]["requests_paid"]
        done = imagenspec("render", ".", "--target", url)
        assert (done.returncode, summary(done)[:17]) == (0, "7 requests: 7 don")
        again = counters(url)["counters"]["requests_paid_again"]
        assert (paid < 7, again <= 1) == (True, True)
    assert imagenspec("lock", "--check").returncode == 0
    assert len((folder / "seeds.imagen.lock").read_text().split('"case"')) == 7


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_of_systems_end_a_render_in_order(number: int, folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS)
    with served("--latency", "1.5s") as url:
        process = started(folder, "render", ".", "--target", url, "--jobs", "2")
        wait_until(lambda: counters(url)["counters"]["requests_paid"] == 2)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=30)
        assert process.returncode == 128 + number, stderr
        assert b"6 requests: 2 done, 4 not sent; 2 pictures in renders/; 2 sent" in stderr
        assert b"stopped; run the same command again to go on" in stderr
        assert imagenspec("render", ".", "--target", url).returncode == 0
        assert counters(url)["counters"]["requests_paid_again"] == 0


def test_a_terminal_that_goes_away_ends_a_render_in_order(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS)
    ours, theirs = pty.openpty()
    with served("--latency", "1.5s") as url:
        screen = {"stderr": theirs, "stdin": theirs, "env": clean_environment(TERM="xterm")}
        process = started(folder, "render", ".", "--target", url, "--jobs", "2", **screen)
        os.close(theirs)
        wait_until(lambda: counters(url)["counters"]["requests_paid"] == 2)
        os.close(ours)
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=30) == 128 + signal.SIGHUP
        assert b"seeds.imagen.yaml: 2 fresh, 4 new\n" in imagenspec("status", "--target", url).stdout


def _below_nohup() -> None:
    heed_signals()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def test_below_nohup_a_terminal_that_goes_away_ends_nothing(folder: Path) -> None:
    write(folder, seeds=SEEDS)
    with served("--latency", "0.3s") as url:
        process = started(folder, "render", ".", "--target", url, "--jobs", "2", before=_below_nohup)
        wait_until(lambda: counters(url)["counters"]["requests_paid"] == 2)
        process.send_signal(signal.SIGHUP)
        _, stderr = process.communicate(timeout=30)
        assert (process.returncode, b"6 requests: 6 done; " in stderr) == (0, True)


def test_a_second_signal_says_how_to_go_on(folder: Path) -> None:
    write(folder, seeds=SEEDS)
    with served("--latency", "4s") as url:
        process = started(folder, "render", ".", "--target", url, "--jobs", "1")
        wait_until(lambda: counters(url)["counters"]["requests_paid"] == 1)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert b"Ctrl-C again gives it up" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
        assert process.returncode == 130
        assert b"gave up what was under way; run the same command again to go on" in stderr


def test_lines_have_figures_at_the_end(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS)
    lines = imagenspec("render", ".").stderr.decode().splitlines()
    [first] = [line for line in lines if line.startswith("[1/6]")]
    [last] = [line for line in lines if line.startswith("[6/6]")]
    assert first.endswith("picture")
    assert last.endswith("/s, 0:00 left)")


def test_lines_have_figures_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr("imagenspec.cli.progress.time", clock)
    prices: Any = SimpleNamespace(of=lambda *_: 0.04)
    work: Any = SimpleNamespace(
        task=SimpleNamespace(model="", case=""),
        recipe=SimpleNamespace(task=""),
        request=SimpleNamespace(recipe="a.imagen.yaml"),
    )
    lines = Lines(10, prices)
    for now in (2.0, 4.0, 6.0, 8.0, 12.0):
        clock.monotonic = lambda now=now: now
        lines.finished(work, "done", [Sample("image", gcs="gs://a/b.png")], "")
    figures = [line.partition(" (")[2] for line in capsys.readouterr().err.splitlines()]
    assert figures == ["", "", "0.5/s, 0.12 USD, 0:14 left)", "", "0.4/s, 0.20 USD, 0:12 left)"]


def test_a_retouched_picture_stays_and_is_told(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=CUP)
    imagenspec("render", ".")
    picture = folder / "renders" / "one.png"
    rendered = picture.read_bytes()
    picture.write_bytes(rendered + b"x")
    done = imagenspec("render", ".")
    assert (done.returncode, summary(done)[-15:]) == (0, "nothing to send")
    assert b"one.imagen.yaml: renders/one.png was changed after it was rendered, and stays so" in done.stderr
    assert picture.read_bytes() == rendered + b"x"
    assert imagenspec("status").stdout.splitlines()[:2] == [
        b"one.imagen.yaml: 1 edited",
        b"  edited (renders/one.png)",
    ]
    assert imagenspec("lock", "--check").returncode == 0
    assert imagenspec("render", ".", "--force").returncode == 0
    assert picture.read_bytes() == rendered
    assert imagenspec("status").stdout.startswith(b"one.imagen.yaml: 1 fresh\n")


def test_a_retouched_picture_is_not_written_over_by_a_changed_recipe(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=CUP)
    imagenspec("render", ".")
    picture = folder / "renders" / "one.png"
    picture.write_bytes(picture.read_bytes() + b"x")
    write(folder, one=CUP.replace("coffee", "tea"))
    done = imagenspec("render", ".")
    assert (done.returncode, b'say "--force"' in done.stderr) == (2, True)
    assert picture.read_bytes().endswith(b"x")


def test_a_retouched_picture_is_in_the_way_of_sending_again(folder: Path, imagenspec: Imagenspec) -> None:
    some = CUP.replace("a cup", "a __some_filtered__ cup").replace("count: 1", "count: 2")
    write(folder, one=some)
    imagenspec("render", ".")
    [picture] = (folder / "renders").glob("*.png")
    picture.write_bytes(picture.read_bytes() + b"x")
    done = imagenspec("render", ".", "--again")
    assert (done.returncode, b'say "--force"' in done.stderr, b" sent" in done.stderr) == (2, True, False)
    assert b"stays so" in imagenspec("render", ".").stderr
    assert picture.read_bytes().endswith(b"x")


def test_a_lock_without_a_recipe_is_told(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=CUP, two=CUP)
    (folder / "three.yaml").write_text(CUP)
    imagenspec("lock", ".")
    imagenspec("lock", "three.yaml")
    assert imagenspec("lock", "--check").returncode == 0
    (folder / "two.imagen.yaml").unlink()
    done = imagenspec("lock", "--check")
    assert (done.returncode, done.stdout) == (1, b"two.imagen.lock: lock without a recipe; delete it\n")
    assert b"two.imagen.lock: lock without a recipe" in imagenspec("status").stdout
    assert imagenspec("lock").returncode == 0
    assert imagenspec("lock", "--check", "one.imagen.yaml").returncode == 0


def test_verify_says_why_it_does_not_look_outside_a_mask(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=REMOVAL)
    assert imagenspec("render", ".").returncode == 0
    done = imagenspec("verify")
    assert done.returncode == 0
    assert b"the mask is the service's own, so what changed outside it is not counted" in done.stdout


def test_a_lock_has_each_picture_once(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS, same=SEEDS)
    assert imagenspec("render", ".").returncode == 0
    for name in ("seeds", "same"):
        lines = (folder / f"{name}.imagen.lock").read_text().splitlines()
        files = [one["file"] for line in lines[1:] if line for one in json.loads(line)["samples"]]
        assert sorted(files) == [f"renders/{name}.n={number}.png" for number in range(1, 7)]


def test_select_modified_is_not_refused_for_what_it_leaves_and_does_not_touch_it(
    folder: Path, imagenspec: Imagenspec
) -> None:
    write(folder, seeds=SEEDS)
    assert imagenspec("render", ".").returncode == 0
    lock = folder / "seeds.imagen.lock"
    real = lock.read_text().replace('"target":"emulator",', "")
    lock.write_text(real)
    (folder / "renders" / "seeds.n=2.png").unlink()
    assert b"pictures that the service made" in imagenspec("render", ".").stderr
    write(folder, seeds=SEEDS.replace("1..6", "1..7"))
    done = imagenspec("render", ".", "--select", "modified")
    assert (done.returncode, done.stderr.count(b"[1/1] done")) == (0, 1), done.stderr
    assert not (folder / "renders" / "seeds.n=2.png").exists()
    assert lock.read_text().startswith(real)
