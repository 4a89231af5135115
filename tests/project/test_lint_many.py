"""Many recipes: what is found does not depend on chance, on order, on processes, or on the state of the cache."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from environment import CHECKOUT, clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = CHECKOUT / "tests"
SUFFIX = ".imagen.yaml"
OLD_ENOUGH = 2.2
"""Seconds after which a verdict about a picture may be kept."""
DATABASE = "verdicts.sqlite"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with the recipes of the golden folders and their pictures."""
    root: Path = tmp_path_factory.mktemp("many") / "project"
    (root / ".git").mkdir(parents=True)
    for name in ("err", "ok", "images"):
        shutil.copytree(TESTS / name, root / name)
    (root / ".imagenspec.toml").write_text("as_of = 2026-01-15\n")
    time.sleep(OLD_ENOUGH)
    return root


@pytest.fixture(scope="module")
def few(project: Path) -> Path:
    """Return a project with some of the recipes, all of one folder."""
    root = project.with_name("few")
    for path in project.rglob("*"):
        own = path.name.endswith(SUFFIX)
        if path.is_file() and (not own or (path.parent.name == "err" and path.name[0] in "imsy")):
            target = root / path.relative_to(project)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    (root / ".git").mkdir()
    time.sleep(OLD_ENOUGH)
    return root


def run(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "imagenspec", "lint", "--format", "json", *arguments]
    return subprocess.run(
        command, cwd=project, env=clean_environment(**environment), capture_output=True, timeout=120, check=False
    )


def said(project: Path, *arguments: str, **environment: str) -> bytes:
    """Return what lint prints as JSON; there are findings, and nothing else is said."""
    done = run(project, *arguments, **environment)
    assert (done.returncode, done.stderr) == (1, b"")
    return done.stdout


@pytest.fixture(scope="module")
def reference(project: Path) -> bytes:
    """Return what one process says without a cache."""
    return said(project, "--no-cache", "--jobs", "1")


@pytest.fixture(scope="module")
def reference_of_few(few: Path) -> bytes:
    return said(few, "--no-cache", "--jobs", "1")


