"""A recipe as the text that ``git diff`` compares: its requests, with the names of images only."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, BinaryIO

from imagenspec.errors import ImagenspecError
from imagenspec.images.files import ImageFile, Stamp
from imagenspec.project.build import requests
from imagenspec.project.check import check_bytes
from imagenspec.project.disk import DiskImages
from imagenspec.project.findings import RecipeError, Severity
from imagenspec.project.options import Options
from imagenspec.source.text import harmless_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imagenspec.images.files import Refusal
    from imagenspec.images.headers import Picture
    from imagenspec.images.pictures import MaskLook
    from imagenspec.project.config import Project
    from imagenspec.wire.request import Request

_MOST_CASES = 200
_UNREADABLE = ("IMG0", "IMG1")
"""Of these families, findings leave out what they are about."""


class NamedImages(DiskImages):
    """Images of which only the names are known: git keeps older versions of a recipe far from its pictures."""

    def picture(self, image: ImageFile) -> Picture | None:
        """Return nothing: no file is read."""

    def mask(self, image: ImageFile) -> MaskLook | None:
        """Return nothing: no file is read."""

    def sha256(self, image: ImageFile) -> str:
        """Return a word in place of a digest."""
        return image.written

    def open(self, image: ImageFile) -> BinaryIO:
        """Refuse: no file is read."""
        raise ImagenspecError(f"{image.written} is only known by its name")

    def _look_up(self, folder: Path, written: str) -> ImageFile | Refusal:
        return ImageFile(written, folder / written, "image/png", Stamp(0, 0, 0, 0, 0), is_here=False)


def as_diffable(name: str, data: bytes, project: Project) -> Iterator[str]:
    """Yield the lines that stand for a recipe: each case with its model and body, one member a line.

    What cannot be read as a recipe is its own text, below a line that says why; other errors have only that line.
    Beyond some cases only a digest of each is shown.

    Args:
        name: What people know the recipe by.
        data: Its bytes.
        project: The project that it belongs to.
    """
    options = Options(images=NamedImages())
    checked = check_bytes(name, data, options, project)
    errors = [one for one in checked.findings if one.severity is Severity.ERROR]
    if errors:
        yield f"# error: {errors[0].code} {errors[0].message}"
    try:
        if checked.task is None or any(one.code.startswith(_UNREADABLE) for one in errors):
            raise RecipeError("the text is shown instead")
        for number, request in enumerate(requests(checked, options.images, unchecked=True), 1):
            yield from _case(request, shown=number <= _MOST_CASES)
    except ImagenspecError:
        yield from data.decode("utf-8", "replace").splitlines()


def _case(request: Request, *, shown: bool) -> Iterator[str]:
    body = {"model": request.model, **_names_only(request.file_refs())}
    lines = harmless_json(json.dumps(body, indent=1, ensure_ascii=False))
    if not shown:
        digest = hashlib.sha256(lines.encode("utf-8", "replace")).hexdigest()
        yield f"case {request.case}: {digest}"
        return
    if request.case:
        yield f"case {request.case}"
    yield from lines.split("\n")


def _names_only(value: object) -> dict[str, object]:
    """Return a body with only the name of each image."""

    def plain(one: object) -> object:
        if isinstance(one, dict):
            return {"$file": one["$file"]} if "$file" in one else {name: plain(child) for name, child in one.items()}
        return [plain(child) for child in one] if isinstance(one, list) else one

    found = plain(value)
    return found if isinstance(found, dict) else {}
