"""Each way in which credentials can be missing has a message of its own, which says what to do and nothing secret."""

from __future__ import annotations

import asyncio
import os
import socket
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from accounts import forget, headers_of, named, on_a_machine
from loopback_service import LoopbackService
from token_server import (
    CLIENT_SECRET,
    EMAIL,
    LOGIN_SECRET,
    TARGET,
    TokenServer,
    authorized_user,
    certified,
    impersonated,
    private_key,
    saved,
    service_account,
)

from imagenspec.render.service.credential_errors import CredentialsError
from imagenspec.render.service.credentials import Credentials
from imagenspec.render.service.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOGIN = 'run "gcloud auth application-default login"'
OAUTH = "oauth2.googleapis.com"
IAM = "iamcredentials.googleapis.com"


@pytest.fixture(autouse=True)
def nothing_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(tmp_path, monkeypatch)


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as running:
        yield running


def complaint(server: TokenServer) -> str:
    """Return why there is no token; nothing secret is in it, nor in what a traceback would show."""
    with pytest.raises(CredentialsError) as caught:
        headers_of(server)
    assert caught.value.exit_code == 2
    text = "".join(traceback.format_exception(caught.value))
    for secret in (*server.given, LOGIN_SECRET, CLIENT_SECRET, *private_key().splitlines()[1:-1]):
        assert secret not in text
    message = str(caught.value)
    assert "\n" not in message
    assert not message.endswith(".")
    return message


def test_nothing_at_all(tmp_path: Path, server: TokenServer) -> None:
    found = complaint(server)
    assert found.startswith("no Google credentials: GOOGLE_APPLICATION_CREDENTIALS is not set, gcloud has no login at ")
    assert str(tmp_path / "gcloud" / "application_default_credentials.json") in found
    assert LOGIN in found
    assert '"--target emulator"' in found
    assert "NO_GCE_CHECK keeps the metadata server from being asked" in found
    assert server.connections == 0


def test_a_metadata_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    on_a_machine(monkeypatch, port)
    with pytest.raises(CredentialsError, match=f"no metadata server answers at 127.0.0.1:{port}"):
        asyncio.run(Credentials.find())


def test_something_else_where_the_metadata_server_would_be(
    monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    with LoopbackService(lambda exchange: exchange.answer(200, b"a printer")) as printer:
        on_a_machine(monkeypatch, printer.port)
        with pytest.raises(CredentialsError, match="no metadata server answers"):
            asyncio.run(Credentials.find())
    assert server.connections == 0


def test_a_machine_without_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    def bare(exchange: Any) -> None:
        exchange.answer(200 if exchange.path == "/" else 404, b"", metadata_flavor="Google")

    with LoopbackService(bare) as machine:
        on_a_machine(monkeypatch, machine.port)

        async def run() -> None:
            await (await Credentials.find()).headers()

        with pytest.raises(CredentialsError, match=r"this machine has no service account.*attach one to it"):
            asyncio.run(run())


@pytest.mark.parametrize("status", [403, 500])
def test_a_metadata_server_that_gives_no_token(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    def bare(exchange: Any) -> None:
        exchange.answer(200 if exchange.path == "/" else status, b"", metadata_flavor="Google")

    with LoopbackService(bare) as machine:
        on_a_machine(monkeypatch, machine.port)

        async def run() -> None:
            await (await Credentials.find()).headers()

        kind = CredentialsError if status == 403 else Transient
        with pytest.raises(kind, match="no token"):
            asyncio.run(run())


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"access_token": "x"}', b'{"access_token": "x\\ny", "expires_in": 9}']
)
def test_a_metadata_server_that_talks_nonsense(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    with LoopbackService(lambda exchange: exchange.answer(200, body, metadata_flavor="Google")) as machine:
        on_a_machine(monkeypatch, machine.port)

        async def run() -> None:
            await (await Credentials.find()).headers()

        with pytest.raises(CredentialsError, match=r"not understood|no token"):
            asyncio.run(run())


def test_a_certificate_for_the_metadata_server(monkeypatch: pytest.MonkeyPatch, server: TokenServer) -> None:
    on_a_machine(monkeypatch, server.port)
    monkeypatch.setenv("GCE_METADATA_MTLS_MODE", "strict")
    assert "GCE_METADATA_MTLS_MODE=strict is not supported" in complaint(server)


def test_a_file_that_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer) -> None:
    named(monkeypatch, tmp_path / "gone.json")
    found = complaint(server)
    assert f'{tmp_path / "gone.json"}" (GOOGLE_APPLICATION_CREDENTIALS) does not exist' in found
    assert LOGIN in found


