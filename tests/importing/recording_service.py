"""A service on the loopback interface that keeps what it is sent and answers with nothing made."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Recorded(NamedTuple):
    """A request as it came over the wire."""

    path: str
    body: bytes


@contextmanager
def recording() -> Iterator[tuple[str, list[Recorded]]]:
    """Yield the URL of a service and the list that it keeps requests in."""
    kept: list[Recorded] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.append(Recorded(self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            answer = b'{"predictions": []}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
