"""From a picture back to the recipe that made it; whatever a picture says is taken for somebody's claim."""

from __future__ import annotations

import hashlib
import re
import stat
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal, NamedTuple

from imagenspec.errors import ToolError, UsageError
from imagenspec.images.files import Refusal
from imagenspec.project.build import built, requests
from imagenspec.project.check import check_bytes, check_file
from imagenspec.project.discovery import SUFFIX
from imagenspec.project.findings import RecipeError
from imagenspec.provenance.resolved import stand_in
from imagenspec.provenance.stamping import LARGEST, SIDECAR, record_in, without
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.project.build import Built
    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.options import Options
    from imagenspec.provenance.record import Input, Record
    from imagenspec.wire.request import Request

_LONGEST_NAME = 150
"""In bytes; file systems take 255."""


class Recovered(NamedTuple):
    """What a picture says.

    Attributes:
        record: What it says.
        beside: Whether that stands in a file beside it.
        as_it_came: Whether the picture has the bytes of which the record speaks.
    """

    record: Record
    beside: bool
    as_it_came: bool


class RecipeState(NamedTuple):
    """What the recipe that a picture names asks for now.

    Attributes:
        word: Whether its case makes the same request, another one or none, or the recipe is gone.
        detail: Why it is not the same.
        file: The recipe, unless it is gone.
        built: Where it is the same and has no errors: its case.
    """

    word: Literal["same", "changed", "gone"]
    detail: str = ""
    file: Path | None = None
    built: Built | None = None


class Remade(NamedTuple):
    """What a recipe that a picture has makes where it is to stand.

    Attributes:
        same: Whether it makes the request that made the picture.
        detail: What it makes instead.
        missing: Where it does not: the pictures that are not there, or are others, with the reason.
    """

    same: bool
    detail: str
    missing: tuple[tuple[Input, str], ...]


def recovered(picture: Path) -> Recovered | None:
    """Return what a picture, or the file beside it, says of where it comes from; nothing if that is nothing.

    Raises:
        UsageError: There is no such file.
        ToolError: It cannot be read.
    """
    data = _bytes(picture)
    if data is None:
        raise UsageError(f"{quote(picture, 200)} is no file")
    record, beside = record_in(data), False
    if record is None:
        sidecar = _bytes(picture.with_name(picture.name + SIDECAR))
        record, beside = None if sidecar is None else record_in(sidecar), True
    if record is None:
        return None
    plain = data if beside else without(data)
    return Recovered(record, beside, hashlib.sha256(plain).hexdigest() == record.picture)


def recipe_state(record: Record, root: Path, options: Options) -> RecipeState:
    """Return what the recipe that a picture names asks for now.

    Args:
        record: What the picture says.
        root: The root of the project in which the recipe is looked for, and never outside it.
        options: What is wanted of the recipe.
    """
    path = _recipe_in(root, record.recipe)
    if path is None:
        return RecipeState("gone", "there is no such recipe")
    checked = check_file(path, options)
    own = next((case.id for case in checked.cases() if record.case in (case.id, stand_in(case.id))), None)
    if own is None:
        return RecipeState("changed", "the case is gone" if checked.ok else "the recipe has errors", path)
    try:
        [request] = requests(checked, options.images, [own], unchecked=True)
    except (RecipeError, ToolError) as error:
        return RecipeState("changed", str(error), path)
    if not _is_same(request, record):
        return RecipeState("changed", _other(request, record), path)
    if not checked.ok:
        return RecipeState("same", file=path)
    [one] = built(checked, options.images, [own])
    return RecipeState("same", file=path, built=one)


def file_name(record: Record) -> str:
    """Return a name for the recipe of a picture: one word, whatever the picture says."""
    stem = PurePosixPath(record.recipe.replace("\\", "/")).name.removesuffix(SUFFIX).removesuffix(".yaml")
    name = re.sub(r"[^\w+.=,@ -]+", "-", f"{stem}.{record.case}" if record.case else stem).strip(" .-")
    short = name.encode("utf-8", "replace")[:_LONGEST_NAME].decode("utf-8", "ignore").rstrip(" .-")
    return (short or "recovered") + SUFFIX


def remade(text: str, place: Path, record: Record, options: Options) -> Remade | None:
    """Return what a picture's recipe makes where it is to stand; nothing if the text is no recipe.

    Args:
        text: The recipe.
        place: Where it is to stand; its pictures are looked for beside it.
        record: What the picture says.
        options: What is wanted of the recipe.
    """
    checked = check_bytes(str(place), text.encode(), options)
    if checked.task is None:
        return None
    try:
        made = list(islice(requests(checked, options.images, unchecked=True), 2))
    except (RecipeError, ToolError) as error:
        return Remade(False, str(error), tuple(_missing(record, place, options)))
    if len(made) != 1:
        detail = "it has several cases" if made else _first_error(checked)
        return Remade(False, detail, tuple(_missing(record, place, options)))
    if _is_same(made[0], record):
        return Remade(True, "", ())
    return Remade(False, _other(made[0], record), tuple(_missing(record, place, options)))


def _missing(record: Record, place: Path, options: Options) -> Iterator[tuple[Input, str]]:
    """Yield the pictures that are not there, or are others, with the reason."""
    for one in record.inputs:
        why = _why_missing(one, str(place), options)
        if why is not None:
            yield one, why


def _is_same(request: Request, record: Record) -> bool:
    return request.digest == record.request and request.model.rpartition("/")[2] == record.model.rpartition("/")[2]


def _other(request: Request, record: Record) -> str:
    if request.digest != record.request:
        return f"it makes another request, {request.digest}"
    return f"it asks another model, {request.model}"


def _first_error(checked: CheckedRecipe) -> str:
    return checked.findings[0].message if checked.findings else "it has no case"


def _why_missing(one: Input, recipe: str, options: Options) -> str | None:
    found = options.images.find(recipe, one.path)
    if isinstance(found, Refusal):
        return found.message
    return None if options.images.sha256(found) == one.sha256 else f"{quote(one.path, 60)} is another picture"


def _recipe_in(root: Path, name: str) -> Path | None:
    """Return the recipe of a name from the root, if it is one and inside."""
    parts = PurePosixPath(name).parts
    if not parts or "\0" in name or name.startswith("/") or ".." in parts:
        return None
    path = root.joinpath(*parts)
    try:
        inside = path.resolve().is_relative_to(root.resolve())
        return path if inside and path.is_file() else None
    except OSError:
        return None


def _bytes(path: Path) -> bytes | None:
    """Return the bytes of a file, nothing where there is none."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return None
        if status.st_size > LARGEST:
            raise ToolError(f"{path} has more than {LARGEST:,} bytes")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}", error.strerror) from error
