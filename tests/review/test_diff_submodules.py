"""``diff`` of recipes that use images in submodules."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from repositories import CUP, SEGMENT, Repository

import imagenspec
from imagenspec.report.changes_json import difference_as_json
from imagenspec.report.changes_markdown import difference_as_markdown
from imagenspec.report.changes_text import difference_as_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def library(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "library")
    found.picture("deep/cup.png")
    found.picture("deep/other.png")
    (found.folder / "link.png").symlink_to("deep/cup.png")
    found.commit()
    return found


@pytest.fixture
def using(repository: Repository, library: Repository) -> Repository:
    """Return a repository with a submodule, and a recipe that uses an image in it."""
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.folder), "lib")
    repository.write("segment.imagen.yaml", SEGMENT.replace("cup.png", "lib/deep/cup.png"))
    repository.write("linked.imagen.yaml", SEGMENT.replace("cup.png", "lib/link.png"))
    repository.write("cup.imagen.yaml", CUP)
    repository.commit()
    return repository


def inside(using: Repository) -> Repository:
    found = object.__new__(Repository)
    found.folder = using.folder / "lib"
    return found


def other_picture(using: Repository, name: str = "deep/cup.png") -> None:
    """Commit another image in the submodule."""
    inside(using).picture(name, "wide.png")
    inside(using).commit()


def names() -> list[str]:
    return [recipe.recipe for recipe in imagenspec.diff().recipes]


BOTH = ["linked.imagen.yaml", "segment.imagen.yaml"]


def test_another_commit_with_another_image(using: Repository) -> None:
    assert names() == []
    other_picture(using)
    assert names() == BOTH
    using.commit()
    assert names() == []
    found = imagenspec.diff("HEAD~1", "HEAD")
    assert [recipe.recipe for recipe in found.recipes] == BOTH
    [reason] = found.recipes[1].cases[0].reasons
    assert None not in (reason.old.sha256, reason.old.thumbnail, reason.new.sha256)
    assert reason.old.sha256 != reason.new.sha256


def test_another_commit_with_the_same_image(using: Repository) -> None:
    other_picture(using, "deep/other.png")
    using.commit()
    assert imagenspec.diff("HEAD~1", "HEAD").recipes == ()


def test_edits_that_are_not_committed_there(using: Repository) -> None:
    inside(using).picture("deep/cup.png", "wide.png")
    assert names() == BOTH


def test_an_image_that_the_older_commit_does_not_have(using: Repository) -> None:
    using.write("new.imagen.yaml", SEGMENT.replace("cup.png", "lib/deep/new.png"))
    other_picture(using, "deep/new.png")
    using.write("segment.imagen.yaml", SEGMENT.replace("cup.png", "lib/deep/new.png"))
    using.commit()
    found = {recipe.recipe: recipe for recipe in imagenspec.diff("HEAD~1", "HEAD").recipes}
    assert found["new.imagen.yaml"].word == "added"
    assert found["segment.imagen.yaml"].broken_old is None
    using.write("segment.imagen.yaml", SEGMENT.replace("cup.png", "lib/deep/gone.png"))
    using.commit()
    inside(using).picture("deep/gone.png")
    inside(using).commit()
    [recipe] = imagenspec.diff(paths="segment.imagen.yaml").recipes
    assert "does not exist in this revision" in str(recipe.broken_old)


def test_a_commit_that_is_not_here_is_told_and_not_called_the_same(using: Repository, library: Repository) -> None:
    other_picture(using)
    using.commit()
    using.git("submodule", "--quiet", "deinit", "-f", "lib")
    found = imagenspec.diff("HEAD~1", "HEAD")
    assert [recipe.recipe for recipe in found.recipes] == BOTH
    commit = library.git("rev-parse", "HEAD").strip()
    line = f"      - lib/link.png unknown at HEAD~1, commit {commit[:12]} of the submodule lib is not here"
    assert line in difference_as_text(found)
    [reason] = json.loads(difference_as_json(found))["recipes"][0]["cases"][0]["reasons"]
    assert reason["old"]["submodule"] == {"path": "lib", "commit": commit}
    using.write("linked.imagen.yaml", "# a note\n" + SEGMENT.replace("cup.png", "lib/link.png"))
    using.commit()
    assert imagenspec.diff("HEAD~1", "HEAD").recipes == ()


def test_a_clone_without_the_submodule(using: Repository, library: Repository) -> None:
    """Nothing is broken: the images are unknown, and another commit of the submodule counts as a change."""
    other_picture(using)
    using.commit()
    using.git("submodule", "--quiet", "deinit", "-f", "lib")
    assert names() == []
    using.write("segment.imagen.yaml", "# a note\n" + SEGMENT.replace("cup.png", "lib/deep/cup.png"))
    assert names() == []
    found = imagenspec.diff("HEAD~1")
    assert [recipe.recipe for recipe in found.recipes] == BOTH
    assert not any(recipe.broken_old or recipe.broken_new for recipe in found.recipes)
    commit = library.git("rev-parse", "HEAD").strip()
    said = "\n".join(difference_as_text(found))
    assert f"lib/link.png unknown at HEAD~1, commit {commit[:12]} of the submodule lib is not here" in said


def test_a_repository_in_the_place_of_a_submodule(using: Repository, tmp_path: Path) -> None:
    """What is read is the commit of the revision, and only of a repository whose files are in that folder."""
    other_picture(using)
    using.commit()
    moved = tmp_path / "elsewhere"
    shutil.move(using.folder / "lib", moved)
    (using.folder / "lib").symlink_to(moved)
    [*_, reason] = imagenspec.diff("HEAD~1", "HEAD").recipes[1].cases[0].reasons
    assert (reason.old.sha256, reason.new.sha256) == (None, None)


def test_nothing_of_the_submodule_runs(using: Repository, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    evil = using.write("../evil", f"#!/bin/sh\necho ran >> '{marker}'\n")
    evil.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "diff.external", "filter.lfs.smudge", "filter.lfs.process"):
        inside(using).git("config", name, str(evil))
    using.git("config", "submodule.lib.ignore", "all")
    using.git("config", "submodule.lib.update", f"!{evil}")
    inside(using).picture("deep/cup.png", "wide.png")
    assert names() == BOTH
    assert not marker.exists()


def test_recipes_in_a_submodule_are_said_to_be_left_out(using: Repository) -> None:
    assert imagenspec.diff().submodules == ()
    inside(using).write("cup.imagen.yaml", CUP)
    found = imagenspec.diff()
    assert (found.compared, found.submodules) == (3, ("lib",))
    line = "not compared: the recipes in the submodule lib; run diff there"
    assert line in difference_as_text(found)
    assert line in difference_as_markdown(found)
    assert json.loads(difference_as_json(found))["summary"]["submodules_left_out"] == ["lib"]
    assert imagenspec.diff(paths="cup.imagen.yaml").submodules == ()
    with pytest.raises(imagenspec.UsageError, match="in the submodule lib; run diff there"):
        imagenspec.diff(paths="lib/cup.imagen.yaml")


def test_a_picture_in_a_submodule_means_the_recipes_that_use_it(using: Repository) -> None:
    assert imagenspec.diff("HEAD", "HEAD", paths="lib/deep/cup.png").compared == 1
    other_picture(using)
    found = imagenspec.diff(paths="lib")
    assert (found.compared, len(found.recipes)) == (2, 2)


def test_many_recipes_in_processes_read_it_through_a_git_of_their_own(using: Repository) -> None:
    for number in range(160):
        using.write(f"segment-{number}.imagen.yaml", (using.folder / "segment.imagen.yaml").read_text())
    using.commit()
    other_picture(using)
    found = imagenspec.diff(paths=["lib/deep/cup.png", "linked.imagen.yaml"])
    assert (found.compared, found.count("changed"), found.broken) == (162, 162, 0)
