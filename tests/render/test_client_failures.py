"""What a client makes of everything a service, a proxy or the network can do to a request."""

from __future__ import annotations

import asyncio
import socket
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from loopback_service import Exchange, LoopbackService
from sending import picture_request, sent, sent_one, target, text_request

from imagenspec.errors import ToolError, UsageError
from imagenspec.render.service.client import Client, Timeouts
from imagenspec.render.service.errors import Lost, Refused, Transient

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = 1_790_000_000.0
SHORT = Timeouts(connect=5, read=0.2, whole=5)


def answering(*arguments: Any, **keywords: Any) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.answer(*arguments, **keywords)


def envelope(code: int, message: str, status: str, *details: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


def failure(folder: Path, deed: Callable[[Exchange], None], **given: Any) -> Any:
    with LoopbackService(deed) as service, pytest.raises((Transient, Refused, Lost)) as caught:
        sent_one(service.url, text_request(folder), **given)
    assert len(service.requests) == 1, "a client sends a request once; sending again is decided elsewhere"
    return caught.value


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_statuses_that_pass_are_transient(tmp_path: Path, status: int) -> None:
    found = failure(tmp_path, answering(status, envelope(status, "try later", "UNAVAILABLE")))
    assert (type(found), found.status, found.message, found.retry_after) == (Transient, status, "try later", None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 422, 499])
def test_other_statuses_are_refusals(tmp_path: Path, status: int) -> None:
    found = failure(tmp_path, answering(status, envelope(status, "no", "WHATEVER")))
    assert (type(found), found.status, found.code, found.message) == (Refused, status, "WHATEVER", "no")
    assert found.verified


