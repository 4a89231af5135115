"""Where files are, in few words."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from imagenspec.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 3
_CLOUD = "gs://"


def folders_of(files: Iterable[str]) -> str:
    """Return the folders of files: each of a few, else the one around them, else some and how many more.

    Args:
        files: Paths with forward slashes, or ``gs://`` addresses.
    """
    found = list(dict.fromkeys(_folder(file) for file in files))
    if len(found) > _MOST:
        here = [one for one in found if not one.startswith(_CLOUD)]
        cloud = [one.removeprefix(_CLOUD) for one in found if one.startswith(_CLOUD)]
        found = _around(here) + [_CLOUD + one for one in _around(cloud)]
    shown = found if len(found) <= _MOST else found[: _MOST - 1]
    rest = f" and {len(found) - len(shown)} more folders" if len(shown) < len(found) else ""
    return visible(", ".join(f"{one.rstrip('/')}/" for one in shown) + rest)


def _folder(file: str) -> str:
    if file.startswith(_CLOUD):
        return _CLOUD + posixpath.dirname(file.removeprefix(_CLOUD))
    return posixpath.normpath(posixpath.dirname(file))


def _around(folders: list[str]) -> list[str]:
    """Return the one folder around others, or all of them where only the working folder or the root is around them."""
    try:
        around = posixpath.commonpath(folders)
    except ValueError:
        return folders
    return folders if around in ("", ".", "/") or around.endswith("..") else [around]
