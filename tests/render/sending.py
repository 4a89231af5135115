"""Requests and clients for tests that send something."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pinned import options

from imagenspec.project.build import requests
from imagenspec.project.check import check_bytes
from imagenspec.render.service.client import Client
from imagenspec.render.service.targets import Target, target_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from imagenspec.wire.request import Request

MODEL = "imagen-4.0-generate-001"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def compiled(folder: Path, recipe: str, name: str = "one") -> list[Request]:
    """Return the requests of a recipe's text."""
    chosen = options()
    checked = check_bytes(str(folder / f"{name}.imagen.yaml"), recipe.encode(), chosen)
    assert checked.ok, checked.findings
    return list(requests(checked, chosen.images))


def text_request(folder: Path, prompt: str = "a white cup") -> Request:
    """Return a request without images."""
    [request] = compiled(folder, f"imagenspec: 1\ntask: generate\nmodel: {MODEL}\nprompt: {prompt}\n")
    return request


def picture_request(folder: Path, size: int, count: int = 4) -> Request:
    """Return a request with pictures of a size in bytes each."""
    lines = ["imagenspec: 1", "task: customize", "model: imagen-3.0-capability-001", "prompt: the cup [1]"]
    lines += ["references:", "  cup:", "    subject: product", "    description: a cup", "    images:"]
    for index in range(count):
        (folder / f"cup-{index}.png").write_bytes(SIGNATURE + bytes(range(256)) * (size // 256))
        lines.append(f"      - cup-{index}.png")
    [request] = compiled(folder, "\n".join([*lines, ""]))
    return request


def target(url: str) -> Target:
    """Return a target at a base URL."""
    return target_of(url, "a-project", "us-central1")


def sent(url: str, work: Callable[[Client], Awaitable[Any]], **given: Any) -> Any:
    """Return what becomes of work with a client that is closed afterwards."""

    async def run() -> Any:
        async with Client(target(url), given.pop("concurrency", 4), **given) as client:
            return await work(client)

    return asyncio.run(run())


def sent_one(url: str, request: Request, **given: Any) -> Any:
    """Return the body of the answer to one request; blobs in it are closed."""

    async def work(client: Client) -> Any:
        with await client.send(request) as answer:
            return answer.body

    return sent(url, work, **given)
