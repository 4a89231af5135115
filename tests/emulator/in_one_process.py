"""A program that sends large requests to an emulator of its own process, all at once, and prints its peak memory."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import resource
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from emulated import CAPABILITY, path_of
from PIL import Image

from imagenspec.emulator.service import application

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PLACE = "HERE"
SIDE = 1300
PIECE = 1024 * 1024


def noise() -> bytes:
    """Return the base64 of a picture of five megabytes."""
    stream = BytesIO()
    Image.frombytes("RGB", (SIDE, SIDE), os.urandom(SIDE * SIDE * 3)).save(stream, "PNG", compress_level=0)
    return base64.b64encode(stream.getvalue())


async def pieces(parts: list[bytes], between: bytes) -> AsyncIterator[bytes]:
    for number, part in enumerate(parts):
        for whole in (between, part) if number else (part,):
            for start in range(0, len(whole), PIECE):
                yield whole[start : start + PIECE]


async def main(requests: int) -> None:
    references = [
        {
            "referenceType": "REFERENCE_TYPE_STYLE",
            "referenceId": number,
            "referenceImage": {"bytesBase64Encoded": PLACE},
        }
        for number in range(4)
    ]
    body = {"instances": [{"prompt": "a cup", "referenceImages": references}], "parameters": {"sampleCount": 1}}
    parts = json.dumps(body).encode().split(PLACE.encode())
    picture = noise()
    headers = {"content-length": str(sum(map(len, parts)) + (len(parts) - 1) * len(picture))}
    transport = httpx.ASGITransport(application())
    async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as client:
        sent = [
            client.post(path_of(CAPABILITY), content=pieces(parts, picture), headers=headers) for _ in range(requests)
        ]
        answers = await asyncio.gather(*sent)
    assert all(answer.json()["predictions"] for answer in answers)
    print(peak_memory())  # noqa: T201


def peak_memory() -> int:
    """Return the most bytes that this program had; what its parent had before counts for ``resource`` on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


asyncio.run(main(int(sys.argv[1])))
