"""Every kind of Application Default Credentials brings a token, from real servers on the loopback."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from accounts import GCLOUD_PROJECT, forget, headers_of, named, on_a_machine
from environment import clean_environment
from loopback_service import Exchange, LoopbackService
from sending import sent_one, text_request
from token_server import (
    CLIENT_SECRET,
    LOGIN_SECRET,
    TARGET,
    TokenServer,
    authorized_user,
    impersonated,
    private_key,
    saved,
    service_account,
)

from imagenspec.render.service.credentials import Credentials
from imagenspec.render.service.errors import Refused, Transient

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
METADATA_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"


@pytest.fixture(autouse=True)
def nothing_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(tmp_path, monkeypatch)


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as running:
        yield running


def test_the_key_of_a_service_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer) -> None:
    named(monkeypatch, saved(tmp_path, service_account(f"{server.url}/token")))
    credentials, headers = headers_of(server)
    assert headers == {"authorization": f"Bearer {server.given[-1]}"}
    assert credentials.project == "a-project"
    assert server.asked == [f"127.0.0.1:{server.port}/token"]


def test_the_login_of_a_person_with_the_project_that_pays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    named(monkeypatch, saved(tmp_path, authorized_user()))
    _, headers = headers_of(server)
    assert headers == {"authorization": f"Bearer {server.given[-1]}", "x-goog-user-project": "a-paying-project"}
    assert server.asked == ["oauth2.googleapis.com/token"]


def test_the_login_that_gcloud_made(tmp_path: Path, server: TokenServer) -> None:
    (tmp_path / "gcloud").mkdir()
    saved(tmp_path / "gcloud", authorized_user(), "application_default_credentials.json")
    credentials, headers = headers_of(server)
    assert headers["authorization"] == f"Bearer {server.given[-1]}"
    assert credentials.project == GCLOUD_PROJECT


def test_the_login_that_gcloud_made_with_its_own_client_warns_nobody(tmp_path: Path, server: TokenServer) -> None:
    own = "764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com"
    (tmp_path / "gcloud").mkdir()
    info = authorized_user(client_id=own, quota_project_id=None)
    saved(tmp_path / "gcloud", info, "application_default_credentials.json")
    assert headers_of(server)[1] == {"authorization": f"Bearer {server.given[-1]}"}


@pytest.mark.parametrize("kind", ["person", "account"])
def test_another_account_is_impersonated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer, kind: str
) -> None:
    source = authorized_user() if kind == "person" else service_account(f"{server.url}/token")
    named(monkeypatch, saved(tmp_path, impersonated(source)))
    _, headers = headers_of(server)
    assert headers["authorization"] == f"Bearer {server.given[-1]}"
    assert len(server.given) == 2
    assert (
        server.asked[-1] == f"iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{TARGET}:generateAccessToken"
    )
    assert server.forms[-1]["scope"] == ["https://www.googleapis.com/auth/cloud-platform"]


def test_a_file_with_the_subject_of_a_federated_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    saved(tmp_path, "a subject token", "subject.txt")
    info = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": str(tmp_path / "subject.txt")},
    }
    named(monkeypatch, saved(tmp_path, info))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "a-project")
    token = {
        "access_token": "a-federated-token",
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    server.refusals["sts.googleapis.com"] = (200, token)
    credentials, headers = headers_of(server)
    assert headers == {"authorization": "Bearer a-federated-token"}
    assert credentials.project == "a-project"


def test_the_account_of_the_machine(monkeypatch: pytest.MonkeyPatch, server: TokenServer) -> None:
    on_a_machine(monkeypatch, server.port)
    credentials, headers = headers_of(server)
    assert headers == {"authorization": f"Bearer {server.given[-1]}"}
    assert credentials.project == "a-machine-project"
    assert server.asked[0].endswith("/")
    assert server.asked[-1].endswith(METADATA_PATH)


def test_the_metadata_server_that_is_named_alone_is_asked(monkeypatch: pytest.MonkeyPatch, server: TokenServer) -> None:
    on_a_machine(monkeypatch, server.port)
    monkeypatch.delenv("GCE_METADATA_IP")

    async def run() -> dict[str, str]:
        return await (await Credentials.find()).headers()

    assert asyncio.run(run()) == {"authorization": f"Bearer {server.given[-1]}"}


def test_the_metadata_server_is_never_asked_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    on_a_machine(monkeypatch, server.port)
    with LoopbackService(lambda exchange: exchange.answer(502)) as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)

        async def run() -> dict[str, str]:
            return await (await Credentials.find()).headers()

        assert asyncio.run(run()) == {"authorization": f"Bearer {server.given[-1]}"}
        assert proxy.connections == 0


@pytest.mark.parametrize("source", ["service account", "login", "impersonation", "metadata server"])
def test_no_source_needs_the_package_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer, source: str
) -> None:
    program = (
        "import sys; sys.modules['requests'] = sys.modules['urllib3'] = None\n"
        "import asyncio\n"
        "from token_server import ToLoopback\n"
        "from imagenspec.render.service.credentials import Credentials\n"
        "async def run():\n"
        f"    return await (await Credentials.find(ToLoopback({server.port}))).headers()\n"
        "print(asyncio.run(run())['authorization'])\n"
    )
    file = {
        "service account": service_account(f"{server.url}/token"),
        "login": authorized_user(),
        "impersonation": impersonated(authorized_user()),
    }.get(source)
    if file is None:
        on_a_machine(monkeypatch, server.port)
    else:
        named(monkeypatch, saved(tmp_path, file))
    environment = clean_environment(PYTHONPATH=f"{HERE.parents[1]}:{HERE.parent}:{HERE}")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60, env=environment
    )
    assert (done.stdout.strip(), done.stderr) == (f"Bearer {server.given[-1]}", "")


def test_one_token_serves_all_requests_until_shortly_before_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    named(monkeypatch, saved(tmp_path, authorized_user()))
    later = 0.0

    async def run() -> list[str]:
        nonlocal later
        credentials = await Credentials.find(server.transport, clock=lambda: time.time() + later)
        seen = []
        for moment in (0.0, 1000.0, 3300.0, 3420.0):
            later = moment
            seen.append((await credentials.headers())["authorization"])
        return seen

    first, second, third, fourth = asyncio.run(run())
    assert first == second == third == f"Bearer {server.given[0]}"
    assert fourth == f"Bearer {server.given[1]}"


@pytest.mark.parametrize("lifetime", [60, 200, 300])
def test_a_short_lived_token_is_not_asked_for_with_every_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer, lifetime: int
) -> None:
    named(monkeypatch, saved(tmp_path, authorized_user()))
    server.lifetime = lifetime
    later = 0.0

    async def run() -> None:
        nonlocal later
        credentials = await Credentials.find(server.transport, clock=lambda: time.time() + later)
        for _ in range(10):
            await credentials.headers()
        assert len(server.given) == 1
        later = lifetime * 0.9
        await credentials.headers()
        assert len(server.given) == 2

    asyncio.run(run())


def test_many_requests_at_once_ask_for_one_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    named(monkeypatch, saved(tmp_path, authorized_user()))

    async def run() -> set[str]:
        credentials = await Credentials.find(server.transport)
        return {one["authorization"] for one in await asyncio.gather(*(credentials.headers() for _ in range(50)))}

    assert len(asyncio.run(run())) == 1
    assert len(server.given) == 1


def test_event_loops_that_follow_each_other_share_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    named(monkeypatch, saved(tmp_path, authorized_user()))
    later = 0.0
    credentials = asyncio.run(Credentials.find(server.transport, clock=lambda: time.time() + later))

    async def run() -> None:
        await asyncio.gather(*(credentials.headers() for _ in range(5)))

    for later in (0.0, 10.0, 3500.0):  # noqa: B007 - the clock reads it
        asyncio.run(run())
    assert len(server.given) == 2


def test_the_loop_goes_on_while_a_token_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    named(monkeypatch, saved(tmp_path, authorized_user()))
    server.hold.clear()

    async def run() -> dict[str, str]:
        credentials = await Credentials.find(server.transport)
        waiting = asyncio.create_task(credentials.headers())
        assert await asyncio.to_thread(server.arrived.wait, 20)
        assert not waiting.done()
        server.hold.set()
        return await waiting

    assert asyncio.run(run())["authorization"] == f"Bearer {server.given[-1]}"


def test_a_token_that_still_holds_is_used_when_no_new_one_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    named(monkeypatch, saved(tmp_path, authorized_user()))
    later = 0.0

    async def run() -> None:
        nonlocal later
        credentials = await Credentials.find(server.transport, clock=lambda: time.time() + later)
        first = await credentials.headers()
        server.__exit__()
        later = 3500.0
        assert await credentials.headers() == first
        asked = len(server.asked)
        assert await credentials.headers() == first
        assert len(server.asked) == asked, "it is not asked for again at once"
        later = 3601.0
        with pytest.raises(Transient, match="the token server cannot be reached"):
            await credentials.headers()

    asyncio.run(run())


def guarded(accepted: list[str]) -> Any:
    """Return a service that takes some tokens only."""

    def serve(exchange: Exchange) -> None:
        if exchange.headers.get("authorization", "") in accepted:
            exchange.answer(200, {"predictions": []})
        else:
            said = {"code": 401, "message": "invalid authentication credentials", "status": "UNAUTHENTICATED"}
            exchange.answer(401, {"error": said})

    return serve


def test_a_token_that_the_service_does_not_take_is_renewed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer
) -> None:
    named(monkeypatch, saved(tmp_path, authorized_user()))
    credentials, _ = headers_of(server)
    request = text_request(tmp_path)
    with LoopbackService(guarded(["Bearer token-1-of-nobody-real"])) as service:
        assert sent_one(service.url, request, credentials=credentials) == {"predictions": []}
    assert [one.headers["authorization"] for one in service.requests] == [
        "Bearer token-0-of-nobody-real",
        "Bearer token-1-of-nobody-real",
    ]
    with LoopbackService(guarded([])) as service, pytest.raises(Refused, match="invalid authentication"):
        sent_one(service.url, request, credentials=credentials)
    assert len(service.requests) == 2
    assert len(server.given) == 3


def test_nothing_secret_is_printed_logged_or_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TokenServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    shown = []
    for info in (service_account(f"{server.url}/token"), authorized_user(), impersonated(authorized_user())):
        named(monkeypatch, saved(tmp_path, info))
        credentials, headers = headers_of(server)
        shown.append(repr(credentials))
        with pytest.raises(TypeError, match="never stored"):
            pickle.dumps(credentials)
        with LoopbackService(guarded([headers["authorization"]])) as service:
            sent_one(service.url, text_request(tmp_path), credentials=credentials)
    text = "\n".join([*shown, caplog.text])
    assert "key.json" in text
    assert "POST" in text
    secrets = [*server.given, LOGIN_SECRET, CLIENT_SECRET, *private_key().splitlines()[1:-1]]
    assert [secret for secret in secrets if secret in text] == []
    assert threading.active_count() < 50
