"""What a path means that a comparison is narrowed to: recipes, or pictures and so the recipes that use them."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.errors import ImagenspecError, UsageError
from imagenspec.project.config import OWN_FILE, PYPROJECT
from imagenspec.project.discovery import SUFFIX
from imagenspec.render.locks.lockfile import SUFFIX as LOCK
from imagenspec.review.candidates import Touched
from imagenspec.review.git import GitEndedError
from imagenspec.review.lfs import pointer_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from imagenspec.review.sides import Side

_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


def named(place: str, sides: Sequence[Side], links: Collection[str], top: Path) -> Iterator[str]:
    """Yield the recipes that a path means.

    A folder means those below it. A picture, or a folder without recipes, means those that use it.

    Args:
        place: The path from the top.
        sides: Both sides.
        links: The paths of symbolic links.
        top: The root of the working tree.

    Raises:
        UsageError: It is another file.
    """
    found = dict.fromkeys(path for side in sides for path in side.recipes(place))
    if place in found and _is_picture(place, sides):
        found = {}
    elif place in found:
        _refuse_others(place)
    yield from found or (users_of(place, sides, links, top) if place else ())


def users_of(place: str, sides: Sequence[Side], links: Collection[str], top: Path) -> Iterator[str]:
    """Yield the recipes that use a file, or one in a folder; one that cannot be understood if it may.

    Args:
        place: The path from the top.
        sides: Both sides.
        links: The paths of symbolic links.
        top: The root of the working tree.
    """
    for side in sides:
        wanted = {place, side.resolved(place)}
        touched = Touched(wanted, links)
        for path in side.recipes(""):
            text = side.read(path)
            if text is not None and touched.may_touch(path, text) and _uses(side, path, wanted, top):
                yield path


def _uses(side: Side, path: str, wanted: Collection[str], top: Path) -> bool:
    try:
        checked = side.check(path)
    except GitEndedError:
        raise
    except ImagenspecError:
        return True
    home = (top / path).parent
    for written in checked.seen.pictures:
        own = Path(os.path.abspath(home / written))  # noqa: PTH100 - links are those of the side
        if own.is_relative_to(top):
            lexical = own.relative_to(top).as_posix()
            places = (lexical, side.resolved(lexical))
            if any(f"{one}/".startswith(f"{place}/") for one in places for place in wanted):
                return True
    return not checked.ok


def _is_picture(place: str, sides: Sequence[Side]) -> bool:
    if place.lower().endswith(_PICTURES):
        return True
    texts = (side.read(place) for side in sides if side.has(place))
    return not place.endswith(SUFFIX) and any(text is not None and _is_of_picture(text) for text in texts)


def _is_of_picture(data: bytes) -> bool:
    """Return whether bytes are no text, or stand for a file that Git LFS keeps."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return b"\0" in data or pointer_of(data) is not None


def _refuse_others(place: str) -> None:
    name = posixpath.basename(place)
    if name in (OWN_FILE, PYPROJECT):
        raise UsageError(f"{place} is configuration and no recipe; name its folder instead")
    if name.endswith(LOCK):
        raise UsageError(f"{place} is a lock; name its recipe instead, {name.removesuffix(LOCK)}{SUFFIX}")
