"""Where requests go: Google's endpoint, any other base URL, or the emulator in the same process.

Paths are those of https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api.
"""

from __future__ import annotations

import ipaddress
from typing import Literal, NamedTuple
from urllib.parse import quote, urlsplit

from imagenspec.errors import UsageError
from imagenspec.source import diagnostics

EMULATOR_URL = "http://emulator"
"""The base URL of the emulator in the same process; no network ever sees it."""

_SCHEMES = ("http", "https")
_GOOGLE = ".googleapis.com"


class Target(NamedTuple):
    """A service that answers ``predict`` requests.

    Attributes:
        kind: What it is: the emulator in the same process, Google's endpoint, or another base URL.
        base_url: Scheme, host and port, without a slash at the end.
        project: The Google Cloud project that pays.
        location: The location whose models answer, such as ``us-central1``.
        version: The version of the API.
    """

    kind: Literal["emulator", "vertex", "url"]
    base_url: str
    project: str
    location: str
    version: str = "v1"

    @property
    def is_loopback(self) -> bool:
        """Whether the target is on this machine, so that no proxy stands before it."""
        return self.kind == "emulator" or is_loopback(self.base_url)

    @property
    def is_google(self) -> bool:
        """Whether Google answers there, however it was named; tokens may be sent to it."""
        parts = urlsplit(self.base_url)
        return self.kind == "vertex" or (parts.scheme == "https" and (parts.hostname or "").endswith(_GOOGLE))


def target_of(word: str, project: str, location: str) -> Target:
    """Return the target that ``--target`` means: ``emulator``, ``vertex`` or a base URL.

    Raises:
        UsageError: The word is none of them.
    """
    if word == "emulator":
        return Target("emulator", EMULATOR_URL, project, location)
    if word == "vertex":
        return Target("vertex", f"https://{location}-aiplatform.googleapis.com", project, location)
    return Target("url", _base_url(word), project, location)


def url_of(target: Target, model: str) -> str:
    """Return the URL that answers requests for a publisher model."""
    return (
        f"{target.base_url}/{target.version}/projects/{quote(target.project, safe='')}"
        f"/locations/{quote(target.location, safe='')}/publishers/google/models/{quote(model, safe='@')}:predict"
    )


def is_loopback(url: str) -> bool:
    """Return whether the host of a URL is this machine."""
    try:
        host = (urlsplit(url).hostname or "").removesuffix(".")
        if host == "localhost" or host.endswith(".localhost"):
            return True
        address = ipaddress.ip_address(host)
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback
    except ValueError:
        return False


def _base_url(word: str) -> str:
    shown = diagnostics.quote(word, 80)
    try:
        parts = urlsplit(word)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if host and (parts.username is not None or parts.query or parts.fragment):
        raise UsageError(f"the target must be a base URL without user, query or fragment: {parts.scheme}://{host}")
    if parts.scheme not in _SCHEMES or not host or " " in word or not word.isprintable():
        near = diagnostics.did_you_mean(word, ("emulator", "vertex"))
        hint = f"; did you mean {diagnostics.quote(near)}?" if near else ""
        raise UsageError(
            f'target {shown} is neither "emulator" nor "vertex" nor a URL such as "http://127.0.0.1:8080"{hint}'
        )
    return word.rstrip("/")
