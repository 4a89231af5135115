"""``imagenspec status``, ``lock`` and ``verify``, and what a render shows on a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from environment import CHECKOUT, clean_environment
from PIL import Image
from pinned import CONFIGURATION
from render_recipes import SEEDS as SIX
from serving import served

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

SEEDS = SIX.replace("1..6", "1..3")
LOCK = "seeds.imagen.lock"


@pytest.fixture
def seeds(folder: Path) -> Path:
    """Return a recipe of three cases."""
    recipe = folder / "seeds.imagen.yaml"
    recipe.write_text(SEEDS)
    return recipe


def entries(folder: Path) -> dict[str, dict[str, Any]]:
    found = map(json.loads, filter(None, (folder / LOCK).read_text().splitlines()))
    return {line["case"]: line for line in found if "case" in line}


def test_status_says_what_a_render_would_do(seeds: Path, imagenspec: Imagenspec) -> None:
    before = sorted(seeds.parent.iterdir())
    new = imagenspec("status")
    assert new.returncode == 0
    assert new.stdout.splitlines()[0] == b"seeds.imagen.yaml: 3 new"
    assert new.stdout.splitlines()[-1] == b"ledger of emulator, whole project: nothing was sent from here"
    assert sorted(seeds.parent.iterdir()) == before
    imagenspec("render", ".")
    assert imagenspec("status").stdout == b"seeds.imagen.yaml: 3 fresh\nledger of emulator, whole project: 3 done\n"
    seeds.write_text(SEEDS.replace("1..3", "2..4"))
    (seeds.parent / "renders" / "seeds.n=3.png").unlink()
    assert imagenspec("status").stdout.splitlines() == [
        b"seeds.imagen.yaml: 1 fresh, 1 new, 1 gone, 1 without pictures",
        b"  n=3: without pictures",
        b"  n=4: new",
        b"  n=1: gone",
        b"ledger of emulator, whole project: 3 done",
    ]
    seeds.write_text(SEEDS.replace("generate-001", "fast-generate-001"))
    assert b"  n=1: changed (model)\n" in imagenspec("status").stdout


def test_a_lock_without_sending(seeds: Path, imagenspec: Imagenspec) -> None:
    checked = imagenspec("lock", "--check")
    assert (checked.returncode, checked.stdout.count(b": new\n")) == (1, 3)
    assert not (seeds.parent / LOCK).exists()
    assert imagenspec("lock").returncode == 0
    assert imagenspec("lock", "--check").returncode == 0
    assert {case: line["samples"] for case, line in entries(seeds.parent).items()} == {"n=1": [], "n=2": [], "n=3": []}
    assert not (seeds.parent / ".imagenspec").exists()


def test_a_lock_keeps_the_pictures_of_cases_that_did_not_change(seeds: Path, imagenspec: Imagenspec) -> None:
    imagenspec("render", ".")
    before = entries(seeds.parent)
    seeds.write_text(SEEDS.replace("1..3", "2..4"))
    stale = imagenspec("lock", "--check")
    assert stale.returncode == 1
    assert stale.stdout == b"seeds.imagen.yaml [n=4]: new\nseeds.imagen.yaml [n=1]: gone\n"
    assert stale.stderr == b"1 lock: 2 cases not fresh\n"
    imagenspec("lock")
    after = entries(seeds.parent)
    assert sorted(after) == ["n=2", "n=3", "n=4"]
    assert (after["n=2"], after["n=3"], after["n=4"]["samples"]) == (before["n=2"], before["n=3"], [])
    written = (seeds.parent / LOCK).read_bytes()
    assert imagenspec("lock").returncode == 0
    assert (seeds.parent / LOCK).read_bytes() == written


def test_locks_of_real_pictures_hold_whoever_looks(seeds: Path, imagenspec: Imagenspec) -> None:
    imagenspec("render", ".")
    real = (seeds.parent / LOCK).read_text().replace('"target":"emulator",', "")
    (seeds.parent / LOCK).write_text(real)
    assert imagenspec("lock", "--check").returncode == 0
    imagenspec("lock")
    assert (seeds.parent / LOCK).read_text() == real
    (seeds.parent / ".imagenspec.toml").write_text(f'{CONFIGURATION}target = "vertex"\nproject = "p"\nlocation = "l"\n')
    assert imagenspec("status").stdout.splitlines()[0] == b"seeds.imagen.yaml: 3 fresh"


def test_pictures_from_another_target_are_no_change_of_the_recipe(seeds: Path, imagenspec: Imagenspec) -> None:
    seeds.write_text(SEEDS.replace("1..3", "1..1"))
    with served() as url:
        assert imagenspec("render", ".", "--target", url).returncode == 0
        assert imagenspec("verify", "--target", url).stdout == b"seeds.imagen.yaml [n=1]: bytes equal\n"
    assert imagenspec("lock", "--check").returncode == 0
    assert imagenspec("status").stdout.splitlines()[:2] == [
        b"seeds.imagen.yaml: 1 from another target",
        b"  n=1: from another target (url)",
    ]
    other = imagenspec("verify")
    said = b"not verified, its pictures are from another target (url); say --target URL\n"
    assert (other.returncode, other.stdout) == (1, b"seeds.imagen.yaml [n=1]: " + said)
    due = imagenspec("render", ".", "--dry-run")
    assert due.stdout.endswith(b", from another target (url)\n")
    lock = seeds.parent / LOCK
    lock.write_text(lock.read_text().replace('"target":"url",', ""))
    assert imagenspec("verify").stdout.endswith(b"from another target (vertex); say --target vertex\n")


def test_a_conflict_in_a_lock_is_told_with_its_line(seeds: Path, imagenspec: Imagenspec) -> None:
    imagenspec("lock")
    (seeds.parent / LOCK).write_text("<<<<<<< ours\n" + (seeds.parent / LOCK).read_text())
    for command in (("status",), ("lock",), ("lock", "--check"), ("render", ".")):
        done = imagenspec(*command)
        assert (done.returncode, b"seeds.imagen.lock:1: a merge left" in done.stderr) == (1, True)
        assert b"seeds.imagen.yaml: left out, its lock cannot be read\n" in done.stderr


def test_a_lock_that_cannot_be_read_stops_no_other_recipe(seeds: Path, imagenspec: Imagenspec) -> None:
    (seeds.parent / "other.imagen.yaml").write_text(SEEDS.replace("1..3", "1..1"))
    for name in ("bad", "worse"):
        (seeds.parent / f"{name}.imagen.yaml").write_text(SEEDS)
        (seeds.parent / f"{name}.imagen.lock").write_text("<<<<<<< ours\n")
    done = imagenspec("render", ".")
    assert (done.returncode, done.stderr.count(b"a merge left")) == (1, 2)
    assert b"4 requests: 4 done; 4 pictures in renders/; 3 sent\n" in done.stderr
    status = imagenspec("status")
    assert (status.returncode, status.stdout.count(b" fresh\n"), status.stderr.count(b"left out")) == (1, 2, 2)
    assert imagenspec("lock", "--check").stderr.endswith(b"2 locks: nothing to change\n")


def test_verify_compares_bytes_then_pixels_then_says_how_much(seeds: Path, imagenspec: Imagenspec) -> None:
    folder = seeds.parent
    unknown = imagenspec("verify")
    assert (unknown.returncode, unknown.stdout.count(b"not verified, it was not rendered yet")) == (1, 3)
    imagenspec("render", ".")
    state = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "owners" not in str(path)}
    same = imagenspec("verify")
    assert (same.returncode, same.stdout.count(b": bytes equal\n")) == (0, 3)
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "owners" not in str(path)}
    assert after == state

    lines = entries(folder)
    _relock(folder, "n=1", sha256="0" * 64)
    _relock(folder, "n=2", **_painted(folder / "renders" / "seeds.n=2.png"))
    done = imagenspec("verify")
    assert done.returncode == 1
    first, second, third = done.stdout.decode().splitlines()
    assert first == "seeds.imagen.yaml [n=1]: pixels equal"
    assert second.startswith("seeds.imagen.yaml [n=2]: different, 1.56% of the pixels, by ")
    assert third == "seeds.imagen.yaml [n=3]: bytes equal"
    assert len(lines) == 3
    seeds.write_text(SEEDS.replace("coffee", "tea"))
    stale = imagenspec("verify", "--case", "n=3")
    assert stale.stdout == b"seeds.imagen.yaml [n=3]: not verified, changed (request)\n"


def _painted(picture: Path) -> dict[str, str]:
    """Paint a square of 128 x 128 pixels in another colour; return what a lock says of the picture."""
    import hashlib  # noqa: PLC0415

    image = Image.open(picture).convert("RGB")
    box = (0, 0, 128, 128)
    image.paste(image.crop(box).point(lambda level: level ^ 128), box)
    image.save(picture)
    return {"sha256": hashlib.sha256(picture.read_bytes()).hexdigest(), "pixels": "0" * 64}


def _relock(folder: Path, case: str, **members: str) -> None:
    lines = (folder / LOCK).read_text().splitlines(keepends=True)
    found = next(number for number, line in enumerate(lines) if f'"case":"{case}"' in line)
    entry = json.loads(lines[found])
    entry["samples"][0].update(members)
    lines[found] = json.dumps(entry, separators=(",", ":")) + "\n"
    (folder / LOCK).write_text("".join(lines))


def test_a_lock_cannot_make_verify_read_what_is_no_file(seeds: Path, imagenspec: Imagenspec) -> None:
    seeds.write_text(SEEDS.replace("1..3", "1..1"))
    imagenspec("render", ".")
    lock = seeds.parent / LOCK
    locked = entries(seeds.parent)["n=1"]["samples"][0]
    lock.write_text(
        lock.read_text()
        .replace(locked["file"], "/dev/zero")
        .replace(locked["sha256"], "0" * 64)
        .replace(locked["pixels"], "0" * 64)
    )
    done = imagenspec("verify")
    assert done.returncode == 1
    assert b"the picture of the lock is not here" in done.stdout


def test_verify_counts_what_an_edit_changed_outside_its_mask(folder: Path, imagenspec: Imagenspec) -> None:
    raw = Image.radial_gradient("L").convert("RGB")
    raw.save(folder / "raw.png")
    mask = Image.new("L", raw.size)
    mask.paste(255, (64, 64, 192, 192))
    mask.save(folder / "mask.png")
    (folder / "edit.imagen.yaml").write_text(
        "imagenspec: 1\ntask: edit\nmodel: imagen-3.0-capability-001\nimage: raw.png\n"
        "mask: {image: mask.png, dilation: 0.05}\nprompt: a red ball\n"
        "parameters: {edit_mode: inpaint_insertion, sample_count: 1}\n"
    )
    assert imagenspec("render", ".").returncode == 0
    done = imagenspec("verify")
    assert done.stdout == b"edit.imagen.yaml: bytes equal; 0 pixels changed outside the mask\n", done.stderr


def _on_a_terminal(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the command line with standard error on a terminal; return its exit code and what was shown."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "imagenspec", *arguments]
    environment = clean_environment(TERM="xterm", COLUMNS="100")
    with subprocess.Popen(command, cwd=folder, stderr=theirs, stdin=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):
            while piece := os.read(ours, 4096):
                shown += piece
        code = process.wait(timeout=60)
    os.close(ours)
    return code, shown.decode()


def test_a_terminal_has_a_bar_and_only_the_lines_that_matter(seeds: Path) -> None:
    (seeds.parent / "bad.imagen.yaml").write_text(SEEDS.replace("a cup", "a __blocked__ cup").replace("1..3", "1..1"))
    code, shown = _on_a_terminal(seeds.parent, "render", ".")
    assert code == 1
    assert "4/4" in shown
    assert "1 failed" in shown
    assert "/s, " in shown
    assert "failed bad.imagen.yaml [n=1]" in shown
    assert "done seeds.imagen.yaml" not in shown
    assert "4 requests: 3 done, 1 failed; 3 pictures in renders/; 4 sent" in shown


def test_recipes_of_the_checkout_are_drawn_and_verified(folder: Path, imagenspec: Imagenspec) -> None:
    import shutil  # noqa: PLC0415

    for name in ("segment-foreground", "remove-by-class"):
        shutil.copy(CHECKOUT / "recipes" / f"{name}.imagen.yaml", folder)
    shutil.copytree(CHECKOUT / "recipes" / "images", folder / "images")
    assert imagenspec("render", ".").returncode == 0
    done = imagenspec("verify")
    assert (done.returncode, done.stdout.count(b"bytes equal")) == (0, 2)


def test_a_render_drops_cases_that_are_gone_though_its_ledger_is_away(seeds: Path, imagenspec: Imagenspec) -> None:
    import shutil  # noqa: PLC0415

    imagenspec("render", ".")
    before = entries(seeds.parent)
    seeds.write_text(SEEDS.replace("1..3", "2..3"))
    shutil.rmtree(seeds.parent / ".imagenspec")
    done = imagenspec("render", ".")
    assert (done.returncode, done.stderr.splitlines()[-1].endswith(b"nothing to send")) == (0, True)
    assert imagenspec("lock", "--check").returncode == 0
    assert entries(seeds.parent) == {case: before[case] for case in ("n=2", "n=3")}