@pytest.fixture(scope="module")
def cache_of_few(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache with the verdicts of the few recipes."""
    cache: Path = tmp_path_factory.mktemp("cache")
    said(few, IMAGENSPEC_CACHE_DIR=str(cache))
    return cache


def by_file(report: bytes) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for finding in json.loads(report)["findings"]:
        found[finding["file"]].append(finding)
    return dict(found)


def files(report: bytes) -> list[str]:
    return [one["file"] for one in json.loads(report)["recipes"]]


def test_the_recipes_are_hundreds_and_break_many_rules(reference: bytes) -> None:
    assert len(files(reference)) > 250
    assert len({finding["code"] for found in by_file(reference).values() for finding in found}) > 90
    assert {one["severity"] for found in by_file(reference).values() for one in found} == {"error", "warning", "info"}


def test_recipes_of_the_ok_folder_are_found_fine_and_the_others_as_their_goldens_say(reference: bytes) -> None:
    found = by_file(reference)
    for name in files(reference):
        lines = [
            f"{one['start']['line']}:{one['start']['column']}-{one['end']['line']}:{one['end']['column']}"
            f" {one['severity']} {one['code']} {one['message']}"
            for one in found.get(name, [])
        ]
        golden = (TESTS / name).with_name(Path(name).name.removesuffix(SUFFIX) + ".out")
        assert lines == (golden.read_text("utf-8").splitlines() if golden.exists() else []), name


@pytest.mark.parametrize("seed", ["0", "1", "4711", "random"])
def test_hash_seed_changes_nothing(seed: str, project: Path, reference: bytes) -> None:
    assert said(project, "--no-cache", "--jobs", "1", PYTHONHASHSEED=seed) == reference


@pytest.mark.parametrize("jobs", ["1", "2", "5"])
def test_number_of_processes_changes_nothing_with_and_without_cache(
    jobs: str, project: Path, reference: bytes, tmp_path: Path
) -> None:
    assert said(project, "--no-cache", "--jobs", jobs) == reference
    own = {"IMAGENSPEC_CACHE_DIR": str(tmp_path / "cache")}
    empty = said(project, "--jobs", jobs, **own)
    assert kept(tmp_path / "cache") > 200
    full = said(project, "--jobs", jobs, **own)
    assert empty == full == reference


def test_verdicts_of_one_number_of_processes_hold_for_another(project: Path, reference: bytes, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    made = [
        said(project, "--jobs", jobs, IMAGENSPEC_CACHE_DIR=cache, PYTHONHASHSEED=seed)
        for jobs, seed in (("5", "1"), ("1", "2"), ("2", "3"))
    ]
    assert made == [reference] * 3


def test_defaults_say_the_same(project: Path, reference: bytes) -> None:
    assert said(project) == reference


def shuffled(names: list[str]) -> list[str]:
    mixed = list(names)
    random.Random(7).shuffle(mixed)  # noqa: S311 - any order will do
    return mixed


@pytest.mark.parametrize("order", [list, lambda names: names[::-1], shuffled], ids=["sorted", "reversed", "shuffled"])
@pytest.mark.parametrize("options", [("--no-cache", "--jobs", "1"), ("--no-cache", "--jobs", "5"), ()])
def test_order_of_files_is_that_of_the_output_and_changes_no_finding(
    order: Callable[[list[str]], list[str]], options: tuple[str, ...], project: Path, reference: bytes
) -> None:
    named = order(files(reference))
    report = said(project, *options, *named)
    assert files(report) == named
    assert by_file(report) == by_file(reference)
    assert list(by_file(report)) == [name for name in named if name in by_file(reference)]
    assert json.loads(report)["summary"] == json.loads(reference)["summary"]


def test_each_recipe_alone_is_found_what_it_is_found_among_many(
    project: Path, reference: bytes, tmp_path: Path
) -> None:
    found = by_file(reference)
    for name in shuffled(files(reference))[:8]:
        report = run(project, name, IMAGENSPEC_CACHE_DIR=str(tmp_path)).stdout
        assert by_file(report).get(name, []) == found.get(name, [])


def kept(cache: Path) -> int:
    with sqlite3.connect(cache / DATABASE) as connection:
        [count] = connection.execute("SELECT count(*) FROM verdict").fetchone()
    connection.close()
    return int(count)


def edit(cache: Path, statement: str) -> None:
    with sqlite3.connect(cache / DATABASE) as connection:
        connection.execute(statement)
    connection.close()


def overwrite(cache: Path, start: int, data: bytes) -> None:
    content = bytearray((cache / DATABASE).read_bytes())
    content[start : start + len(data)] = data
    (cache / DATABASE).write_bytes(content)


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 - any bytes will do, the same each time


def put_a_file_in_its_place(cache: Path) -> None:
    shutil.rmtree(cache)
    cache.write_text("no folder\n")


def put_a_folder_in_the_place_of_the_database(cache: Path) -> None:
    (cache / DATABASE).unlink()
    (cache / DATABASE).mkdir()


BREAKERS: dict[str, Callable[[Path], object]] = {
    "a file": put_a_file_in_its_place,
    "a folder for the database": put_a_folder_in_the_place_of_the_database,
    "text": lambda cache: (cache / DATABASE).write_text("these are no verdicts\n" * 1000),
    "nothing": lambda cache: (cache / DATABASE).write_bytes(b""),
    "half of it": lambda cache: (cache / DATABASE).write_bytes((cache / DATABASE).read_bytes()[:20_000]),
    "noise in its head": lambda cache: overwrite(cache, 20, noise(60)),
    "noise in its pages": lambda cache: overwrite(cache, 8_192, noise(9_000)),
    "zeros in its pages": lambda cache: overwrite(cache, 4_096, bytes(4_096)),
    "another table": lambda cache: edit(cache, "ALTER TABLE verdict RENAME COLUMN value TO worth"),
    "values cut short": lambda cache: edit(cache, "UPDATE verdict SET value = substr(value, 1, length(value) / 2)"),
    "values of another form": lambda cache: edit(cache, "UPDATE verdict SET value = '[]'"),
    "values without findings": lambda cache: edit(cache, """UPDATE verdict SET value = '{"pictures": []}'"""),
    "values that are null": lambda cache: edit(cache, "UPDATE verdict SET value = NULL"),
    "values that are no text": lambda cache: edit(cache, "UPDATE verdict SET value = x'ff00fe'"),
}


@pytest.mark.parametrize("broken", BREAKERS)
def test_whatever_is_wrong_with_the_cache_the_verdicts_are_the_same(
    broken: str, few: Path, reference_of_few: bytes, cache_of_few: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(cache_of_few, cache)
    assert kept(cache) > 50
    BREAKERS[broken](cache)
    assert said(few, IMAGENSPEC_CACHE_DIR=str(cache)) == reference_of_few
    assert said(few, IMAGENSPEC_CACHE_DIR=str(cache)) == reference_of_few


@pytest.mark.parametrize("folder", ["/dev/null", "/dev/null/cache", "/proc/cache", "\n/nowhere/else\x7f" * 100])
def test_a_cache_that_cannot_be_made_is_done_without(folder: str, few: Path, reference_of_few: bytes) -> None:
    assert said(few, IMAGENSPEC_CACHE_DIR=folder) == reference_of_few


AS_NOBODY = """
import importlib, os, pkgutil, sys
import imagenspec
from imagenspec.project.discovery import recipes
from imagenspec.project.lint import lint
from imagenspec.project.options import Options
for module in pkgutil.walk_packages(imagenspec.__path__, "imagenspec."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
list(lint(recipes(["."]), Options(), cached=False, jobs=1))
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
from imagenspec.cli import main
main()
"""
"""Runs the command line as a user who may change nothing here; what it imports is imported before."""


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "with verdicts"])
def test_a_cache_that_may_only_be_read_gives_the_same_verdicts(
    filled: bool, open_folder: Path, few: Path, reference_of_few: bytes
) -> None:
    shutil.copytree(few, open_folder, dirs_exist_ok=True)
    open_folder.chmod(0o755)
    cache = open_folder / "cache"
    cache.mkdir()
    if filled:
        said(open_folder, IMAGENSPEC_CACHE_DIR=str(cache))
        (cache / DATABASE).chmod(0o444)
    before = {path.name: path.read_bytes() for path in cache.iterdir()}
    cache.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, "lint", "--format", "json", "--jobs", "1"],
        cwd=open_folder,
        env=clean_environment(IMAGENSPEC_CACHE_DIR=str(cache)),
        capture_output=True,
        timeout=120,
        check=False,
    )
    cache.chmod(0o755)
    assert (done.returncode, done.stdout, done.stderr) == (1, reference_of_few, b"")
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == before


def test_no_cache_leaves_no_file(few: Path, reference_of_few: bytes, tmp_path: Path) -> None:
    assert said(few, "--no-cache", IMAGENSPEC_CACHE_DIR=str(tmp_path / "cache")) == reference_of_few
    assert not (tmp_path / "cache").exists()


def test_no_cache_does_not_believe_what_is_kept(
    few: Path, reference_of_few: bytes, cache_of_few: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(cache_of_few, cache)
    edit(cache, "UPDATE verdict SET value = replace(value, 'IMG401', 'IMG402')")
    own = {"IMAGENSPEC_CACHE_DIR": str(cache)}
    assert said(few, **own) != reference_of_few
    assert said(few, "--no-cache", **own) == reference_of_few


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_runs_at_once_on_one_new_cache_say_the_same(jobs: str, project: Path, reference: bytes, tmp_path: Path) -> None:
    own = {"IMAGENSPEC_CACHE_DIR": str(tmp_path / "cache")}
    with ThreadPoolExecutor(3) as threads:
        runs = [threads.submit(said, project, "--jobs", jobs, **own) for _ in range(3)]
        assert [one.result() for one in runs] == [reference] * 3
    assert kept(tmp_path / "cache") > 200


def test_runs_at_once_on_one_old_cache_say_the_same(
    few: Path, reference_of_few: bytes, cache_of_few: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(cache_of_few, cache)
    edit(cache, "DELETE FROM verdict WHERE substr(hex(key), 1, 1) < '8'")
    with ThreadPoolExecutor(3) as threads:
        runs = [threads.submit(said, few, IMAGENSPEC_CACHE_DIR=str(cache)) for _ in range(6)]
        assert [one.result() for one in runs] == [reference_of_few] * 6
