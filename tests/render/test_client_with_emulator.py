"""The client against the emulator in the same process: what one says the other understands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pinned import options
from sending import SIGNATURE, compiled, text_request

from imagenspec.emulator.faults import parse_faults
from imagenspec.emulator.service import application
from imagenspec.emulator.settings import Settings
from imagenspec.project.build import requests
from imagenspec.project.check import check_bytes
from imagenspec.recipe.interpret import interpret
from imagenspec.render.service.blobs import Bytes
from imagenspec.render.service.client import Client
from imagenspec.render.service.errors import Lost, Refused, Transient
from imagenspec.render.service.outcomes import Filtered, Image, outcomes_of
from imagenspec.render.service.targets import target_of
from imagenspec.wire.places import recipe_place

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.wire.request import Request

TARGET = target_of("emulator", "a-project", "us-central1")
WRONG_REFERENCE = """\
imagenspec: 1
task: customize
model: imagen-3.0-capability-001
prompt: the cup [1]
references:
  cup: {subject: product, description: a cup, image: cup.png}
"""


def content(image: Image) -> Bytes:
    """Return the bytes of a picture, for when its answer is closed."""
    assert image.content is not None
    return Bytes(b"".join(image.content.chunks()))


def answered(request: Request, asked: int, settings: Settings | None = None) -> list[Any]:
    async def run() -> list[Any]:
        transport = httpx.ASGITransport(application(settings or Settings()))
        async with Client(TARGET, 2, transport=transport) as client:
            with await client.send(request) as answer:
                samples = outcomes_of(answer.body, asked).samples
                return [one._replace(content=content(one)) if isinstance(one, Image) else one for one in samples]

    return asyncio.run(run())


def test_images_come_decoded(tmp_path: Path) -> None:
    [request] = compiled(
        tmp_path,
        "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\nprompt: a cup\nparameters: {sample_count: 2}\n",
    )
    samples = answered(request, 2)
    assert [type(sample) for sample in samples] == [Image, Image]
    assert all(sample.content.data.startswith(SIGNATURE) for sample in samples)
    assert len({sample.content.data for sample in samples}) == 2
    assert {sample.media_type for sample in samples} == {"image/png"}


def test_filtered_images_say_why(tmp_path: Path) -> None:
    samples = answered(text_request(tmp_path, "a cup __filtered__"), 4)
    assert [type(sample) for sample in samples] == [Filtered] * 4


def test_a_refusal_leads_to_the_line_that_it_is_about(tmp_path: Path) -> None:
    (tmp_path / "cup.png").write_bytes(SIGNATURE + b"and nothing that could be decoded")
    chosen = options()
    checked = check_bytes(str(tmp_path / "one.imagen.yaml"), WRONG_REFERENCE.encode(), chosen)
    [case] = checked.cases()
    [request] = requests(checked, chosen.images, unchecked=True)
    with pytest.raises(Refused) as caught:
        answered(request, 1)
    assert (caught.value.status, caught.value.code, caught.value.verified) == (400, "INVALID_ARGUMENT", False)
    assert caught.value.field is not None
    place = recipe_place(caught.value.field, interpret(case).recipe, case.document)
    assert place == ("references", "cup", "image")
    span = case.document.value_span(place)
    assert WRONG_REFERENCE[span.start : span.end] == "cup.png"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("429:1", Transient), ("503:1", Transient), ("reset:1", (Lost, Transient)), ("truncate:1", Lost)],
)
def test_each_fault_has_its_name(tmp_path: Path, fault: str, kind: Any) -> None:
    with pytest.raises(kind):
        answered(text_request(tmp_path), 1, Settings(faults=parse_faults(fault)))
