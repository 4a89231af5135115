"""Which codes count where: ``select``, ``ignore`` and ``per_file_ignores`` of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pinned import CONFIGURATION

import imagenspec as package
from imagenspec.catalog.codes import codes
from imagenspec.errors import UsageError
from imagenspec.project.config import project_of
from imagenspec.project.selection import Selection, matches

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

RECIPE = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a cup
vars: {answer: no}
parameters: {seed: 0, enhance_prompt: false}
"""
FOUND = ["IMG603", "IMG020", "IMG301", "IMG302"]
FATAL = frozenset(code.code for code in codes().values() if code.fatal)


def codes_in(folder: Path, settings: str = "", recipe: str = "cup.imagen.yaml", text: str = RECIPE) -> list[str]:
    """Return the codes found in a recipe of a project with some settings."""
    (folder / ".imagenspec.toml").write_text(CONFIGURATION + settings)
    (folder / recipe).parent.mkdir(parents=True, exist_ok=True)
    (folder / recipe).write_text(text)
    return [one.code for one in package.check(folder / recipe).findings]


def test_everything_counts_where_nothing_is_configured(tmp_path: Path) -> None:
    assert codes_in(tmp_path) == FOUND


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ('ignore = ["IMG301"]', ["IMG603", "IMG020", "IMG302"]),
        ('ignore = ["seed-with-watermark", "IMG020"]', ["IMG603", "IMG302"]),
        ('ignore = ["IMG3"]', ["IMG603", "IMG020"]),
        ('ignore = ["IMG30"]', ["IMG603", "IMG020"]),
        ('ignore = ["IMG"]', []),
        ("ignore = []", FOUND),
        ('select = ["IMG3"]', ["IMG301", "IMG302"]),
        ('select = ["unused-variable"]', ["IMG603"]),
        ('select = ["IMG3"]\nignore = ["IMG302"]', ["IMG301"]),
        ('select = ["IMG301"]\nignore = ["IMG3"]', []),
        ('select = ["IMG"]', FOUND),
        ("select = []", []),
    ],
)
def test_codes_names_and_families_are_selected_and_ignored(tmp_path: Path, settings: str, left: list[str]) -> None:
    assert codes_in(tmp_path, settings) == left


@pytest.mark.parametrize("settings", ["select = []", 'select = ["IMG3"]', 'ignore = ["IMG"]'])
def test_what_leaves_no_request_always_counts(tmp_path: Path, settings: str) -> None:
    assert "IMG101" in codes_in(tmp_path, settings, text=RECIPE + "colour: blue\n")


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("shots/cup.imagen.yaml", []),
        ("cup.imagen.yaml", []),
        ("*.imagen.yaml", []),
        ("cup*", []),
        ("shots/", []),
        ("shots/*", []),
        ("sho*", []),
        ("*/cup.*", []),
        ("s?ots/[bc]up.imagen.yaml", []),
        ("shots", ["IMG301"]),
        ("hots/", ["IMG301"]),
        ("./shots/", ["IMG301"]),
        ("/shots/", ["IMG301"]),
        ("up.imagen.yaml", ["IMG301"]),
        ("Shots/", ["IMG301"]),
        ("other/", ["IMG301"]),
    ],
)
def test_patterns_mean_paths_from_the_root_or_names(tmp_path: Path, pattern: str, left: list[str]) -> None:
    settings = f'select = ["IMG301"]\n[per_file_ignores]\n"{pattern}" = ["IMG3"]\n'
    assert codes_in(tmp_path, settings, "shots/cup.imagen.yaml") == left


def test_every_pattern_that_means_a_file_counts(tmp_path: Path) -> None:
    settings = '[per_file_ignores]\n"shots/" = ["IMG301"]\n"*.yaml" = ["IMG302"]\n"other/" = ["IMG603"]\n'
    assert codes_in(tmp_path, settings, "shots/cup.imagen.yaml") == ["IMG603", "IMG020"]


def test_patterns_mean_the_same_from_every_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = 'select = ["IMG301"]\n[per_file_ignores]\n"shots/" = ["IMG301"]\n'
    assert codes_in(tmp_path, settings, "shots/cup.imagen.yaml") == []
    for working, name in (
        ("shots", "cup.imagen.yaml"),
        (".", "shots/cup.imagen.yaml"),
        ("shots", "../shots/cup.imagen.yaml"),
    ):
        monkeypatch.chdir(tmp_path / working)
        assert package.check(name).findings == ()


@pytest.mark.parametrize(
    ("name", "pattern", "means"),
    [
        ("a/b/c.imagen.yaml", "a/", True),
        ("a/b/c.imagen.yaml", "b/", False),
        ("a/b/c.imagen.yaml", "*/b/*", True),
        ("a/b/c.imagen.yaml", "a/*/c.imagen.yaml", True),
        ("a/b/c.imagen.yaml", "a/c.imagen.yaml", False),
        ("a/b/c.imagen.yaml", "c.imagen.yaml", True),
        ("a/b/c.imagen.yaml", "", False),
    ],
)
def test_a_star_is_any_text_also_across_folders(name: str, pattern: str, means: bool) -> None:
    assert matches(name, pattern) is means


def test_a_selection_never_silences_what_leaves_no_request() -> None:
    everything = Selection(select=(), ignore=("IMG",), per_file=(("*", ("IMG",)),))
    assert everything.silenced("a.imagen.yaml") == codes().keys() - FATAL
    assert Selection().silenced("a.imagen.yaml") == frozenset()


