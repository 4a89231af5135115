"""The service on a port of this machine, for other programs."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import suppress
from threading import Timer
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from imagenspec.emulator.cutting import TRANSPORT
from imagenspec.emulator.refusals import own
from imagenspec.emulator.service import application, refused
from imagenspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from imagenspec.emulator.settings import Settings

HOST = "127.0.0.1"
_WAITING = 1024
_KEEP_ALIVE = 75
_LAST_ANSWERS = 2
"""For how many seconds requests in flight are answered after the process was told to end."""
_LAST_THREADS = 1
"""For how many seconds after that a picture may still be painted that nobody is waiting for."""


class _Protocol(H11Protocol):
    """HTTP/1.1, with the connection's transport in the state of each request, so that it can be reset."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


class _Server(uvicorn.Server):
    """A server that ends at a signal, however long a picture takes; at a second signal it ends at once."""

    _last: Timer | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._last is not None:
            _end(sig)
        self._last = Timer(_LAST_ANSWERS + _LAST_THREADS, _end, (sig,))
        self._last.daemon = True
        self._last.start()


def _end(sig: int) -> None:
    """End the process with the code of a signal.

    Python itself would wait for the threads that paint, and no thread can be stopped from outside.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(128 + sig)


class _Ending:
    """An application whose requests in flight are answered with 503 when the server gives up waiting for them."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._application(scope, receive, watched)
        except asyncio.CancelledError:
            if has_begun:
                raise
            refusal = own("The emulator is shutting down.")._replace(status="UNAVAILABLE", prefixed=False)
            await refused(refusal, editing=False)(scope, receive, send)


def serve(settings: Settings, port: int, announce: Callable[[str], None]) -> None:
    """Serve on a port of the loopback interface until the process is told to end.

    Args:
        settings: How the service behaves.
        port: The port; 0 takes a free one.
        announce: Is called with the base URL as soon as connections are taken.

    Raises:
        UsageError: The port is taken or not allowed.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
            listening.listen(_WAITING)
        except OSError as error:
            raise UsageError(f"port {port} cannot be used: {error.strerror}; --port 0 takes a free one") from error
        config = uvicorn.Config(
            _Ending(application(settings)),
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_LAST_ANSWERS,
        )
        announce(f"http://{HOST}:{listening.getsockname()[1]}")
        _Server(config).run(sockets=[listening])
