"""Google's token, impersonation and metadata servers on the loopback, with accounts, keys and logins of their own.

Nothing of Google is asked: the transport of :class:`TokenServer` brings every host to the loopback, and the server
notes which one was meant.
"""

from __future__ import annotations

import base64
import json
import threading
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from loopback_service import Exchange, LoopbackService

if TYPE_CHECKING:
    from pathlib import Path

EMAIL = "painter@a-project.iam.gserviceaccount.com"
TARGET = "museum@other-project.iam.gserviceaccount.com"
LOGIN_SECRET = "refresh-secret-of-a-person"  # noqa: S105 - nobody real
CLIENT_SECRET = "client-secret-of-a-program"  # noqa: S105
HEADERS = {"metadata_flavor": "Google"}


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_key() -> str:
    plain = serialization.NoEncryption()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key().private_bytes(encoding, form, plain).decode()


class TokenServer(LoopbackService):
    """Gives out tokens that are all different, and counts who asked where for what.

    Attributes:
        lifetime: The seconds for which the next tokens hold.
        refusals: Answers instead of tokens, by the host that was meant; each is given until it is taken away.
        hold: While it is cleared, no answer is given.
    """

    def __init__(self) -> None:
        super().__init__(self._give)
        self.lifetime = 3600
        self.given: list[str] = []
        self.asked: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self.refusals: dict[str, tuple[int, Any]] = {}
        self.hold = threading.Event()
        self.hold.set()

    @property
    def transport(self) -> httpx.BaseTransport:
        return ToLoopback(self.port)

    def token(self) -> str:
        self.given.append(f"token-{len(self.given)}-of-nobody-real")
        return self.given[-1]

    def _give(self, exchange: Exchange) -> None:
        host = exchange.headers.get("x-meant-host", exchange.headers["host"])
        address = urlsplit(exchange.path)
        body = exchange.body()
        self.asked.append(f"{host}{address.path}")
        self.hold.wait(20)
        if host in self.refusals:
            status, answer = self.refusals[host]
            exchange.answer(status, answer, **HEADERS)
        elif host == "oauth2.googleapis.com" or address.path == "/token":
            self._oauth(exchange, parse_qs(body.decode()))
        elif host == "iamcredentials.googleapis.com":
            self._impersonation(exchange, json.loads(body))
        else:
            self._metadata(exchange, address.path)

    def _oauth(self, exchange: Exchange, form: dict[str, list[str]]) -> None:
        self.forms.append(form)
        if form.get("refresh_token") == [LOGIN_SECRET] and form.get("client_secret") == [CLIENT_SECRET]:
            granted = True
        else:
            granted = _is_signed(form.get("assertion", [""])[0])
        if not granted:
            exchange.answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
            return
        token = {"access_token": self.token(), "expires_in": self.lifetime, "token_type": "Bearer"}
        exchange.answer(200, token)

    def _impersonation(self, exchange: Exchange, form: dict[str, Any]) -> None:
        self.forms.append(form)
        assert exchange.headers["authorization"] == f"Bearer {self.given[-1]}"
        ends = (datetime.now(UTC) + timedelta(seconds=self.lifetime)).strftime("%Y-%m-%dT%H:%M:%SZ")
        exchange.answer(200, {"accessToken": self.token(), "expireTime": ends})

    def _metadata(self, exchange: Exchange, path: str) -> None:
        if exchange.headers.get("metadata-flavor") != "Google":
            exchange.answer(403, b"no flavor", content_type="text/html")
        elif path == "/":
            exchange.answer(200, b"computeMetadata/\n", content_type="application/text", **HEADERS)
        elif path == "/computeMetadata/v1/project/project-id":
            exchange.answer(200, b"a-machine-project", content_type="application/text", **HEADERS)
        elif path == "/computeMetadata/v1/instance/service-accounts/default/token":
            token = {"access_token": self.token(), "expires_in": self.lifetime, "token_type": "Bearer"}
            exchange.answer(200, token, **HEADERS)
        else:
            exchange.answer(404, b"nothing", **HEADERS)


class ToLoopback(httpx.HTTPTransport):
    """Brings every request to one port of the loopback, with the host that was meant in a header."""

    def __init__(self, port: int) -> None:
        super().__init__(limits=httpx.Limits(max_keepalive_connections=0))
        self._port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        meant = request.url.netloc.decode()
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        headers = [*request.headers.raw, (b"x-meant-host", meant.encode())]
        return super().handle_request(httpx.Request(request.method, url, headers=headers, content=request.read()))


def _is_signed(assertion: str) -> Any:
    """Tell whether a JWT of RFC 7523 is signed with the account's key and asks for what it should."""
    try:
        head, claims, signature = assertion.split(".")
        key().public_key().verify(_decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
    except Exception:  # noqa: BLE001 - whatever is wrong with it
        return False
    said = json.loads(_decoded(claims))
    return said["iss"] == EMAIL and said["scope"].endswith(("/auth/cloud-platform", "/auth/iam"))


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def service_account(token_uri: str, **changed: Any) -> dict[str, Any]:
    """Return what the file of a service account's key says."""
    return {
        "type": "service_account",
        "project_id": "a-project",
        "private_key_id": "0123456789abcdef",
        "private_key": private_key(),
        "client_email": EMAIL,
        "client_id": "1",
        "token_uri": token_uri,
        **changed,
    }


def authorized_user(**changed: Any) -> dict[str, Any]:
    """Return what the file of a person's login says."""
    return {
        "type": "authorized_user",
        "client_id": "a-client.apps.googleusercontent.com",
        "client_secret": CLIENT_SECRET,
        "refresh_token": LOGIN_SECRET,
        "quota_project_id": "a-paying-project",
        **changed,
    }


def impersonated(source: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return what the file of an impersonation says."""
    address = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{TARGET}:generateAccessToken"
    return {
        "type": "impersonated_service_account",
        "service_account_impersonation_url": address,
        "source_credentials": source,
        "delegates": [],
        **changed,
    }


def certified(folder: Path) -> Path:
    """Write a certificate of a workload and the file that names it; return the latter."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a workload")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key().public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = builder.sign(key(), hashes.SHA256())
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "cert.key").write_text(private_key())
    paths = {"cert_path": str(folder / "cert.pem"), "key_path": str(folder / "cert.key")}
    return saved(folder, {"version": 1, "cert_configs": {"workload": paths}}, "certificate_config.json")


def saved(folder: Path, info: Any, name: str = "key.json") -> Path:
    """Write a file of credentials."""
    path = folder / name
    path.write_text(info if isinstance(info, str) else json.dumps(info))
    return path
