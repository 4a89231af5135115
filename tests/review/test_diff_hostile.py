"""``diff`` of repositories that somebody else wrote: nothing of theirs runs, and nothing is read that is not theirs."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from environment import IMAGES, clean_environment
from repositories import CUP, SEGMENT

import imagenspec
from imagenspec.review.git import GitEndedError, GitError, NoRepositoryError, Repository
from imagenspec.review.values import ImageState

if TYPE_CHECKING:
    from pathlib import Path

    import repositories


def _program(path: Path, marker: Path) -> str:
    """Write a program that leaves a mark and passes its input on."""
    path.write_text(f"#!/bin/sh\necho ran >> '{marker}'\ncat\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_nothing_of_the_repository_runs(
    repository: repositories.Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("cup.imagen.yaml", CUP)
    repository.picture("cup.png")
    repository.write("segment.imagen.yaml", SEGMENT)
    repository.commit()
    marker = tmp_path / "marker"
    evil = _program(tmp_path / "evil", marker)
    repository.write(".gitattributes", "* filter=evil diff=evil merge=evil\n")
    for name in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
    ):
        repository.git("config", name, evil)
    repository.git("config", "filter.evil.required", "true")
    hooks = repository.folder / ".git" / "hooks"
    for name in ("post-index-change", "fsmonitor-watchman", "post-checkout", "reference-transaction"):
        _program(hooks / name, marker)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", evil)
    monkeypatch.setenv("GIT_PAGER", evil)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    repository.write("cup.imagen.yaml", CUP.replace("seed: 7", "seed: 8"))
    repository.picture("cup.png", "wide.png")
    os.utime(repository.folder / "segment.imagen.yaml")
    found = imagenspec.diff()
    assert [recipe.recipe for recipe in found.recipes] == ["cup.imagen.yaml", "segment.imagen.yaml"]
    assert not marker.exists()
    monkeypatch.undo()
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("add", "cup.imagen.yaml")
    assert marker.exists()


def test_the_index_and_the_files_stay_as_they_are(repository: repositories.Repository) -> None:
    recipe = repository.write("cup.imagen.yaml", CUP)
    repository.commit()
    os.utime(recipe, (1, 1))
    index = repository.folder / ".git" / "index"
    before = index.read_bytes(), sorted(repository.folder.iterdir())
    assert imagenspec.diff().is_empty
    assert (index.read_bytes(), sorted(repository.folder.iterdir())) == before


@pytest.mark.parametrize("target", ["/etc/hostname", "../../outside.png", "loop.png", "images/../../../outside.png"])
def test_links_that_lead_out_of_a_revision_or_nowhere(
    repository: repositories.Repository, tmp_path: Path, target: str
) -> None:
    (tmp_path / "outside.png").write_bytes((IMAGES / "cup.png").read_bytes())
    (repository.folder / "loop.png").symlink_to(target)
    repository.write("segment.imagen.yaml", SEGMENT.replace("cup.png", "loop.png"))
    repository.commit()
    (repository.folder / "segment.imagen.yaml").unlink()
    repository.write("other.imagen.yaml", SEGMENT)
    repository.picture("cup.png")
    found = {recipe.recipe: recipe for recipe in imagenspec.diff().recipes}
    renamed = found["other.imagen.yaml"]
    assert renamed.old_recipe == "segment.imagen.yaml"
    assert "does not exist in this revision" in str(renamed.broken_old)


def test_an_older_configuration_cannot_let_images_in_from_elsewhere(
    repository: repositories.Repository, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "cup.png").write_bytes((IMAGES / "cup.png").read_bytes())
    own = (repository.folder / ".imagenspec.toml").read_text()
    repository.write(".imagenspec.toml", own + f'image_roots = ["{secret}"]\n')
    repository.write("segment.imagen.yaml", SEGMENT.replace("cup.png", str(secret / "cup.png")))
    repository.commit()
    repository.write(".imagenspec.toml", own)
    repository.write("segment.imagen.yaml", SEGMENT.replace("cup.png", str(secret / "cup.png")) + "# a note\n")
    [recipe] = imagenspec.diff().recipes
    assert "IMG502" in str(recipe.broken_new)
    repository.write("segment.imagen.yaml", SEGMENT)
    repository.picture("cup.png")
    [reason] = imagenspec.diff().recipes[0].cases[0].reasons
    assert reason.old == ImageState(str(secret / "cup.png"), None, None)
    (secret / "cup.png").unlink()
    assert imagenspec.diff().recipes[0].cases[0].reasons == (reason,)


def test_files_that_git_lfs_keeps(repository: repositories.Repository) -> None:
    data = (IMAGES / "cup.png").read_bytes()
    name = hashlib.sha256(data).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{name}\nsize {len(data)}\n"
    repository.write("cup.png", pointer)
    repository.write("segment.imagen.yaml", SEGMENT)
    repository.commit()
    repository.picture("cup.png", "wide.png")
    reason = imagenspec.diff().recipes[0].cases[0].reasons[0]
    assert reason.old == ImageState("cup.png", name, len(data))
    assert (reason.kind, reason.is_same_look, reason.new.size is not None) == ("image", False, True)
    kept = repository.folder / ".git" / "lfs" / "objects" / name[:2] / name[2:4] / name
    kept.parent.mkdir(parents=True)
    kept.write_bytes(data)
    fetched = imagenspec.diff().recipes[0].cases[0].reasons[0].old
    assert fetched[:3] == reason.old[:3]
    assert None not in (fetched.size, fetched.thumbnail)
    repository.write("cup.png", pointer.replace(name, "0" * 64))
    assert imagenspec.diff().recipes[0].cases[0].reasons[0].new.sha256 == "0" * 64
    repository.picture("cup.png")
    assert imagenspec.diff().is_empty


def test_names_that_no_terminal_should_see(repository: repositories.Repository) -> None:
    names = ("a\x1b[31m.imagen.yaml", "new\nline.imagen.yaml", "-rf.imagen.yaml", "*.imagen.yaml")
    for name in names:
        repository.write(name, CUP)
    repository.commit()
    for name in names:
        repository.write(name, CUP.replace("seed: 7", "seed: 8"))
    assert {recipe.recipe for recipe in imagenspec.diff().recipes} == set(names)
    assert {recipe.recipe for recipe in imagenspec.diff("HEAD", paths=["./*.imagen.yaml"]).recipes} == {"*.imagen.yaml"}


def test_pipe_in_the_place_of_a_recipe_is_not_read(repository: repositories.Repository) -> None:
    recipe = repository.write("cup.imagen.yaml", CUP)
    repository.commit()
    recipe.unlink()
    os.mkfifo(recipe)
    assert [(one.recipe, one.word) for one in imagenspec.diff().recipes] == [("cup.imagen.yaml", "removed")]


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoRepositoryError, match="no git repository") as caught:
        imagenspec.diff()
    assert caught.value.exit_code == 2


def test_blobs_that_are_not_there(repository: repositories.Repository) -> None:
    repository.write("cup.imagen.yaml", CUP)
    repository.commit()
    blobs = Repository(repository.folder).blobs()
    try:
        for blob in ("0" * 40, "HEAD", "", "0" * 40 + "\nHEAD", "--batch-all-objects"):
            with pytest.raises(GitError):
                blobs.read(blob)
        known = repository.git("rev-parse", "HEAD:cup.imagen.yaml").strip()
        assert blobs.read(known, 12) == CUP[:12].encode()
        assert blobs.read(known) == CUP.encode()
    finally:
        blobs.close()


def test_git_that_is_killed_is_told(repository: repositories.Repository) -> None:
    repository.write("cup.imagen.yaml", CUP)
    repository.commit()
    blob = repository.git("rev-parse", "HEAD:cup.imagen.yaml").strip()
    blobs = Repository(repository.folder).blobs()
    blobs._process.kill()
    blobs._process.wait()
    with pytest.raises(GitEndedError, match="git cat-file ended"), closing(blobs):
        blobs.read(blob)


def test_a_recipe_is_not_called_broken_because_git_ended(
    repository: repositories.Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("cup.imagen.yaml", CUP)
    repository.commit()
    repository.write("cup.imagen.yaml", CUP.replace("seed: 7", "seed: 8"))
    weak = tmp_path / "bin" / "git"
    weak.parent.mkdir()
    weak.write_text(f'#!/bin/sh\ncase "$*" in *cat-file*) exit 1;; esac\nexec "{shutil.which("git")}" "$@"\n')
    weak.chmod(weak.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(weak.parent), prepend=os.pathsep)
    command = [sys.executable, "-m", "imagenspec", "diff"]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.startswith(b"imagenspec: git cat-file ended")
