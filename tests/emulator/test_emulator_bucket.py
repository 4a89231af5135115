"""A folder in the place of Cloud Storage: images are written to it and read from it, and never beside it."""

from __future__ import annotations

import base64
import os
import re
from typing import TYPE_CHECKING

import pytest
from emulated import (
    CAPABILITY,
    GENERATE,
    SEGMENT,
    UPSCALE,
    Emulator,
    changed,
    customize,
    error,
    fields,
    generate,
    image_file,
    is_marked,
    picture,
    predictions,
    reference,
    segment,
    upscale,
)

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


def named(uri: str) -> dict[str, str]:
    return {"gcsUri": uri}


def refused(folder: Path, uri: str) -> httpx.Response:
    """Return the answer to a request for an object, which is a refusal about it."""
    body = changed(upscale(), "instances.0.image", named(uri))
    response = Emulator(bucket=folder).post(UPSCALE, body)
    assert fields(response) == ["instances[0].image.gcsUri"]
    assert is_marked(response)
    return response


def test_images_are_written_below_the_storage_uri(tmp_path: Path) -> None:
    emulator = Emulator(bucket=tmp_path)
    stored = generate(sampleCount=2, storageUri="gs://a-bucket/cups/", outputOptions={"mimeType": "image/jpeg"})
    found = predictions(emulator.post(GENERATE, stored))
    for number, entry in enumerate(found):
        assert re.fullmatch(rf"gs://a-bucket/cups/\d{{13}}/sample_{number}\.jpg", entry["gcsUri"])
        assert (entry["mimeType"], "bytesBase64Encoded" in entry) == ("image/jpeg", False)
        assert (tmp_path / entry["gcsUri"].removeprefix("gs://")).read_bytes()[:2] == b"\xff\xd8"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == len(found) == 2


def test_without_a_folder_the_uri_is_answered_and_nothing_kept() -> None:
    (entry,) = predictions(Emulator().post(GENERATE, generate(storageUri="gs://a-bucket/cups")))
    assert entry["gcsUri"].startswith("gs://a-bucket/cups/")


def test_pictures_are_read_from_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a-bucket").mkdir()
    (tmp_path / "a-bucket" / "small.png").write_bytes(image_file(20, 10))
    body = changed(upscale(), "instances.0.image", named("gs://a-bucket/small.png"))
    (entry,) = predictions(Emulator(bucket=tmp_path).post(UPSCALE, body))
    assert picture(entry).size == (40, 20)


def test_picture_of_the_folder_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "a-bucket").mkdir()
    (tmp_path / "a-bucket" / "notes.png").write_bytes(b"notes")
    body = changed(upscale(), "instances.0.image", named("gs://a-bucket/notes.png"))
    response = Emulator(bucket=tmp_path).post(UPSCALE, body)
    assert (response.status_code, fields(response)) == (400, ["instances[0].image.gcsUri"])


def test_picture_has_a_stand_in_where_there_is_no_folder() -> None:
    def post(uri: str) -> bytes:
        body = changed(upscale(), "instances.0.image", named(uri))
        return base64.b64decode(predictions(Emulator().post(UPSCALE, body))[0]["bytesBase64Encoded"])

    assert post("gs://b/one.png") == post("gs://b/one.png") != post("gs://b/other.png")


@pytest.mark.parametrize("uri", ["gs://b/none.png", "gs://none/a.png", "gs://b/folder", "gs://b/pipe"])
def test_object_that_is_not_there_is_not_found(tmp_path: Path, uri: str) -> None:
    (tmp_path / "b" / "folder").mkdir(parents=True)
    os.mkfifo(tmp_path / "b" / "pipe")
    response = refused(tmp_path, uri)
    assert (response.status_code, error(response)["status"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "uri", ["gs://b/../../secret.png", "gs://../secret.png", "gs://linked/secret.png", "gs://b/link.png"]
)
def test_object_without_a_place_in_the_folder_is_denied(tmp_path: Path, uri: str) -> None:
    folder = tmp_path / "buckets"
    (folder / "b").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes(image_file(20, 10))
    (folder / "linked").symlink_to(tmp_path)
    (folder / "b" / "link.png").symlink_to(tmp_path / "secret.png")
    response = refused(folder, uri)
    assert (response.status_code, error(response)["status"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("uri", [f"gs://b/{'a' * 300}", "gs://b/" + "a/" * 3000 + "a", "gs://circle/a.png"])
def test_object_that_cannot_be_there_is_refused(tmp_path: Path, uri: str) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    assert refused(tmp_path, uri).status_code in (403, 404)


def test_object_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with (tmp_path / "b" / "sparse.png").open("wb") as stream:
        stream.truncate(3 * 1024**3)
    response = refused(tmp_path, "gs://b/sparse.png")
    assert response.status_code == 400
    assert "3221225472 bytes" in error(response)["message"]


def test_objects_of_one_request_are_limited_together(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    sent = []
    for number in range(12):
        (tmp_path / "b" / f"{number}.png").write_bytes(image_file() + bytes(9 * 1024 * 1024))
        sent.append(changed(reference("style", number), "referenceImage", named(f"gs://b/{number}.png")))
    response = Emulator(bucket=tmp_path).post(CAPABILITY, customize(*sent))
    assert response.status_code == 400
    assert fields(response) == ["instances[0].referenceImages[11].referenceImage.gcsUri"]


def test_stand_in_has_no_size_to_compare() -> None:
    raw = changed(reference("raw", 1), "referenceImage", named("gs://b/raw.png"))
    mask = reference("mask", 2, maskMode="MASK_MODE_USER_PROVIDED")
    body = customize(raw, mask, editMode="EDIT_MODE_BGSWAP")
    assert predictions(Emulator().post(CAPABILITY, body))
    assert predictions(Emulator().post(SEGMENT, changed(segment(), "instances.0.image", named("gs://b/a.png"))))


@pytest.mark.parametrize(
    "uri", ["gs://../outside/", "gs://a-bucket/../../outside", "gs://a-bucket/./x", "gs://a-bucket//x", "gs://b/x\\y"]
)
def test_nothing_is_written_beside_the_folder(tmp_path: Path, uri: str) -> None:
    folder = tmp_path / "buckets"
    folder.mkdir()
    response = Emulator(bucket=folder).post(GENERATE, generate(storageUri=uri))
    assert (response.status_code, fields(response)) == (400, ["parameters.storageUri"])
    assert is_marked(response)
    assert [path.name for path in tmp_path.rglob("*")] == ["buckets"]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "buckets", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "a.png").write_bytes(image_file(20, 10))
    (folder / "a-bucket").symlink_to(outside)
    emulator = Emulator(bucket=folder)
    assert emulator.post(GENERATE, generate(storageUri="gs://a-bucket/x/")).status_code == 400
    assert [path.name for path in outside.iterdir()] == ["a.png"]


def test_bucket_that_cannot_be_written_to_is_a_denied_permission(tmp_path: Path) -> None:
    (tmp_path / "a-bucket").write_text("a file in the place of a folder")
    emulator = Emulator(bucket=tmp_path)
    response = emulator.post(GENERATE, generate(storageUri="gs://a-bucket/cups/"))
    assert (response.status_code, fields(response)) == (403, ["parameters.storageUri"])
    assert emulator.counters()["images_paid"] == 0
