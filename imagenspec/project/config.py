"""Configuration: ``.imagenspec.toml``, or ``[tool.imagenspec]`` in ``pyproject.toml``, and the project's root."""

from __future__ import annotations

import os
import re
import stat
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.catalog.codes import codes, codes_of
from imagenspec.errors import UsageError
from imagenspec.project.selection import Selection
from imagenspec.source.diagnostics import any_of, did_you_mean, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_BYTES = 1_000_000
_MOST = 1_000_000_000
OWN_FILE = ".imagenspec.toml"
PYPROJECT = "pyproject.toml"
_IN_PYPROJECT = ("tool", "imagenspec")
_SETTINGS = (
    *("project", "location", "image_roots", "as_of", "select", "ignore", "per_file_ignores"),
    *("prices", "quotas", "target", "provenance"),
)
_WORD = r"[a-z0-9][a-z0-9:.-]{0,62}"


class Project(NamedTuple):
    """A repository of recipes.

    Attributes:
        root: The folder that images must not leave: of the configuration, of the git checkout, or of the recipe.
        project: The Google Cloud project for endpoint URLs.
        location: The location for endpoint URLs.
        image_roots: Further folders that images may come from.
        as_of: The day whose models count, where the project has fixed one.
        selection: Which codes count.
        file: The configuration, where there is one.
        prices: What an output picture costs in US dollars, by model, where the project knows better than the catalog.
        quotas: How many requests a minute may be sent, by model.
        target: Where ``render`` sends requests unless an option says; :func:`target_setting` decides whether it counts.
        provenance: Whether pictures are told what made them.
    """

    root: Path
    project: str | None = None
    location: str | None = None
    image_roots: tuple[Path, ...] = ()
    as_of: date | None = None
    selection: Selection = Selection()
    file: Path | None = None
    prices: tuple[tuple[str, float], ...] = ()
    quotas: tuple[tuple[str, float], ...] = ()
    target: str | None = None
    provenance: bool = True

    def silenced(self, recipe: str) -> frozenset[str]:
        """Return the codes that do not count in a recipe, by its path."""
        selection = self.selection
        if not selection.per_file:
            return selection.silenced("")
        return selection.silenced(Path(os.path.relpath(recipe, self.root)).as_posix())


def project_of(folder: Path) -> Project:
    """Return the project that a folder belongs to.

    Raises:
        UsageError: The configuration cannot be read or has a key or value that it must not have.
    """
    return _project_of(os.fspath(folder), os.getcwd())  # noqa: PTH109 - asked for every recipe of a run


def project_from(file: Path, data: bytes) -> Project | None:
    """Return the project that a configuration makes of its folder, by its bytes; nothing where it has no settings.

    Args:
        file: Where it is or was; its name decides where the settings stand in it.
        data: Its bytes.

    Raises:
        UsageError: It cannot be read or has a key or value that it must not have.
    """
    if len(data) > _MAX_BYTES:
        raise UsageError(f"{file}: the file has more than {_MAX_BYTES:,} bytes")
    try:
        table = _parsed(file, () if file.name == OWN_FILE else _IN_PYPROJECT, data.decode())
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: {error}") from error
    return None if table is None else _read(file.parent, file, table)


@cache
def _project_of(name: str, working_name: str) -> Project:
    folder, working_folder = Path(name).resolve(), Path(working_name)
    for place in (folder, *folder.parents):
        for file, keys in ((place / OWN_FILE, ()), (place / PYPROJECT, _IN_PYPROJECT)):
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
    return _parsed(file, keys, text)


def _parsed(file: Path, keys: tuple[str, ...], text: str) -> dict[str, Any] | None:
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
    for key in table:
        if key not in _SETTINGS:
            near = did_you_mean(key, _SETTINGS)
            hint = f"did you mean {quote(near)}?" if near else f"known: {any_of(_SETTINGS)}"
            raise UsageError(f"{file}: unknown setting {quote(key)}; {hint}")
    roots = table.get("image_roots", [])
    if not isinstance(roots, list) or not all(isinstance(one, str) and "\0" not in one for one in roots):
        raise UsageError(f'{file}: "image_roots" must be a list of folders')
    as_of = table.get("as_of")
    if as_of is not None and type(as_of) is not date:
        raise UsageError(f'{file}: "as_of" must be a day, written as_of = 2026-11-21 without quotes')
    target = table.get("target")
    if target is not None and not isinstance(target, str):
        raise UsageError(f'{file}: "target" must be "emulator", "vertex" or a URL')
    provenance = table.get("provenance", True)
    if not isinstance(provenance, bool):
        raise UsageError(f'{file}: "provenance" must be true or false')
    return Project(
        root,
        _checked(table.get("project"), "project", file),
        _checked(table.get("location"), "location", file),
        tuple((root / one).resolve() for one in roots),
        as_of,
        _selection(file, table),
        file,
        _numbers(file, "prices", table, least=0.0),
        _numbers(file, "quotas", table, least=0.01),
        target,
        provenance,
    )


def _numbers(file: Path, setting: str, table: dict[str, Any], least: float) -> tuple[tuple[str, float], ...]:
    """Return the models of a table, each with its number."""
    written = table.get(setting, {})
    if not isinstance(written, dict):
        raise UsageError(f"{file}: {quote(setting)} must be a table of models, each with a number")
    for model, number in written.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or not least <= number < _MOST:
            raise UsageError(f"{file}: {quote(f'{setting}.{model}', 80)} must be a number from {least:g} up")
    return tuple((model, float(number)) for model, number in written.items())


def _selection(file: Path, table: dict[str, Any]) -> Selection:
    per_file = table.get("per_file_ignores", {})
    if not isinstance(per_file, dict):
        raise UsageError(f'{file}: "per_file_ignores" must be a table of patterns')
    return Selection(
        _codes(file, "select", table["select"]) if "select" in table else None,
        _codes(file, "ignore", table.get("ignore", [])),
        tuple((pattern, _codes(file, f"per_file_ignores.{pattern}", words)) for pattern, words in per_file.items()),
    )


def _codes(file: Path, setting: str, words: Any) -> tuple[str, ...]:
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise UsageError(f"{file}: {quote(setting)} must be a list of codes or names")
    known = codes()
    for word in words:
        meant = codes_of(word)
        if not meant:
            near = did_you_mean(word, (name for code in known.values() for name in (code.code, code.name)))
            hint = f"did you mean {quote(near)}?" if near else '"imagenspec rules" lists them'
            raise UsageError(f"{file}: {quote(setting)} has the unknown code {quote(word)}; {hint}")
        if setting != "select" and all(known[code].fatal for code in meant):
            raise UsageError(f"{file}: {quote(word)} cannot be ignored: without it mended there is no request")
    return tuple(words)


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


def target_setting(option: str | None, project: Project) -> str:
    """Return where requests go: by the option, then the configuration, then to the emulator.

    Only the configuration at the root may say so: a folder that came with others must not spend anybody's money.

    Raises:
        UsageError: A configuration further down, or outside the working folder, has a target.
    """
    if option is not None:
        return option
    if project.target is None:
        return "emulator"
    inside = (project.root / ".git").exists() or not any((place / ".git").exists() for place in project.root.parents)
    here = Path.cwd()
    if not inside or not (here.is_relative_to(project.root) or (project.root / ".git").exists()):
        raise UsageError(
            f'{project.file}: only the configuration at the root of the checkout may set "target"; say --target'
        )
    return project.target
