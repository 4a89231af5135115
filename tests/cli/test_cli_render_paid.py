"""Pictures that may have been paid for, and what renders drop and move: said before, and done only then."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from cli_recipes import CUP
from render_recipes import summary, write

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

ONE = f"{CUP}parameters: {{sample_count: 1, seed: 1, add_watermark: false}}\n"
BOTH = f"{ONE.replace('coffee', '{{ what }}')}matrix: {{what: [tea, milk]}}\n"
TEA = BOTH.replace("[tea, milk]", "[tea]")
OWN = "render: {path: out/cup}\n"


def pay(folder: Path) -> None:
    """Make the pictures of all locks those of the documented service, whose ledger somebody else has."""
    for lock in folder.glob("*.imagen.lock"):
        lock.write_text(lock.read_text().replace('"target":"emulator",', ""))
    shutil.rmtree(folder / ".imagenspec" / "emulator")


def test_the_pictures_of_a_case_that_is_gone_stay_if_somebody_may_have_paid(
    folder: Path, imagenspec: Imagenspec
) -> None:
    write(folder, one=BOTH)
    imagenspec("render", ".")
    pay(folder)
    lock, picture = folder / "one.imagen.lock", folder / "renders" / "one.what=milk.png"
    before = (lock.read_bytes(), picture.read_bytes())
    write(folder, one=TEA)
    assert b"render with the target that made them, or say" in imagenspec("lock").stderr
    frozen = imagenspec("render", ".", "--frozen")
    assert (frozen.returncode, frozen.stdout) == (1, b"one.imagen.yaml [what=milk]: gone\n")
    dry = imagenspec("render", ".", "--dry-run")
    assert summary(dry) == "1 request: 0 to be rendered, 0 to be sent, 1 left as they are"
    done = imagenspec("render", ".")
    assert (done.returncode, b"one.imagen.yaml [what=milk] is gone; the lock keeps" in done.stderr) == (0, True)
    write(folder, one=BOTH.replace("seed: 1", "seed: 2"))
    done = imagenspec("render", ".", "--case", "what=milk")
    assert (done.returncode, b"pictures that the service made" in done.stderr) == (2, True)
    assert (lock.read_bytes(), picture.read_bytes()) == before
    write(folder, one=TEA)
    forced = imagenspec("render", ".", "--dry-run", "--force")
    assert summary(forced) == "1 request: 0 to be rendered, 0 to be sent, 1 to be dropped from the lock"
    assert imagenspec("render", ".", "--force").returncode == 0
    assert b"milk" not in lock.read_bytes()


def test_what_made_them_may_drop_the_pictures_of_a_case_that_is_gone(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=BOTH)
    imagenspec("render", ".")
    pay(folder)
    write(folder, one=TEA)
    done = imagenspec("render", ".", "--target", "vertex", "--project", "p-roject", "--location", "us-central1")
    assert (done.returncode, summary(done)) == (0, "1 request: 1 done; 1 picture in renders/; nothing to send")
    assert b"milk" not in (folder / "one.imagen.lock").read_bytes()


@pytest.mark.parametrize("change", ["same request", "renamed", "deleted"])
def test_another_recipe_does_not_take_the_place_of_paid_pictures(
    change: str, folder: Path, imagenspec: Imagenspec
) -> None:
    write(folder, one=ONE + OWN)
    imagenspec("render", ".")
    pay(folder)
    before = (folder / "out" / "cup.png").read_bytes()
    owner = b"one.imagen.yaml"
    if change != "same request":
        (folder / "one.imagen.yaml").unlink()
        owner = b"one.imagen.lock, a lock without a recipe"
    write(folder, two=(ONE.replace("coffee", "tea") if change == "deleted" else ONE) + OWN)
    for options in ((), ("--dry-run",)):
        done = imagenspec("render", "two.imagen.yaml", *options)
        assert (done.returncode, b"is a picture of " + owner + b"; give each" in done.stderr) == (2, True)
    assert (folder / "out" / "cup.png").read_bytes() == before
    assert imagenspec("render", "two.imagen.yaml", "--force").returncode == 0


def test_a_case_that_is_gone_is_told_before_it_is_dropped(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=BOTH)
    imagenspec("render", ".")
    write(folder, one=TEA)
    frozen = imagenspec("render", ".", "--frozen")
    assert (frozen.returncode, summary(frozen)) == (1, "1 request: 1 case not fresh")
    dry = imagenspec("render", ".", "--dry-run")
    assert dry.stdout == b"one.imagen.yaml [what=milk]: gone\n"
    assert summary(dry) == "1 request: 0 to be rendered, 0 to be sent, 1 to be dropped from the lock"
    assert imagenspec("render", ".").returncode == 0
    assert imagenspec("render", ".", "--frozen").returncode == 0
    assert b"milk" not in (folder / "one.imagen.lock").read_bytes()


def test_a_move_is_told_before_it_is_done_and_only_where_it_can_be(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=ONE)
    imagenspec("render", ".")
    (folder / ".imagenspec").rename(folder / "state")
    write(folder, one=ONE + OWN)
    assert imagenspec("render", ".", "--frozen").returncode == 0
    assert imagenspec("render", ".").returncode == 0
    assert not (folder / "out").exists()
    shutil.rmtree(folder / ".imagenspec", ignore_errors=True)
    (folder / "state").rename(folder / ".imagenspec")
    frozen = imagenspec("render", ".", "--frozen")
    said = b"one.imagen.yaml: imagen-4.0-generate-001, 1 sample, to be moved\n"
    assert (frozen.returncode, frozen.stdout) == (1, said)
    assert summary(imagenspec("render", ".", "--dry-run")) == "1 request: 0 to be rendered, 0 to be sent, 1 to be moved"
    assert imagenspec("render", ".").returncode == 0
    assert (folder / "out" / "cup.png").is_file()
    assert imagenspec("render", ".", "--frozen").returncode == 0


def test_what_sends_nothing_needs_no_project(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=ONE)
    imagenspec("render", ".")
    pay(folder)
    assert imagenspec("status", "--target", "vertex").stdout.startswith(b"one.imagen.yaml: 1 fresh\n")
    assert imagenspec("render", ".", "--target", "vertex", "--frozen").returncode == 0
    assert imagenspec("render", ".", "--target", "vertex").returncode == 2


def test_a_plan_does_not_advise_what_plan_does_not_take(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=ONE)
    imagenspec("plan", "-o", "plan.json")
    done = imagenspec("render", "--plan", "plan.json", "--select", "modified")
    assert (done.returncode, done.stderr.rstrip().endswith(b"leave out --select")) == (2, True)
    case = imagenspec("render", "--plan", "plan.json", "--case", "x")
    assert case.stderr.rstrip().endswith(b"leave out --case, or plan again with it")
