"""A service that answers every request with one small picture, as fast as HTTP allows; the base URL is its first line.

``GET /`` tells how many requests it has answered, and the seconds from the first one to the last answer.
"""

from __future__ import annotations

import base64
import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

import uvicorn


class Service:
    """The ASGI application."""

    def __init__(self, picture: bytes, count: int) -> None:
        entry = {"mimeType": "image/png", "bytesBase64Encoded": base64.b64encode(picture).decode()}
        self._answer = json.dumps({"predictions": [entry] * count}).encode()
        self._began = 0.0
        self._ended = 0.0
        self._requests = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["method"] == "POST":
            self._began = self._began or time.perf_counter()
            while (await receive()).get("more_body"):
                pass
            await _respond(send, self._answer)
            self._requests += 1
            self._ended = time.perf_counter()
        else:
            found = {"requests": self._requests, "seconds": self._ended - self._began}
            self._began, self._requests = 0.0, 0
            await _respond(send, json.dumps(found).encode())


async def _respond(send: Any, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main(picture: Path, count: int) -> None:
    """Serve on a free port of this machine until the process is told to end."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        config = uvicorn.Config(
            Service(picture.read_bytes(), count), ws="none", lifespan="off", log_config=None, access_log=False
        )
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