def test_a_folder_instead_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer) -> None:
    named(monkeypatch, tmp_path)
    assert f'{tmp_path}" (GOOGLE_APPLICATION_CREDENTIALS) is no file' in complaint(server)


def test_a_pipe_is_not_waited_for_and_a_huge_file_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    os.mkfifo(tmp_path / "pipe")
    named(monkeypatch, tmp_path / "pipe")
    assert "is no file" in complaint(server)
    with (tmp_path / "huge").open("wb") as stream:
        stream.truncate(2**30)
    named(monkeypatch, tmp_path / "huge")
    assert "too large" in complaint(server)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no JSON"),
        ("not JSON", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("\udce4".encode("utf-8", "surrogateescape").decode("latin-1"), "is no JSON"),
        ("[1]", "is no file of credentials"),
        ('"AIza-not-a-real-key"', "is no file of credentials"),
        ("{}", "does not say its type"),
        ('{"type": 5}', "does not say its type"),
        ('{"type": "servce_account"}', 'has the unknown type "servce_account"; known: "service_account"'),
        ('{"type": "gdch_service_account"}', "has the unknown type"),
        ('{"installed": {"client_id": "x"}}', "is the client of a program, not a login"),
        ('{"web": {"client_id": "x"}}', "is the client of a program, not a login"),
        ('{"type": "service_account", "client_email": "x"}', 'it lacks "private_key" or "token_uri"; make a new key'),
        ('{"type": "authorized_user", "client_id": "x"}', 'it lacks "client_secret" or "refresh_token"'),
        ('{"type": "impersonated_service_account"}', 'it lacks "service_account_impersonation_url"'),
        ('{"type": "external_account"}', 'it lacks "audience"'),
    ],
)
def test_a_file_that_is_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer, text: str, said: str
) -> None:
    named(monkeypatch, saved(tmp_path, text))
    found = complaint(server)
    assert "key.json" in found
    assert said in found


def broken_files() -> list[dict[str, Any]]:
    key = private_key()
    users = [authorized_user(refresh_token=5, expiry="never"), authorized_user(scopes=7, expiry=["soon"])]
    accounts = [service_account("https://x.test", private_key=broken) for broken in ("no key", key[:300], 5, [key])]
    return [
        *users,
        *accounts,
        service_account("https://x.test", universe_domain=5, client_email=["x"], private_key="x"),
        impersonated({"type": "unknown"}),
        impersonated(5),  # type: ignore[arg-type]
        impersonated(authorized_user(), service_account_impersonation_url="https://x.test"),
        {"type": "external_account", "audience": 5, "token_url": 5, "credential_source": {"file": 5}},
        {"type": "external_account", "audience": "a", "token_url": "b", "credential_source": "c"},
    ]


@pytest.mark.parametrize("info", broken_files(), ids=lambda info: info["type"])
def test_a_damaged_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer, info: dict[str, Any]
) -> None:
    named(monkeypatch, saved(tmp_path, info))
    assert "is damaged" in complaint(server)


