"""``imagenspec diff`` and ``textconv`` as commands: what they print, and how they end."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cli_recipes import CUP, SEASONS, UPSCALE
from environment import IMAGES, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

HOSTILE = "</code><img src=x onerror=alert(1)> | [a](http://www.evil.example) **b** `c` @somebody #1\x1b[31m"


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    own = clean_environment(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, env=own, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return done.stdout


@pytest.fixture
def checkout(folder: Path) -> Path:
    """Return a repository with two recipes and a picture, all committed."""
    (folder / ".git").rmdir()
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / "large.imagen.yaml").write_text(UPSCALE)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "recipes")
    return folder


def test_text(checkout: Path, imagenspec: Imagenspec) -> None:
    (checkout / "cup.imagen.yaml").write_text(CUP.replace("coffee", "tea"))
    (checkout / "cup.png").write_bytes((IMAGES / "wide.png").read_bytes())
    (checkout / "seasons.imagen.yaml").write_text(SEASONS)
    done = imagenspec("diff")
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert lines[:4] == [
        "cup.imagen.yaml: changed",
        "  changed (imagen-4.0-generate-001, 4 samples)",
        "    prompt /instances/0/prompt",
        "      a cup of [-coffee-]{+tea+}",
    ]
    assert lines[4:7] == [
        "large.imagen.yaml: changed",
        "  changed (imagen-4.0-upscale-preview, 1 sample)",
        "    image /instances/0/image/bytesBase64Encoded",
    ]
    assert [line[:15] for line in lines[7:9]] == ["      - cup.png", "      + cup.png"]
    assert all("sha256" in line and " px, thumbnail " in line for line in lines[7:9])
    assert lines[-2] == "HEAD to working tree, 3 recipes: 2 cases added, 2 changed"
    assert lines[-1].startswith("to render again: 4 requests, 13 samples, ")
    assert max(map(len, lines)) <= 110


def test_exit_codes(checkout: Path, imagenspec: Imagenspec) -> None:
    assert imagenspec("diff", "--exit-code").returncode == 0
    (checkout / "cup.imagen.yaml").write_text(f"# a note\n{CUP}")
    assert imagenspec("diff", "--exit-code").returncode == 0
    (checkout / "cup.imagen.yaml").write_text(CUP.replace("coffee", "tea"))
    assert imagenspec("diff", "--exit-code").returncode == 1
    assert imagenspec("diff").returncode == 0
    wrong = (("nowhere",), ("",), ("HEAD..nowhere",), ("--", "--output=x"), ("HEAD", "nowhere"), ("HEAD", "../.."))
    for words in wrong:
        done = imagenspec("diff", *words)
        assert (done.returncode, done.stdout) == (2, b""), words
        assert done.stderr.count(b"\n") == 1


def test_no_git_and_no_repository(folder: Path, imagenspec: Imagenspec) -> None:
    done = imagenspec("diff", cwd=folder.parent)
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"no git repository" in done.stderr
    (folder / ".git").rmdir()
    git(folder, "init", "-q")
    done = imagenspec("diff")
    assert (done.returncode, b"no commit yet" in done.stderr) == (2, True)
    done = imagenspec("diff", cwd=folder / ".git")
    assert (done.returncode, b"no files around it" in done.stderr) == (2, True)
    done = imagenspec("diff", env={"PATH": str(folder)})
    assert done.returncode == 3
    assert b"git is not installed" in done.stderr


def test_a_word_that_is_a_revision_and_a_path(checkout: Path, imagenspec: Imagenspec) -> None:
    (checkout / "main").mkdir()
    done = imagenspec("diff", "main")
    assert done.returncode == 2
    assert b"is a revision and a path" in done.stderr
    assert imagenspec("diff", "main^0").returncode == 0
    assert imagenspec("diff", "main..").returncode == 0
    assert imagenspec("diff", "./main").returncode == 0


def test_a_recipe_that_cannot_be_read_is_not_called_unchanged(checkout: Path, imagenspec: Imagenspec) -> None:
    (checkout / "cup.imagen.yaml").write_text("task: [")
    assert imagenspec("diff").stdout.endswith(b"HEAD to working tree, 2 recipes: 1 recipe broken now\n")
    (checkout / "far.imagen.yaml").symlink_to("/nowhere/far")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "a link")
    assert b"broken at HEAD: a symbolic link that leads outside" in imagenspec("diff", "HEAD~1..HEAD").stdout


def test_a_recipe_that_was_mended(checkout: Path, imagenspec: Imagenspec) -> None:
    (checkout / "cup.imagen.yaml").write_text("task: [")
    git(checkout, "commit", "-qam", "broken")
    (checkout / "cup.imagen.yaml").write_text(CUP)
    lines = imagenspec("diff").stdout.decode().splitlines()
    assert lines[0] == "cup.imagen.yaml: broken before"
    assert "HEAD to working tree, 2 recipes: 1 case added; 1 recipe broken before" in lines
    (checkout / "cup.imagen.yaml").unlink()
    assert imagenspec("diff").stdout.decode().splitlines()[-1].endswith(" 2 recipes: 1 recipe broken before")


def test_words_that_are_revisions_in_the_place_of_paths(checkout: Path, imagenspec: Imagenspec) -> None:
    git(checkout, "commit", "-q", "--allow-empty", "-m", "again")
    for words, hint in (
        (("HEAD~1", "HEAD"), b"HEAD is a revision; write HEAD~1..HEAD to compare two of them"),
        (("HEAD~1", ".", "HEAD"), b"revisions stand before paths"),
        (("HEAD~1..HEAD", "main"), b"one word names all of them"),
    ):
        done = imagenspec("diff", *words)
        assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
        assert hint in done.stderr


def test_a_shallow_clone_says_so(checkout: Path, imagenspec: Imagenspec) -> None:
    git(checkout, "commit", "-q", "--allow-empty", "-m", "again")
    git(checkout, "clone", "-q", "--depth", "1", checkout.as_uri(), "shallow")
    for word in ("HEAD~1", "HEAD~1..HEAD"):
        done = imagenspec("diff", word, cwd=checkout / "shallow")
        assert done.returncode == 2
        assert b"git fetch --unshallow" in done.stderr
    assert b"shallow" not in imagenspec("diff", "nowhere").stderr


def test_json(checkout: Path, imagenspec: Imagenspec) -> None:
    (checkout / "cup.imagen.yaml").write_text(CUP + "parameters: {seed: 3, add_watermark: false}\n")
    found = json.loads(imagenspec("diff", "--format", "json").stdout)
    assert (found["version"], found["old"], found["new"]) == (1, "HEAD", "working tree")
    [recipe] = found["recipes"]
    [case] = recipe["cases"]
    assert {(one["pointer"], one["kind"], "old" in one, one["new"]) for one in case["reasons"]} == {
        ("/parameters/addWatermark", "parameter", False, False),
        ("/parameters/seed", "seed", False, 3),
    }
    assert found["again"] == {
        "requests": 1,
        "samples": 4,
        "usd": 0.16,
        "usd_of_known_prices": 0.16,
        "unknown_prices": [],
    }
    assert found["summary"]["differs"] is True
    assert (found["summary"]["renamed"], found["summary"]["broken"]) == (0, 0)
    (checkout / "large.imagen.yaml").rename(checkout / "larger.imagen.yaml")
    (checkout / "cup.imagen.yaml").write_text("task: [")
    found = json.loads(imagenspec("diff", "--format", "json").stdout)
    assert (found["summary"]["renamed"], found["summary"]["broken"], found["summary"]["recipes"]) == (1, 1, 2)
    assert (found["summary"]["broken_before"], found["summary"]["broken_now"]) == (0, 1)


def test_an_unknown_price_is_not_nothing(checkout: Path, imagenspec: Imagenspec) -> None:
    (checkout / "new.imagen.yaml").write_text(CUP.replace("imagen-4.0-generate-001", "imagen-9.0-generate-001"))
    found = json.loads(imagenspec("diff", "--format", "json").stdout)
    assert (found["again"]["usd"], found["again"]["unknown_prices"]) == (None, ["imagen-9.0-generate-001"])
    assert b"4 samples, unknown; no price is known for imagen-9.0-generate-001" in imagenspec("diff").stdout


def test_markdown_has_nothing_that_recipes_wrote_as_markup(checkout: Path, imagenspec: Imagenspec) -> None:
    (checkout / "cup.imagen.yaml").write_text(CUP.replace("a cup of coffee", json.dumps(HOSTILE)))
    (checkout / "a|b<i>_c_.imagen.yaml").write_text(CUP)
    text = imagenspec("diff", "--format", "markdown").stdout.decode()
    assert "| <code>a&#124;b&#60;i&#62;&#95;c&#95;.imagen.yaml</code> | added | 1 |  |  |" in text.splitlines()
    for wanted in ("<img", "](", "**b**", "`", "@", "\x1b", "http://", "www."):
        assert wanted not in text.replace("**imagenspec diff**", "")
    assert text.count("<details>") == text.count("</details>") == 2
    shown = imagenspec("diff").stdout
    assert b"\x1b" not in shown


def test_markdown_fits_into_a_comment(checkout: Path, imagenspec: Imagenspec) -> None:
    values = ", ".join(f"'{number} {'<' * 200}'" for number in range(30))
    matrix = f"prompt: '{{{{ kind }}}}'\nmatrix: {{kind: [{values}]}}\n"
    for number in range(40):
        (checkout / f"x{number}-{'@' * 200}.imagen.yaml").write_text(CUP.replace("prompt: a cup of coffee\n", matrix))
    (checkout / "cup.imagen.yaml").write_text(CUP.replace("coffee", "<" * 20_000))
    text = imagenspec("diff", "--format", "markdown").stdout.decode()
    lines = text.splitlines()
    assert len(text) <= 65_000
    assert lines[0].endswith("1200 cases added, 1 changed")
    assert "31 requests, 124 samples" in lines[2]
    assert "* and 10 more cases" in lines
    assert any(line.startswith("and ") and line.endswith(" more recipes") for line in lines)
    assert lines[-1].startswith("The details of ")
    assert text.count("<details>") == text.count("</details>") > 1
    assert "  * prompt <code>/instances/0/prompt</code>: too long to be shown here" in lines


def test_no_base64_is_printed(checkout: Path, imagenspec: Imagenspec) -> None:
    raw = "raw: {instance: {blob: %s}}\n"
    (checkout / "cup.imagen.yaml").write_text(CUP + raw % ("A" * 5000))
    git(checkout, "commit", "-qam", "raw")
    (checkout / "cup.imagen.yaml").write_text(CUP + raw % ("B" * 5000))
    for form in ("text", "json", "markdown"):
        shown = imagenspec("diff", "--format", form).stdout
        assert b"/instances/0/blob" in shown
        assert b"A" * 100 not in shown


def _with_textconv(checkout: Path) -> None:
    (checkout / ".gitattributes").write_text("*.imagen.yaml diff=imagenspec\n")
    command = f"{shlex.quote(sys.executable)} -m imagenspec textconv"
    git(checkout, "config", "diff.imagenspec.textconv", command)


def test_git_shows_the_change_of_the_request(checkout: Path) -> None:
    _with_textconv(checkout)
    (checkout / "large.imagen.yaml").write_text("# a note\n" + UPSCALE.replace("x2", "x4"))
    (checkout / "cup.imagen.yaml").write_text(f"# a note\n{CUP}")
    shown = git(checkout, "diff")
    changed = [line for line in shown.splitlines() if line.startswith(("+ ", "- "))]
    assert changed == ['-   "upscaleFactor": "x2"', '+   "upscaleFactor": "x4"']
    assert '"$file": "cup.png"' in git(checkout, "diff", "-U20")
    git(checkout, "commit", "-qam", "larger")
    assert '+   "upscaleFactor": "x4"' in git(checkout, "log", "-p", "-1")
    assert '-   "upscaleFactor": "x4"' in git(checkout, "diff", "HEAD", "HEAD~1")


def test_git_shows_texts_that_do_not_compile(checkout: Path) -> None:
    _with_textconv(checkout)
    (checkout / "cup.imagen.yaml").write_bytes(b"task: [\xff\n")
    (checkout / "large.imagen.yaml").write_text(UPSCALE + "colour: blue\n")
    shown = git(checkout, "diff")
    assert "+# error: IMG004" in shown
    assert "+colour: blue" in shown
    git(checkout, "commit", "-qam", "broken")
    assert "+colour: blue" in git(checkout, "show")


def test_textconv_alone(checkout: Path, imagenspec: Imagenspec) -> None:
    (checkout / ".imagenspec.toml").write_text("nonsense = 1\n")
    done = imagenspec("textconv", "cup.imagen.yaml")
    assert (done.returncode, json.loads(done.stdout)["instances"]) == (0, [{"prompt": "a cup of coffee"}])
    for word, said in (("nowhere", b"no such file"), (".", b"this is a folder")):
        wrong = imagenspec("textconv", word)
        assert (wrong.returncode, said in wrong.stderr) == (2, True)
