"""One import: sources to recipes and pictures in a folder, or a clear error and nothing."""

from __future__ import annotations

import os
import re
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

from imagenspec.errors import UsageError
from imagenspec.importing.convert import Imported, Wish, convert
from imagenspec.importing.pictures import Pictures
from imagenspec.importing.placing import place, workplace
from imagenspec.importing.reading import STDIN, read_source, whole
from imagenspec.importing.refusals import BodyError, UnreadableError
from imagenspec.importing.requests import requests_of
from imagenspec.project.discovery import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imagenspec.importing.source import Source

_ENDINGS = (".imagen", ".request", ".json", ".jsonl", ".har", ".txt", ".sh", ".ps1", ".http", ".curl")
_LONGEST = 80


class Output(NamedTuple):
    """Where recipes go.

    Attributes:
        folder: The folder.
        stem: The name of the only recipe; else names are those of the files.
        force: Whether to write over what is there.
    """

    folder: Path
    stem: str | None = None
    force: bool = False


def output_of(written: str | None, *, force: bool) -> Output:
    """Return where ``-o`` says that recipes go: a folder, or one recipe by its name."""
    if written is not None and written.endswith(SUFFIX):
        path = Path(written)
        return Output(path.parent, path.name.removesuffix(SUFFIX), force)
    return Output(Path(written or "."), None, force)


def import_files(paths: Iterable[str], output: Output, wish: Wish) -> list[Imported]:
    """Import every request of some files, and put recipes and pictures into their places.

    Raises:
        BodyError: A request is malformed, or no recipe can say it; nothing was written.
        UsageError: A file is not there, or one is there already.
        ToolError: A file cannot be read or written.
    """
    with workplace(output.folder) as folder:
        pictures = Pictures(folder, output.folder if output.force else None)
        found: list[Imported] = []
        taken: set[str] = set()
        for path in paths:
            source = read_source(path)
            for sent in requests_of(source, _beside(path)):
                stem = _free(output.stem or stem_of(path), taken)
                name = str(output.folder / f"{stem}{SUFFIX}")
                made = convert(sent, name, stem, pictures, wish)
                found.append(made._replace(notes=(*made.notes, *_replaced(made))))
        if output.stem is not None and len(found) > 1:
            raise UsageError(f"{len(found)} requests do not go into one recipe; name a folder")
        files: dict[Path, Path] = {}
        for index, one in enumerate(found):
            files |= {output.folder / name: pictures.names[name].path for name in one.pictures}
            text = folder / f"{index}.yaml"
            text.write_text(one.text, encoding="utf-8", newline="\n")
            files[Path(one.name)] = text
        place(files, output.folder, force=output.force)
    return found


def _replaced(made: Imported) -> Iterator[str]:
    """Yield what is said of a recipe that is written over another one."""
    there = Path(made.name)
    try:
        is_same = there.read_bytes() == made.text.encode()
    except FileNotFoundError:
        return
    except OSError:
        is_same = False
    if not is_same:
        yield f"replaces the {there.name} that was there"


def stem_of(path: str) -> str:
    """Return the name of a recipe by the file that its request comes from; never one that leads elsewhere."""
    name = "" if path == STDIN else re.split(r"[/\\]", path)[-1]
    while (shorter := next((name[: -len(end)] for end in _ENDINGS if name.lower().endswith(end)), name)) != name:
        name = shorter
    plain = re.sub(r"[^\w.-]+", "-", name).strip(".-")[:_LONGEST]
    return plain or "request"


def _free(stem: str, taken: set[str]) -> str:
    """Return a name that no other recipe has, on systems either that do not tell large and small letters apart."""
    names = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    name = next(one for one in names if _folded(one) not in taken)
    taken.add(_folded(name))
    return name


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()


def _beside(path: str) -> Callable[[str, int], Source]:
    """Return what opens the files that a command names at an offset: those in or below its own folder."""

    def open_beside(name: str, offset: int) -> Source:
        folder = Path(os.path.realpath(Path(path).parent if path != STDIN else Path()))
        found = Path(os.path.realpath(folder / name))
        if not found.is_relative_to(folder):
            raise UnreadableError(offset, f"the body is in {name}, outside the folder of the command; import that file")
        if not found.is_file():
            raise UnreadableError(offset, f"the body is in {name}, which is not there")
        return read_source(str(found))

    return open_beside


def import_body(body: bytes, name: str, folder: Path, wish: Wish) -> tuple[Imported, Pictures]:
    """Import one request that is in memory.

    Args:
        body: The text of the body: all that :func:`import_files` takes.
        name: The name of the recipe.
        folder: Where its pictures are put.
        wish: What the caller says of it.

    Raises:
        BodyError: It is malformed, or no recipe can say it.
    """
    pictures = Pictures(folder)

    def no_file(named: str, offset: int) -> Source:
        raise UnreadableError(offset, f"the body is in {named}; load that file")

    found = list(requests_of(whole("the body", body), no_file))
    if len(found) != 1:
        raise BodyError(f"{len(found)} requests are here; one is loaded at a time")
    stem = stem_of(name)
    return convert(found[0], f"{stem}{SUFFIX}", stem, pictures, wish), pictures
