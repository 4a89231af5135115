"""Bodies with images of every length around the pieces in which they are read."""

from __future__ import annotations

import base64
import hashlib
import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from pinned import options

from imagenspec import ToolError
from imagenspec.project.build import requests
from imagenspec.project.check import check_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.wire.request import Request

PIECE = 768 * 1024
SIGNATURE = b"\x89PNG\r\n\x1a\n"
UPSCALE = """\
imagenspec: 1
task: upscale
model: imagen-4.0-upscale-preview
image: {file: "cup \\u00e4.png", mime_type: image/png}
parameters: {upscale_config: {upscale_factor: x2}}
"""


def one_request(folder: Path, image: bytes) -> Request:
    (folder / "cup \u00e4.png").write_bytes(image)
    chosen = options()
    recipe = check_bytes(str(folder / "a.imagen.yaml"), UPSCALE.encode(), chosen)
    assert recipe.ok, recipe.findings
    [request] = requests(recipe, chosen.images)
    return request


def image_of(size: int) -> bytes:
    return SIGNATURE + (bytes(range(256)) * (size // 256 + 1))[: size - len(SIGNATURE)]


@pytest.mark.parametrize("size", [8, 9, 10, PIECE - 1, PIECE, PIECE + 1, PIECE + 2, 2 * PIECE, 2 * PIECE + 1])
def test_images_of_any_length_arrive_whole(tmp_path: Path, size: int) -> None:
    image = image_of(size)
    request = one_request(tmp_path, image)
    body = b"".join(request.body())
    sent = json.loads(body)["instances"][0]["image"]
    assert base64.b64decode(sent["bytesBase64Encoded"], validate=True) == image
    assert sent["mimeType"] == "image/png"
    assert request.content_length == len(body)


def test_a_body_can_be_read_again(tmp_path: Path) -> None:
    request = one_request(tmp_path, image_of(100))
    assert b"".join(request.body()) == b"".join(request.body())


def test_pieces_are_small_and_memory_is_flat(tmp_path: Path) -> None:
    request = one_request(tmp_path, image_of(13 * PIECE))
    tracemalloc.start()
    longest = max(len(piece) for piece in request.body())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert longest <= 1024 * 1024
    assert peak < 8 * 1024 * 1024


def test_an_image_without_base64_for_people(tmp_path: Path) -> None:
    image = image_of(1000)
    refs = one_request(tmp_path, image).file_refs()["instances"][0]["image"]
    digest = hashlib.sha256(image).hexdigest()
    assert refs["bytesBase64Encoded"] == {"$file": "cup \u00e4.png", "sha256": digest, "bytes": 1000}


def test_a_digest_is_that_of_the_documented_canonical_payload(tmp_path: Path) -> None:
    image = image_of(1000)
    stand_in = f'{{"mimeType":"image/png","sha256":"{hashlib.sha256(image).hexdigest()}"}}'
    canonical = (
        '{"instances":[{"image":{"bytesBase64Encoded":' + stand_in + ',"mimeType":"image/png"}}],'
        '"parameters":{"mode":"upscale","upscaleConfig":{"upscaleFactor":"x2"}}}'
    )
    assert one_request(tmp_path, image).digest == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize("size", [9, 11, 3 * PIECE])
def test_an_image_that_changes_its_size_after_the_check_is_not_sent(tmp_path: Path, size: int) -> None:
    request = one_request(tmp_path, image_of(10))
    (tmp_path / "cup \u00e4.png").write_bytes(image_of(size))
    with pytest.raises(ToolError):
        b"".join(request.body())


def test_an_image_that_is_gone_after_the_check_is_a_failure_of_the_tool(tmp_path: Path) -> None:
    request = one_request(tmp_path, image_of(10))
    (tmp_path / "cup \u00e4.png").unlink()
    with pytest.raises(ToolError):
        b"".join(request.body())
