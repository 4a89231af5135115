"""Send the same requests with httpx alone, so many at a time, and do nothing with the answers: URL BODY COUNT JOBS.

Prints the rate as JSON: requests a second between the first answer and the last one.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import httpx

PATH = "/v1/projects/p/locations/us-central1/publishers/google/models/imagen-4.0-generate-001:predict"


async def main(url: str, body: bytes, count: int, jobs: int) -> None:
    """Send them all; each body differs by its seed, as those of cases do."""
    left = iter(range(1, count + 1))
    head, _, tail = body.partition(b'"seed":1')
    headers = {"content-type": "application/json"}
    times: list[float] = []

    async def work(client: httpx.AsyncClient) -> None:
        for seed in left:
            response = await client.post(url + PATH, content=b'%s"seed":%d%s' % (head, seed, tail), headers=headers)
            response.raise_for_status().json()
            times.append(time.perf_counter())

    limits = httpx.Limits(max_connections=jobs, max_keepalive_connections=jobs)
    async with httpx.AsyncClient(timeout=120, limits=limits, trust_env=False) as client, asyncio.TaskGroup() as group:
        for _ in range(jobs):
            group.create_task(work(client))
    print(json.dumps({"rate": (len(times) - 1) / (times[-1] - times[0])}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]).read_bytes(), int(sys.argv[3]), int(sys.argv[4])))
