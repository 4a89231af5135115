"""Sixteen requests of four pictures of 5 MB under way at the same moment cost little memory, sending and receiving."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from pathlib import Path

from environment import clean_environment
from loopback_service import Exchange, LoopbackService
from measure_memory import PICTURE, TOGETHER

HERE = Path(__file__).resolve().parent
MOST = 250_000_000
PIECE = base64.b64encode(bytes(range(256)) * 192)


def test_many_large_requests_at_once_stay_below_250_megabytes(tmp_path: Path) -> None:
    all_arrived = threading.Barrier(TOGETHER)
    all_answered = threading.Barrier(TOGETHER)
    pieces = PICTURE * 4 // 3 // len(PIECE) + 1

    def serve(exchange: Exchange) -> None:
        for _ in exchange.body_pieces():
            pass
        all_arrived.wait(60)
        exchange.send_head(200, {"transfer-encoding": "chunked", "content-type": "application/json"})

        def send(data: bytes) -> None:
            exchange.stream.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")

        send(b'{"predictions":[')
        for number in range(4):
            send((b"," if number else b"") + b'{"mimeType":"image/png","bytesBase64Encoded":"')
            for _ in range(pieces):
                send(PIECE)
            if number == 3:
                all_answered.wait(60)
            send(b'"}')
        send(b"]}")
        exchange.stream.sendall(b"0\r\n\r\n")

    command = [sys.executable, HERE / "measure_memory.py"]
    with LoopbackService(serve) as service:
        done = subprocess.run(
            [*command, service.url, tmp_path],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=clean_environment(PYTHONPATH=f"{HERE.parents[1]}:{HERE.parent}:{HERE}"),
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["sent"] > TOGETHER * 4 * PICTURE
    assert found["received"] == TOGETHER * 4 * pieces * len(PIECE) * 3 // 4 >= TOGETHER * 4 * PICTURE
    assert found["peak"] <= MOST
