"""Sends sixteen requests of four pictures each at once, holds the answers of four pictures each, and tells its peak.

Arguments: the base URL of a service, and a folder for pictures. Prints JSON: the most bytes of memory that were in use
at any moment, the bytes that were sent, and the bytes of the pictures that came back.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from pathlib import Path

from sending import picture_request, target

from imagenspec.render.service.blobs import Blob
from imagenspec.render.service.client import Client

TOGETHER = 16
PICTURE = 5_000_000


def peak() -> int:
    """Return the most bytes of memory that this process has used.

    Where the system tells it for the program alone, that counts: ``ru_maxrss`` begins with what the parent had.
    """
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


async def main(url: str, folder: Path) -> None:
    """Send, hold, count."""
    request = picture_request(folder, PICTURE)
    async with Client(target(url), TOGETHER) as client:
        answers = await asyncio.gather(*(client.send(request) for _ in range(TOGETHER)))
        blobs = [one["bytesBase64Encoded"] for answer in answers for one in answer.body["predictions"]]
        assert all(isinstance(blob, Blob) and not blob.broken for blob in blobs)
        received = sum(len(piece) for blob in blobs for piece in blob.chunks())
        for answer in answers:
            answer.close()
    told = {"peak": peak(), "sent": TOGETHER * request.content_length, "received": received}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
