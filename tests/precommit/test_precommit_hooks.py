"""The hooks for pre-commit: real commits, looked at by the package that pre-commit builds and installs."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest
from hooked_repository import CHECKOUT, MANIFEST, Hooks, Repository, hooks_of_checkout, run
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from pathlib import Path

LINT, PROJECT, FIX = "imagenspec-lint", "imagenspec-project", "imagenspec-fix"

GOOD = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a cup of coffee
"""
BAD = f"{GOOD}parameters: {{sample_count: 9}}\n"
MISSPELT = f"{GOOD}# How many.\nparameters: {{sampel_count: 2}}\n"
MENDED = f"{GOOD}# How many.\nparameters: {{sample_count: 2}}\n"
MASKED = """\
imagenspec: 1
task: edit
model: imagen-3.0-capability-001
prompt: a spoon
image: cup.png
mask: {image: mask.png}
parameters: {edit_mode: inpaint_insertion}
"""


@pytest.fixture(scope="session")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Hooks:
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "precommit"
    shared.mkdir(exist_ok=True)
    return hooks_of_checkout(shared)


@pytest.fixture
def repository(tmp_path: Path, hooks: Hooks) -> Repository:
    return Repository(tmp_path / "repository", hooks)


def verdicts(said: str) -> dict[str, str]:
    """Return the last word of pre-commit about each hook."""
    found = re.findall(r"^(imagenspec [a-z -]+?)\.{3,}.*?(Passed|Failed|Skipped)$", said, re.MULTILINE)
    return {name.removeprefix("imagenspec "): word for name, word in found}


def test_pre_commit_accepts_the_manifest(tmp_path: Path) -> None:
    done = run((sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST)), tmp_path, dict(os.environ))
    assert (done.returncode, done.stdout) == (0, "")


