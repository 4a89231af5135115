"""Connections that break: on a port the socket is reset, in one process the client's error is raised."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    import asyncio

    from starlette.types import Receive, Scope, Send

TRANSPORT = "imagenspec.transport"
"""The key of the connection's transport in the state of a scope, where the server puts it."""
_LINGER_NOT = struct.pack("ii", 1, 0)


def transport_of(scope: Scope) -> asyncio.Transport | None:
    """Return the transport of a request, or nothing where client and service are one process."""
    found: asyncio.Transport | None = scope.get("state", {}).get(TRANSPORT)
    return found


class Reset(Response):
    """The end of a connection as of a crashed machine, without an answer."""

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        """Reset the connection.

        Raises:
            httpx.ReadError: Client and service are one process; httpx raises the same for a reset connection.
        """
        transport = transport_of(scope)
        if transport is None:
            import httpx  # noqa: PLC0415 - only the client of the same process knows it already

            raise httpx.ReadError("the emulator reset the connection", request=None)
        connection: socket.socket | None = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        transport.abort()
        await receive()


class CutShort(Response):
    """An answer that announces all of its bytes and ends after half of them."""

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send half of the body; on a port the server then closes the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": transport_of(scope) is not None})
