"""A git repository, read with plumbing only: nothing of its configuration runs, and nothing is checked out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.errors import ImagenspecError
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SETTINGS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.untrackedCache": "false",
    "core.quotePath": "false",
    "protocol.allow": "never",
    "submodule.recurse": "false",
}
"""What a repository may not decide itself; its filters join them."""
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SUBMODULE = "160000"


class GitError(ImagenspecError):
    """There is no git, or it cannot read the repository."""


class GitEndedError(GitError):
    """git ended while something was read from it."""


class NoRepositoryError(GitError):
    """A folder that is in no working tree."""

    exit_code = 2


class RevisionError(ImagenspecError):
    """A revision that the repository does not have."""

    exit_code = 2


class TreeFile(NamedTuple):
    """A file of a revision: its mode as git writes it, and the id of its blob."""

    mode: str
    blob: str

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.mode == "120000"


class Listing(NamedTuple):
    """What a commit has by its paths from the top: files, and submodules with the commits that it has of them."""

    files: dict[str, TreeFile]
    submodules: dict[str, str]


class Repository:
    """A git repository around a folder.

    Attributes:
        top: The root of its working tree.
    """

    def __init__(self, folder: Path) -> None:
        """Find the repository.

        Raises:
            GitError: There is no git, or it does not trust the repository.
            NoRepositoryError: The folder is in no working tree.
        """
        self._folder = folder
        self._environment = _clean_environment(_SETTINGS)
        self.top = Path(os.fsdecode(self._run("rev-parse", "--show-toplevel").removesuffix(b"\n")))
        drivers = self._run("config", "-z", "--name-only", "--get-regexp", r"^filter\.", may_fail=True)
        filters = {name: "" for name in os.fsdecode(drivers).split("\0") if name.endswith((".clean", ".process"))}
        needed = {f"{name.rpartition('.')[0]}.required": "false" for name in filters}
        self._environment = _clean_environment({**_SETTINGS, **filters, **needed})

    def commit(self, revision: str) -> str:
        """Return the id of the commit that a revision means.

        Raises:
            RevisionError: There is none.
        """
        _check(revision)
        commit = self._commit(revision)
        if commit is None:
            if revision == "HEAD":
                raise RevisionError("the repository has no commit yet, so there is nothing to compare with")
            raise RevisionError(f"the repository has no revision {quote(revision, 80)}{self.shallow_hint()}")
        return commit

    def has(self, revision: str) -> bool:
        """Return whether a word is a revision."""
        try:
            _check(revision)
        except RevisionError:
            return False
        return self._commit(revision) is not None

    def merge_base(self, first: str, second: str) -> str:
        """Return the best common ancestor of two commits.

        Raises:
            RevisionError: They have none.
        """
        found = self._run("merge-base", first, second, may_fail=True).decode("ascii", "replace").split()
        if not found:
            hint = self.shallow_hint() or "; write A..B instead of A...B"
            raise RevisionError(f"the revisions have no common ancestor{hint}")
        return found[0]

    def shallow_hint(self) -> str:
        """Return what to do about a revision that is missing in a clone of the last few; of other clones, nothing."""
        if self._run("rev-parse", "--is-shallow-repository").strip() != b"true":
            return ""
        return "; this clone is shallow and may only lack it: git fetch --unshallow gets the rest"

    def listing(self, commit: str) -> Listing:
        """Return what a commit has."""
        found = Listing({}, {})
        for record in self._run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            head, _, path = record.partition(b"\t")
            if path:
                mode, _, blob = head.decode("ascii").split()
                if mode == _SUBMODULE:
                    found.submodules[os.fsdecode(path)] = blob
                else:
                    found.files[os.fsdecode(path)] = TreeFile(mode, blob)
        return found

    def changed(self, old: str, new: str | None) -> set[str]:
        """Return the paths that differ between two commits, or perhaps differ between a commit and the working tree.

        A submodule differs if another commit of it is there; what was edited in it is not looked at.
        """
        plain = ("--raw", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty")
        if new is not None:
            return set(_raw_paths(self._run("diff-tree", "-r", *plain, old, new)))
        found = set(_raw_paths(self._run("diff-index", *plain, old, "--")))
        listed = self._run("ls-files", "-z", "--others", "--exclude-standard", "--full-name", ":/", literal=False)
        return found | {os.fsdecode(path) for path in listed.split(b"\0") if path}

    def common_folder(self) -> Path:
        """Return the folder that holds the objects."""
        written = os.fsdecode(self._run("rev-parse", "--git-common-dir").removesuffix(b"\n"))
        return Path(os.path.join(self._folder, written))  # noqa: PTH118 - an absolute path stays as it is

    def blobs(self) -> Blobs:
        """Return a reader of blobs."""
        return Blobs(self._folder, self._environment)

    def _commit(self, revision: str) -> str | None:
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        commit = self._run(*words, may_fail=True).decode("ascii", "replace").strip()
        return commit if _OBJECT.fullmatch(commit) else None

    def _run(self, *arguments: str, may_fail: bool = False, literal: bool = True) -> bytes:
        environment = self._environment if literal else {**self._environment, "GIT_LITERAL_PATHSPECS": "0"}
        done = subprocess.run(  # noqa: S603 - a list of words, revisions among them checked
            [_git(), "--no-pager", *arguments],
            cwd=self._folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode and not may_fail:
            raise _error(done.stderr.decode(errors="replace"))
        return done.stdout


class Blobs:
    """Reads blobs through one git process that stays."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - words of our own
            [_git(), "--no-pager", "cat-file", "--batch"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def read(self, blob: str, most: int | None = None) -> bytes:
        """Return the bytes of a blob, or the first of them.

        Raises:
            GitError: The repository does not have it.
            GitEndedError: The process is gone.
        """
        source, sink = self._process.stdout, self._process.stdin
        if source is None or sink is None or not _OBJECT.fullmatch(blob):
            raise GitError(f"the repository does not have the file {quote(blob, 64)}")
        try:
            sink.write(f"{blob}\n".encode())
            sink.flush()
            head = source.readline().split()
        except OSError as error:
            raise GitEndedError(f"git cat-file ended: {error.strerror}") from error
        if not head:
            raise GitEndedError("git cat-file ended without an answer; git fsck says whether the repository is whole")
        if len(head) != 3 or head[1] != b"blob":
            raise GitError(f"the repository does not have the file {blob[:12]} whole; fetch it first")
        size = int(head[2])
        data = source.read(size if most is None else min(size, most))
        left = size - len(data)
        while left > 0:
            piece = source.read(min(left, 1 << 20))
            if not piece:
                raise GitEndedError("git cat-file ended in the middle of a file")
            left -= len(piece)
        source.read(1)
        return data

    def close(self) -> None:
        """End the process; one that died has said so to whoever read from it."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):  # what could not be written is flushed once more
                    stream.close()
        self._process.wait()


def _git() -> str:
    found = shutil.which("git")
    if found is None:
        raise GitError("git is not installed, or not on the PATH; diff reads revisions with it")
    return found


def _check(revision: str) -> None:
    if revision.startswith("-") or not revision or any(ord(character) < 32 for character in revision):
        raise RevisionError(f"{quote(revision, 80)} cannot be a revision")


def _clean_environment(settings: dict[str, str]) -> dict[str, str]:
    """Return this process's environment without what steers git, and with settings that no repository overrides."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    given = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings.items()):
        given |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return {**kept, **_ENVIRONMENT, **given}


def _raw_paths(output: bytes) -> Iterator[str]:
    """Yield the paths of ``--raw -z`` output, which has a head and a path for each file."""
    words = output.split(b"\0")
    yield from _decoded(words[1::2])


def _decoded(paths: Sequence[bytes]) -> Iterator[str]:
    yield from (os.fsdecode(path) for path in paths if path)


def _error(said: str) -> GitError:
    first = next((line for line in said.splitlines() if line.strip()), "git failed").removeprefix("fatal: ")
    if "must be run in a work tree" in first:
        return NoRepositoryError("this repository has no files around it; run diff in a checkout of it")
    if "not a git repository" in first:
        return NoRepositoryError(
            "this is no git repository; diff compares revisions of one, so run it inside the checkout"
        )
    if "dubious ownership" in first:
        return GitError(
            "git does not trust this repository, because somebody else owns it; see git help safe.directory"
        )
    return GitError(f"git: {first}")
