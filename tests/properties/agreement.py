"""What the emulator says of recipes, clean ones and others, to be held against what the linter says."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import httpx
from compiling import shape_counts_alone
from planting.harness import DAY, IMAGES
from planting.pictures import make_project
from planting.writing import mixed, write

from imagenspec.emulator.service import application
from imagenspec.project.build import built
from imagenspec.project.check import check_bytes
from imagenspec.project.options import Options

if TYPE_CHECKING:
    from pathlib import Path as Folder

    from planting.dice import Dice
    from planting.drafts import Draft

    from imagenspec.project.build import Built
    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.findings import Finding

_URL = "http://emulator/v1/projects/p/locations/us-central1/publishers/google/models/{}:predict"
_CONFIGS = {"maskImageConfig": "MASK", "controlImageConfig": "CONTROL", "subjectImageConfig": "SUBJECT"}
_CONFIGS |= {"styleImageConfig": "STYLE"}


class Verdict(NamedTuple):
    """What the emulator answers to a request: a status, the members that it names, and its words."""

    status: int
    fields: tuple[str, ...]
    message: str

    @property
    def refused(self) -> bool:
        return 400 <= self.status < 500


class Judges:
    """The linter, and an emulator in this process, side by side."""

    def __init__(self, strict: Folder, lax: Folder) -> None:
        self._strict, self._lax = strict, lax
        self._loop = asyncio.new_event_loop()
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(application()))

    @classmethod
    def in_folder(cls, folder: Folder) -> Self:
        """Make two projects: one as it is, and one in which only the shape of recipes counts."""
        strict, lax = folder / "strict", folder / "lax"
        for project in (strict, lax):
            project.mkdir()
            make_project(project)
        for place in ("home", "elsewhere"):
            shape_counts_alone(lax / place)
        return cls(strict, lax)

    def close(self) -> None:
        self._loop.run_until_complete(self._client.aclose())
        self._loop.close()

    def findings(self, draft: Draft, data: bytes) -> tuple[Finding, ...]:
        return tuple(_checked(self._strict, draft, data).findings)

    def built(self, draft: Draft, data: bytes) -> list[Built]:
        """Return the requests that a recipe makes, whatever its values are together."""
        return list(built(_checked(self._lax, draft, data), IMAGES))

    def ask(self, model: str, body: Any) -> Verdict:
        answer = self._loop.run_until_complete(self._client.post(_URL.format(model), content=json.dumps(body)))
        if answer.status_code == 200:
            return Verdict(200, (), "")
        error = answer.json()["error"]
        details = [one for one in error.get("details", ()) if one["@type"].endswith(".BadRequest")]
        fields = tuple(one["field"] for detail in details for one in detail["fieldViolations"])
        return Verdict(answer.status_code, fields, error["message"])


def _checked(folder: Folder, draft: Draft, data: bytes) -> CheckedRecipe:
    options = Options(as_of=draft.day or DAY, images=IMAGES)
    return check_bytes(str(folder / draft.folder / "planted.imagen.yaml"), data, options)


def text_of(dice: Dice, draft: Draft) -> bytes:
    return write(dice, mixed(dice, draft.data)).text.encode()


def body_of(one: Built) -> Any:
    return json.loads(b"".join(one.request.body()))


def put_on_the_wire(body: Any, wire: str, value: Any) -> str | None:
    """Set a member of a body, by the name that the catalog gives it; return its path, or nothing if it has no place."""
    at, path = body, ""
    words = wire.split(".")
    for position, word in enumerate(words):
        name = word.removesuffix("[]")
        path += f".{name}" if path else name
        if position == len(words) - 1:
            at[name] = value
            return path
        if not word.endswith("[]"):
            at = at.setdefault(name, {})
            continue
        kind = _CONFIGS.get(words[position + 1])
        entries = at.get(name, [])
        found = next(
            (n for n, one in enumerate(entries) if kind is None or kind in str(one.get("referenceType"))), None
        )
        if found is None:
            return None
        at, path = entries[found], f"{path}[{found}]"
    return None