def test_a_comment_may_name_what_the_configuration_silences(tmp_path: Path) -> None:
    text = RECIPE.replace("vars: {answer: no}\n", "").replace("model:", "# imagenspec: ignore[IMG603] later\nmodel:")
    assert codes_in(tmp_path, text=text) == ["IMG901", "IMG301", "IMG302"]
    other = tmp_path / "other"
    other.mkdir()
    assert codes_in(other, 'ignore = ["IMG603"]', text=text) == ["IMG301", "IMG302"]


def test_reports_about_comments_can_be_silenced_too(tmp_path: Path) -> None:
    text = "# imagenspec: ignore-file[IMG310] none here\n" + RECIPE
    assert codes_in(tmp_path, 'ignore = ["unused-ignore"]', text=text) == FOUND


WRONG = {
    "select with a slip": ('select = ["IMG3", "seed-with-watermrk"]', 'did you mean "seed-with-watermark"?'),
    "ignore with a slip": ('ignore = ["img301"]', 'did you mean "IMG301"?'),
    "pattern with a slip": ('[per_file_ignores]\n"*" = ["unused-variabel"]', 'did you mean "unused-variable"?'),
    "nothing near": ('ignore = ["something-else-altogether"]', '"imagenspec rules" lists them'),
    "family without codes": ('select = ["IMG7777"]', '"IMG7777"'),
    "no word": ('ignore = [""]', "unknown code"),
    "word for a list": ('ignore = "IMG301"', '"ignore" must be a list'),
    "number in a list": ("select = [301]", '"select" must be a list'),
    "list for a table": ('per_file_ignores = ["IMG301"]', '"per_file_ignores" must be a table'),
    "word for a list of a pattern": ('[per_file_ignores]\n"*" = "IMG301"', "per_file_ignores"),
    "setting with a slip": ('ignores = ["IMG301"]', 'did you mean "ignore"?'),
    "fatal code": ('ignore = ["IMG101"]', '"IMG101" cannot be ignored'),
    "fatal name": ('ignore = ["unknown-key"]', '"unknown-key" cannot be ignored'),
    "family of fatal codes": ('ignore = ["IMG00"]', '"IMG00" cannot be ignored'),
    "fatal code for a pattern": ('[per_file_ignores]\n"*" = ["IMG501"]', '"IMG501" cannot be ignored'),
    "day as text": ('as_of = "2026-01-15"', '"as_of" must be a day'),
    "day with a time": ("as_of = 2026-01-15T00:00:00", '"as_of" must be a day'),
}


@pytest.mark.parametrize(("settings", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_setting_is_wrong_usage_and_names_the_file(tmp_path: Path, settings: str, said: str) -> None:
    (tmp_path / ".imagenspec.toml").write_text(settings)
    with pytest.raises(UsageError) as wrong:
        project_of(tmp_path)
    assert wrong.value.exit_code == 2
    assert str(tmp_path / ".imagenspec.toml") in str(wrong.value)
    assert said in str(wrong.value)


@pytest.mark.parametrize("settings", ['ignore = ["IMG3O1"]', 'ignore = ["IMG101"]', 'select = "IMG3"'])
def test_commands_end_with_two_before_they_look_at_anything(
    settings: str, folder: Path, imagenspec: Imagenspec
) -> None:
    (folder / "cup.imagen.yaml").write_text(RECIPE)
    (folder / ".imagenspec.toml").write_text(settings)
    for arguments in (("lint",), ("compile", "."), ("lint", "-")):
        done = imagenspec(*arguments, stdin=RECIPE.encode())
        assert (done.returncode, done.stdout) == (2, b"")
        assert b".imagenspec.toml" in done.stderr


def test_a_selection_of_fatal_codes_is_no_mistake(tmp_path: Path) -> None:
    assert codes_in(tmp_path, 'select = ["IMG101", "IMG3"]') == ["IMG301", "IMG302"]


@pytest.mark.parametrize("where", ["comment", "configuration", "pattern", "selection"])
def test_a_recipe_compiles_where_its_errors_are_ignored(where: str, folder: Path, imagenspec: Imagenspec) -> None:
    settings = {
        "configuration": 'ignore = ["IMG301"]\n',
        "pattern": '[per_file_ignores]\n"cup.*" = ["seed-with-watermark"]\n',
        "selection": 'select = ["IMG6"]\n',
    }
    text = RECIPE.replace("vars: {answer: no}\n", "")
    (folder / "cup.imagen.yaml").write_text(text)
    assert imagenspec("compile", "cup.imagen.yaml").returncode == 1
    if where == "comment":
        (folder / "cup.imagen.yaml").write_text(f"# imagenspec: ignore-file[IMG301] why\n{text}")
    (folder / ".imagenspec.toml").write_text(CONFIGURATION + settings.get(where, ""))
    assert b"IMG301" not in imagenspec("lint").stdout
    done = imagenspec("compile", "cup.imagen.yaml")
    assert done.returncode == 0
    assert b'"seed"' in done.stdout
    assert b"IMG301" not in done.stderr


def test_a_recipe_of_standard_input_has_the_settings_of_its_name(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / ".imagenspec.toml").write_text(f'{CONFIGURATION}[per_file_ignores]\n"shots/" = ["IMG"]\n')
    (folder / "shots").mkdir()
    for name, code in (("shots/cup.imagen.yaml", 0), ("other.imagen.yaml", 1)):
        assert imagenspec("lint", "-", "--stdin-filename", name, stdin=RECIPE.encode()).returncode == code


def test_settings_may_stand_in_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.imagenspec]\n{CONFIGURATION}ignore = ["IMG3", "IMG020"]\n')
    (tmp_path / "cup.imagen.yaml").write_text(RECIPE)
    assert [one.code for one in package.check(tmp_path / "cup.imagen.yaml").findings] == ["IMG603"]
