"""An HTTP/1.1 server on the loopback that does what a test says, misbehaves where it says so, and counts."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

RECEIVED_AT_ONCE = 65_536


class ClientGoneError(Exception):
    """The client has closed the connection."""


class Exchange:
    """One request on a connection, and what is done with it."""

    def __init__(self, service: LoopbackService, stream: socket.socket, connection: int) -> None:
        self.service = service
        self.stream = stream
        self.connection = connection
        self.closed = False
        self._rest = b""
        self._begun = False
        self.pieces = 0

    def read_head(self, rest: bytes) -> None:
        while b"\r\n\r\n" not in rest:
            rest += self._receive()
        head, _, self._rest = rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.path, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        self.headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        self.length = int(self.headers.get("content-length", "0"))
        self.arrived = min(len(self._rest), self.length)

    def body(self) -> bytes:
        """Read and return the request's body."""
        return b"".join(self.body_pieces())

    def body_pieces(self) -> Any:
        """Yield the request's body as it arrives."""
        self._begun = True
        piece, self._rest = self._rest[: self.length], self._rest[self.length :]
        left = self.length - len(piece)
        yield piece
        while left:
            piece = self._receive(left)
            left -= len(piece)
            self.arrived += len(piece)
            self.pieces += 1
            yield piece

    def answer(self, status: int = 200, body: Any = None, *, keep: bool = True, **headers: str) -> None:
        """Read what is left of the request, then answer."""
        if not self._begun:
            self.body()
        data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        sent = {"content-length": str(len(data)), "content-type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        self.send_head(status, sent)
        self.stream.sendall(data)
        if not keep:
            self.close()

    def send_head(self, status: int, headers: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
        self.stream.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def reset(self) -> None:
        """Break the connection off so that the client sees a reset."""
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self.closed = True
        self.stream.close()

    @property
    def rest(self) -> bytes:
        """What came behind the request."""
        return self._rest

    def _receive(self, most: int = RECEIVED_AT_ONCE) -> bytes:
        received = self.stream.recv(min(most, RECEIVED_AT_ONCE))
        if not received:
            raise ClientGoneError
        return received


class LoopbackService:
    """The server: each request is done the next deed; the last deed is done again and again."""

    def __init__(self, *deeds: Callable[[Exchange], None]) -> None:
        self.deeds = list(deeds)
        self.requests: list[Exchange] = []
        self.connections = 0
        self.bodies: list[bytes] = []
        self.counts: Counter[str] = Counter()
        self.release = threading.Event()
        self.arrived = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for stream in self._open:
                with suppress(OSError):
                    stream.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    def _accept(self) -> None:
        workers = []
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                break
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._open.add(stream)
                number = self.connections
            worker = threading.Thread(target=self._serve, args=(stream, number), daemon=True)
            worker.start()
            workers.append(worker)
        for worker in workers:
            worker.join(10)

    def _serve(self, stream: socket.socket, connection: int) -> None:
        rest = b""
        try:
            with stream:
                while True:
                    exchange = Exchange(self, stream, connection)
                    exchange.read_head(rest)
                    with self._lock:
                        self.requests.append(exchange)
                        self.arrived.set()
                        deed = self.deeds.pop(0) if len(self.deeds) > 1 else self.deeds[0]
                    deed(exchange)
                    if exchange.closed:
                        return
                    rest = exchange.rest
        except (ClientGoneError, OSError):
            return
        finally:
            with self._lock:
                self._open.discard(stream)
