"""An answer that is no success: Google's error envelope to one of the ways in which a request can fail.

The envelope: ``{"error": {"code", "message", "status", "details"}}``, documented at
https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors; details are those of
https://cloud.google.com/apis/design/errors.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.render.service.errors import Refused, ServiceError, Transient
from imagenspec.render.service.retry import is_retryable, retry_after, retry_delay
from imagenspec.render.service.texts import codes_in, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

EMULATED = "x-imagenspec-emulated"
"""The header with which the emulator marks wording that nobody has seen the service use."""


class Envelope(NamedTuple):
    """What an error envelope says; every member is empty where it is missing or of another type."""

    message: str
    status: str
    field: str | None
    delay: float | None
    codes: tuple[int, ...]


def failure_of(status: int, headers: Mapping[str, str], body: Any, now: float) -> ServiceError:
    """Return how a request failed. Never raises, whatever the body is.

    Args:
        status: The HTTP status, none of success.
        headers: The headers of the answer.
        body: The data of the answer, or nothing where it is no JSON.
        now: The time in seconds since the epoch, for a ``Retry-After`` that is a date.
    """
    if 300 <= status <= 399:
        where = shown(headers.get("location", "")) or "nowhere"
        return Refused(status, "REDIRECT", f"the service redirects to {where}; redirects are not followed")
    said = envelope_of(body)
    message = said.message or _phrase(status)
    if is_retryable(status):
        asked = retry_after(headers.get("retry-after"), now)
        return Transient(status, asked if asked is not None else said.delay, message)
    verified = headers.get(EMULATED, "").strip().lower() != "unverified"
    return Refused(status, said.status, message, said.field, verified=verified, codes=said.codes)


def envelope_of(body: Any) -> Envelope:
    """Return what an error envelope says, also where it stands in a list of one as some gateways send it."""
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return Envelope(shown(error) if isinstance(error, str) else "", "", None, None, ())
    message, status, details = error.get("message"), error.get("status"), error.get("details")
    text = message if isinstance(message, str) else ""
    found = [one for one in details if isinstance(one, dict)] if isinstance(details, list) else []
    further = [one["detail"] for one in found if isinstance(one.get("detail"), str)]
    codes = [code for part in (text, *further) for code in codes_in(part)]
    return Envelope(
        shown(text),
        shown(status) if isinstance(status, str) else "",
        next((field for one in found for field in _fields(one)), None),
        next((delay for one in found if (delay := retry_delay(one.get("retryDelay"))) is not None), None),
        tuple(dict.fromkeys(codes)),
    )


def _fields(detail: dict[str, Any]) -> list[str]:
    """Return the members that a ``google.rpc.BadRequest`` names."""
    violations = detail.get("fieldViolations")
    named = [one.get("field") for one in violations if isinstance(one, dict)] if isinstance(violations, list) else []
    return [field for field in named if isinstance(field, str) and field]


def _phrase(status: int) -> str:
    try:
        return f"the service answers {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"the service answers {status}"
