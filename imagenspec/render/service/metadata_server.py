"""Credentials of the machine: tokens from the metadata server of Google Cloud.

google-auth has a class for them, but its module imports ``requests`` whichever transport is passed in (2.62), so that
without that package it finds no metadata server. The protocol and the environment variables are the same:
https://cloud.google.com/compute/docs/metadata/querying-metadata.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from google.auth import credentials
from google.auth.exceptions import RefreshError, TransportError

from imagenspec.render.service.retry import is_retryable

if TYPE_CHECKING:
    from imagenspec.render.service.google_transport import HttpxRequest

_FLAVOR = {"metadata-flavor": "Google"}
_PRODUCT = Path("/sys/class/dmi/id/product_name")
_TIMEOUT = 3.0
_TRIES = 3


class MetadataCredentials(credentials.Credentials):
    """Tokens of the service account that the machine runs as."""

    def __init__(self, scope: str) -> None:
        """Prepare for tokens of one scope."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._scope = scope

    def refresh(self, request: HttpxRequest) -> None:
        """Ask for a token.

        Raises:
            TransportError: The server does not answer.
            RefreshError: It has no token; the arguments are a sentence and the HTTP status.
        """
        query = urlencode({"scopes": self._scope})
        answer = request(f"{root()}instance/service-accounts/default/token?{query}", headers=_FLAVOR, timeout=_TIMEOUT)
        if answer.status != 200:
            raise RefreshError("no token", answer.status, retryable=is_retryable(answer.status))  # type: ignore[no-untyped-call]
        token: Any = json.loads(answer.data)
        lifetime = timedelta(seconds=float(token["expires_in"]))
        self.token = str(token["access_token"])
        self.expiry = datetime.now(UTC).replace(tzinfo=None) + lifetime


def host() -> str:
    """Return the host, and port if need be, of the metadata server."""
    return os.environ.get("GCE_METADATA_HOST") or os.environ.get("GCE_METADATA_ROOT") or "metadata.google.internal"


def addresses() -> tuple[str, ...]:
    """Return the hosts of the metadata server without their ports."""
    return tuple(urlsplit(f"//{one}").hostname or "" for one in (host(), _address()))


def root() -> str:
    """Return the URL below which the metadata server answers."""
    return f"http://{host()}/computeMetadata/v1/"


def is_there(request: HttpxRequest) -> bool:
    """Return whether this machine has a metadata server; where it does not say so itself, the server is asked."""
    if os.environ.get("NO_GCE_CHECK") == "true":
        return False
    tries = range(int(_number("GCE_METADATA_DETECT_RETRIES", _TRIES)))
    return any(_answers(request, one) for _ in tries for one in _asked()) or _is_googles()


def project(request: HttpxRequest) -> str | None:
    """Return the project of the machine, where the server tells it."""
    try:
        answer = request(f"{root()}project/project-id", headers=_FLAVOR, timeout=_TIMEOUT)
    except TransportError:
        return None
    return answer.data.decode("ascii", "replace").strip() or None if answer.status == 200 else None


def _address() -> str:
    return os.environ.get("GCE_METADATA_IP") or "169.254.169.254"


def _asked() -> tuple[str, ...]:
    """Return who is asked whether they are the server: whom the environment names, and the usual address."""
    named = os.environ.get("GCE_METADATA_HOST") or os.environ.get("GCE_METADATA_ROOT")
    return tuple(dict.fromkeys((named, _address()))) if named else (_address(),)


def _answers(request: HttpxRequest, address: str) -> bool:
    try:
        answer = request(f"http://{address}", headers=_FLAVOR, timeout=_number("GCE_METADATA_TIMEOUT", _TIMEOUT))
    except TransportError:
        return False
    return answer.status == 200 and answer.headers.get("metadata-flavor") == "Google"


def _is_googles() -> bool:
    try:
        return _PRODUCT.read_text("utf-8", "replace").strip().startswith("Google")
    except OSError:
        return False


def _number(variable: str, otherwise: float) -> float:
    """Return a small whole number of the environment, or something else where there is none."""
    text = os.environ.get(variable, "")
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 3 else otherwise
