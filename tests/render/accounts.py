"""A process without credentials of its own, and the credentials that a test gives it."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from imagenspec.render.service.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from token_server import TokenServer


GCLOUD_PROJECT = "the-project-of-gcloud"
"""What the program ``gcloud`` of these tests says that its project is."""


def forget(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment name no credentials, no metadata server, no proxy and a gcloud of its own."""
    for name in (
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_PROJECT",
        "GCLOUD_PROJECT",
        "GOOGLE_CLOUD_QUOTA_PROJECT",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(folder / "gcloud"))
    programs = folder / "programs"
    programs.mkdir()
    (programs / "gcloud").write_text(f"#!/bin/sh\necho {GCLOUD_PROJECT}\n")
    (programs / "gcloud").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("NO_GCE_CHECK", "true")


def named(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let the environment name a file of credentials."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))


def on_a_machine(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Let the metadata server be at a port of the loopback."""
    monkeypatch.delenv("NO_GCE_CHECK")
    monkeypatch.setenv("GCE_METADATA_HOST", f"127.0.0.1:{port}")
    monkeypatch.setenv("GCE_METADATA_IP", f"127.0.0.1:{port}")
    monkeypatch.setenv("GCE_METADATA_DETECT_RETRIES", "1")


def headers_of(server: TokenServer, clock: Callable[[], float] | None = None) -> tuple[Credentials, dict[str, str]]:
    """Return the credentials of the environment and the headers that they make."""

    async def run() -> tuple[Credentials, dict[str, str]]:
        given = {} if clock is None else {"clock": clock}
        credentials = await Credentials.find(server.transport, **given)
        return credentials, await credentials.headers()

    return asyncio.run(run())