REFUSALS = [
    (
        {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
        "has expired or was revoked",
    ),
    ({"error": "invalid_grant", "error_description": "Bad Request"}, "has expired or was revoked"),
    (
        {"error": "invalid_grant", "error_subtype": "invalid_rapt", "error_description": "reauth related error"},
        "must be confirmed anew",
    ),
    ({"error": "invalid_client", "error_description": LOGIN_SECRET}, "is not accepted any more"),
    ({"error": "deleted_client"}, "is not accepted any more"),
    ({"error": "admin_policy_enforced"}, "refuses"),
    ({"error": {"odd": LOGIN_SECRET}}, "no reason is given"),
    ({}, "no reason is given"),
    ([], "no token|not understood|no reason"),
    (b"<html>" + LOGIN_SECRET.encode(), "no reason is given"),
]


@pytest.mark.parametrize(("answer", "said"), REFUSALS)
def test_a_login_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer, answer: Any, said: str
) -> None:
    named(monkeypatch, saved(tmp_path, authorized_user()))
    server.refusals[OAUTH] = (400, answer)
    found = complaint(server)
    assert any(part in found for part in said.split("|"))
    assert "key.json" in found
    assert LOGIN in found or "URL" in found


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("Invalid grant: account not found", f'service account "{EMAIL}"'),
        ("Invalid JWT Signature.", "was deleted or disabled; make a new key"),
        (
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
            "the clock of this machine is wrong",
        ),
        ("something new", "(invalid_grant)"),
    ],
)
def test_a_key_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer, about: str, said: str
) -> None:
    named(monkeypatch, saved(tmp_path, service_account("https://oauth2.googleapis.com/token")))
    server.refusals[OAUTH] = (400, {"error": "invalid_grant", "error_description": about})
    assert said in complaint(server)


def test_a_key_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer) -> None:
    stranger = service_account(f"{server.url}/token", client_email="stranger@a-project.iam.gserviceaccount.com")
    named(monkeypatch, saved(tmp_path, stranger))
    assert "was deleted or disabled" in complaint(server)


@pytest.mark.parametrize(
    ("status", "said"),
    [(403, "Service Account Token Creator"), (404, "does not exist"), (400, "impersonating"), (401, "impersonating")],
)
def test_an_impersonation_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer, status: int, said: str
) -> None:
    named(monkeypatch, saved(tmp_path, impersonated(authorized_user())))
    server.refusals[IAM] = (status, {"error": {"code": status, "message": "no", "status": "NO"}})
    found = complaint(server)
    assert said in found
    assert TARGET in found


def test_an_impersonation_whose_own_login_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    named(monkeypatch, saved(tmp_path, impersonated(authorized_user())))
    server.refusals[OAUTH] = (400, {"error": "invalid_grant"})
    assert "refuses" in complaint(server)


@pytest.mark.parametrize("host", [IAM, OAUTH])
def test_a_token_server_out_of_order_is_for_another_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer, host: str
) -> None:
    named(monkeypatch, saved(tmp_path, impersonated(authorized_user())))
    server.refusals[host] = (503, {"error": {"code": 503}} if host == IAM else {"error": "temporarily_unavailable"})
    with pytest.raises(Transient, match="does not work at present"):
        headers_of(server)


def test_a_token_server_out_of_reach_is_for_another_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    named(monkeypatch, saved(tmp_path, service_account(f"http://127.0.0.1:{port}/token")))

    async def run() -> None:
        await (await Credentials.find()).headers()

    with pytest.raises(Transient, match=f"cannot be reached: http://127.0.0.1:{port}/token: "):
        asyncio.run(run())
    assert server.connections == 0


@pytest.mark.parametrize("token_uri", ["nonsense", "ftp://x.test/token", "http://[bad/token", 5])
def test_a_token_server_that_cannot_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer, token_uri: Any
) -> None:
    named(monkeypatch, saved(tmp_path, service_account(token_uri)))

    async def run() -> None:
        await (await Credentials.find()).headers()

    with pytest.raises((CredentialsError, Transient), match="token"):
        asyncio.run(run())
    assert server.connections == 0


@pytest.mark.parametrize(
    "answer",
    [{}, {"access_token": 5}, {"access_token": "a b\n"}, {"access_token": "x", "expires_in": "soon"}, [], b"x"],
)
def test_a_token_server_that_talks_nonsense(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer, answer: Any
) -> None:
    named(monkeypatch, saved(tmp_path, authorized_user()))
    server.refusals[OAUTH] = (200, answer)
    assert "token" in complaint(server)


def test_credentials_that_want_a_client_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    info = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
        "subject_token_type": "urn:ietf:params:oauth:token-type:mtls",
        "token_url": "https://sts.mtls.googleapis.com/v1/token",
        "credential_source": {"certificate": {"certificate_config_location": str(certified(tmp_path))}},
    }
    named(monkeypatch, saved(tmp_path, info))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "a-project")
    assert "needs a client certificate, which is not supported" in complaint(server)
    assert server.connections == 0
