"""google-auth over httpx: the small adapter that its credentials ask for tokens with."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
from google.auth import transport
from google.auth.exceptions import TransportError

from imagenspec.render.service.targets import is_loopback
from imagenspec.render.service.texts import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT = 30.0
_NOTHING_IDLE = httpx.Limits(max_keepalive_connections=0)
"""A token is asked for once an hour; no connection waits for the next."""
_METADATA = ("metadata.google.internal", "169.254.169.254")
"""Hosts that only this machine can see, so that no proxy must stand before them."""


class TokenResponse(NamedTuple):
    """An answer as google-auth reads it: status, headers by lower-case name, and bytes."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class ClientCertificateError(TransportError):
    """The credentials want to show a certificate of the client, which this adapter cannot."""


class HttpxRequest(transport.Request):
    """Makes google-auth's requests; threads may share it. Redirects are not followed.

    Proxies of the environment are used, but never to this machine and its metadata server.
    """

    def __init__(self, way: httpx.BaseTransport | None = None, direct: tuple[str, ...] = ()) -> None:
        """Prepare; nothing is connected yet.

        Args:
            way: How to reach servers instead of over the network.
            direct: Further hosts that are reached without a proxy.
        """
        self._way = way
        self._direct = (*_METADATA, *direct)

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **others: Any,
    ) -> TokenResponse:
        """Return the answer to a request, whatever its status.

        Raises:
            TransportError: There is no answer.
        """
        if others.get("cert") or "verify" in others:
            raise ClientCertificateError
        try:
            answer = self._client(url).request(method, url, content=body, headers=headers, timeout=timeout or _TIMEOUT)
        except (ImportError, ValueError) as error:
            raise _no_answer(f"the proxy of the environment cannot be used: {shown(str(error))}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _no_answer(f"{shown(url)}: {shown(str(error)) or type(error).__name__}") from error
        return TokenResponse(answer.status_code, answer.headers, answer.content)

    def _client(self, url: str) -> httpx.Client:
        try:
            host = httpx.URL(url).host
        except httpx.InvalidURL as error:
            raise _no_answer(f"{shown(url)} is no URL") from error
        return self._inside if host in self._direct or is_loopback(url) else self._outside

    @cached_property
    def _outside(self) -> httpx.Client:
        return httpx.Client(transport=self._way, limits=_NOTHING_IDLE)

    @cached_property
    def _inside(self) -> httpx.Client:
        return httpx.Client(transport=self._way, limits=_NOTHING_IDLE, trust_env=False)


def _no_answer(message: str) -> TransportError:
    return TransportError(message)  # type: ignore[no-untyped-call]
