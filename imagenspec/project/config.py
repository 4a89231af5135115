"""Configuration: ``.imagenspec.toml``, or ``[tool.imagenspec]`` in ``pyproject.toml``, and the project's root."""

from __future__ import annotations

import os
import re
import stat
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.errors import UsageError
from imagenspec.source.diagnostics import any_of, did_you_mean, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_BYTES = 1_000_000
OWN_FILE = ".imagenspec.toml"
_WORD = r"[a-z0-9][a-z0-9:.-]{0,62}"


class Project(NamedTuple):
    """A repository of recipes.

    Attributes:
        root: The folder that images must not leave: of the configuration, of the git checkout, or of the recipe.
        project: The Google Cloud project for endpoint URLs.
        location: The location for endpoint URLs.
        image_roots: Further folders that images may come from.
    """

    root: Path
    project: str | None = None
    location: str | None = None
    image_roots: tuple[Path, ...] = ()


def project_of(folder: Path) -> Project:
    """Return the project that a folder belongs to.

    Raises:
        UsageError: The configuration cannot be read or has a key or value that it must not have.
    """
    return _project_of(os.fspath(folder), os.getcwd())  # noqa: PTH109 - asked for every recipe of a run


@cache
def _project_of(name: str, working_name: str) -> Project:
    folder, working_folder = Path(name).resolve(), Path(working_name)
    for place in (folder, *folder.parents):
        for file, keys in ((place / OWN_FILE, ()), (place / "pyproject.toml", ("tool", "imagenspec"))):
            table = _table(file, keys)
            if table is not None:
                return _inside_checkout(_read(place, file, table), file)
        if (place / ".git").exists():
            return Project(place)
    return Project(working_folder if folder.is_relative_to(working_folder) else folder)


def _inside_checkout(project: Project, file: Path) -> Project:
    """Return the project, unless a configuration below the root of a git checkout lets images in from outside it."""
    checkout = next((place for place in project.root.parents if (place / ".git").exists()), None)
    if checkout is not None and not (project.root / ".git").exists():
        for root in project.image_roots:
            if not root.is_relative_to(checkout):
                raise UsageError(
                    f'{file}: only the configuration at the root of the checkout may set "image_roots" outside'
                )
    return project


def _table(file: Path, keys: tuple[str, ...]) -> dict[str, Any] | None:
    try:
        text = _text(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: {error}") from error
    if keys and ".".join(keys) not in text:
        return None
    import tomllib  # noqa: PLC0415 - most projects have no configuration to parse

    try:
        data: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{file}: {error}") from error
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else None


def _text(file: Path) -> str:
    """Return the text of a configuration file; anything but a file of a sensible size is refused, not read."""
    status = file.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
        raise UsageError(f"{file}: this is no file, or one of more than {_MAX_BYTES:,} bytes")
    return file.read_text("utf-8")


def _read(root: Path, file: Path, table: dict[str, Any]) -> Project:
    known = ("project", "location", "image_roots")
    for key in table:
        if key not in known:
            near = did_you_mean(key, known)
            hint = f"did you mean {quote(near)}?" if near else f"known: {any_of(known)}"
            raise UsageError(f"{file}: unknown setting {quote(key)}; {hint}")
    roots = table.get("image_roots", [])
    if not isinstance(roots, list) or not all(isinstance(one, str) and "\0" not in one for one in roots):
        raise UsageError(f'{file}: "image_roots" must be a list of folders')
    return Project(
        root,
        _checked(table.get("project"), "project", file),
        _checked(table.get("location"), "location", file),
        tuple((root / one).resolve() for one in roots),
    )


def _checked(value: Any, what: str, where: Path | str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(_WORD, value):
        raise UsageError(f"{where}: {quote(value)} cannot be a {what}")
    if what == "location" and value == "global":
        raise UsageError(f'{where}: location "global" does not serve Imagen; name a region such as "us-central1"')
    return value


def endpoint_setting(
    what: str, option: str | None, configured: str | None, environment: Mapping[str, str]
) -> str | None:
    """Return a project or location: from the option, then the configuration, then ``GOOGLE_CLOUD_...``.

    Raises:
        UsageError: The value cannot be a project or location.
    """
    variable = f"GOOGLE_CLOUD_{what.upper()}"
    for value, where in ((option, f"--{what}"), (configured, OWN_FILE), (environment.get(variable), variable)):
        if value:
            return _checked(value, what, where)
    return None
