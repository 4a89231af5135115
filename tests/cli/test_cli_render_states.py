"""How cases stand, said alike by render, ``--frozen``, status, plan and lock; and pictures that others left behind."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from cli_recipes import CUP
from environment import CHECKOUT
from render_recipes import ONE, summary, write

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

TWO = f"{CUP}parameters: {{sample_count: 2}}\n"
ALL = ONE.replace("a cup", "a __filtered__ cup")
SOME = TWO.replace("a cup", "a __some_filtered__ cup")
OWN = "render: {path: out/cup}\n"


def test_worked_recipes_are_done_once_they_are_rendered(folder: Path, imagenspec: Imagenspec) -> None:
    left = shutil.ignore_patterns("renders", ".imagenspec", "*.lock")
    shutil.copytree(CHECKOUT / "recipes", folder, dirs_exist_ok=True, ignore=left)
    assert imagenspec("render", ".").returncode == 0
    for option in ("--frozen", "--dry-run"):
        done = imagenspec("render", ".", option)
        assert (done.returncode, done.stdout) == (0, b""), option
    assert imagenspec("lock", "--check").returncode == 0
    again = imagenspec("render", ".")
    assert (again.returncode, summary(again).endswith("; nothing to send")) == (0, True)
    found = json.loads(imagenspec("plan", ".", "--format", "json").stdout)
    assert (found["requests"], set(found["locks"].values())) == ([], {0, found["locks"]["fresh"]})


@pytest.mark.parametrize(
    ("recipe", "word", "sends"),
    [
        (f"{ALL}render: {{on_filtered: warn}}\n", "fresh", False),
        (f"{SOME}render: {{on_filtered: warn}}\n", "fresh", False),
        (ALL, "filtered", True),
        (SOME, "filtered", False),
        (f"{SOME}render: {{on_filtered: retry}}\n", "filtered", False),
    ],
    ids=["all, warn", "some, warn", "all", "some", "some, retry"],
)
def test_all_commands_say_the_same_of_filtered_pictures(
    recipe: str, word: str, sends: bool, folder: Path, imagenspec: Imagenspec
) -> None:
    write(folder, one=recipe)
    imagenspec("render", ".")
    wrong = word != "fresh"
    assert imagenspec("status").stdout.splitlines()[0] == f"one.imagen.yaml: 1 {word}".encode()
    frozen = imagenspec("render", ".", "--frozen")
    assert (frozen.returncode, frozen.stdout.endswith(b", filtered\n")) == (wrong, wrong)
    check = imagenspec("lock", "--check")
    assert (check.returncode, check.stdout == b"one.imagen.yaml: filtered\n") == (wrong, wrong)
    locks = json.loads(imagenspec("plan", "--format", "json").stdout)
    assert (locks["locks"][word], locks["total"]["requests"]) == (1, sends)
    dry = imagenspec("render", ".", "--dry-run")
    left = ", 1 left as they are" if wrong and not sends else ""
    assert summary(dry) == f"1 request: {sends:d} to be rendered, {sends:d} to be sent{left}"
    done = imagenspec("render", ".")
    assert (done.returncode, b"nothing to send" in done.stderr) == (wrong, not sends)


def test_again_sends_what_the_summary_says(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=SOME, two=f"{SOME.replace('coffee', 'tea')}render: {{on_filtered: warn}}\n")
    imagenspec("render", ".")
    done = imagenspec("render", ".")
    assert b"--again sends 1 of them again" in done.stderr
    assert b" 1 sent" in imagenspec("render", ".", "--again").stderr
    shutil.rmtree(folder / "renders")
    assert b" 1 sent" in imagenspec("render", ".", "--again").stderr
    both = imagenspec("render", ".", "--select", "modified", "--again")
    assert (both.returncode, b"leave out --select or --again" in both.stderr) == (2, True)


@pytest.mark.parametrize("lost", ["images", "."])
def test_pictures_that_are_not_there_are_not_counted(lost: str, folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=TWO)
    imagenspec("render", ".")
    shutil.rmtree(folder / ".imagenspec" / lost)
    (folder / "renders" / "one-1.png").unlink()
    done = imagenspec("render", ".", "--select", "modified")
    assert (done.returncode, summary(done)) == (0, "1 request: 1 done; 1 picture in renders/; nothing to send")


def test_a_recipe_with_two_names_is_rendered_once(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=ONE)
    done = imagenspec("render", "one.imagen.yaml", str(folder / "one.imagen.yaml"), ".")
    assert summary(done) == "1 request: 1 done; 1 picture in renders/; 1 sent"


def test_pictures_of_another_branch_are_put_right_and_told(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=TWO)
    imagenspec("render", ".")
    lock, picture = folder / "one.imagen.lock", folder / "renders" / "one-1.png"
    kept = (lock.read_bytes(), picture.read_bytes())
    write(folder, one=TWO.replace("coffee", "tea"))
    imagenspec("render", ".")
    write(folder, one=TWO)
    lock.write_bytes(kept[0])
    assert imagenspec("status").stdout.splitlines()[:2] == [
        b"one.imagen.yaml: 1 other pictures",
        b"  other pictures (renders/one-1.png, renders/one-2.png)",
    ]
    frozen = imagenspec("render", ".", "--frozen")
    assert (frozen.returncode, b"1 case not fresh" in frozen.stderr) == (1, True)
    assert imagenspec("lock", "--check").returncode == 0
    done = imagenspec("render", ".")
    assert (done.returncode, summary(done)[-15:]) == (0, "nothing to send")
    said = b"one.imagen.yaml: renders/one-1.png was a picture of another render; its own is there again\n"
    assert said in done.stderr
    assert picture.read_bytes() == kept[1]
    assert imagenspec("render", ".", "--frozen").returncode == 0


def test_a_picture_copied_over_another_is_put_right_and_an_edited_one_stays(
    folder: Path, imagenspec: Imagenspec
) -> None:
    write(folder, one=TWO)
    imagenspec("render", ".")
    first, second = (folder / "renders" / f"one-{number}.png" for number in (1, 2))
    before = first.read_bytes()
    shutil.copy(second, first)
    second.write_bytes(second.read_bytes() + b"x")
    done = imagenspec("render", ".")
    assert (done.returncode, done.stderr.count(b"its own is there again"), done.stderr.count(b"stays so")) == (0, 1, 1)
    assert (first.read_bytes(), second.read_bytes()[-1:]) == (before, b"x")
    assert imagenspec("status").stdout.startswith(b"one.imagen.yaml: 1 edited\n")


@pytest.mark.parametrize("options", [(), ("--no-provenance",)], ids=["told", "not told"])
def test_a_recipe_does_not_take_the_place_of_another_one(
    options: tuple[str, ...], folder: Path, imagenspec: Imagenspec
) -> None:
    (folder / "below").mkdir()
    write(folder / "below", one=f"{ONE}render: {{path: ../out/cup}}\n")
    write(folder, two=ONE.replace("coffee", "tea") + OWN)
    assert imagenspec("render", "below", *options).returncode == 0
    before = (folder / "out" / "cup.png").read_bytes()
    done = imagenspec("render", "two.imagen.yaml", *options)
    assert (done.returncode, b"is a picture of below/one.imagen.yaml; give each its" in done.stderr) == (2, True)
    assert (folder / "out" / "cup.png").read_bytes() == before
    write(folder, two=ONE.replace("coffee", "tea"))
    assert imagenspec("render", "two.imagen.yaml", *options).returncode == 0
    write(folder, two=ONE.replace("coffee", "tea") + OWN)
    assert imagenspec("render", "two.imagen.yaml", *options).returncode == 2
    write(folder, two=ONE + OWN)
    assert imagenspec("render", "two.imagen.yaml", *options).returncode == 0
    (folder / "below" / "one.imagen.yaml").unlink()
    write(folder, two=ONE.replace("coffee", "milk") + OWN)
    assert imagenspec("render", "two.imagen.yaml", *options).returncode == 0


@pytest.mark.parametrize("change", ["changed", "gone"])
def test_lock_does_not_drop_pictures_that_may_have_been_paid_for(
    change: str, folder: Path, imagenspec: Imagenspec
) -> None:
    write(folder, one=f"{ONE}matrix: {{n: [1, 2]}}\n")
    imagenspec("render", ".")
    lock = folder / "one.imagen.lock"
    lock.write_text(real := lock.read_text().replace('"target":"emulator",', ""))
    text = ONE.replace("coffee", "tea") if change == "changed" else ONE
    write(folder, one=f"{text}matrix: {{n: {'[1, 2]' if change == 'changed' else '[1]'}}}\n")
    done = imagenspec("lock")
    assert (done.returncode, b"that may have been paid for" in done.stderr) == (2, True)
    assert lock.read_text() == real
    assert imagenspec("lock", "--check").returncode == 1
    assert imagenspec("lock", "--force").returncode == 0
    assert imagenspec("lock", "--check").returncode == 0
