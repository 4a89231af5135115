"""Pictures beyond those that were asked for: each has its own place, and none takes another's."""

from __future__ import annotations

import base64
import hashlib
from io import BytesIO
from typing import TYPE_CHECKING

import httpx
from PIL import Image
from test_session import CUP, EMULATOR, Silent, project

from imagenspec.provenance.stamping import without
from imagenspec.render.locks.lockfile import path_of, read
from imagenspec.render.session import Route, render

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.render.locks.lines import LockedSample
    from imagenspec.render.session import Rendering


def picture(number: int) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (1024, 1024), (number, 0, 0)).save(stream, "PNG")
    return stream.getvalue()


def five(_request: httpx.Request) -> httpx.Response:
    entries = [
        {"bytesBase64Encoded": base64.b64encode(picture(number)).decode(), "mimeType": "image/png"}
        for number in range(1, 6)
    ]
    return httpx.Response(200, json={"predictions": entries})


def rendered(folder: Path, **recipes: str) -> Rendering:
    plans = project(folder, **recipes)
    return render(plans, Route(EMULATOR, 4, httpx.MockTransport(five)), Silent())


def locked(folder: Path, name: str) -> tuple[LockedSample, ...]:
    [entry] = read(path_of(folder / f"{name}.imagen.yaml")).entries.values()
    return entry.samples


def test_more_pictures_than_asked_for_have_places_of_their_own(tmp_path: Path) -> None:
    found = rendered(tmp_path, cup=CUP)
    assert (found.problems, found.notes) == ((), ())
    samples = locked(tmp_path, "cup")
    assert [one.file for one in samples] == [f"renders/cup{end}.png" for end in ("", "-2", "-3", "-4", "-5")]
    for number, one in enumerate(samples, 1):
        data = without((tmp_path / str(one.file)).read_bytes())
        assert data == picture(number)
        assert hashlib.sha256(data).hexdigest() == one.sha256
    again = rendered(tmp_path, cup=CUP)
    assert (again.sent, again.problems, again.notes) == (0, (), ())


def test_they_take_neither_the_place_of_another_recipe_nor_that_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "renders").mkdir()
    (tmp_path / "renders" / "cup-3.png").write_bytes(b"a day's work")
    found = rendered(tmp_path, **{"cup": CUP, "cup-2": CUP.replace("coffee", "tea")})
    assert found.problems == ()
    assert [one.file for one in locked(tmp_path, "cup")] == [
        "renders/cup.png",
        "renders/cup-4.png",
        "renders/cup-5.png",
    ]
    assert locked(tmp_path, "cup-2")[0].file == "renders/cup-2.png"
    assert (tmp_path / "renders" / "cup-3.png").read_bytes() == b"a day's work"
    assert len([note for note in found.notes if "more than was asked for, and only in the store" in note]) == 2
    again = rendered(tmp_path, **{"cup": CUP, "cup-2": CUP.replace("coffee", "tea")})
    assert (again.sent, again.problems) == (0, ())


def test_they_take_no_place_of_a_recipe_that_is_not_rendered_now(tmp_path: Path) -> None:
    rendered(tmp_path, **{"cup-2": CUP.replace("coffee", "tea")})
    before = (tmp_path / "renders" / "cup-2.png").read_bytes()
    found = rendered(tmp_path, cup=CUP)
    assert locked(tmp_path, "cup")[0].file == "renders/cup.png"
    assert (tmp_path / "renders" / "cup-2.png").read_bytes() == before
    assert found.problems == ()
