"""``diff``: from revisions and paths to the difference of their requests."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.catalog.fields import TASKS
from imagenspec.catalog.version import data_version
from imagenspec.errors import UsageError
from imagenspec.project.config import PYPROJECT
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.review.candidates import Touched
from imagenspec.review.compare import Comparison
from imagenspec.review.git import Repository, RevisionError
from imagenspec.review.sides import TreeSide, WorkingSide
from imagenspec.review.tree import Tree
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from imagenspec.review.git import Blobs
    from imagenspec.review.sides import Side
    from imagenspec.review.values import Difference

_DATA = re.compile(rb'"data" ?: ?"([^"]*)"')


class Range(NamedTuple):
    """Which revisions are compared.

    Attributes:
        old: The commit of the old side.
        old_label: What people call it.
        new: The commit of the new side; nothing for the working tree.
        new_label: What people call that, where it is a commit.
    """

    old: str
    old_label: str
    new: str | None = None
    new_label: str = ""


def range_of(repository: Repository, written: str | None) -> Range:
    """Return what ``REV``, ``A..B`` or ``A...B`` compares; a side that is left out is ``HEAD``.

    Raises:
        RevisionError: The repository does not have a revision.
    """
    if written is None:
        return Range(repository.commit("HEAD"), "HEAD")
    found = re.fullmatch(r"(?s)(.*?)(\.{2,3})(.*)", written)
    if found is None:
        return Range(repository.commit(written), written)
    first, dots, second = found[1] or "HEAD", found[2], found[3] or "HEAD"
    old, new = repository.commit(first), repository.commit(second)
    if dots == "...":
        return Range(repository.merge_base(old, new), f"merge base of {first} and {second}", new, second)
    return Range(old, first, new, second)


def split(repository: Repository, words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the revisions, where the first word has some, and the paths; a word that is both must be said apart.

    Raises:
        RevisionError: The first word is neither, or both.
    """
    if not words:
        return None, []
    first, rest = words[0], list(words[1:])
    if ".." in first and not first.startswith("../") and not Path(first).exists():
        return first, rest
    is_revision = not first.startswith("-") and repository.has(first)
    if is_revision and Path(first).exists():
        raise RevisionError(f"{quote(first, 80)} is a revision and a path; write ./{first} or {first}^0")
    if is_revision:
        return first, rest
    if first.startswith("-"):
        raise RevisionError(f"{quote(first, 80)} cannot be a revision")
    return None, [first, *rest]


def diff(
    repository: Repository,
    wanted: Range,
    paths: Sequence[str] = (),
    *,
    max_cases: int = DEFAULT_MAX_CASES,
    day: date | None = None,
) -> Difference:
    """Return how the requests of recipes differ between revisions.

    Args:
        repository: The repository.
        wanted: Which revisions are compared.
        paths: Files and folders, which one of both sides must have; none means the working folder.
        max_cases: The most cases that a matrix may have.
        day: The day whose models count; unless said, that of the configuration, or today.

    Raises:
        GitError: Git cannot read the repository.
        UsageError: Neither side has a path.
    """
    blobs = repository.blobs()
    try:
        return _Run(repository, wanted, blobs, max_cases, day).difference(paths or (".",))
    finally:
        blobs.close()


class _Run:
    def __init__(self, repository: Repository, wanted: Range, blobs: Blobs, max_cases: int, day: date | None) -> None:
        self._top = repository.top
        self._changed = repository.changed(wanted.old, wanted.new)
        self._tree = Tree(repository, wanted.old, blobs)
        self._old: Side = TreeSide(wanted.old_label, self._tree, max_cases, day, self._changed)
        self._new: Side = WorkingSide(self._top, max_cases, day)
        if wanted.new is not None:
            tree = Tree(repository, wanted.new, blobs)
            self._new = TreeSide(wanted.new_label, tree, max_cases, day, self._changed)

    def difference(self, paths: Sequence[str]) -> Difference:
        recipes = self._recipes(paths)
        candidates = list(self._candidates(recipes))
        return Comparison(self._old, self._new, self._top).difference(candidates, len(recipes))

    def _recipes(self, paths: Sequence[str]) -> list[str]:
        found: dict[str, None] = {}
        for name in paths:
            if not name:
                raise UsageError("an empty word is neither a revision nor a path")
            absolute = Path(os.path.abspath(name))  # noqa: PTH100 - a link in a revision is no link on disk
            if not absolute.is_relative_to(self._top):
                raise UsageError(f"{name} is outside the repository {self._top}")
            place = absolute.relative_to(self._top).as_posix()
            place = "" if place == "." else place
            if not any(side.has(place) for side in (self._old, self._new)):
                labels = dict.fromkeys((self._old.label, self._new.label))
                who = f"neither {' nor '.join(labels)} has" if len(labels) > 1 else f"{self._old.label} does not have"
                raise UsageError(f"{name} is no revision, and {who} such a file or folder")
            for side in (self._old, self._new):
                found |= dict.fromkeys(path for path in side.recipes(place) if path == place or self._is_known(path))
        return list(found)

    def _is_known(self, path: str) -> bool:
        """Return whether git knows a file, or would; what it is told to ignore is only compared by its name."""
        return path in self._tree.files or path in self._changed

    def _candidates(self, recipes: Sequence[str]) -> Iterator[str]:
        links = [path for path, file in self._tree.files.items() if file.is_link]
        touched = Touched([path for path in self._changed if self._counts(path)], links)
        known = {data_version(task).encode() for task in TASKS}
        linked = set(links)
        for path in recipes:
            if path in self._changed or path in linked or not self._tree.has(path):
                yield path
                continue
            if not self._new.has(path):
                continue  # a sparse checkout leaves out what git still takes for unchanged
            text = self._new.read(path) if touched.any_file else b""
            if text is None or touched.may_touch(path, text) or self._is_stale(path, known):
                yield path

    def _is_stale(self, path: str, known: set[bytes]) -> bool:
        lock = self._new.lock_bytes(path)
        return lock is not None and not known.issuperset(_DATA.findall(lock))

    def _counts(self, path: str) -> bool:
        """Return whether a change of a file can matter; most of what ``pyproject.toml`` says does not."""
        if path.rpartition("/")[2] != PYPROJECT:
            return True
        texts = [side.read(path) if side.has(path) else b"" for side in (self._old, self._new)]
        return texts[0] != texts[1] and any(text is None or b"tool" in text for text in texts)
