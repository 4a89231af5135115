"""Why there is no token, and what to do next. Nothing of a key, a login or a token is ever part of a message."""

from __future__ import annotations

import json
import re
from typing import Any

from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError

from imagenspec.errors import ImagenspecError
from imagenspec.render.service.errors import ServiceError, Transient
from imagenspec.render.service.google_transport import ClientCertificateError
from imagenspec.render.service.retry import is_retryable
from imagenspec.render.service.texts import shown
from imagenspec.source.diagnostics import quote

LOGIN = 'run "gcloud auth application-default login"'
_GONE_CLIENTS = ("invalid_client", "deleted_client", "disabled_client", "unauthorized_client")


class CredentialsError(ImagenspecError):
    """There are no credentials, or none that the token server accepts; asking again brings nothing."""

    exit_code = 2


class Origin:
    """Where credentials are from.

    Attributes:
        kind: The ``type`` of the file, or ``metadata`` for those of the machine.
        name: The file or host, as messages name it.
        principal: The account that requests are made as, where the file says so.
    """

    def __init__(self, kind: str, name: str, principal: str | None = None) -> None:
        self.kind = kind
        self.name = name
        self.principal = principal

    @property
    def account(self) -> str:
        """The account for messages."""
        return f"service account {quote(self.principal, 100)}" if self.principal else "account"


def explained(error: Exception, origin: Origin) -> ServiceError | CredentialsError:
    """Return what a failed attempt to get a token means: to be tried again, or hopeless, with what to do."""
    if isinstance(error, ClientCertificateError):
        return CredentialsError(f"{origin.name} needs a client certificate, which is not supported; use others")
    if isinstance(error, TransportError):
        return Transient(None, None, f"no token: the token server cannot be reached: {shown(str(error))}")
    if not isinstance(error, GoogleAuthError):
        return CredentialsError(
            f"no token: what the token server answers for {origin.name} is not understood; is its URL right?"
        )
    if error.retryable:
        return Transient(None, None, f"no token: the token server of {origin.name} does not work at present")
    if origin.kind == "metadata":
        return _metadata_refusal(error, origin)
    said = _said(error)
    if origin.kind == "impersonated_service_account" and isinstance(said.get("error"), dict):
        return _impersonation_refusal(said["error"], origin)
    return CredentialsError(_refusal(error, said, origin))


def _said(error: GoogleAuthError) -> dict[str, Any]:
    """Return the JSON object with which a token server refuses, or an empty one."""
    said = error.args[1] if isinstance(error, RefreshError) and len(error.args) > 1 else None
    if isinstance(said, str):
        try:
            said = json.loads(said)
        except (ValueError, RecursionError):
            return {}
    return said if isinstance(said, dict) else {}


def _refusal(error: GoogleAuthError, said: dict[str, Any], origin: Origin) -> str:
    word, about = said.get("error"), str(said.get("error_description", ""))
    is_user = origin.kind in ("authorized_user", "external_account_authorized_user")
    if str(error).startswith("Reauthentication") or said.get("error_subtype") in ("invalid_rapt", "rapt_required"):
        return f"the login in {origin.name} must be confirmed anew; {LOGIN}"
    if is_user and word == "invalid_grant":
        return f"the login in {origin.name} has expired or was revoked; {LOGIN} again"
    if is_user and word in _GONE_CLIENTS:
        return f"the program that the login in {origin.name} was made with is not accepted any more; {LOGIN} again"
    if "account not found" in about:
        return f"{origin.account} of {origin.name} does not exist any more; use the key of another one"
    if "JWT Signature" in about:
        return f"the key in {origin.name} was deleted or disabled; make a new key of {origin.account}"
    if "reasonable timeframe" in about:
        return f"the clock of this machine is wrong, so that {origin.name} is not accepted; set it and try again"
    reason = word if isinstance(word, str) and re.fullmatch(r"[a-z_]{1,40}", word) else "no reason is given"
    return f"the token server refuses {origin.name} ({reason}); use other credentials, or {LOGIN}"


def _impersonation_refusal(said: dict[str, Any], origin: Origin) -> ServiceError | CredentialsError:
    status = said.get("code")
    if isinstance(status, int) and is_retryable(status):
        return Transient(status, None, "no token: the service that impersonates accounts does not work at present")
    if status == 403:
        return CredentialsError(
            f"the credentials in {origin.name} may not impersonate {origin.account}; "
            'give them the role "Service Account Token Creator" on it'
        )
    if status == 404:
        return CredentialsError(f"{origin.account}, which {origin.name} impersonates, does not exist")
    return CredentialsError(f"impersonating {origin.account} is refused ({status}); see {origin.name}")


def _metadata_refusal(error: GoogleAuthError, origin: Origin) -> CredentialsError:
    status = error.args[1] if len(error.args) > 1 else None
    if status == 404:
        return CredentialsError(
            f"this machine has no service account, says its metadata server {origin.name}; attach one to it, "
            "or name a key in GOOGLE_APPLICATION_CREDENTIALS"
        )
    return CredentialsError(
        f"the metadata server {origin.name} gives no token (status {status}); "
        "see the service account of this machine and its scopes"
    )
