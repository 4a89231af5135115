"""``diff`` between revisions and the working tree: which cases changed, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from repositories import CUP, MASKED, SEASONS, SEGMENT

import imagenspec
from imagenspec.review.diff import diff, range_of
from imagenspec.review.git import Repository as Git
from imagenspec.review.git import RevisionError
from imagenspec.review.values import ABSENT, ImageState, Reason

if TYPE_CHECKING:
    from repositories import Repository

    from imagenspec.review.values import CaseChange, Difference


def only_case(found: Difference) -> CaseChange:
    [recipe] = found.recipes
    [case] = recipe.cases
    return case


def only_reason(found: Difference) -> Reason:
    [reason] = only_case(found).reasons
    return reason


@pytest.fixture
def cup(repository: Repository) -> Repository:
    repository.write("cup.imagen.yaml", CUP)
    repository.commit()
    return repository


@pytest.fixture
def masked(repository: Repository) -> Repository:
    repository.picture("cup.png")
    repository.picture("mask.png", "mask.png")
    repository.write("masked.imagen.yaml", MASKED)
    repository.commit()
    return repository


@pytest.mark.usefixtures("cup")
def test_nothing_changed() -> None:
    found = imagenspec.diff()
    assert (found.is_empty, found.recipes, found.compared, found.again.requests) == (True, (), 1, 0)


def test_comments_order_and_spelling_are_no_change(cup: Repository) -> None:
    lines = CUP.splitlines()
    cup.write("cup.imagen.yaml", "\n".join(["# a note", lines[2], lines[0], lines[1], *lines[3:], ""]))
    assert imagenspec.diff().recipes == ()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("seed: 7", "seed: 8", Reason("seed", "/parameters/seed", 7, 8)),
        ("sample_count: 2", "sample_count: 3", Reason("parameter", "/parameters/sampleCount", 2, 3)),
        (", sample_count: 2", "", Reason("parameter", "/parameters/sampleCount", 2, ABSENT)),
        (
            "0-generate",
            "0-fast-generate",
            Reason("model", "", "imagen-4.0-generate-001", "imagen-4.0-fast-generate-001"),
        ),
    ],
)
def test_one_member(cup: Repository, old: str, new: str, reason: Reason) -> None:
    cup.write("cup.imagen.yaml", CUP.replace(old, new))
    assert only_reason(imagenspec.diff()) == reason


def test_words_of_a_prompt(cup: Repository) -> None:
    cup.write("cup.imagen.yaml", CUP.replace("coffee", "green tea"))
    reason = only_reason(imagenspec.diff())
    assert reason.kind == "prompt"
    assert reason.words == ((" ", "a cup of "), ("-", "coffee"), ("+", "green tea"), (" ", " on a table"))


def test_members_that_differ_in_their_type_only(cup: Repository) -> None:
    cup.write("cup.imagen.yaml", CUP + "raw: {parameters: {something: 1}}\n")
    cup.commit()
    cup.write("cup.imagen.yaml", CUP + "raw: {parameters: {something: true}}\n")
    reason = only_reason(imagenspec.diff())
    assert (reason.pointer, reason.old, reason.new) == ("/parameters/something", 1, True)


def test_base64_in_raw_that_differs_is_found(cup: Repository) -> None:
    cup.write("cup.imagen.yaml", CUP + f"raw: {{instance: {{blob: {'A' * 300}}}}}\n")
    cup.commit()
    cup.write("cup.imagen.yaml", CUP + f"raw: {{instance: {{blob: {'B' * 300}}}}}\n")
    assert only_reason(imagenspec.diff()).pointer == "/instances/0/blob"


def test_bytes_of_an_image_and_what_they_look_like(masked: Repository) -> None:
    with Image.open(masked.folder / "cup.png") as picture:
        size = picture.size
        notes = PngInfo()
        notes.add_text("Comment", "only metadata")
        picture.save(masked.folder / "cup.png", pnginfo=notes)
    reason = only_reason(imagenspec.diff())
    assert isinstance(reason.old, ImageState)
    assert isinstance(reason.new, ImageState)
    assert reason.kind == "image"
    assert (reason.old.path, reason.old.size, reason.new.size) == ("cup.png", size, size)
    assert reason.old.sha256 != reason.new.sha256
    assert reason.is_same_look
    masked.commit()
    with Image.new("RGB", size, "red") as red:
        red.save(masked.folder / "cup.png")
    assert not only_reason(imagenspec.diff()).is_same_look


def test_a_mask(masked: Repository) -> None:
    masked.picture("mask.png", "mask-half.png")
    assert only_reason(imagenspec.diff()).kind == "mask"
    masked.picture("mask.png", "mask.png")
    masked.write("masked.imagen.yaml", MASKED.replace("0.01", "0.02"))
    assert (only_reason(imagenspec.diff()).kind, only_reason(imagenspec.diff()).new) == ("mask", 0.02)


def test_an_image_under_another_name_is_no_change(masked: Repository) -> None:
    masked.git("mv", "cup.png", "tea.png")
    masked.write("masked.imagen.yaml", MASKED.replace("cup.png", "./tea.png"))
    assert imagenspec.diff().recipes == ()


def test_cases_of_a_matrix(repository: Repository) -> None:
    repository.write("seasons.imagen.yaml", SEASONS)
    repository.commit()
    repository.write("seasons.imagen.yaml", SEASONS.replace("autumn", "winter, summer"))
    [recipe] = imagenspec.diff().recipes
    assert recipe.same == 1
    words = {(case.case, case.word, case.old_case) for case in recipe.cases}
    assert words == {("season=winter", "changed", "season=autumn"), ("season=summer", "added", None)}
    assert imagenspec.diff().again == (2, 8, 0.32, ())


def test_a_case_that_only_has_another_id(repository: Repository) -> None:
    repository.write("seasons.imagen.yaml", SEASONS)
    repository.commit()
    repository.write("seasons.imagen.yaml", SEASONS.replace("season", "time"))
    found = imagenspec.diff()
    assert found.is_empty
    assert {(case.case, case.old_case) for case in found.recipes[0].cases} == {
        ("time=spring", "season=spring"),
        ("time=autumn", "season=autumn"),
    }


def test_recipes_that_came_went_or_have_another_name(cup: Repository) -> None:
    cup.write("seasons.imagen.yaml", SEASONS)
    cup.commit()
    cup.git("mv", "cup.imagen.yaml", "mug.imagen.yaml")
    (cup.folder / "seasons.imagen.yaml").unlink()
    cup.write("folder/new.imagen.yaml", CUP.replace("cup", "pot"))
    found = {recipe.recipe: recipe for recipe in imagenspec.diff().recipes}
    assert {name: recipe.word for name, recipe in found.items()} == {
        "folder/new.imagen.yaml": "added",
        "mug.imagen.yaml": "renamed",
        "seasons.imagen.yaml": "removed",
    }
    assert found["mug.imagen.yaml"].old_recipe == "cup.imagen.yaml"
    assert imagenspec.diff().again.requests == 1


def test_a_broken_recipe_is_said(cup: Repository) -> None:
    cup.write("cup.imagen.yaml", "task: [")
    [recipe] = imagenspec.diff().recipes
    assert (recipe.word, recipe.broken_old) == ("broken", None)
    assert "IMG001" in str(recipe.broken_new)
    cup.commit()
    assert imagenspec.diff().recipes == ()
    [recipe] = imagenspec.diff("HEAD~1", "HEAD").recipes
    assert "IMG001" in str(recipe.broken_new)
    cup.write("cup.imagen.yaml", CUP)
    [recipe] = imagenspec.diff().recipes
    assert [case.word for case in recipe.cases] == ["added"]
    assert "IMG001" in str(recipe.broken_old)


def test_an_image_that_came_without_a_change_of_text(repository: Repository) -> None:
    repository.write("segment.imagen.yaml", SEGMENT)
    repository.commit()
    repository.picture("cup.png")
    [recipe] = imagenspec.diff().recipes
    assert "does not exist in this revision" in str(recipe.broken_old)
    assert recipe.broken_new is None


def test_ranges_and_merge_bases(cup: Repository) -> None:
    cup.git("branch", "side")
    cup.write("cup.imagen.yaml", CUP.replace("seed: 7", "seed: 8"))
    cup.commit()
    cup.git("checkout", "-q", "side")
    cup.write("other.imagen.yaml", SEASONS)
    cup.commit()
    git = Git(cup.folder)

    def names(written: str) -> list[tuple[str, str]]:
        return [(one.recipe, one.word) for one in diff(git, range_of(git, written)).recipes]

    assert names("main..side") == [("cup.imagen.yaml", "changed"), ("other.imagen.yaml", "added")]
    assert names("main...side") == [("other.imagen.yaml", "added")]
    assert names("..main") == [("cup.imagen.yaml", "changed"), ("other.imagen.yaml", "removed")]
    with pytest.raises(RevisionError):
        range_of(git, "main..nowhere")
    with pytest.raises(RevisionError):
        range_of(git, "--output=file")


def test_rule_data_that_the_lock_does_not_have_yet(cup: Repository) -> None:
    from click.testing import CliRunner  # noqa: PLC0415

    from imagenspec.cli import cli  # noqa: PLC0415

    assert CliRunner().invoke(cli, ["lock", "."]).exit_code == 0
    cup.commit()
    assert imagenspec.diff().is_empty
    lock = cup.folder / "cup.imagen.lock"
    text = lock.read_text()
    start = text.index('"data":"') + len('"data":"')
    lock.write_text(text[:start] + "0123456789abcdef" + text[start + 16 :])
    reason = only_reason(imagenspec.diff())
    assert (reason.kind, reason.old) == ("data", "0123456789abcdef")


def test_configuration_that_changes(masked: Repository) -> None:
    masked.write(".imagenspec.toml", (masked.folder / ".imagenspec.toml").read_text() + 'select = ["IMG999x"]\n')
    [recipe] = imagenspec.diff().recipes
    assert "IMG999x" in str(recipe.broken_new)
    masked.commit()
    [recipe] = imagenspec.diff("HEAD~1", "HEAD").recipes
    assert "IMG999x" in str(recipe.broken_new)


def test_links_inside_a_revision(repository: Repository) -> None:
    repository.picture("pictures/cup.png")
    (repository.folder / "link.png").symlink_to("pictures/cup.png")
    repository.write("segment.imagen.yaml", SEGMENT.replace("cup.png", "link.png"))
    repository.commit()
    repository.picture("pictures/cup.png", "wide.png")
    repository.commit()
    assert only_reason(imagenspec.diff("HEAD~1", "HEAD")).kind == "image"
    assert only_reason(imagenspec.diff("HEAD~1")).kind == "image"


def test_a_folder_below_and_recipes_by_name(cup: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    cup.write("deep/seasons.imagen.yaml", SEASONS)
    cup.commit()
    cup.write("deep/seasons.imagen.yaml", SEASONS.replace("cup", "pot"))
    cup.write("cup.imagen.yaml", CUP.replace("seed: 7", "seed: 8"))
    monkeypatch.chdir(cup.folder / "deep")
    assert [one.recipe for one in imagenspec.diff().recipes] == ["seasons.imagen.yaml"]
    assert [one.recipe for one in imagenspec.diff(paths=[".."]).recipes] == [
        "../cup.imagen.yaml",
        "seasons.imagen.yaml",
    ]
    assert [one.recipe for one in imagenspec.diff(paths=["../cup.imagen.yaml"]).recipes] == ["../cup.imagen.yaml"]
    with pytest.raises(imagenspec.UsageError, match=r"neither HEAD nor working tree"):
        imagenspec.diff(paths=["nowhere"])


def test_what_git_is_told_to_ignore_is_no_difference(cup: Repository) -> None:
    cup.write(".gitignore", "scratch/\n")
    cup.write("scratch/seasons.imagen.yaml", SEASONS)
    cup.commit()
    assert imagenspec.diff().compared == 1
    assert imagenspec.diff(paths=["scratch/seasons.imagen.yaml"]).count("added") == 2
