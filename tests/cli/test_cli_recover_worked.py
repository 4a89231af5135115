"""``imagenspec recover -o``: what it writes compiles as it is, for every worked recipe, or is not said to."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from environment import CHECKOUT
from test_cli_recover import ONE, RECORD, picture_of, printed, recovered
from test_cli_render import write

from imagenspec.project.config import OWN_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

WORKED = CHECKOUT / "recipes"
WITH_BUCKETS = {"segment-background", "upscale-gcs"}
"""Recipes whose pictures are in a bucket, which no picture tells."""
SEEDED = """\
imagenspec: 1
task: customize
model: imagen-3.0-capability-001
references:
  tea: {subject: product, description: a cup, images: [cup.png]}
prompt: "{{ tea }} on a table"
parameters: {sample_count: 1, seed: 7}
"""


@pytest.fixture
def worked(folder: Path, imagenspec: Imagenspec) -> Path:
    """Return the worked recipes with what they make, in their own project."""
    shutil.copytree(
        WORKED, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("renders", ".imagenspec", "*.lock")
    )
    done = imagenspec("render", ".")
    assert done.returncode == 0, done.stderr
    return folder


def bodies(folder: Path, imagenspec: Imagenspec) -> dict[str, bytes]:
    """Return what the recipes of a folder compile to, as the command line does it, by recipe and case."""
    done = imagenspec("compile", ".", "-o", "../bodies/", cwd=folder)
    assert done.returncode == 0, done.stderr
    found = {path.name: path.read_bytes() for path in (folder.parent / "bodies").iterdir()}
    shutil.rmtree(folder.parent / "bodies")
    return found


@pytest.mark.parametrize("configured", [True, False], ids=["in its project", "elsewhere"])
def test_worked_recipe_comes_back_and_compiles(worked: Path, imagenspec: Imagenspec, configured: bool) -> None:
    wanted = bodies(worked, imagenspec)
    for path in worked.glob("*.imagen.yaml"):
        path.unlink()
    back = worked.parent / "back"
    (back / ".git").mkdir(parents=True)
    if configured:
        shutil.copy(worked / OWN_FILE, back)
    shutil.copytree(worked / "images", back / "images")
    pictures = sorted(str(path) for path in (worked / "renders").iterdir())
    done = imagenspec("recover", *pictures, "-o", str(back), "--format", "json")
    told: list[dict[str, Any]] = json.loads(done.stdout)["images"]
    lost = {one["record"]["recipe"].removesuffix(".imagen.yaml") for one in told if not one["same_request"]}
    assert (done.returncode, lost) == (1, WITH_BUCKETS)
    found = bodies(back, imagenspec)
    assert found.keys() == wanted.keys()
    assert {name for name in wanted if found[name] != wanted[name]} == {f"{name}.json" for name in WITH_BUCKETS}
    linted = imagenspec("lint", str(back))
    assert linted.returncode == 0, linted.stdout


def test_recipe_with_a_bucket_comes_back_while_it_is_there(worked: Path, imagenspec: Imagenspec) -> None:
    for name in WITH_BUCKETS:
        [picture] = (worked / "renders").glob(f"{name}*")
        done = imagenspec("recover", str(picture), "-o", "back")
        assert done.returncode == 0, done.stdout
        compiled = imagenspec("compile", f"back/{name}.imagen.yaml")
        assert compiled.returncode == 0, compiled.stderr
        assert compiled.stdout == imagenspec("compile", f"{name}.imagen.yaml").stdout


def test_what_was_ignored_is_ignored_again(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=f"# imagenspec: ignore-file[seed-with-watermark] the emulator takes it\n{SEEDED}")
    assert imagenspec("render", ".").returncode == 0
    wanted = imagenspec("compile", "cup.imagen.yaml").stdout
    (folder / "cup.imagen.yaml").unlink()
    (folder / "back").mkdir()
    shutil.copy(folder / "cup.png", folder / "back")
    done = imagenspec("recover", "renders/cup.png", "-o", "back")
    assert done.returncode == 0, done.stdout
    assert "wrote back/cup.imagen.yaml, which compiles to that request\n" in printed(done)
    head, _, rest = (folder / "back/cup.imagen.yaml").read_text().partition("\n")
    assert head == "# imagenspec: ignore-file[seed-with-watermark] as it was rendered"
    compiled = imagenspec("compile", "back/cup.imagen.yaml")
    assert (compiled.returncode, compiled.stdout) == (0, wanted)
    write(folder / "back", bare=rest)
    assert imagenspec("compile", "back/bare.imagen.yaml").returncode == 1
    assert imagenspec("recover", "renders/cup.png", "-o", "back").returncode == 0


def test_recipe_that_does_not_compile_is_not_said_to(folder: Path, imagenspec: Imagenspec) -> None:
    text = f"{ONE}colour: blue\n"
    (folder / "a.png").write_bytes(picture_of(RECORD._replace(resolved=text)))
    done = imagenspec("recover", "a.png", "-o", "back")
    assert done.returncode == 1
    assert 'wrote back/cup.imagen.yaml, which does not compile: IMG101 unknown key "colour"' in printed(done)
    assert not recovered(imagenspec, "a.png", "-o", "back")[0]["same_request"]
    (folder / "a.png").write_bytes(picture_of(RECORD._replace(resolved=f"{ONE}matrix: {{prompt: [a, b]}}\n")))
    several = imagenspec("recover", "a.png", "-o", "back", "--force")
    assert "which does not compile to that request: it has several cases" in printed(several)