@pytest.mark.parametrize(
    ("headers", "details", "seconds"),
    [
        ({"retry_after": "7"}, (), 7.0),
        ({"retry_after": formatdate(NOW + 90, usegmt=True)}, (), 90.0),
        ({"retry_after": formatdate(NOW - 90, usegmt=True)}, (), 0.0),
        ({"retry_after": "soon"}, (), None),
        ({}, ({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3.5s"},), 3.5),
        ({"retry_after": "7"}, ({"retryDelay": "3.5s"},), 7.0),
    ],
)
def test_a_service_may_say_when_to_come_back(
    tmp_path: Path, headers: dict[str, str], details: tuple[Any, ...], seconds: float | None
) -> None:
    deed = answering(429, envelope(429, "Quota exceeded", "RESOURCE_EXHAUSTED", *details), **headers)
    assert failure(tmp_path, deed, clock=lambda: NOW).retry_after == seconds


def test_a_refusal_names_the_member_it_is_about_and_decodes_its_codes(tmp_path: Path) -> None:
    violation = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": "parameters.seed", "description": "no"}],
    }
    debug = {"@type": "type.googleapis.com/google.rpc.DebugInfo", "detail": "… Support codes: 42876398, 58061214"}
    found = failure(tmp_path, answering(400, envelope(400, "not so", "INVALID_ARGUMENT", violation, debug)))
    assert found.field == "parameters.seed"
    assert found.codes == (42876398, 58061214)


def test_invented_wording_is_marked(tmp_path: Path) -> None:
    deed = answering(400, envelope(400, "no", "INVALID_ARGUMENT"), x_imagenspec_emulated="unverified")
    assert not failure(tmp_path, deed).verified


@pytest.mark.parametrize("body", [b"", b"<html>Bad Gateway</html>", b'{"error"', b"[]", b'{"error": 5}', b"\xff\xfe"])
def test_a_failure_without_an_envelope_is_told_by_its_status(tmp_path: Path, body: bytes) -> None:
    assert failure(tmp_path, answering(502, body)).message == "the service answers 502 Bad Gateway"
    assert failure(tmp_path, answering(404, body)).message == "the service answers 404 Not Found"


def test_an_envelope_in_a_list_is_understood(tmp_path: Path) -> None:
    assert failure(tmp_path, answering(400, [envelope(400, "no", "INVALID_ARGUMENT")])).code == "INVALID_ARGUMENT"


def test_a_message_is_cut_and_holds_no_base64_and_no_line_breaks(tmp_path: Path) -> None:
    message = "bad image " + "iVBORw0KGgo" * 1000 + "\x1b[2J\nand so on " + "word " * 3000
    found = failure(tmp_path, answering(400, envelope(400, message, "INVALID_ARGUMENT")))
    assert found.message.startswith("bad image <11000 characters of base64> [2J and so on word")
    assert len(found.message) <= 1000


def test_what_an_envelope_says_can_be_kept_and_shown(tmp_path: Path) -> None:
    found = failure(tmp_path, answering(400, envelope(400, "no \ud800", "BAD\ud800\x1b[2J")))
    assert isinstance(found, Refused)
    assert (found.message, found.code) == ("no \ufffd", "BAD\ufffd [2J")


@pytest.mark.parametrize("token", ["ya29.a0Af_secret-1", "Bearer eyJhbGciOiJSUzI1NiJ9.secret.secret"])
def test_a_token_that_a_service_repeats_is_not_repeated(tmp_path: Path, token: str) -> None:
    found = failure(tmp_path, answering(401, envelope(401, f"the token {token} has expired", "UNAUTHENTICATED")))
    assert "secret" not in found.message
    assert found.message.endswith("<a token> has expired")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(tmp_path: Path, status: int) -> None:
    with LoopbackService(answering()) as elsewhere:
        found = failure(tmp_path, answering(status, location=f"{elsewhere.url}/v1"))
        assert elsewhere.connections == 0
    assert (type(found), found.code) == (Refused, "REDIRECT")
    assert elsewhere.url in found.message


def reset_before_reading(exchange: Exchange) -> None:
    exchange.reset()


def reset_after_reading(exchange: Exchange) -> None:
    exchange.body()
    exchange.reset()


def close_without_a_word(exchange: Exchange) -> None:
    exchange.body()
    exchange.close()


def truncate(exchange: Exchange) -> None:
    exchange.body()
    exchange.send_head(200, {"content-length": "1000", "content-type": "application/json"})
    exchange.stream.sendall(b'{"predictions": [{"bytesBase64Encoded": "iVBO')
    exchange.close()


def stall_before_answering(exchange: Exchange) -> None:
    exchange.body()
    exchange.service.release.wait(20)
    exchange.close()


def stall_while_answering(exchange: Exchange) -> None:
    exchange.body()
    exchange.send_head(200, {"content-length": "1000"})
    exchange.stream.sendall(b"{")
    exchange.service.release.wait(20)
    exchange.close()


def speak_no_http(exchange: Exchange) -> None:
    exchange.body()
    exchange.stream.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    exchange.close()


@pytest.mark.parametrize(
    ("deed", "status"),
    [
        (reset_after_reading, None),
        (close_without_a_word, None),
        (speak_no_http, None),
        (stall_before_answering, None),
        (truncate, 200),
        (stall_while_answering, 200),
    ],
)
def test_an_answer_that_does_not_come_whole_is_lost(
    tmp_path: Path, deed: Callable[[Exchange], None], status: int | None
) -> None:
    found = failure(tmp_path, deed, timeouts=SHORT)
    assert (type(found), found.status) == (Lost, status)
    assert found.message.endswith("whether the service did the work is unknown")


@pytest.mark.parametrize("body", [b'{"predictions": [', b"", b'{"a": "', b'{"a": "\\'])
def test_half_a_json_in_a_whole_answer_is_lost_too(tmp_path: Path, body: bytes) -> None:
    assert type(failure(tmp_path, answering(200, body))) is Lost


def test_an_answer_that_is_no_json_comes_from_something_else(tmp_path: Path) -> None:
    found = failure(tmp_path, answering(200, b"<html>Welcome to the hotel</html>", content_type="text/html; charset=x"))
    assert (type(found), found.code) == (Refused, "NOT_JSON")
    assert "text/html" in found.message


def test_a_request_that_was_broken_off_was_not_done(tmp_path: Path) -> None:
    request = picture_request(tmp_path, 8_000_000)
    with LoopbackService(reset_before_reading) as service, pytest.raises(Transient) as caught:
        sent_one(service.url, request)
    assert caught.value.status is None
    assert service.requests[0].arrived < service.requests[0].length


def test_an_answer_before_the_request_is_whole_counts(tmp_path: Path) -> None:
    def refuse_at_once(exchange: Exchange) -> None:
        data = b'{"error": {"code": 413, "message": "too much", "status": "X"}}'
        exchange.send_head(413, {"content-length": str(len(data)), "connection": "close"})
        exchange.stream.sendall(data)
        exchange.stream.shutdown(socket.SHUT_WR)
        exchange.body()
        exchange.close()

    with LoopbackService(refuse_at_once) as service, pytest.raises(Refused, match="too much") as caught:
        sent_one(service.url, picture_request(tmp_path, 3_000_000))
    assert caught.value.status == 413


def test_a_service_that_trickles_for_ever_is_left(tmp_path: Path) -> None:
    def trickle(exchange: Exchange) -> None:
        exchange.body()
        exchange.send_head(200, {"content-length": "1000000"})
        while not exchange.service.release.wait(0.01):
            exchange.stream.sendall(b" ")

    found = failure(tmp_path, trickle, timeouts=Timeouts(read=5, whole=0.3))
    assert (type(found), found.status) == (Lost, 200)


def test_nobody_listening_is_transient(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Transient, match=f"no connection to http://127.0.0.1:{port}"):
        sent_one(f"http://127.0.0.1:{port}", text_request(tmp_path))


def test_an_answer_beyond_all_measure_is_left(tmp_path: Path) -> None:
    piece = b"iVBORw0KGgoA" * 50_000

    def flood(exchange: Exchange) -> None:
        exchange.body()
        exchange.send_head(200, {"content-length": "900000000"})
        exchange.stream.sendall(b'{"predictions": [{"bytesBase64Encoded": "')
        while True:
            exchange.stream.sendall(piece)
            exchange.service.count("sent")

    with LoopbackService(flood) as service, pytest.raises(Refused) as caught:
        sent_one(service.url, text_request(tmp_path))
    assert caught.value.code == "TOO_LARGE"
    assert 90_000_000 < service.counts["sent"] * len(piece) < 120_000_000


def test_more_text_than_any_answer_has_is_left(tmp_path: Path) -> None:
    body = b'{"a": "' + b"no base64! " * 1_000_000 + b'"}'
    assert failure(tmp_path, answering(200, body)).code == "TOO_LARGE"


def test_a_picture_that_changes_before_it_is_sent_is_a_failure_of_the_tool(tmp_path: Path) -> None:
    for size in (3_000_000, 500):
        request = picture_request(tmp_path, 1_000_000)
        with (tmp_path / "cup-2.png").open("r+b") as stream:
            stream.truncate(size)
        with LoopbackService(lambda exchange: exchange.answer()) as service, pytest.raises(ToolError, match="changed"):
            sent_one(service.url, request)


def test_a_cancelled_request_leaves_a_client_that_works(tmp_path: Path) -> None:
    request = text_request(tmp_path)

    async def work(client: Client) -> Any:
        task = asyncio.create_task(client.send(request))
        assert await asyncio.to_thread(service.arrived.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with await client.send(request) as answer:
            return answer.body

    with LoopbackService(stall_before_answering, answering(200, {"predictions": []})) as service:
        assert sent(service.url, work, concurrency=1) == {"predictions": []}


def test_tokens_never_go_out_without_encryption() -> None:
    with pytest.raises(UsageError, match="only sent over https"):
        Client(target("http://192.0.2.1:8080"), 1, credentials=object())  # type: ignore[arg-type]


def proxied(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HTTP_PROXY", url)
    monkeypatch.setenv("HTTPS_PROXY", url)


def test_proxies_of_the_environment_are_not_used_on_the_way_to_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LoopbackService(answering(200)) as service, LoopbackService(answering(403)) as proxy:
        proxied(monkeypatch, proxy.url)
        assert sent_one(service.url, text_request(tmp_path)) == {}
        assert proxy.connections == 0
        with pytest.raises(Refused) as caught:
            sent_one("http://service.test", text_request(tmp_path))
        assert (caught.value.status, proxy.connections) == (403, 1)


@pytest.mark.parametrize(("status", "kind"), [(407, Refused), (403, Refused), (502, Transient), (503, Transient)])
def test_a_proxy_that_refuses_the_tunnel_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, kind: type[Exception]
) -> None:
    with LoopbackService(answering(status)) as proxy:
        proxied(monkeypatch, proxy.url)
        with pytest.raises(kind, match="the proxy of the environment refuses") as caught:
            sent_one("https://service.test", text_request(tmp_path))
    assert caught.value.status == status  # type: ignore[attr-defined]
    assert [one.method for one in proxy.requests] == ["CONNECT"]


def test_a_proxy_that_cannot_be_used_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    proxied(monkeypatch, "nonsense://127.0.0.1:1")
    with pytest.raises(UsageError, match="the proxy of the environment cannot be used"):
        Client(target("https://service.test"), 1)


def test_an_application_in_the_same_process_can_break_off_too(tmp_path: Path) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001 - the signature of ASGI
        while (await receive())["more_body"]:
            pass
        raise httpx.ReadError("reset")

    with pytest.raises(Lost):
        sent_one("http://emulator.test", text_request(tmp_path), transport=httpx.ASGITransport(application))
