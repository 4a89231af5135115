"""Where requests go, and in which form."""

from __future__ import annotations

import itertools
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

from imagenspec.errors import UsageError
from imagenspec.project.config import OWN_FILE, endpoint_setting, project_of
from imagenspec.project.discovery import SUFFIX, recipe_name
from imagenspec.project.output import write_whole
from imagenspec.source.text import harmless_json
from imagenspec.wire.commands import curl, endpoint, http, powershell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.wire.request import Request

FORMATS = {"request": ".json", "curl": ".sh", "powershell": ".ps1", "http": ".http", "file-refs": ".json"}
"""The forms of a request, and the ending of files that hold one."""

_COMMANDS = {"curl": curl, "powershell": powershell, "http": http}


class Form(NamedTuple):
    """How a request is shown.

    Attributes:
        name: One of :data:`FORMATS`.
        project: The option ``--project``.
        location: The option ``--location``.
    """

    name: str
    project: str | None
    location: str | None

    def chunks(self, request: Request, *, alone: bool) -> Iterator[bytes]:
        """Yield a request's bytes; alone it may take several lines, among others it takes one where it can."""
        if self.name == "file-refs":
            indent = 2 if alone else None
            yield harmless_json(json.dumps(request.file_refs(), indent=indent, ensure_ascii=False)).encode() + b"\n"
        elif self.name == "request":
            yield from request.body()
            yield b"\n"
        else:
            project, location = self._place(request)
            url = endpoint(request.model, project or "PROJECT_ID", location or "LOCATION")
            yield from _COMMANDS[self.name](request, url)

    def missing(self, request: Request) -> list[str]:
        """Return which words of a command a reader must still replace."""
        if self.name not in _COMMANDS:
            return []
        project, location = self._place(request)
        return [word for word, value in (("PROJECT_ID", project), ("LOCATION", location)) if value is None]

    def _place(self, request: Request) -> tuple[str | None, str | None]:
        configured = project_of(Path(request.recipe).parent)
        return (
            endpoint_setting("project", self.project, configured.project, os.environ),
            endpoint_setting("location", self.location, configured.location, os.environ),
        )


class Destination:
    """Standard output, a file, or a folder.

    Attributes:
        count: How many requests were written.
        missing: The words that a reader of the written commands must still replace.
    """

    def __init__(self, output: str | None, inputs: tuple[str, ...], form: Form) -> None:
        self.count = 0
        self.missing: list[str] = []
        self._form = form
        self._inputs = [Path(name) for name in inputs]
        self._folder: Path | None = None
        self._file: Path | None = None
        if output in (None, "-"):
            return
        path = Path(output)
        if output.endswith(("/", "\\")) or path.is_dir():
            self._folder = path
        elif path.name.endswith((SUFFIX, OWN_FILE, "pyproject.toml")):
            raise UsageError(f"-o {output} would write over a recipe or a configuration")
        else:
            self._file = path.resolve()

    def write(self, requests: Iterator[Request]) -> None:
        """Write all requests, each file whole or not at all.

        Raises:
            UsageError: Two requests would have one file.
            ToolError: A file cannot be written.
        """
        if self._folder is not None:
            self._write_folder(self._folder, requests)
            return
        first = list(itertools.islice(requests, 2))
        chunks = self._joined(itertools.chain(first, requests), alone=len(first) == 1)
        if self._file is not None:
            if first:
                write_whole(self._file, chunks)
            return
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()

    def _joined(self, requests: Iterator[Request], *, alone: bool) -> Iterator[bytes]:
        for request in requests:
            if self.count and self._form.name == "http":
                yield b"\n###\n\n"
            self._take(request)
            yield from self._form.chunks(request, alone=alone)

    def _take(self, request: Request) -> None:
        if self._file is not None and self._is_input(self._file, request):
            raise UsageError(f"{self._file} is an input of {request.recipe}; write elsewhere")
        self.count += 1
        self.missing = self.missing or self._form.missing(request)

    def _write_folder(self, folder: Path, requests: Iterator[Request]) -> None:
        written: dict[str, str] = {}
        for request in requests:
            path = folder / self._name(request)
            if self._is_input(path, request):
                raise UsageError(f"{path} is an input of {request.recipe}; write elsewhere")
            if not path.resolve().is_relative_to(folder.resolve()):
                raise UsageError(f"{path} leads out of {folder} through a symbolic link")
            other = written.setdefault(normalize("NFC", str(path)).casefold(), request.recipe)
            if other != request.recipe:
                raise UsageError(f"{request.recipe} and {other} would both be written to {path}; compile them apart")
            write_whole(path, self._form.chunks(request, alone=True))
            self._take(request)

    def _is_input(self, path: Path, request: Request) -> bool:
        """Tell whether a path is a recipe or an image of this run."""
        inputs = [one for one in (*self._inputs, Path(request.recipe)) if one.exists()]
        return path.exists() and any(path.samefile(one) for one in [*inputs, *(image.path for image in request.images)])

    def _name(self, request: Request) -> Path:
        """Return ``NAME.json`` or ``NAME.CASE.json``, below the folders between an input folder and the recipe."""
        recipe = Path(request.recipe)
        name = recipe_name(recipe) + (f".{request.case}" if request.case else "") + FORMATS[self._form.name]
        for folder in self._inputs:
            if recipe != folder and recipe.is_relative_to(folder):
                return recipe.relative_to(folder).parent / name
        return Path(name)
