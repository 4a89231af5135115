"""From a picture back to the recipe that made it; whatever a picture says is taken for somebody's claim."""

from __future__ import annotations

import hashlib
import re
import stat
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal, NamedTuple

from imagenspec.catalog.codes import Severity, codes
from imagenspec.errors import ToolError, UsageError
from imagenspec.images.files import Refusal
from imagenspec.project.build import built, requests
from imagenspec.project.check import check_bytes, check_file
from imagenspec.project.discovery import SUFFIX
from imagenspec.project.findings import RecipeError
from imagenspec.project.ignoring import file_comment
from imagenspec.provenance.resolved import stand_in
from imagenspec.provenance.stamping import LARGEST, SIDECAR, is_broken, record_in, record_left, without
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
        broken: Whether the picture is broken or cut off.
    """

    record: Record
    beside: bool
    as_it_came: bool
    broken: bool = False


class RecipeState(NamedTuple):
    """What the recipe that a picture names asks for now.

    Attributes:
        word: Whether its case makes the same request, another one or none any more, or the recipe is gone.
        detail: Why it is not the same.
        file: The recipe, unless it is gone.
        built: Where it is the same and has no errors: its case.
    """

    word: Literal["same", "other", "changed", "gone"]
    detail: str = ""
    file: Path | None = None
    built: Built | None = None


class Remade(NamedTuple):
    """What a recipe that a picture has makes where it is to stand.

    Attributes:
        text: The recipe, with a comment that silences what is found there.
        same: Whether it makes the request that made the picture.
        compiles: Whether it makes any.
        detail: What it makes instead, or why it makes none.
        missing: Where it does not: the pictures that are not there, or are others, with the reason.
    """

    text: str
    same: bool
    compiles: bool = True
    detail: str = ""
    missing: tuple[tuple[Input, str], ...] = ()


def recovered(picture: Path) -> Recovered | str:
    """Return what a picture, or the file beside it, says of where it comes from, or why that is nothing.

    Where both say something, the one that speaks of these very bytes counts, the file beside it first: it is written
    for what came with a record already. What is left of a broken picture is read too.

    Raises:
        UsageError: There is no such file.
        ToolError: It cannot be read.
    """
    data = _bytes(picture)
    if data is None:
        raise UsageError(f"{quote(picture, 200)} is no file")
    broken = is_broken(data)
    inside = record_left(data) if broken else record_in(data)
    sidecar = _bytes(picture.with_name(picture.name + SIDECAR))
    beside = None if sidecar is None else record_in(sidecar)
    found = [
        Recovered(record, is_beside, hashlib.sha256(plain).hexdigest() == record.picture, broken)
        for record, is_beside, plain in ((beside, True, data), (inside, False, without(data)))
        if record is not None
    ]
    if not found:
        return f"{'it is broken or cut off, and what is left' if broken else 'it'} does not say what made it"
    return next((one for one in found if one.as_it_came), found[-1])


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
        return _other_state(request, record, path, options)
    if not checked.ok:
        return RecipeState("same", file=path)
    [one] = built(checked, options.images, [own])
    return RecipeState("same", file=path, built=one)


def _other_state(request: Request, record: Record, path: Path, options: Options) -> RecipeState:
    if request.digest == record.request:
        return RecipeState("changed", _other(request, record), path)
    others = (_other_picture(one, path, options) for one in record.inputs)
    detail = next(filter(None, others), "it was changed, or rendered with other --var")
    return RecipeState("other", detail, path)


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
    told = {one.code for one in checked.findings if one.severity is not Severity.INFO and not codes()[one.code].fatal}
    if told:
        text = f"# {file_comment(told, 'as it was rendered')}\n{text}"
        checked = check_bytes(str(place), text.encode(), options)
    made, why = _made(checked, options)
    if not why and _is_same(made[0], record):
        return Remade(text, same=True)
    missing = tuple(_missing(record, place, options))
    return Remade(text, same=False, compiles=bool(made), detail=why or _other(made[0], record), missing=missing)


def _made(checked: CheckedRecipe, options: Options) -> tuple[list[Request], str]:
    """Return what a recipe makes as far as it counts, and why that is not one request."""
    first = next((one for one in checked.findings if one.severity is Severity.ERROR), None)
    if first is not None:
        return [], f"{first.code} {first.message}"
    try:
        made = list(islice(requests(checked, options.images), 2))
    except (RecipeError, ToolError) as error:
        return [], str(error)
    return made, "" if len(made) == 1 else "it has several cases" if made else "it has no case"


def _missing(record: Record, place: Path, options: Options) -> Iterator[tuple[Input, str]]:
    """Yield the pictures that are not there, or are others, with the reason."""
    for one in record.inputs:
        why = _why_missing(one, place, options)
        if why is not None:
            yield one, why


def _is_same(request: Request, record: Record) -> bool:
    return request.digest == record.request and request.model.rpartition("/")[2] == record.model.rpartition("/")[2]


def _other(request: Request, record: Record) -> str:
    if request.digest != record.request:
        return f"it makes another request, {request.digest}"
    return f"it asks another model, {request.model}"


def _why_missing(one: Input, recipe: Path, options: Options) -> str | None:
    found = options.images.find(str(recipe), one.path)
    return found.message if isinstance(found, Refusal) else _other_picture(one, recipe, options)


def _other_picture(one: Input, recipe: Path, options: Options) -> str | None:
    """Return what to say of a picture that is there and has other bytes."""
    found = options.images.find(str(recipe), one.path)
    if isinstance(found, Refusal) or options.images.sha256(found) == one.sha256:
        return None
    return f"{quote(one.path, 60)} is another picture"


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
