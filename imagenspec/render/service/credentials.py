"""Application Default Credentials, found and renewed without blocking; tokens are never printed, logged or stored.

The order of the search is Google's: https://cloud.google.com/docs/authentication/application-default-credentials.
"""

from __future__ import annotations

import asyncio
import json
import os
import stat
import time
import warnings
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from weakref import WeakKeyDictionary

import google.auth

from imagenspec.render.service import metadata_server
from imagenspec.render.service.credential_errors import LOGIN, CredentialsError, Origin, explained
from imagenspec.render.service.errors import Transient
from imagenspec.render.service.google_transport import HttpxRequest
from imagenspec.source.diagnostics import any_of, quote

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from google.auth.credentials import Credentials as Source

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
_EARLY = 225.0
"""Seconds before its end from which a token is renewed; google-auth's own figure."""
_PAUSE = 30.0
"""Seconds between attempts to renew a token that still holds."""
_LARGEST_FILE = 1_000_000
_NEEDED = {
    "service_account": ("client_email", "private_key", "token_uri"),
    "authorized_user": ("client_id", "client_secret", "refresh_token"),
    "impersonated_service_account": ("service_account_impersonation_url", "source_credentials"),
    "external_account": ("audience", "token_url", "credential_source"),
    "external_account_authorized_user": (),
}
"""The types of credential files, and the members without which each is useless."""


class _Found(NamedTuple):
    source: Source
    origin: Origin
    project: str | None


class Credentials:
    """Proof of who is calling, renewed in time; safe to share among the requests of an event loop.

    Attributes:
        project: The project that the credentials belong to, where they say so.
    """

    def __init__(self, found: _Found, request: HttpxRequest, clock: Callable[[], float]) -> None:
        """Use :meth:`find`."""
        self.project = found.project
        self._source = found.source
        self._origin = found.origin
        self._request = request
        self._clock = clock
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
        self._headers: dict[str, str] = {}
        self._renew_at = 0.0
        self._ends = 0.0

    @classmethod
    async def find(
        cls, transport: httpx.BaseTransport | None = None, clock: Callable[[], float] = time.time
    ) -> Credentials:
        """Return the credentials of this machine: a file, the login of gcloud, or those of the metadata server.

        No token is asked for yet.

        Args:
            transport: How to reach token servers instead of over the network.
            clock: The time in seconds since the epoch.

        Raises:
            CredentialsError: There are none, or their file is damaged.
            Transient: What has to be asked cannot be reached.
        """
        request = HttpxRequest(transport, metadata_server.addresses())
        return cls(await asyncio.to_thread(_find, request), request, clock)

    async def headers(self) -> dict[str, str]:
        """Return the headers that prove who is calling; one caller renews the token while the others wait.

        Raises:
            CredentialsError: There is no token, and waiting brings none.
            Transient: There is no token now.
        """
        if not self._headers or self._clock() >= self._renew_at:
            async with self._lock():
                if not self._headers or self._clock() >= self._renew_at:
                    await self._renew()
        return dict(self._headers)

    async def renewed(self, refused: dict[str, str]) -> dict[str, str] | None:
        """Return other headers instead of those that the service did not accept, or nothing where there are none.

        Raises:
            CredentialsError: There is no token, and waiting brings none.
            Transient: There is no token now.
        """
        async with self._lock():
            if self._headers == refused:
                self._ends = 0.0
                await self._renew()
        return dict(self._headers) if self._headers != refused else None

    def __repr__(self) -> str:
        return f"<credentials from {self._origin.name}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials are never stored")

    def _lock(self) -> asyncio.Lock:
        """Return the lock of the loop that runs; one after the other, several may use the same credentials."""
        return self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())

    async def _renew(self) -> None:
        try:
            await asyncio.to_thread(self._source.refresh, self._request)
            headers: dict[str, str] = {}
            self._source.apply(headers)  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - google-auth raises anything for answers that it does not expect
            failure = explained(error, self._origin)
            if not isinstance(failure, Transient) or self._clock() >= self._ends:
                raise failure from None
            self._renew_at = self._clock() + _PAUSE
            return
        self._take({name.lower(): value for name, value in headers.items()})

    def _take(self, headers: dict[str, str]) -> None:
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            raise CredentialsError(f"the token server of {self._origin.name} answers something that is no token")
        now, expiry = self._clock(), self._source.expiry
        self._ends = float("inf") if expiry is None else expiry.replace(tzinfo=UTC).timestamp()
        self._renew_at = max(self._ends - _EARLY, (now + self._ends) / 2)
        self._headers = headers


