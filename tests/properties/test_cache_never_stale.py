"""A verdict of an earlier run is used only while everything that it came from is as it was."""

from __future__ import annotations

import os
import shutil
import time
from datetime import date
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagenspec.project import config, disk
from imagenspec.project.cache import Cache, key_of
from imagenspec.project.lint import lint
from imagenspec.project.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagenspec.project.verdict import Verdict

IMAGES = Path(__file__).resolve().parents[1] / "images"
AGE = 2.2
"""Seconds after which a file's times tell it from a later change."""

EDIT = """\
imagenspec: 1
task: edit
model: {model}
image: pictures/raw.png
mask: {{image: pictures/mask.png, dilation: 0.0}}
prompt: on a table{tail}
parameters: {{edit_mode: bgswap, sample_count: {count}}}
"""
GENERATE = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a cup
matrix: {parameters.sample_count: 1..3}
"""
TEXTS = [
    GENERATE,
    EDIT.format(model="imagen-3.0-capability-001", tail="", count=1),
    EDIT.format(model="imagen-3.0-capability-001", tail=" {{ place }}", count=1),
    EDIT.format(model="imagen-3.0-capability-001", tail="", count=9),
    EDIT.format(model="imagen-9", tail="", count=1),
    EDIT.format(model="imagen-3.0-capability-001", tail="", count="{{"),
    EDIT.format(model="imagen-3.0-capability-001", tail="", count=1) + "matrix: {parameters.sample_count: 1..3}\n",
]
CONFIGURATIONS = [
    None,
    "",
    'ignore = ["IMG5", "retired-model"]\n',
    'select = ["IMG2"]\n',
    'image_roots = ["../outside"]\n',
    "as_of = 2025-01-01\n",
    '[per_file_ignores]\n"shots/*" = ["IMG2", "IMG5"]\n',
]


SETS = 150
"""Folders of pictures; a change makes a picture young, so each example has one of its own."""


class World(NamedTuple):
    """A project with pictures that are old enough, and some that are not in it."""

    root: Path
    recipes: tuple[Path, ...]
    sets: Iterator[int]
    current: list[str]

    def begin(self) -> None:
        """Take the next folder of pictures, with a recipe that uses them."""
        self.current[0] = f"set-{next(self.sets)}"
        self.write_recipe(EDIT.format(model="imagen-3.0-capability-001", tail="", count=1))
        for folder in ("", "shots"):
            self.configure(folder, None)
        self.point(self.current[0])

    def write_recipe(self, text: str) -> None:
        for recipe in self.recipes:
            recipe.write_text(text, "utf-8")

    def configure(self, folder: str, text: str | None) -> None:
        file = self.root / folder / ".imagenspec.toml"
        file.unlink(missing_ok=True)
        if text is not None:
            file.write_text(text, "utf-8")

    def point(self, target: str) -> None:
        for recipe in self.recipes:
            link = recipe.parent / "pictures"
            link.unlink(missing_ok=True)
            link.symlink_to(self.root / target)

    def overwrite(self, name: str, donor: str) -> None:
        """Put other bytes into a picture and give it its old time back."""
        path = self.root / self.current[0] / name
        if not path.exists():
            return
        before = path.stat()
        path.write_bytes((IMAGES / donor).read_bytes())
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def take_away(self, name: str) -> None:
        (self.root / self.current[0] / name).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    base = tmp_path_factory.mktemp("world")
    root = base / "project"
    (root / ".git").mkdir(parents=True)
    (root / "shots").mkdir()
    (root / "drafts").mkdir()
    for folder in [base / "outside", root / "other", *(root / f"set-{number}" for number in range(SETS))]:
        folder.mkdir()
        shutil.copy(IMAGES / "cup.png", folder / "raw.png")
        shutil.copy(IMAGES / ("mask-black.png" if folder.name == "other" else "mask-half.png"), folder / "mask.png")
    time.sleep(AGE)
    recipes = tuple(root / folder / "cup.imagen.yaml" for folder in ("shots", "drafts"))
    made = World(root, recipes, cycle(range(SETS)), [""])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMAGENSPEC_CACHE_DIR", str(base / "cache"))
        patch.chdir(base)
        yield made


def as_new_process() -> None:
    """Forget what a process remembers of the file system."""
    config._project_of.cache_clear()
    disk._pictures.cache_clear()


def seen(world: World, options: dict[str, Any], *, cached: bool) -> list[Verdict]:
    as_new_process()
    return [
        one._replace(findings=tuple(found._replace(source=found.source.text) for found in one.findings))
        for one in lint(world.recipes, Options(**options), cached=cached, jobs=1)
    ]


changes: st.SearchStrategy[Callable[[World], Any]] = st.one_of(
    st.sampled_from(TEXTS).map(lambda text: lambda world: world.write_recipe(text)),
    st.tuples(st.sampled_from(["", "shots"]), st.sampled_from(CONFIGURATIONS)).map(
        lambda pair: lambda world: world.configure(*pair)
    ),
    st.sampled_from(["set-0", "other", "../outside", "nowhere"]).map(lambda target: lambda world: world.point(target)),
    st.tuples(
        st.sampled_from(["raw.png", "mask.png"]),
        st.sampled_from(["cup.png", "mask-black.png", "mask-small.png", "notes.png"]),
    ).map(lambda pair: lambda world: world.overwrite(*pair)),
    st.just(partial(World.take_away, name="mask.png")),
)
options = st.fixed_dictionaries(
    {
        "as_of": st.sampled_from([None, date(2024, 1, 1), date(2026, 4, 1), date(2026, 12, 1)]),
        "max_cases": st.sampled_from([1, 10]),
    }
)


@given(steps=st.lists(st.tuples(changes, options), min_size=1, max_size=6))
def test_a_change_of_any_input_is_seen(
    world: World, steps: list[tuple[Callable[[World], Any], dict[str, Any]]]
) -> None:
    world.begin()
    for change, chosen in [(lambda _: None, {}), *steps]:
        change(world)
        fresh = seen(world, chosen, cached=False)
        assert seen(world, chosen, cached=True) == fresh
        assert seen(world, chosen, cached=True) == fresh


def test_verdicts_about_old_pictures_are_used_again(world: World) -> None:
    world.begin()
    aged = world.root / "aged"
    shutil.copytree(world.root.parent / "outside", aged)
    world.point("aged")
    recipe = world.recipes[0]
    name, data, chosen = recipe.as_posix(), recipe.read_bytes(), Options(as_of=date(2026, 1, 15))
    as_new_process()
    [young] = lint([recipe], chosen, cached=True, jobs=1)
    assert Cache().get(key_of(name, data, chosen), name, data, chosen) is None
    time.sleep(AGE)
    [old] = lint([recipe], Options(as_of=date(2026, 1, 15)), cached=True, jobs=1)
    later = Options(as_of=date(2026, 1, 20))
    stored = Cache().get(key_of(name, data, later), name, data, later)
    assert stored is not None
    assert [one.message for one in stored.findings] == [one.message for one in old.findings]
    (aged / "mask.png").touch()
    touched = Options(as_of=date(2026, 1, 15))
    assert Cache().get(key_of(name, data, touched), name, data, touched) is not None, "the digest of a small picture"
    assert [one.code for one in young.findings] == [one.code for one in old.findings]
