"""Requests on the wire: connections kept, bodies streamed, answers taken as they come. Everything is counted."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from loopback_service import Exchange, LoopbackService
from sending import SIGNATURE, picture_request, sent, sent_one, text_request

from imagenspec import __version__
from imagenspec.render.service.blobs import Blob
from imagenspec.render.service.targets import target_of, url_of
from imagenspec.wire.commands import endpoint

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.render.service.client import Client

MEGABYTE = 1_000_000


def content(answer: Any) -> bytes:
    blob = answer["predictions"][0]["bytesBase64Encoded"]
    assert isinstance(blob, Blob)
    return b"".join(blob.chunks())


def test_a_request_is_what_the_page_documents(tmp_path: Path) -> None:
    bodies = []

    def note(exchange: Exchange) -> None:
        bodies.append(exchange.body())
        exchange.answer()

    request = text_request(tmp_path, "a cup, déjà vu")
    with LoopbackService(note) as service:
        assert sent_one(service.url, request) == {}
    [seen] = service.requests
    assert seen.method == "POST"
    assert seen.path == (
        "/v1/projects/a-project/locations/us-central1/publishers/google/models/imagen-4.0-generate-001:predict"
    )
    assert bodies == [b"".join(request.body())]
    assert seen.headers["content-length"] == str(request.content_length)
    assert "transfer-encoding" not in seen.headers
    assert seen.headers["content-type"] == "application/json; charset=utf-8"
    assert seen.headers["user-agent"] == f"imagenspec/{__version__}"
    assert "authorization" not in seen.headers


@pytest.mark.parametrize("model", ["imagen-4.0-generate-001", "imagegeneration@006"])
def test_the_url_is_the_one_that_compile_prints(model: str) -> None:
    target = target_of("vertex", "a-project", "europe-west2")
    assert url_of(target, model) == endpoint(model, "a-project", "europe-west2")


def test_one_connection_serves_requests_that_follow_each_other(tmp_path: Path) -> None:
    request = text_request(tmp_path)

    async def work(client: Client) -> None:
        for _ in range(30):
            (await client.send(request)).close()

    with LoopbackService(lambda exchange: exchange.answer()) as service:
        sent(service.url, work)
    assert (len(service.requests), service.connections) == (30, 1)


def test_a_refusal_does_not_cost_the_connection(tmp_path: Path) -> None:
    request = text_request(tmp_path)

    async def work(client: Client) -> None:
        for _ in range(10):
            with pytest.raises(Exception, match="no such thing"):
                await client.send(request)

    body = {"error": {"code": 404, "message": "no such thing", "status": "NOT_FOUND"}}
    with LoopbackService(lambda exchange: exchange.answer(404, body)) as service:
        sent(service.url, work)
    assert (len(service.requests), service.connections) == (10, 1)


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_never_more_requests_are_under_way_than_asked_for(tmp_path: Path, concurrency: int) -> None:
    request = text_request(tmp_path)
    together = threading.Semaphore(concurrency)
    barrier = threading.Barrier(concurrency)

    def serve(exchange: Exchange) -> None:
        assert together.acquire(blocking=False), "one request too many"
        exchange.body()
        barrier.wait(20)
        together.release()
        exchange.answer()
        exchange.service.count("served")

    async def work(client: Client) -> None:
        for answer in await asyncio.gather(*(client.send(request) for _ in range(4 * concurrency))):
            answer.close()

    with LoopbackService(serve) as service:
        sent(service.url, work, concurrency=concurrency)
    assert service.counts["served"] == 4 * concurrency
    assert service.connections == concurrency


def test_pictures_are_read_while_they_are_sent(tmp_path: Path) -> None:
    request = picture_request(tmp_path, 10 * MEGABYTE)
    later = SIGNATURE + bytes(reversed(range(256))) * (10 * MEGABYTE // 256)
    bodies = []

    def change_the_last_picture_after_the_first_bytes(exchange: Exchange) -> None:
        pieces = exchange.body_pieces()
        first = [next(pieces), next(pieces)]
        (tmp_path / "cup-3.png").write_bytes(later)
        bodies.append(b"".join([*first, *pieces]))
        exchange.answer()

    with LoopbackService(change_the_last_picture_after_the_first_bytes) as service:
        assert sent_one(service.url, request) == {}
    [seen] = service.requests
    pictures = json.loads(bodies[0])["instances"][0]["referenceImages"]
    assert base64.b64decode(pictures[3]["referenceImage"]["bytesBase64Encoded"]) == later
    assert seen.pieces >= 4 * 10 * MEGABYTE * 4 // 3 // 65_536
    assert seen.length == request.content_length == len(bodies[0])


@pytest.mark.parametrize("piece", [1, 7, 1000, 65_537])
def test_answers_may_come_in_pieces_of_any_length(tmp_path: Path, piece: int) -> None:
    picture = SIGNATURE + bytes(range(256)) * (100 if piece < 1000 else 5000)
    prediction = {"mimeType": "image/png", "bytesBase64Encoded": base64.b64encode(picture).decode()}
    body = json.dumps({"predictions": [prediction], "model": "x"}, indent=1).encode()

    def trickle(exchange: Exchange) -> None:
        exchange.body()
        exchange.send_head(200, {"transfer-encoding": "chunked", "content-type": "application/json"})
        for at in range(0, len(body), piece):
            part = body[at : at + piece]
            exchange.stream.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        exchange.stream.sendall(b"0\r\n\r\n")

    async def work(client: Client) -> None:
        with await client.send(text_request(tmp_path)) as answer:
            assert content(answer.body) == picture
            assert content(answer.body) == picture, "a picture can be read again"
            assert answer.body["model"] == "x"

    with LoopbackService(trickle) as service:
        sent(service.url, work)


def test_answers_are_asked_for_plain_but_understood_when_compressed(tmp_path: Path) -> None:
    picture = SIGNATURE + bytes(range(256)) * 1000
    body = gzip.compress(
        json.dumps({"predictions": [{"bytesBase64Encoded": base64.b64encode(picture).decode()}]}).encode()
    )

    async def work(client: Client) -> None:
        with await client.send(text_request(tmp_path)) as answer:
            assert content(answer.body) == picture

    with LoopbackService(lambda exchange: exchange.answer(200, body, content_encoding="gzip")) as service:
        sent(service.url, work)
    assert service.requests[0].headers["accept-encoding"] == "identity"


def test_large_pictures_go_to_a_folder_of_the_callers_choice_and_leave_no_name_there(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    picture = SIGNATURE + bytes(range(256)) * 8000
    body = {"predictions": [{"bytesBase64Encoded": base64.b64encode(picture).decode()}]}

    async def work(client: Client) -> None:
        with await client.send(text_request(tmp_path)) as answer:
            assert content(answer.body) == picture
            assert list(spool.iterdir()) == []

    with LoopbackService(lambda exchange: exchange.answer(200, body)) as service:
        sent(service.url, work, folder=spool)
        spool.rmdir()
        with pytest.raises(Exception, match="the pictures of an answer cannot be kept"):
            sent(service.url, work, folder=spool)
