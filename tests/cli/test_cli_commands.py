"""The small commands as processes: models, classes, schema, init, help and version."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec


def test_help_names_every_command_and_the_exit_codes(imagenspec: Imagenspec) -> None:
    done = imagenspec("--help")
    assert done.returncode == 0
    for word in (b"compile", b"lint", b"init", b"models", b"classes", b"schema", b"Exit codes"):
        assert word in done.stdout


@pytest.mark.parametrize("command", ["compile", "lint", "init", "models", "classes", "schema"])
def test_every_command_has_help(command: str, imagenspec: Imagenspec) -> None:
    done = imagenspec(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(b"Usage:")


def test_version_is_that_of_the_package(imagenspec: Imagenspec) -> None:
    from imagenspec import __version__  # noqa: PLC0415 - the fixture has the name of the package

    assert __version__.encode() in imagenspec("--version").stdout


def test_unknown_command_is_wrong_usage_with_a_suggestion(imagenspec: Imagenspec) -> None:
    done = imagenspec("compil", "x")
    assert done.returncode == 2
    assert b'did you mean "compile"?' in done.stderr


def test_models_lists_ids_tasks_and_ends(imagenspec: Imagenspec) -> None:
    done = imagenspec("models")
    assert done.returncode == 0
    [line] = [line for line in done.stdout.decode().splitlines() if line.startswith("virtual-try-on-001 ")]
    assert line.split() == ["virtual-try-on-001", "try_on", "deprecated", "2027-03-15", "-"]


def test_models_of_one_task_as_json_have_pages_as_sources(imagenspec: Imagenspec) -> None:
    found = json.loads(imagenspec("models", "--task", "segment", "--format", "json").stdout)
    assert [row["id"] for row in found] == ["image-segmentation-001"]
    assert all(url.startswith("https://") for url in found[0]["source"])
    assert imagenspec("models", "--task", "paint").returncode == 2


def test_classes_are_all_or_those_with_a_word_or_number(imagenspec: Imagenspec) -> None:
    assert len(imagenspec("classes").stdout.splitlines()) == 1 + 194
    assert imagenspec("classes", "CAT").stdout.decode().split()[2:4] == ["7", "cat"]
    assert imagenspec("classes", "7").stdout.decode().split() == ["id", "class", "7", "cat"]


def test_unknown_class_is_a_finding_with_a_suggestion(imagenspec: Imagenspec) -> None:
    done = imagenspec("classes", "cuch")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b'did you mean "couch"?' in done.stderr


def test_schema_is_the_recipe_schema_or_a_named_one(imagenspec: Imagenspec) -> None:
    assert json.loads(imagenspec("schema").stdout)["title"] == "imagenspec recipe"
    assert "properties" in json.loads(imagenspec("schema", "predict/edit.request").stdout)
    assert imagenspec("schema", "nothing").returncode == 2
    assert imagenspec("schema", "../pyproject").returncode == 2


def test_help_of_schema_names_every_schema_that_it_prints(imagenspec: Imagenspec) -> None:
    told = imagenspec("schema", "--help").stdout.decode()
    known = re.findall(r"'([^' ]+)'", imagenspec("schema", "nothing").stderr.decode().partition("not one of")[2])
    assert {"recipe", "lock", "plan", "report", "predict/edit.request"} <= set(known)
    for name in known:
        assert re.sub(r"/\w+\.", "/TASK.", name) in told


def test_init_writes_a_recipe_that_lints_clean_and_compiles(folder: Path, imagenspec: Imagenspec) -> None:
    assert imagenspec("init").returncode == 0
    recipe = folder / "recipe.imagen.yaml"
    first = recipe.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=./recipe.schema.json"
    assert json.loads((folder / "recipe.schema.json").read_bytes())["title"] == "imagenspec recipe"
    assert imagenspec("lint").returncode == 0
    assert len(imagenspec("compile", ".").stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("day", "line"),
    [
        ("2026-01-15", None),
        ("2026-04-01", "ignore-file[deprecated-model] Google ends it on 2026-06-30"),
        ("2026-06-30", "ignore-file[retired-model] Google ended it on 2026-06-30; the emulator draws it"),
    ],
)
def test_first_recipe_says_where_its_model_has_ended(
    day: str, line: str | None, folder: Path, imagenspec: Imagenspec
) -> None:
    (folder / ".imagenspec.toml").write_text(f"as_of = {day}\n")
    assert imagenspec("init").returncode == 0
    comments = [one for one in (folder / "recipe.imagen.yaml").read_text().splitlines() if "ignore-file" in one]
    assert comments == ([] if line is None else [f"# imagenspec: {line}"])
    assert imagenspec("lint").returncode == 0


@pytest.mark.parametrize("path", ["hero", "hero.imagen.yaml", "new/folder/hero"])
def test_init_takes_a_name_or_a_path(path: str, folder: Path, imagenspec: Imagenspec) -> None:
    assert imagenspec("init", path).returncode == 0
    assert len(list(folder.rglob("hero.imagen.yaml"))) == 1


def test_init_writes_over_nothing(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "recipe.imagen.yaml").write_text("mine")
    done = imagenspec("init")
    assert done.returncode == 2
    assert (folder / "recipe.imagen.yaml").read_text() == "mine"
    assert not (folder / "recipe.schema.json").exists()
    (folder / "recipe.schema.json").write_text("mine too")
    assert imagenspec("init", "other").returncode == 0
    assert (folder / "recipe.schema.json").read_text() == "mine too"


def test_init_does_not_write_through_a_link(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "recipe.imagen.yaml").symlink_to("elsewhere.txt")
    assert imagenspec("init").returncode == 2
    assert not (folder / "elsewhere.txt").exists()


def test_init_where_nothing_can_be_written_is_the_machines_failure(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "file").write_text("")
    assert imagenspec("init", "file/hero").returncode == 3
