"""``diff``: from revisions and paths to the difference of their requests."""

from __future__ import annotations

import os
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.catalog.fields import TASKS
from imagenspec.catalog.version import data_version
from imagenspec.errors import UsageError
from imagenspec.project.config import PYPROJECT
from imagenspec.project.discovery import SUFFIX, files_below, is_skipped
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES
from imagenspec.review.candidates import Touched
from imagenspec.review.compare import Comparison
from imagenspec.review.git import Repository, RevisionError
from imagenspec.review.naming import named
from imagenspec.review.sides import TreeSide, WorkingSide
from imagenspec.review.tree import Tree
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
) -> Difference:
    """Return how the requests of recipes differ between revisions.

    Args:
        repository: The repository.
        wanted: Which revisions are compared.
        paths: Files and folders, which one of both sides must have; none means the working folder. A picture, or a
            folder without recipes, means the recipes that use it.
        max_cases: The most cases that a matrix may have.

    Raises:
        GitError: Git cannot read the repository.
        UsageError: Neither side has a path.
    """
    with closing(repository.blobs()) as blobs, closing(_Run(repository, wanted, blobs, max_cases)) as run:
        return run.difference(paths or (".",))


class _Run:
    def __init__(self, repository: Repository, wanted: Range, blobs: Blobs, max_cases: int) -> None:
        self._top = repository.top
        self._repository = repository
        self._wanted = wanted
        self._changed = repository.changed(wanted.old, wanted.new)
        self._tree = Tree(repository, wanted.old, blobs)
        self._old: Side = TreeSide(wanted.old_label, self._tree, max_cases, self._changed)
        self._trees = [self._tree]
        if wanted.new is None:
            self._new: Side = WorkingSide(self._top, max_cases, self._empty_submodules())
        else:
            self._trees.append(Tree(repository, wanted.new, blobs))
            self._new = TreeSide(wanted.new_label, self._trees[1], max_cases, self._changed)

    def _empty_submodules(self) -> dict[str, str]:
        """Return the commits of the submodules that are not checked out in the working tree."""
        if not self._repository.has("HEAD") or not (self._top / ".gitmodules").exists():
            return {}
        _, submodules = self._repository.listing(self._repository.commit("HEAD"))
        return {name: one for name, one in submodules.items() if not os.path.lexists(self._top / name / ".git")}

    def close(self) -> None:
        """End what reads submodules."""
        for tree in self._trees:
            tree.close()

    def difference(self, paths: Sequence[str]) -> Difference:
        places = [self._place(paths, name) for name in paths]
        recipes = self._recipes(places)
        candidates = list(self._candidates(recipes))
        found = Comparison(self._old, self._new, self._top).difference(candidates, len(recipes))
        return found._replace(submodules=tuple(self._left_out(places)))

    def _place(self, paths: Sequence[str], name: str) -> str:
        """Return the path from the top of what was named, which one of both sides has."""
        if not name:
            raise UsageError("an empty word is neither a revision nor a path")
        absolute = Path(os.path.abspath(name))  # noqa: PTH100 - a link in a revision is no link on disk
        if not absolute.is_relative_to(self._top):
            raise UsageError(f"{name} is outside the repository {self._top}")
        place = absolute.relative_to(self._top).as_posix()
        place = "" if place == "." else place
        if not any(side.has(place) for side in (self._old, self._new)):
            raise UsageError(self._nowhere(paths, name))
        submodule = self._submodule_of(place)
        if submodule is not None and place.endswith(SUFFIX):
            raise UsageError(f"{name} is in the submodule {submodule}; run diff there")
        return place

    def _submodule_of(self, place: str) -> str | None:
        return next((found for tree in self._trees if (found := tree.submodule_of(place))), None)

    def _nowhere(self, paths: Sequence[str], name: str) -> str:
        """Return why a word is no path, and what to write instead."""
        if self._repository.has(name):
            if self._wanted.new is not None:
                return f"{name} is a revision, and one word names all of them: A..B, then paths"
            if name != paths[0]:
                return f"{name} is a revision; revisions stand before paths"
            return f"{name} is a revision; write {self._wanted.old_label}..{name} to compare two of them"
        labels = dict.fromkeys((self._old.label, self._new.label))
        who = f"neither {' nor '.join(labels)} has" if len(labels) > 1 else f"{self._old.label} does not have"
        return f"{name} is no revision, and {who} such a file or folder{self._repository.shallow_hint()}"

    def _recipes(self, places: Sequence[str]) -> list[str]:
        sides = (self._old, self._new)
        links = [path for path, file in self._tree.files.items() if file.is_link]
        own = {place for place in places if self._submodule_of(place) is None}
        found = (path for place in places for path in named(place, sides, links, self._top))
        return list(dict.fromkeys(path for path in found if self._is_known(path) or path in own))

    def _left_out(self, places: Sequence[str]) -> list[str]:
        """Return the submodules in places that have recipes on disk: lint finds those, and nothing here does."""
        names = {
            name
            for name in (name for tree in self._trees for name in tree.submodules)
            if not any(is_skipped(part) for part in name.split("/"))
            and any(_is_below(name, place) or _is_below(place, name) for place in places)
        }
        return sorted(name for name in names if any(files_below(self._top / name, (SUFFIX,))))

    def _is_known(self, path: str) -> bool:
        """Return whether git knows a file, or would; what it is told to ignore is only compared by its name."""
        return path in self._tree.files or path in self._changed

    def _candidates(self, recipes: Sequence[str]) -> Iterator[str]:
        links = [path for path, file in self._tree.files.items() if file.is_link]
        edited = () if self._wanted.new is not None else self._tree.submodules
        inside = [name for name in edited if os.path.lexists(self._top / name / ".git")]
        touched = Touched([*(path for path in self._changed if self._counts(path)), *inside], links)
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


def _is_below(place: str, folder: str) -> bool:
    return not folder or f"{place}/".startswith(f"{folder}/")