def _find(request: HttpxRequest) -> _Found:
    file, name = _file()
    if file is not None:
        return _loaded(_read(file, name), name, request)
    if metadata_server.is_there(request):
        if os.environ.get("GCE_METADATA_MTLS_MODE", "none").lower() == "strict":
            raise CredentialsError("GCE_METADATA_MTLS_MODE=strict is not supported; name a key in " + VARIABLE)
        origin = Origin("metadata", metadata_server.host())
        return _Found(metadata_server.MetadataCredentials(SCOPE), origin, metadata_server.project(request))
    raise CredentialsError(
        f"no Google credentials: {VARIABLE} is not set, gcloud has no login at {_login_file()}, and "
        f'{_no_server()}; {LOGIN}, name a key in {VARIABLE}, or render with "--target emulator"'
    )


def _no_server() -> str:
    if os.environ.get("NO_GCE_CHECK") == "true":
        return "NO_GCE_CHECK keeps the metadata server from being asked"
    return f"no metadata server answers at {metadata_server.host()}"


def _file() -> tuple[Path | None, str]:
    """Return the file of credentials, if there is one, and how messages name it."""
    named = os.environ.get(VARIABLE, "")
    if named:
        return Path(named), f"{quote(named, 200)} ({VARIABLE})"
    login = _login_file()
    return (login, quote(login, 200)) if login.is_file() else (None, "")


def _login_file() -> Path:
    folder = os.environ.get("CLOUDSDK_CONFIG")
    if folder is None:
        above = Path(os.environ.get("APPDATA") or Path.home()) if os.name == "nt" else Path.home() / ".config"
        return above / "gcloud" / "application_default_credentials.json"
    return Path(folder) / "application_default_credentials.json"


def _read(file: Path, name: str) -> dict[str, Any]:
    """Return what a file of credentials says, or raise for each way in which it is none."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise CredentialsError(f"{name} is no file; name the file of a key, or {LOGIN}")
        if status.st_size > _LARGEST_FILE:
            raise CredentialsError(f"{name} is too large to be a file of credentials")
        info = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise CredentialsError(f"{name} does not exist; correct {VARIABLE}, or unset it and {LOGIN}") from None
    except OSError as error:
        raise CredentialsError(f"{name} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise CredentialsError(f"{name} is no JSON; name the file of a key, or unset {VARIABLE} and {LOGIN}") from None
    if not isinstance(info, dict):
        raise CredentialsError(f"{name} is no file of credentials; name the file of a key, or {LOGIN}")
    if "installed" in info or "web" in info:
        raise CredentialsError(f"{name} is the client of a program, not a login; {LOGIN}, or name the file of a key")
    kind = info.get("type")
    if not isinstance(kind, str) or kind not in _NEEDED:
        what = f"has the unknown type {quote(kind)}" if isinstance(kind, str) else "does not say its type"
        raise CredentialsError(f"{name} {what}; known: {any_of(_NEEDED)}")
    missing = [member for member in _NEEDED[kind] if not info.get(member)]
    if missing:
        raise CredentialsError(f"{name} is damaged: it lacks {any_of(missing)}; {_replacement(kind)}")
    return info


def _loaded(info: dict[str, Any], name: str, request: HttpxRequest) -> _Found:
    kind = info["type"]
    origin = Origin(kind, name, _principal(info))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source, project = google.auth.default(scopes=[SCOPE], request=request)
    except Exception as error:  # noqa: BLE001 - google-auth raises anything for members of the wrong type
        if isinstance(failure := explained(error, origin), Transient):
            raise failure from None
        what = "its private key cannot be read" if kind == "service_account" else "it cannot be used"
        raise CredentialsError(f"{name} is damaged: {what}; {_replacement(kind)}") from None
    return _Found(source, origin, project)


def _replacement(kind: str) -> str:
    return "make a new key of the account" if kind == "service_account" else f"{LOGIN} again"


def _principal(info: dict[str, Any]) -> str | None:
    """Return the service account that requests are made as, where the file says so."""
    address = info.get("service_account_impersonation_url")
    if isinstance(address, str) and address.endswith(":generateAccessToken"):
        return address.rpartition("/")[2].partition(":")[0]
    email = info.get("client_email")
    return email if isinstance(email, str) else None
