"""One case of a recipe as a recipe of its own: no matrix, no templates, and nothing that others must not see."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.provenance.record import Input
from imagenspec.recipe.matrix import slug
from imagenspec.recipe.templates import is_template
from imagenspec.recipe.writing import recipe_text
from imagenspec.source.yaml import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imagenspec.recipe.model import Recipe
    from imagenspec.source.nodes import Path

_UNSENT = ("matrix", "vars", "render", "description", "tags")
"""Keys that make no part of a request, or only through what they were resolved to."""
_PRIVATE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|/[^/\s]+/|~|[A-Za-z]:\\|projects/|[^@\s]+@[^@\s]+\.[a-z]+$")
"""What texts look like that name a bucket, a folder of a machine, an account's project or an account."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{200}")
_BUCKET = "goog-withheld"
"""A bucket that nobody can have: names must not begin with ``goog``.

Source: https://cloud.google.com/storage/docs/buckets#naming
"""
_SHOWN = 16
_PROBE = 12
_CUT = 100
"""An id as long as this can end in the middle of a word."""


class Resolved(NamedTuple):
    """A case as a recipe of its own.

    Attributes:
        text: The recipe; empty where it cannot be written.
        model: The model that is asked.
        inputs: The files that the request held, under the paths of that recipe.
        withheld: What is not told, as dotted paths.
        case: The id of the case, or what stands for one that has a word of what is not told.
    """

    text: str
    model: str
    inputs: tuple[Input, ...]
    withheld: tuple[str, ...]
    case: str = ""


def resolved(  # noqa: PLR0913 - what may be told depends on all of it
    recipe: Recipe,
    data: Mapping[str, Any],
    digests: Mapping[str, str],
    told: Callable[[str], str | None],
    *,
    case: str = "",
    project: str = "",
) -> Resolved:
    """Return a case as a recipe of its own that anybody may read.

    Args:
        recipe: What the case means.
        data: The document of the case.
        digests: The SHA-256 of each file that the request holds, by its path as written.
        told: Returns the path of a file as anybody may read it, nothing if it is outside the project.
        case: The id of the case.
        project: The id of the account's project, which labels may have; they are not told then.
    """
    outside = [written for written in digests if told(written) is None]
    names = {written: told(written) or _alias(written, digest) for written, digest in digests.items()}
    writing = _Writing(recipe, data)
    writing.put_texts()
    writing.put_images(names)
    writing.withhold(project)
    inputs = tuple(Input(names[written], digest) for written, digest in digests.items())
    words = [*(slug(one)[:_PROBE] for one in (*outside, *writing.private)), *writing.labels]
    if words and (len(case) >= _CUT or any(word in case for word in words)):
        writing.withheld.append("case")
        case = stand_in(case)
    return Resolved(writing.text(), str(writing.data.get("model", "")), inputs, tuple(writing.withheld), case)


def stand_in(case: str) -> str:
    """Return what stands for the id of a case that must not be told."""
    return f"withheld-{hashlib.sha256(case.encode()).hexdigest()[:_SHOWN]}"


def whole(recipe: Recipe, data: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """Return a case as a recipe of its own with all that it has, for its author.

    Args:
        recipe: What the case means.
        data: The document of the case.
        names: Other paths for its files.
    """
    writing = _Writing(recipe, data)
    writing.put_texts()
    writing.put_files(names or {})
    return writing.text()


def without_template(text: str) -> str:
    """Return a text as a template that renders to it."""
    if not is_template(text):
        return text
    return re.sub(r"\{(?=[{%#\r]|\n\Z)|\r|\n\Z", lambda found: f'{{{{ "{_ESCAPES.get(found[0], found[0])}" }}}}', text)


_ESCAPES = {"\r": r"\r", "\n": r"\n"}


def _is_unsent(key: str) -> bool:
    return key in _UNSENT or key.startswith("x-")


def _alias(written: str, digest: str) -> str:
    """Return a name for a file outside the project."""
    suffix = ".jpg" if written.lower().endswith((".jpg", ".jpeg")) else ".png"
    return f"withheld/{digest[:_SHOWN]}{suffix}"


class _Writing:
    """The data of a recipe on its way to what may be told."""

    def __init__(self, recipe: Recipe, data: Mapping[str, Any]) -> None:
        self.recipe = recipe
        self.data: dict[str, Any] = {key: _copied(value) for key, value in data.items() if not _is_unsent(key)}
        self.withheld: list[str] = []
        self.private: list[str] = []
        self.labels: list[str] = []

    def text(self) -> str:
        """Return the recipe; nothing where it is too deep to be written."""
        return recipe_text(self.data) if _depth(self.data) <= MAX_DEPTH else ""

    def put_texts(self) -> None:
        """Put in texts as they were sent."""
        recipe = self.recipe
        self._put_text(("prompt",), recipe.prompt)
        self._put_text(("parameters", "negative_prompt"), recipe.parameters.get("negative_prompt"))
        for reference in recipe.references:
            self._put_text((*reference.path, "description"), reference.description)

    def put_files(self, names: Mapping[str, str]) -> None:
        """Put in other paths of images."""
        for image in self.recipe.images():
            if image.file is not None:
                self._put(image.path, names.get(image.file, image.file))

    def put_images(self, names: Mapping[str, str]) -> None:
        """Put in the paths and URIs of images as they may be told."""
        self.put_files(names)
        for image in self.recipe.images():
            if image.gcs is not None:
                self.withheld.append(_dotted(image.path))
                self.private.append(image.gcs)
                digest = hashlib.sha256(image.gcs.encode()).hexdigest()
                self._put(image.path, f"gs://{_BUCKET}/{digest}")

    def withhold(self, project: str) -> None:
        """Leave out where outputs go, and whatever names an account, looks as if it did, or is a picture."""
        labels = self.data.get("labels")
        if isinstance(labels, dict) and project:
            for name in [name for name, value in labels.items() if project in f"{name} {value}"]:
                self.withheld.append(f"labels.{name}")
                self.labels.append(f"{slug(name)}={slug(labels.pop(name))}")
        for key in ("parameters", "raw", "model"):
            if key in self.data:
                self.data[key] = self._public(self.data[key], (key,))

    def _public(self, value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            public = {key: self._public(child, (*path, key)) for key, child in value.items()}
            return {key: child for key, child in public.items() if child is not _GONE}
        if isinstance(value, list):
            items = [self._public(child, (*path, index)) for index, child in enumerate(value)]
            return [item for item in items if item is not _GONE]
        if not isinstance(value, str) or path == ("parameters", "negative_prompt"):
            return value
        if not _PRIVATE.match(value) and not _BASE64.search(value):
            return value
        self.withheld.append(_dotted(path))
        self.private.append(value)
        return value.rpartition("/")[2] if path == ("model",) else _GONE

    def _put_text(self, path: Path, text: str | None) -> None:
        if text is not None:
            self._put(path, without_template(text))

    def _put(self, path: Path, value: str) -> None:
        """Put in a text where there is one."""
        parent: Any = self.data
        for step in path[:-1]:
            parent = parent.get(step) if isinstance(parent, dict) else parent[int(step)] if parent else None
        if isinstance(parent, dict) and path[-1] in parent:
            parent[path[-1]] = value
        elif isinstance(parent, list):
            parent[int(path[-1])] = value


_GONE = object()


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(child) for key, child in value.items()}
    return [_copied(child) for child in value] if isinstance(value, list) else value


def _depth(value: Any) -> int:
    if not isinstance(value, (dict, list)):
        return 0
    return 1 + max(map(_depth, value.values() if isinstance(value, dict) else value), default=0)


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))
