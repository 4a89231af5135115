"""``imagenspec recover``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from imagenspec.errors import UsageError
from imagenspec.project.options import Options
from imagenspec.project.output import write_whole
from imagenspec.report.text import visible
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from imagenspec.provenance.record import Record
    from imagenspec.provenance.recovering import RecipeState, Recovered, Remade

_WORDS = {
    "same": "makes the same request",
    "other": "makes another request now",
    "changed": "has changed",
    "gone": "is gone",
}
_LONGEST = 2_000


class _Found(NamedTuple):
    """What is known of a picture.

    Attributes:
        image: Its name.
        said: What it says.
        state: What its recipe asks for now.
        place: Where its recipe is to stand.
        remade: That recipe, and what it makes there.
    """

    image: str
    said: Recovered
    state: RecipeState
    place: Path | None = None
    remade: Remade | None = None


class _Silent(NamedTuple):
    """A picture of which nothing is known, by its name, and why."""

    image: str
    why: str


@click.command("recover")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option("-o", "--output", "folder", metavar="DIR", help="Write the recipe of the case into this folder.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--force", is_flag=True, help="Write over another recipe.")
def command(images: tuple[str, ...], folder: str | None, form: str, force: bool) -> None:
    """Say which recipe made a picture, and whether it still makes the same request.

    With -o, write a recipe of that case alone, which beside the same input pictures compiles to the same digest;
    what the picture does not tell, and where its pictures are, is taken from the recipe that made it, if that is found
    and still makes the same request. Where lint would find something, its first line is a comment that silences that.
    Exit code 1: a picture says nothing, or, with -o, the recovered recipe does not compile to its digest.
    """
    found = [_found(image, None if folder is None else Path(folder)) for image in images]
    known = [one for one in found if isinstance(one, _Found)]
    if folder is not None:
        _write(known, force=force)
    if form == "json":
        click.echo(json.dumps({"images": [_data(one) for one in found]}, indent=2))
    else:
        for one in found:
            _print(one)
    lost = folder is not None and any(one.remade is None or not one.remade.same for one in known)
    raise SystemExit(1 if lost or len(known) < len(found) else 0)


def _found(image: str, folder: Path | None) -> _Found | _Silent:
    """Return what is known of a picture."""
    from imagenspec.provenance import recovering  # noqa: PLC0415 - reads packets, which only this command does
    from imagenspec.provenance.rewriting import rewritten  # noqa: PLC0415
    from imagenspec.provenance.searching import found_recipe  # noqa: PLC0415

    path, options = Path(image), Options()
    said = recovering.recovered(path)
    if isinstance(said, str):
        return _Silent(image, said)
    state = found_recipe(said.record, path, options)
    if folder is None:
        return _Found(image, said, state)
    place = folder / recovering.file_name(said.record)
    return _Found(image, said, state, place, rewritten(said.record, state, place, options))


def _write(found: list[_Found], *, force: bool) -> None:
    """Write recipes, after it is clear that all of them can be written.

    Raises:
        UsageError: Another file is there, or two recipes would have one name.
        ToolError: A file cannot be written.
    """
    wanted: dict[Path, str] = {}
    for one in found:
        if one.place is None or one.remade is None:
            continue
        text = one.remade.text
        if wanted.setdefault(one.place, text) != text:
            raise UsageError(
                f"two pictures have different recipes of the name {quote(one.place, 200)}; recover them apart"
            )
        if not force and (one.place.is_symlink() or one.place.exists()) and not _is(one.place, text):
            raise UsageError(f"{quote(one.place, 200)} is there already; use --force to write over it")
    for place, text in wanted.items():
        if not _is(place, text):
            write_whole(place, [text.encode()])


def _is(place: Path, text: str) -> bool:
    return place.is_file() and not place.is_symlink() and place.read_bytes() == text.encode()


def _print(one: _Found | _Silent) -> None:
    if isinstance(one, _Silent):
        click.echo(f"{visible(one.image)}: {one.why}", err=True)
        return
    click.echo(visible(one.image))
    for name, value in _lines(one):
        click.echo(f"  {name:<8} {_shown(value)}")
    for line in _warnings(one):
        click.echo(f"  {_shown(line)}")


def _lines(one: _Found) -> list[tuple[str, str]]:
    record = one.said.record
    lines = [
        ("recipe", record.recipe if one.state.file is None else _opened(one.state.file)),
        ("case", record.case),
        ("sample", str(record.sample)),
        ("model", record.model),
        ("seed", "" if record.seed is None else str(record.seed)),
        ("prompt", record.prompt or ""),
        ("request", record.request),
        ("picture", record.picture + _change(one.said)),
        *(("input", f"{each.path} {each.sha256}") for each in record.inputs),
        ("withheld", ", ".join(record.withheld)),
        ("made by", ", facts ".join(filter(None, (record.tool, record.data)))),
        ("today", f"the recipe {_WORDS[one.state.word]}" + (f": {one.state.detail}" if one.state.detail else "")),
    ]
    return [(name, value) for name, value in lines if value]


def _change(said: Recovered) -> str:
    if said.as_it_came:
        return ""
    return ", but the file is broken or cut off" if said.broken else ", but the file has been changed since"


def _opened(file: Path) -> str:
    """Return the path of a file as one can open it from the working folder."""
    return Path(os.path.relpath(file)).as_posix()


def _warnings(one: _Found) -> list[str]:
    """Return what became of a recipe that was to be written."""
    if one.place is None:
        return []
    if one.remade is None:
        return ["not written: the picture has no recipe that can be read"]
    lines = [f"missing: {each.path}, SHA-256 {each.sha256}: {why}" for each, why in one.remade.missing]
    if one.remade.same:
        return [f"wrote {one.place}, which compiles to that request"]
    where = "does not compile to that request" if one.remade.compiles else "does not compile"
    lines.append(f"wrote {one.place}, which {where}: {one.remade.detail}")
    lacking = [name for name in one.said.record.withheld if name != "case"]
    if one.remade.text.endswith(one.said.record.resolved) and lacking:
        lines.append(f"to be filled in by hand: {', '.join(lacking)}")
    return lines


def _data(one: _Found | _Silent) -> dict[str, Any]:
    if isinstance(one, _Silent):
        return {"image": one.image, "record": None, "why": one.why}
    written = one.place is not None and one.remade is not None
    return {
        "image": one.image,
        "record": _record(one.said.record),
        "beside": one.said.beside,
        "as_it_came": one.said.as_it_came,
        "broken": one.said.broken,
        "today": {
            "recipe": one.state.word,
            "why": one.state.detail,
            "file": None if one.state.file is None else _opened(one.state.file),
        },
        "written": str(one.place) if written else None,
        "same_request": None if one.remade is None else one.remade.same,
        "missing": [] if one.remade is None else [{**each._asdict(), "why": why} for each, why in one.remade.missing],
    }


def _record(record: Record) -> dict[str, Any]:
    return {**record._asdict(), "inputs": [one._asdict() for one in record.inputs], "withheld": list(record.withheld)}


def _shown(text: str) -> str:
    shown = " ".join(text.split())
    return visible(shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}...")
