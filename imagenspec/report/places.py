"""Names of files as reports for machines write them: from the root of the checkout, with forward slashes."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Where GitHub Actions and GitLab say which folder they read the paths of a report from."""


class Places(NamedTuple):
    """Where names of files are from, and where reports count from.

    Attributes:
        folder: The absolute path of the working folder; relative names are from there.
        root: The absolute path of the folder that relative paths of a report are from.
    """

    folder: str
    root: str

    def path(self, name: str) -> str:
        """Return the path of a file from the root, or its absolute path where it is not below the root."""
        path = self._absolute(name)
        return (path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix()

    def uri(self, name: str) -> str:
        """Return the path as a relative URI reference, or as a ``file:`` URI where it is not below the root."""
        path = self._absolute(name)
        if not path.is_relative_to(self.root):
            return path.as_uri()
        return quote(os.fsencode(path.relative_to(self.root).as_posix()), safe="/!$&'()*+,;=@~")

    def _absolute(self, name: str) -> PurePath:
        return PurePath(os.path.normpath(os.path.join(self.folder, name)))  # noqa: PTH118 - a name, not a file


def places_of(folder: str, environment: Mapping[str, str]) -> Places:
    """Return the places of a run: in a job of GitHub Actions or GitLab, its checkout is the root.

    Args:
        folder: The absolute path of the working folder.
        environment: The environment variables.
    """
    for variable in _ROOTS:
        root = environment.get(variable)
        if root and PurePath(folder).is_relative_to(os.path.realpath(root)):
            return Places(folder, os.path.realpath(root))
    return Places(folder, folder)
