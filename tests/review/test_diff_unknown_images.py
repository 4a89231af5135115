"""``diff`` of recipes whose images git was never given: what else they say is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from repositories import MASKED, SEGMENT

import imagenspec
from imagenspec.report.changes_json import difference_as_json
from imagenspec.report.changes_text import difference_as_text
from imagenspec.review.values import ABSENT, ImageState

if TYPE_CHECKING:
    from repositories import Repository


@pytest.fixture
def ignoring(repository: Repository) -> Repository:
    repository.write(".gitignore", "*.png\n")
    repository.picture("cup.png")
    repository.picture("mask.png", "mask.png")
    repository.write("masked.imagen.yaml", MASKED)
    repository.commit()
    return repository


def test_the_rest_of_the_request_is_compared(ignoring: Repository) -> None:
    ignoring.write("masked.imagen.yaml", MASKED.replace("a plate", "a dish"))
    found = imagenspec.diff()
    [recipe] = found.recipes
    [case] = recipe.cases
    assert (recipe.word, recipe.broken_old, case.word, case.old) == ("changed", None, "changed", None)
    reasons = {(one.kind, one.is_unknown) for one in case.reasons}
    assert reasons == {("prompt", False), ("image", True), ("mask", True)}
    assert case.new is not None
    assert "      - cup.png unknown at HEAD, git does not have it" in difference_as_text(found)
    assert '"sha256": null' in difference_as_json(found)


def test_an_image_that_only_its_name_is_known_of_is_no_change(ignoring: Repository) -> None:
    ignoring.write("masked.imagen.yaml", f"# a note\n{MASKED}")
    assert imagenspec.diff().recipes == ()
    ignoring.commit()
    assert imagenspec.diff("HEAD~1", "HEAD").recipes == ()
    ignoring.write("masked.imagen.yaml", MASKED.replace("cup.png", "./cup.png"))
    ignoring.commit()
    assert imagenspec.diff("HEAD~1", "HEAD").recipes == ()


def test_revisions_that_both_do_not_have_it(ignoring: Repository) -> None:
    ignoring.write("masked.imagen.yaml", MASKED.replace("a plate", "a dish").replace("mask.png", "other.png"))
    ignoring.commit()
    [case] = imagenspec.diff("HEAD~1", "HEAD").recipes[0].cases
    assert (case.old, case.new) == (None, None)
    assert {one.kind: (one.old, one.new) for one in case.reasons} == {
        "prompt": ("a plate", "a dish"),
        "mask": (ImageState("mask.png", None, None), ImageState("other.png", None, None)),
    }


def test_a_recipe_that_came_says_which_images_are_unknown(ignoring: Repository) -> None:
    ignoring.write("segment.imagen.yaml", SEGMENT)
    ignoring.commit()
    [case] = imagenspec.diff("HEAD~1", "HEAD").recipes[0].cases
    assert (case.word, case.new) == ("added", None)
    [reason] = case.reasons
    assert (reason.kind, reason.old, reason.new.path) == ("image", ABSENT, "cup.png")


def test_an_image_that_git_has_on_the_other_side_is_missing(ignoring: Repository) -> None:
    ignoring.git("add", "-f", "cup.png")
    ignoring.commit()
    [recipe] = imagenspec.diff("HEAD~1", "HEAD").recipes
    assert "does not exist in this revision" in str(recipe.broken_old)
    ignoring.git("rm", "-q", "--cached", "cup.png")
    ignoring.commit()
    [recipe] = imagenspec.diff("HEAD~1", "HEAD").recipes
    assert "does not exist in this revision" in str(recipe.broken_new)


def test_a_pointer_of_git_lfs_on_disk(repository: Repository) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 1234567\n"
    repository.write("cup.png", pointer.format("a" * 64))
    repository.write("segment.imagen.yaml", SEGMENT)
    repository.commit()
    repository.write("segment.imagen.yaml", f"# a note\n{SEGMENT}")
    assert imagenspec.diff().recipes == ()
    repository.write("cup.png", pointer.format("b" * 64))
    found = imagenspec.diff()
    [reason] = found.recipes[0].cases[0].reasons
    assert [(one.sha256, one.bytes) for one in (reason.old, reason.new)] == [("a" * 64, 1234567), ("b" * 64, 1234567)]
    shown = "      - cup.png sha256 aaaaaaaaaaaa, 1,234,567 bytes, size unknown, thumbnail unknown"
    assert shown in difference_as_text(found)
