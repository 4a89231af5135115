"""The service on a port of this machine, for other programs."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from imagenspec.emulator.cutting import TRANSPORT
from imagenspec.emulator.service import application
from imagenspec.errors import UsageError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from imagenspec.emulator.settings import Settings

HOST = "127.0.0.1"
_WAITING = 1024
_KEEP_ALIVE = 75
_LAST_ANSWERS = 2


class _Protocol(H11Protocol):
    """HTTP/1.1, with the connection's transport in the state of each request, so that it can be reset."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


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
            application(settings),
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
        uvicorn.Server(config).run(sockets=[listening])
