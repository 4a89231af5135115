"""Project and location of commands, and the configuration that they and images come from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from cli_recipes import CUP, UPSCALE, upscale
from pinned import CONFIGURATION

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

ENVIRONMENT = {"GOOGLE_CLOUD_PROJECT": "from-env", "GOOGLE_CLOUD_LOCATION": "europe-west4"}
OPTIONS = ("--project", "from-option", "--location", "us-east1")
SETTINGS = f'{CONFIGURATION}project = "from-file"\nlocation = "us-west1"\n'


def url(imagenspec: Imagenspec, *arguments: str, env: dict[str, str] | None = None) -> str:
    done = imagenspec("compile", "cup.imagen.yaml", "--format", "http", *arguments, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().split()[1]


def expected(project: str, location: str) -> str:
    return f"https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}/"


def test_options_come_before_configuration_and_environment(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    assert url(imagenspec, env=ENVIRONMENT).startswith(expected("from-env", "europe-west4"))
    (folder / ".imagenspec.toml").write_text(SETTINGS)
    assert url(imagenspec, env=ENVIRONMENT).startswith(expected("from-file", "us-west1"))
    assert url(imagenspec, *OPTIONS, env=ENVIRONMENT).startswith(expected("from-option", "us-east1"))


def test_each_setting_is_looked_up_on_its_own(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / ".imagenspec.toml").write_text(f'{CONFIGURATION}location = "us-west1"\n')
    assert url(imagenspec, env=ENVIRONMENT).startswith(expected("from-env", "us-west1"))


def test_configuration_may_stand_in_pyproject(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / ".imagenspec.toml").unlink()
    (folder / "pyproject.toml").write_text(f"[tool.imagenspec]\n{SETTINGS}")
    assert url(imagenspec).startswith(expected("from-file", "us-west1"))
    (folder / ".imagenspec.toml").write_text(f'{CONFIGURATION}project = "own-file"\nlocation = "us-south1"\n')
    assert url(imagenspec).startswith(expected("own-file", "us-south1"))


def test_missing_settings_are_placeholders_with_a_note(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    done = imagenspec("compile", "cup.imagen.yaml", "--format", "curl")
    assert done.returncode == 0
    assert b"/projects/PROJECT_ID/locations/LOCATION/" in done.stdout
    assert b"PROJECT_ID and LOCATION" in done.stderr
    assert b"note" not in imagenspec("compile", "cup.imagen.yaml", "--format", "request").stderr


BAD_CONFIGURATIONS = {
    "not TOML": "project = \n",
    "unknown setting": 'projet = "shop"\n',
    "project that is a number": "project = 7\n",
    "project that ends the quotes of a command": "project = 'x\"; id; \"'\n",
    "location without a region": 'location = "global"\n',
    "roots that are no list": 'image_roots = "/"\n',
    "bytes that are no text": "project = 'caf\udce9'\n",
}


@pytest.mark.parametrize("text", BAD_CONFIGURATIONS.values(), ids=BAD_CONFIGURATIONS)
def test_wrong_configuration_is_two_and_names_the_file(text: str, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(UPSCALE)
    (folder / ".imagenspec.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    for arguments in (("lint",), ("compile", "."), ("compile", ".", "--format", "curl")):
        done = imagenspec(*arguments)
        assert (done.returncode, done.stdout) == (2, b"")
        assert b".imagenspec.toml" in done.stderr
        assert b"bug" not in done.stderr


def test_wrong_configuration_is_two_for_a_recipe_without_images(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / ".imagenspec.toml").write_text("projet = 1\n")
    assert imagenspec("lint").returncode == 2
    assert imagenspec("compile", ".").returncode == 2


def test_setting_of_the_environment_that_cannot_be_one_is_named(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    done = imagenspec("compile", ".", "--format", "curl", env={"GOOGLE_CLOUD_PROJECT": "$(id)"})
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"GOOGLE_CLOUD_PROJECT" in done.stderr


def test_image_root_of_the_configuration_allows_what_lies_below_it(folder: Path, imagenspec: Imagenspec) -> None:
    shared = folder.parent / "shared"
    shared.mkdir()
    shutil.copy(folder / "cup.png", shared)
    shutil.copy(folder / "cup.png", folder.parent / "secret.png")
    (folder / ".imagenspec.toml").write_text(f'{CONFIGURATION}image_roots = ["../shared"]\n')
    (folder / "a.imagen.yaml").write_text(upscale("../shared/cup.png"))
    assert imagenspec("lint", "a.imagen.yaml").returncode == 0
    (folder / "b.imagen.yaml").write_text(upscale("../shared/../secret.png"))
    assert b"IMG502" in imagenspec("lint", "b.imagen.yaml").stdout


def test_configuration_of_a_folder_above_is_found(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / ".imagenspec.toml").write_text(SETTINGS)
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "cup.imagen.yaml").write_text(CUP)
    done = imagenspec("compile", "cup.imagen.yaml", "--format", "http", cwd=folder / "deep" / "er")
    assert b"/projects/from-file/" in done.stdout


def test_configuration_below_the_checkout_does_not_let_images_in_from_outside(
    folder: Path, imagenspec: Imagenspec
) -> None:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "below").mkdir()
    (folder / "below" / "cup.imagen.yaml").write_text(CUP)
    (folder / "below" / ".imagenspec.toml").write_text(f'{CONFIGURATION}image_roots = ["../.."]\n')
    done = imagenspec("lint", ".")
    assert done.returncode == 2
    assert b"image_roots" in done.stderr
    (folder / "below" / ".imagenspec.toml").write_text(f'{CONFIGURATION}image_roots = [".."]\n')
    assert imagenspec("lint", ".").returncode == 0
