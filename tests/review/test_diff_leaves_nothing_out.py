"""What ``diff`` finds is what a comparison of every recipe finds, whatever was edited."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from repositories import CUP, SEGMENT

from imagenspec.review.compare import Comparison
from imagenspec.review.diff import diff, range_of
from imagenspec.review.git import Repository as Git
from imagenspec.review.sides import TreeSide, WorkingSide
from imagenspec.review.tree import Tree
from imagenspec.review.values import ABSENT

if TYPE_CHECKING:
    from repositories import Repository

    from imagenspec.review.values import Difference

FOLDERS = ("", "a/", "a/deep/", "b/")
PICTURES = ("cup.png", "wide.png", "neon.webp", "person.jpg", "notes.png", "dots.gif")
EDITS = 5


def _write_all(repository: Repository, chance: random.Random) -> None:
    for folder in FOLDERS:
        repository.picture(f"{folder}images/cup.png")
        repository.picture(f"{folder}my cup.png")
        repository.write(f"{folder}text.imagen.yaml", CUP)
        up = "../" * folder.count("/")
        for number in range(4):
            named = chance.choice(("images/cup.png", "./my cup.png", f"{up}images/cup.png", f"{up}b/my cup.png"))
            text = SEGMENT.replace("cup.png", chance.choice((f"'{named}'", named, f'"{named}"')))
            repository.write(f"{folder}segment-{number}.imagen.yaml", text)
    repository.commit()


def _edit(repository: Repository, chance: random.Random) -> None:
    folder = chance.choice(FOLDERS)
    what = chance.randrange(8)
    picture = f"{folder}{chance.choice(('images/cup.png', 'my cup.png'))}"
    if what < 3:
        repository.picture(picture, chance.choice(PICTURES))
    elif what == 3:
        (repository.folder / picture).unlink(missing_ok=True)
    elif what == 4:
        repository.write(f"{folder}text.imagen.yaml", CUP.replace("7", str(chance.randint(8, 9))))
    elif what == 5:
        repository.write(f"{folder}segment-0.imagen.yaml", "# a note\n" + SEGMENT)
    elif what == 6:
        (repository.folder / f"{folder}segment-1.imagen.yaml").unlink(missing_ok=True)
    else:
        repository.write(f"{folder}.imagenspec.toml", "as_of = 2026-01-15\n")


def _of_every_recipe(git: Git, old: str, new: str | None) -> Difference:
    blobs = git.blobs()
    try:
        commits = git.commit(old), None if new is None else git.commit(new)
        differing = git.changed(*commits)
        before = TreeSide(old, Tree(git, commits[0], blobs), 10_000, differing)
        after = WorkingSide(git.top, 10_000, {}) if new is None else None
        side = after or TreeSide(str(new), Tree(git, str(commits[1]), blobs), 10_000, differing)
        paths = {*before.recipes(""), *side.recipes("")}
        return Comparison(before, side, git.top).difference(paths, len(paths))
    finally:
        blobs.close()


@pytest.mark.parametrize("seed", range(8))
def test_against_a_comparison_of_every_recipe(repository: Repository, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - edits, no secrets
    _write_all(repository, chance)
    for _ in range(EDITS):
        _edit(repository, chance)
    git = Git(repository.folder)
    found = diff(git, range_of(git, None))
    assert found == _of_every_recipe(git, "HEAD", None)
    assert found.recipes
    repository.commit()
    assert diff(git, range_of(git, "HEAD~1..HEAD")) == _of_every_recipe(git, "HEAD~1", "HEAD")


def test_many_recipes_are_compared_as_few_are(repository: Repository) -> None:
    for number in range(200):
        repository.write(f"cup-{number:03}.imagen.yaml", CUP.replace("7", str(number + 1)))
    repository.commit()
    for number in range(200):
        text = CUP.replace("7", str(number + 1)).replace(", sample_count: 2", "")
        repository.write(f"cup-{number:03}.imagen.yaml", text if number else "task: [")
    git = Git(repository.folder)
    first, *others = diff(git, range_of(git, None)).recipes
    assert (first.recipe, first.word, len(others)) == ("cup-000.imagen.yaml", "broken", 199)
    reasons = [reason for recipe in others for case in recipe.cases for reason in case.reasons]
    assert [(reason.old, reason.new is ABSENT) for reason in reasons] == [(2, True)] * 199
    assert diff(git, range_of(git, None)).again.requests == 199
    few = diff(git, range_of(git, None), [f"cup-{number:03}.imagen.yaml" for number in range(100)])
    assert few.recipes == (first, *others[:99])
