"""``diff`` of recipes with images outside the repository: each revision is judged by its own configuration."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from environment import IMAGES
from repositories import SEGMENT

import imagenspec

if TYPE_CHECKING:
    from repositories import Repository

OUTSIDE = SEGMENT.replace("cup.png", "../shared/cup.png")
ALLOWED = 'image_roots = ["../shared"]\n'


@pytest.fixture
def sharing(repository: Repository) -> Repository:
    shared = repository.folder.parent / "shared"
    shared.mkdir()
    shutil.copyfile(IMAGES / "cup.png", shared / "cup.png")
    own = (repository.folder / ".imagenspec.toml").read_text()
    repository.write(".imagenspec.toml", own + ALLOWED)
    repository.write("segment.imagen.yaml", OUTSIDE)
    repository.commit()
    return repository


@pytest.mark.parametrize("note", ["", "# a note\n"])
def test_a_revision_without_the_setting_is_broken(sharing: Repository, note: str) -> None:
    own = (sharing.folder / ".imagenspec.toml").read_text()
    sharing.write(".imagenspec.toml", own.replace(ALLOWED, ""))
    sharing.write("segment.imagen.yaml", OUTSIDE + note)
    sharing.commit()
    found = imagenspec.diff("HEAD~1", "HEAD")
    [recipe] = found.recipes
    assert (recipe.broken_old, found.is_empty) == (None, False)
    assert "IMG502" in str(recipe.broken_new)


def test_both_with_the_setting_read_the_same_file(sharing: Repository) -> None:
    sharing.write("segment.imagen.yaml", f"# a note\n{OUTSIDE}")
    sharing.commit()
    assert imagenspec.diff("HEAD~1", "HEAD").recipes == ()
    sharing.write("segment.imagen.yaml", OUTSIDE.replace("foreground", "background"))
    [reason] = imagenspec.diff().recipes[0].cases[0].reasons
    assert (reason.kind, reason.new) == ("parameter", "BACKGROUND")


def test_a_link_to_the_folder_is_followed(sharing: Repository) -> None:
    shared = sharing.folder.parent / "shared"
    shared.rename(shared.with_name("real"))
    shared.symlink_to("real")
    sharing.write("segment.imagen.yaml", f"# a note\n{OUTSIDE}")
    assert imagenspec.diff().recipes == ()


def test_a_configuration_below_the_root_lets_nothing_in(sharing: Repository) -> None:
    own = (sharing.folder / ".imagenspec.toml").read_text()
    sharing.write("a/.imagenspec.toml", own.replace("../shared", "../../shared"))
    sharing.write("a/segment.imagen.yaml", OUTSIDE.replace("../shared", "../../shared"))
    sharing.commit()
    [recipe] = imagenspec.diff("HEAD~1", "HEAD").recipes
    assert "IMG502" in str(recipe.broken_new)