def test_configuration_in_the_readme_lets_a_good_commit_pass_and_refuses_a_bad_one(
    repository: Repository, hooks: Hooks
) -> None:
    readme = (CHECKOUT / "README.md").read_text("utf-8")
    shown = next(text for text in re.findall(r"^```yaml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL) if LINT in text)
    shown = re.sub(
        r"(?m)repo: .*", f"repo: {hooks.repository}", re.sub(r"(?m)rev: .*", f"rev: {hooks.revision}", shown)
    )
    repository.use(shown)
    repository.write("cup.imagen.yaml", GOOD)
    good = repository.commit()
    assert good.made
    assert verdicts(good.said) == {"fix": "Passed", "lint": "Passed", "lint --project": "Passed"}

    repository.write("cup.imagen.yaml", BAD)
    bad = repository.commit()
    assert not bad.made
    assert verdicts(bad.said) == {"fix": "Failed", "lint": "Failed", "lint --project": "Failed"}


def test_bad_recipe_is_refused_with_its_finding(repository: Repository, hooks: Hooks) -> None:
    repository.use(hooks.configuration(LINT))
    repository.write("shots/cup.imagen.yaml", BAD)
    repository.write("shots/tea.imagen.yaml", GOOD)
    refused = repository.commit()
    assert not refused.made
    assert "shots/cup.imagen.yaml:5:28: error[IMG105]: " in refused.said
    assert "parameters: {sample_count: 9}" in refused.said
    assert "2 recipes checked: 1 error" in refused.said

    repository.write("shots/cup.imagen.yaml", GOOD)
    assert repository.commit().made


def test_lint_looks_at_the_recipes_of_the_commit_and_project_at_all(repository: Repository, hooks: Hooks) -> None:
    repository.write("old.imagen.yaml", BAD)
    repository.use(hooks.configuration(LINT))
    repository.write("new.imagen.yaml", GOOD)
    assert repository.commit().made

    repository.use(hooks.configuration(PROJECT))
    repository.write("newer.imagen.yaml", GOOD)
    refused = repository.commit()
    assert not refused.made
    assert "old.imagen.yaml:5:28: error[IMG105]" in refused.said


def test_odd_file_names_are_read_as_they_are(repository: Repository, hooks: Hooks) -> None:
    names = ["a cup.imagen.yaml", "tassé/вид ☕.imagen.yaml", "-o.imagen.yaml", "it's $1.imagen.yaml"]
    repository.use(hooks.configuration(FIX, LINT))
    for name in names:
        repository.write(name, GOOD)
    assert repository.commit().made

    for name in names:
        repository.write(name, BAD)
    refused = repository.commit()
    assert not refused.made
    assert verdicts(refused.said) == {"fix": "Failed", "lint": "Failed"}
    for name in names:
        assert f"{name}:5:28: error[IMG105]" in refused.said


def test_picture_that_no_longer_suits_a_recipe_is_refused_by_project(repository: Repository, hooks: Hooks) -> None:
    repository.write("spoon.imagen.yaml", MASKED)
    repository.picture("cup", "cup.png")
    repository.picture("mask-half", "mask.png")
    repository.use(hooks.configuration(LINT, PROJECT))
    repository.write("notes.txt", "nothing to do with recipes")
    assert repository.commit().made

    repository.picture("mask-small", "mask.png")
    refused = repository.commit()
    assert not refused.made
    assert verdicts(refused.said) == {"lint": "Skipped", "lint --project": "Failed"}
    assert "spoon.imagen.yaml:6:15: error[IMG510]" in refused.said


def test_deleted_picture_is_refused_until_its_recipe_goes_too(repository: Repository, hooks: Hooks) -> None:
    repository.write("spoon.imagen.yaml", MASKED)
    repository.write("cup.imagen.yaml", GOOD)
    repository.picture("cup", "cup.png")
    repository.picture("mask-half", "mask.png")
    repository.use(hooks.configuration(FIX, LINT, PROJECT))
    (repository.folder / "mask.png").unlink()
    refused = repository.commit()
    assert not refused.made
    assert verdicts(refused.said) == {"fix": "Skipped", "lint": "Skipped", "lint --project": "Failed"}
    assert "spoon.imagen.yaml:6:15: error[IMG501]" in refused.said

    (repository.folder / "spoon.imagen.yaml").unlink()
    assert repository.commit().made


def test_project_refuses_what_no_single_recipe_shows(repository: Repository, hooks: Hooks) -> None:
    repository.use(hooks.configuration(LINT, PROJECT))
    repository.write("cup.imagen.yaml", GOOD)
    repository.write("tea.imagen.yml", GOOD)
    refused = repository.commit()
    assert not refused.made
    assert verdicts(refused.said) == {"lint": "Passed", "lint --project": "Failed"}
    assert "tea.imagen.yml" in refused.said
    assert "IMG802" in refused.said


def test_project_lets_a_repository_without_recipes_pass(repository: Repository, hooks: Hooks) -> None:
    repository.write("cup.imagen.yaml", GOOD)
    repository.use(hooks.configuration(PROJECT))
    (repository.folder / "cup.imagen.yaml").unlink()
    assert repository.commit().made


def test_project_that_need_not_run_always_runs_for_what_it_reads(repository: Repository, hooks: Hooks) -> None:
    repository.write("cup.imagen.yaml", GOOD)
    repository.use(hooks.configuration(PROJECT, added=", always_run: false"))
    repository.write("notes.txt", "nothing to do with recipes")
    ignored = repository.commit()
    assert verdicts(ignored.said) == {"lint --project": "Skipped"}
    for name in ("a/tea.imagen.yaml", "a/pyproject.toml"):
        repository.write(name, GOOD if name.endswith(".yaml") else "")
        assert verdicts(repository.commit().said) == {"lint --project": "Passed"}
    repository.picture("cup", "a/cup.PNG")
    assert verdicts(repository.commit().said) == {"lint --project": "Passed"}


@pytest.mark.parametrize(
    ("name", "is_read"),
    [
        ("cup.imagen.yaml", True),
        ("a/b/cup.imagen.yml", True),
        ("cup.imagen.YAML", True),
        ("cup.imagen.json", True),
        (".imagenspec.toml", True),
        ("a/.imagenspec.toml", True),
        ("pyproject.toml", True),
        ("a/cup.png", True),
        ("cup.JPEG", True),
        ("cup.yaml", False),
        ("imagen.yaml.txt", False),
        ("my-pyproject.toml", False),
        ("Cargo.toml", False),
        ("png", False),
        ("cup.png.md", False),
    ],
)
def test_names_of_the_files_that_project_reads(name: str, is_read: bool) -> None:
    manifest = YAML(typ="safe").load(MANIFEST)
    pattern = next(hook["files"] for hook in manifest if hook["id"] == PROJECT)
    assert bool(re.search(pattern, name)) is is_read


def test_mended_recipe_is_refused_once_and_then_passes(repository: Repository, hooks: Hooks) -> None:
    repository.use(hooks.configuration(FIX, LINT))
    repository.write("cup of tea.imagen.yaml", MISSPELT)
    refused = repository.commit()
    assert not refused.made
    assert verdicts(refused.said) == {"fix": "Failed", "lint": "Passed"}
    assert "files were modified by this hook" in refused.said
    assert "fixed 1 finding in 1 file" in refused.said
    assert repository.read("cup of tea.imagen.yaml") == MENDED

    again = repository.commit()
    assert again.made
    assert verdicts(again.said) == {"fix": "Passed", "lint": "Passed"}


def test_what_has_no_one_answer_is_refused_and_left_alone(repository: Repository, hooks: Hooks) -> None:
    repository.use(hooks.configuration(FIX))
    repository.write("cup.imagen.yaml", BAD)
    refused = repository.commit()
    assert not refused.made
    assert "files were modified by this hook" not in refused.said
    assert repository.read("cup.imagen.yaml") == BAD


def test_all_files_are_looked_at_as_a_job_of_ci_does(repository: Repository, hooks: Hooks) -> None:
    names = [f"shots/{number}.imagen.yaml" for number in range(60)]
    for name in names:
        repository.write(name, GOOD)
    repository.use(hooks.configuration(LINT, PROJECT))
    done = repository.pre_commit("run", "--all-files", "--verbose")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("60 recipes checked: no findings") == 2

    repository.write(names[-1], BAD)
    done = repository.pre_commit("run", "--all-files")
    assert done.returncode == 1
    assert done.stdout.count(f"{names[-1]}:5:28: error[IMG105]") == 2


def test_what_is_not_added_does_not_count(repository: Repository, hooks: Hooks) -> None:
    repository.write("cup.imagen.yaml", GOOD)
    repository.use(hooks.configuration(LINT, PROJECT))
    repository.write("cup.imagen.yaml", f"{GOOD}description: for the front page\n")
    repository.git("add", "cup.imagen.yaml")
    repository.write("cup.imagen.yaml", BAD)
    repository.git("commit", "--message", "the part that is ready")
    assert repository.read("cup.imagen.yaml") == BAD
