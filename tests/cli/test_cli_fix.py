"""``imagenspec fix`` as a process: what it writes, what it leaves, what it says, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli_recipes import BROKEN, CUP, INFORMED, WARNED, upscale

from imagenspec.errors import ToolError
from imagenspec.project.fixing import Wanted, fix_file, write_fixed
from imagenspec.project.options import Options

if TYPE_CHECKING:
    from conftest import Imagenspec

CHECKOUT = str(Path(__file__).resolve().parents[2])
MISSPELT = CUP + "parameters:\n  sampel_count: 2  # two\n"
MENDED = CUP + "parameters:\n  sample_count: 2  # two\n"
UNSAFE = CUP + "parameters: {person_generation: alow_adult}\n"
UNSAFE_MENDED = UNSAFE.replace("alow", "allow")
UNCOVERING = CUP + "parameters: {sampel_count: 99}\n"

PROGRAM = """
import importlib, os, pkgutil, sys, difflib, hashlib, tomllib
import imagenspec
for module in pkgutil.walk_packages(imagenspec.__path__, "imagenspec."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
from imagenspec.cli import main
main()
"""
"""The command line as a user without rights, to whom the package itself may be unreadable."""


def recipe(folder: Path, text: str = MISSPELT, name: str = "cup.imagen.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def test_fix_writes_what_it_mends_and_nothing_else(folder: Path, imagenspec: Imagenspec) -> None:
    first, second = recipe(folder), recipe(folder, MISSPELT, "a/b/tea.imagen.yaml")
    sound, other = recipe(folder, CUP, "sound.imagen.yaml"), recipe(folder, MISSPELT, "notes.yaml")
    before = sound.stat().st_mtime_ns
    done = imagenspec("fix")
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"fixed 2 findings in 2 files\n"
    assert first.read_text() == second.read_text() == MENDED
    assert other.read_text() == MISSPELT
    assert (sound.read_text(), sound.stat().st_mtime_ns) == (CUP, before)
    assert sorted(path.name for path in folder.iterdir() if path.suffix == ".part") == []


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (CUP, 0, "nothing to fix\n"),
        (MISSPELT, 0, "fixed 1 finding in 1 file\n"),
        (INFORMED, 0, "nothing to fix; 1 remains\n"),
        (WARNED, 1, "nothing to fix; 1 remains\n"),
        (BROKEN, 1, "nothing to fix; 1 remains\n"),
        (BROKEN + "description: no\n", 1, "fixed 1 finding in 1 file; 1 remains\n"),
        (BROKEN + UNSAFE.removeprefix(CUP), 1, "nothing to fix; 2 remain (1 more with --unsafe)\n"),
        ("prompt: [", 1, "nothing to fix; 1 remains\n"),
    ],
)
def test_exit_code_and_summary_say_what_is_left(
    text: str, code: int, said: str, folder: Path, imagenspec: Imagenspec
) -> None:
    recipe(folder, text)
    done = imagenspec("fix")
    assert (done.returncode, done.stdout, done.stderr.decode()) == (code, b"", said)
    again = imagenspec("fix")
    assert again.returncode == code
    assert again.stderr.startswith(b"nothing to fix")


@pytest.mark.parametrize(
    "arguments",
    [["missing"], ["-", "cup.imagen.yaml"], ["--select", "IMG999"], ["--ignore", "no-such-name"], ["--format", "json"]],
)
def test_wrong_usage_is_two_and_writes_nothing(arguments: list[str], folder: Path, imagenspec: Imagenspec) -> None:
    path = recipe(folder)
    done = imagenspec("fix", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr
    assert path.read_text() == MISSPELT


def test_unsafe_fixes_are_made_only_when_asked_for(folder: Path, imagenspec: Imagenspec) -> None:
    path = recipe(folder, UNSAFE)
    assert imagenspec("fix").returncode == 1
    assert path.read_text() == UNSAFE
    done = imagenspec("fix", "--unsafe")
    assert (done.returncode, done.stderr) == (0, b"fixed 1 finding in 1 file\n")
    assert path.read_text() == UNSAFE_MENDED


def test_safe_fix_that_would_uncover_another_mistake_is_left_with_a_word_why(
    folder: Path, imagenspec: Imagenspec
) -> None:
    path = recipe(folder, UNCOVERING)
    done = imagenspec("fix")
    assert done.returncode == 1
    assert path.read_text() == UNCOVERING
    assert done.stderr.decode().splitlines() == [
        (
            'cup.imagen.yaml:5:14: IMG101 not mended (rename to "sample_count"): '
            "it would uncover IMG105 (out-of-range); --unsafe does it"
        ),
        "nothing to fix; 1 remains (1 more with --unsafe)",
    ]
    assert imagenspec("fix", "--unsafe").stderr == b"fixed 1 finding in 1 file; 1 remains\n"
    assert path.read_text() == UNCOVERING.replace("sampel", "sample")


@pytest.mark.parametrize(
    ("arguments", "mended"),
    [
        (["--select", "IMG101"], ["sample_count", "no\n"]),
        (["--select", "unknown-key", "--select", "IMG020"], ["sample_count", '"no"\n']),
        (["--select", "IMG1"], ["sample_count", "no\n"]),
        (["--ignore", "IMG0"], ["sample_count", "no\n"]),
        (["--select", "IMG", "--ignore", "unknown-key"], ["sampel_count", '"no"\n']),
    ],
)
def test_codes_choose_what_is_mended(
    arguments: list[str], mended: list[str], folder: Path, imagenspec: Imagenspec
) -> None:
    path = recipe(folder, MISSPELT + "description: no\n")
    imagenspec("fix", *arguments)
    key, word = mended
    assert path.read_text() == CUP + f"parameters:\n  {key}: 2  # two\ndescription: {word}"


def test_what_is_ignored_is_not_mended(folder: Path, imagenspec: Imagenspec) -> None:
    path = recipe(folder, CUP + "description: no  # imagenspec: ignore[yaml11-scalar] as it is\n")
    before = path.read_text()
    assert imagenspec("fix").returncode == 0
    (folder / ".imagenspec.toml").write_text('as_of = 2026-01-15\nignore = ["IMG020"]\n')
    other = recipe(folder, CUP + "description: off\n", "other.imagen.yaml")
    assert imagenspec("fix").returncode == 0
    assert path.read_text() == before
    assert other.read_text() == CUP + "description: off\n"


def test_diff_shows_and_writes_nothing(folder: Path, imagenspec: Imagenspec) -> None:
    path = recipe(folder)
    done = imagenspec("fix", "--diff")
    assert done.returncode == 1
    assert done.stderr == b"would fix 1 finding in 1 file\n"
    assert done.stdout.decode().splitlines() == [
        "--- cup.imagen.yaml",
        "+++ cup.imagen.yaml",
        "@@ -3,4 +3,4 @@",
        " model: imagen-4.0-generate-001",
        " prompt: a cup of coffee",
        " parameters:",
        "-  sampel_count: 2  # two",
        "+  sample_count: 2  # two",
    ]
    assert path.read_text() == MISSPELT


@pytest.mark.parametrize("text", [CUP, BROKEN])
def test_diff_of_what_stays_is_empty_and_fine(text: str, folder: Path, imagenspec: Imagenspec) -> None:
    recipe(folder, text)
    done = imagenspec("fix", "--diff")
    assert (done.returncode, done.stdout) == (0, b"")


def test_diff_keeps_line_ends_and_says_where_the_last_is_missing(folder: Path, imagenspec: Imagenspec) -> None:
    recipe(folder, MISSPELT.replace("\n", "\r\n").rstrip())
    shown = imagenspec("fix", "--diff").stdout
    assert shown.endswith(
        b"-  sampel_count: 2  # two\n\\ No newline at end of file\n"
        b"+  sample_count: 2  # two\n\\ No newline at end of file\n"
    )
    assert b" parameters:\r\n" in shown


def test_diff_cannot_steer_the_terminal(folder: Path, imagenspec: Imagenspec) -> None:
    recipe(folder, MISSPELT + "x-note: \u202e\n# \u202e\n", "\x1b]0;x\x07.imagen.yaml")
    done = imagenspec("fix", "--diff")
    shown = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 1
    assert "sample_count" in shown
    assert not set(shown) & set("\x1b\x07\u202e")


def test_diff_is_coloured_when_wanted(folder: Path, imagenspec: Imagenspec) -> None:
    recipe(folder)
    coloured = imagenspec("fix", "--diff", env={"FORCE_COLOR": "1"}).stdout
    assert b"\x1b[31m-  sampel_count: 2  # two\x1b[0m\n" in coloured
    assert b"\x1b[32m+  sample_count: 2  # two\x1b[0m\n" in coloured
    assert b"\x1b" not in imagenspec("fix", "--diff", env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout


@pytest.mark.parametrize(
    ("given", "printed", "code"),
    [
        (MISSPELT.encode(), MENDED.encode(), 0),
        (("\ufeff" + MISSPELT.replace("\n", "\r\n")).encode(), ("\ufeff" + MENDED.replace("\n", "\r\n")).encode(), 0),
        (BROKEN.encode(), BROKEN.encode(), 1),
        (b"prompt: \xff\xfe\x00", b"prompt: \xff\xfe\x00", 1),
        (b"", b"", 1),
        (b"#" * 10_000_100, b"#" * 10_000_100, 1),
    ],
    ids=["misspelt", "marked", "broken", "not-utf-8", "empty", "too-large"],
)
def test_standard_input_is_printed_mended_or_as_it_came(
    given: bytes, printed: bytes, code: int, imagenspec: Imagenspec
) -> None:
    done = imagenspec("fix", "-", stdin=given)
    assert done.stdout == printed
    assert done.returncode == code
    assert done.stderr.count(b"\n") == 1


def test_standard_input_has_the_folder_of_its_name(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "a").mkdir()
    text = upscale("../cup.png").replace("upscale_config", "upscaleConfig")
    done = imagenspec("fix", "-", "--stdin-filename", "a/cup.imagen.yaml", stdin=text.encode())
    assert (done.returncode, done.stdout.decode()) == (0, upscale("../cup.png"))
    shown = imagenspec("fix", "-", "--diff", "--stdin-filename", "a/cup.imagen.yaml", stdin=text.encode())
    assert shown.returncode == 1
    assert shown.stdout.startswith(b"--- a/cup.imagen.yaml\n")


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o640])
def test_permissions_stay(mode: int, folder: Path, imagenspec: Imagenspec) -> None:
    path = recipe(folder)
    path.chmod(mode)
    assert imagenspec("fix").returncode == 0
    assert path.read_text() == MENDED
    assert path.stat().st_mode & 0o7777 == mode


def test_link_within_the_project_stays_a_link_to_the_mended_file(folder: Path, imagenspec: Imagenspec) -> None:
    real = recipe(folder, MISSPELT, "shared/cup.txt")
    link = folder / "cup.imagen.yaml"
    link.symlink_to("shared/cup.txt")
    assert imagenspec("fix").returncode == 0
    assert link.is_symlink()
    assert not real.is_symlink()
    assert real.read_text() == MENDED


@pytest.mark.parametrize("named", [[], ["cup.imagen.yaml"], ["--unsafe", "./cup.imagen.yaml"]])
def test_nothing_outside_the_project_is_written(named: list[str], folder: Path, imagenspec: Imagenspec) -> None:
    outside = recipe(folder.parent, MISSPELT, "outside.yaml")
    (folder / "cup.imagen.yaml").symlink_to(outside)
    done = imagenspec("fix", *named)
    assert done.returncode == 1
    assert outside.read_text() == MISSPELT
    assert (folder / "cup.imagen.yaml").is_symlink()


def test_pipe_is_refused_without_waiting(folder: Path, imagenspec: Imagenspec) -> None:
    os.mkfifo(folder / "pipe")
    done = imagenspec("fix", "pipe")
    assert done.returncode == 2
    assert b"pipe" in done.stderr


def test_file_that_changed_meanwhile_is_not_written(folder: Path) -> None:
    path = recipe(folder)
    fixed = fix_file(path, Options(), Wanted())
    path.write_text(CUP)
    with pytest.raises(ToolError, match="changed while it was mended"):
        write_fixed(path, fixed)
    assert path.read_text() == CUP


def test_link_that_was_turned_outside_meanwhile_is_not_followed(folder: Path) -> None:
    path = recipe(folder)
    fixed = fix_file(path, Options(), Wanted())
    outside = recipe(folder.parent, MISSPELT, "outside.yaml")
    path.unlink()
    path.symlink_to(outside)
    with pytest.raises(ToolError, match="leads outside the project"):
        write_fixed(path, fixed)
    assert outside.read_text() == MISSPELT


def test_file_that_cannot_be_written_is_a_failure_beside_the_others(open_folder: Path) -> None:
    locked, free = open_folder / "a", open_folder / "b"
    for place in (locked, free):
        recipe(place).chmod(0o666)
        place.chmod(0o755 if place is locked else 0o777)
    read_only = recipe(free, MISSPELT, "read-only.imagen.yaml")
    read_only.chmod(0o444)
    if os.geteuid() != 0:
        locked.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "fix"],
        cwd=open_folder,
        env={**os.environ, "PYTHONPATH": CHECKOUT, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = done.stderr.decode().splitlines()
    assert done.returncode == 3
    assert said[0].startswith("imagenspec: a/cup.imagen.yaml cannot be written: ")
    assert said[1] == "imagenspec: b/read-only.imagen.yaml cannot be written: it is read-only"
    assert said[2] == "fixed 1 finding in 1 file"
    assert (locked / "cup.imagen.yaml").read_text() == read_only.read_text() == MISSPELT
    assert (free / "cup.imagen.yaml").read_text() == MENDED
    assert sorted(path.name for path in open_folder.rglob("*.part")) == []
    locked.chmod(0o755)
