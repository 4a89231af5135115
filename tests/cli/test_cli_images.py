"""Images that cannot be sent: each is one finding at the place where the recipe names it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from cli_recipes import CUP, UPSCALE, upscale

import imagenspec as package
from imagenspec.errors import ToolError
from imagenspec.project.output import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Imagenspec

NOBODY = 65534
PROGRAM = """
import importlib, os, pkgutil, sys, tomllib
import PIL.Image
import imagenspec
PIL.Image.init()
for module in pkgutil.walk_packages(imagenspec.__path__, "imagenspec."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
from imagenspec.cli import main
main()
"""


def findings(imagenspec: Imagenspec) -> list[tuple[str, int, int]]:
    report = json.loads(imagenspec("lint", "cup.imagen.yaml", "--format", "json").stdout)
    return [(one["code"], one["start"]["line"], one["start"]["column"]) for one in report["findings"]]


def neighbour(place: Path) -> None:
    """Put a picture into a folder beside the project whose name begins like the project's."""
    beside = place.parent.with_name("project-two")
    beside.mkdir()
    shutil.copy(place.parent / "cup.png", beside)


ODD: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "directory": ("IMG503", "odd.png", lambda place: place.mkdir()),
    "pipe": ("IMG503", "odd.png", os.mkfifo),
    "link in a circle": ("IMG504", "odd.png", lambda place: place.symlink_to("odd.png")),
    "link to nothing": ("IMG501", "odd.png", lambda place: place.symlink_to("nothing.png")),
    "link out of the project": ("IMG502", "odd.png", lambda place: place.symlink_to("../outside/secret.png")),
    "link to a folder outside": ("IMG502", "odd.png/secret.png", lambda place: place.symlink_to("../outside")),
    "link to a device": ("IMG502", "odd.png", lambda place: place.symlink_to("/dev/zero")),
    "dots": ("IMG502", "../outside/secret.png", str),
    "dots that hide": ("IMG502", "./a/b/../../../outside/secret.png", str),
    "absolute": ("IMG502", "{outside}/secret.png", str),
    "neighbour": ("IMG502", "../project-two/cup.png", neighbour),
    "file as a folder": ("IMG501", "cup.png/inner.png", str),
    "overlong name": ("IMG501", "a" * 300 + ".png", str),
    "home": ("IMG501", "~/secret.png", str),
}
"""What is no readable image of the project: the code, how a recipe names it, and what makes it."""


@pytest.mark.parametrize(("code", "written", "make"), ODD.values(), ids=ODD)
def test_what_is_no_image_of_the_project_is_one_finding(
    code: str, written: str, make: Callable[[Path], object], folder: Path, imagenspec: Imagenspec
) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    shutil.copy(folder / "cup.png", outside / "secret.png")
    make(folder / "odd.png")
    (folder / "cup.imagen.yaml").write_text(upscale(written.format(outside=outside)))
    assert findings(imagenspec) == [(code, 4, 8)]
    for form in ("request", "file-refs", "curl"):
        done = imagenspec("compile", "cup.imagen.yaml", "--format", form)
        assert (done.returncode, done.stdout) == (1, b"")


def test_link_inside_the_project_is_an_image_like_others(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "pictures").mkdir()
    shutil.move(folder / "cup.png", folder / "pictures")
    (folder / "cup.png").symlink_to("pictures/cup.png")
    (folder / "cup.imagen.yaml").write_text(UPSCALE)
    assert findings(imagenspec) == []
    (folder / "cup.imagen.yaml").write_text(upscale(str(folder / "pictures" / "cup.png")))
    assert findings(imagenspec) == []


MEGABYTE = 1024 * 1024
TRY_ON = """\
imagenspec: 1
task: try_on
model: virtual-try-on-001
person: gs://bucket/person.jpg
products: [cup.png]
"""


@pytest.mark.parametrize(
    ("text", "most", "place"),
    [(UPSCALE, 10 * MEGABYTE, (4, 8)), (TRY_ON, 7 * MEGABYTE, (5, 12))],
    ids=["10 MB", "7 MB"],
)
def test_image_of_more_bytes_than_the_model_takes_is_one_finding(
    text: str, most: int, place: tuple[int, int], folder: Path, imagenspec: Imagenspec
) -> None:
    (folder / "cup.imagen.yaml").write_text(text)
    os.truncate(folder / "cup.png", most)
    assert findings(imagenspec) == []
    os.truncate(folder / "cup.png", most + 1)
    assert findings(imagenspec) == [("IMG509", *place)]


def as_nobody(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line as a user to whom permissions apply; as root, all modules are imported before."""
    command: list[Any] = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)


def test_image_without_permission_is_a_finding_beside_other_recipes(open_folder: Path, folder: Path) -> None:
    shutil.copy(folder / "cup.png", open_folder)
    (open_folder / "cup.imagen.yaml").write_text(UPSCALE)
    (open_folder / "plain.imagen.yaml").write_text(CUP)
    for path in open_folder.glob("*.*"):
        path.chmod(0o644)
    assert as_nobody(open_folder, "lint").returncode == 0
    (open_folder / "cup.png").chmod(0)
    lint = json.loads(as_nobody(open_folder, "lint", "--format", "json").stdout)
    assert [(one["file"], one["code"]) for one in lint["findings"]] == [("cup.imagen.yaml", "IMG504")]
    done = as_nobody(open_folder, "compile", ".")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"instances": [{"prompt": "a cup of coffee"}]}


def test_recipe_without_permission_is_a_finding_beside_other_recipes(open_folder: Path) -> None:
    for name in ("a", "b"):
        (open_folder / f"{name}.imagen.yaml").write_text(CUP)
        (open_folder / f"{name}.imagen.yaml").chmod(0o644)
    (open_folder / "a.imagen.yaml").chmod(0)
    done = as_nobody(open_folder, "lint", "--format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(one["file"], one["code"]) for one in report["findings"]] == [("a.imagen.yaml", "IMG014")]
    assert report["summary"]["recipes"] == 2


def vanishing(chunks: Iterator[bytes], image: Path, left: bytes | None) -> Iterator[bytes]:
    """Yield a body, and take its image away behind the first piece."""
    yield next(chunks)
    if left is None:
        image.unlink()
    else:
        image.write_bytes(left)
    yield from chunks


@pytest.mark.parametrize("left", [None, b"", b"\x89PNG\r\n\x1a\n" + bytes(5000)], ids=["gone", "empty", "longer"])
def test_image_that_changes_while_it_is_sent_leaves_no_half_file(left: bytes | None, folder: Path) -> None:
    recipe, output = folder / "cup.imagen.yaml", folder / "out" / "cup.json"
    recipe.write_text(UPSCALE)
    output.parent.mkdir()
    output.write_text("old")
    [request] = package.compile(recipe)
    with pytest.raises(ToolError) as failure:
        write_whole(output, vanishing(request.body(), folder / "cup.png", left))
    assert failure.value.exit_code == 3
    assert "cup.png" in str(failure.value)
    assert [path.name for path in output.parent.iterdir()] == ["cup.json"]
    assert output.read_text() == "old"


def test_image_swapped_for_a_link_after_the_check_is_not_followed(folder: Path) -> None:
    recipe, secret = folder / "cup.imagen.yaml", folder.parent / "secret.png"
    recipe.write_text(UPSCALE)
    [request] = package.compile(recipe)
    secret.write_bytes((folder / "cup.png").read_bytes())
    (folder / "cup.png").unlink()
    (folder / "cup.png").symlink_to(secret)
    with pytest.raises(ToolError):
        b"".join(request.body())
