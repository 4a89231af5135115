"""A request in memory as a recipe."""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagenspec.importing.placing import place
from imagenspec.importing.refusals import BodyError
from imagenspec.importing.run import import_body
from imagenspec.wire.request import Request

if TYPE_CHECKING:
    import os

    from imagenspec.importing.convert import Wish


class LoadedRequest:
    """The recipe of a request, with its pictures; nothing is on the disk for others until :meth:`write`.

    Attributes:
        text: The recipe, in YAML.
        task: What it does.
        model: The publisher model that it is for.
        raw: JSON pointers of the members that have no place in the language and stand under ``raw``.
        notes: What else was found, each a sentence.
        request: The request that the recipe compiles to.
    """

    def __init__(self, body: dict[str, Any] | str | bytes, name: str, wish: Wish) -> None:
        folder = tempfile.mkdtemp(prefix="imagenspec-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        found, pictures = import_body(_bytes_of(body), name, Path(folder), wish)
        self.name = found.name
        self.text = found.text
        self.task = found.task
        self.model = found.model
        self.raw = found.raw
        self.notes = found.notes
        self.request = Request(found.name, "", found.task, found.model, found.body, found.images)
        self._pictures = {name: pictures.names[name].path for name in found.pictures}

    @property
    def pictures(self) -> dict[str, bytes]:
        """The bytes of each picture, by the path that the recipe gives it."""
        return {name: path.read_bytes() for name, path in self._pictures.items()}

    def write(self, folder: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the recipe and its pictures into a folder; return the path of the recipe.

        Args:
            folder: The folder; it is made if it is not there.
            force: Whether to write over what is there.

        Raises:
            UsageError: A file is there already; nothing was written.
            ToolError: The disk does not take them.
        """
        target = Path(folder)
        files: dict[Path, bytes] = {target / name: data for name, data in self.pictures.items()}
        files[target / self.name] = self.text.encode()
        with tempfile.TemporaryDirectory(prefix="imagenspec-") as work:
            moved = {}
            for index, (path, data) in enumerate(files.items()):
                moved[path] = Path(work) / str(index)
                moved[path].write_bytes(data)
            place(moved, target, force=force)
        return target / self.name


def _bytes_of(body: Any) -> bytes:
    """Return a body as the bytes of its text.

    Raises:
        BodyError: It is of another type, or holds what JSON cannot say.
    """
    if not isinstance(body, dict | str | bytes):
        raise BodyError(f"a request is a dict, a text or bytes, not {type(body).__name__}")
    if isinstance(body, bytes):
        return body
    try:
        return (body if isinstance(body, str) else json.dumps(body)).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BodyError(f"JSON cannot say this request: {error}") from error
