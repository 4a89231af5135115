"""What tests of the emulator share: one in this process, one on a port, requests, and pictures for them."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from contextlib import contextmanager
from copy import deepcopy
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
from environment import CHECKOUT, heed_signals
from PIL import Image

from imagenspec.emulator.service import Settings, application

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

PROJECT = "a-project"
LOCATION = "us-central1"
GENERATE = "imagen-4.0-generate-001"
CAPABILITY = "imagen-3.0-capability-001"
UPSCALE = "imagen-4.0-upscale-preview"
TRY_ON = "virtual-try-on-001"
RECONTEXT = "imagen-product-recontext-preview-06-30"
SEGMENT = "image-segmentation-001"

Body = dict[str, Any]


def path_of(model: str, project: str = PROJECT, location: str = LOCATION, version: str = "v1") -> str:
    return f"/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}:predict"


class Emulator:
    """An emulator in this process, behind a real client of httpx."""

    def __init__(self, **settings: Any) -> None:
        self._app = application(Settings(**settings))

    def post(self, model: str, body: Any, **where: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("POST", path_of(model, **where), content=content)

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as client:
                return await client.request(method, path, **given)

        return run(send())

    def counters(self) -> Any:
        return self.request("GET", "/").json()["counters"]


def run(what: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(what)


@contextmanager
def serving(*options: str, cwd: Path | None = None) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run ``imagenspec serve`` and give its base URL and its process."""
    command = [sys.executable, "-m", "imagenspec", "serve", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "preexec_fn": heed_signals}
    process: subprocess.Popen[str] = subprocess.Popen(command, cwd=cwd or CHECKOUT, **pipes)  # type: ignore[call-overload]
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.terminate()
        process.communicate(timeout=20)


def predictions(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text[:500]
    found: list[dict[str, Any]] = response.json().get("predictions", [])
    return found


def picture(prediction: dict[str, Any]) -> Image.Image:
    return Image.open(BytesIO(base64.b64decode(prediction["bytesBase64Encoded"])))


def error(response: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = response.json()["error"]
    assert found["code"] == response.status_code
    return found


def fields(response: httpx.Response) -> list[str]:
    """Return the members that a refusal names."""
    details = [one for one in error(response)["details"] if one["@type"].endswith(".BadRequest")]
    return [one["field"] for detail in details for one in detail["fieldViolations"]]


def is_marked(response: httpx.Response) -> bool:
    """Tell whether an answer says that nobody has seen its wording; header and details must agree."""
    marked = response.headers.get("x-imagenspec-emulated") == "unverified"
    details = [one.get("metadata", {}) for one in error(response)["details"]]
    assert marked == ({"x-imagenspec-emulated": "unverified"} in details)
    return marked


def image_file(width: int = 48, height: int = 32, colour: str = "teal", kind: str = "PNG") -> bytes:
    stream = BytesIO()
    Image.new("RGB", (width, height), colour).save(stream, kind)
    return stream.getvalue()


def inline(data: bytes | None = None) -> dict[str, str]:
    return {"bytesBase64Encoded": base64.b64encode(data or image_file()).decode()}


def reference(kind: str, number: int, data: bytes | None = None, **config: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {"referenceType": f"REFERENCE_TYPE_{kind.upper()}", "referenceId": number}
    if config:
        sent[f"{kind}ImageConfig"] = config
    return {**sent, "referenceImage": inline(data)}


def generate(prompt: str = "a cup", **parameters: Any) -> Body:
    return {"instances": [{"prompt": prompt}], "parameters": {"sampleCount": 1, **parameters}}


def customize(*references: dict[str, Any], prompt: str = "a cup", **parameters: Any) -> Body:
    instance = {"prompt": prompt, "referenceImages": list(references)}
    return {"instances": [instance], "parameters": {"sampleCount": 1, **parameters}}


def edit(mask: dict[str, Any] | None = None, **parameters: Any) -> Body:
    masked = mask or reference("mask", 2, image_file(colour="white"), maskMode="MASK_MODE_USER_PROVIDED")
    wanted = {"editMode": "EDIT_MODE_INPAINT_INSERTION", **parameters}
    return customize(reference("raw", 1), masked, **wanted)


def upscale(data: bytes | None = None, **config: Any) -> Body:
    parameters = {"mode": "upscale", "sampleCount": 1, "upscaleConfig": {"upscaleFactor": "x2", **config}}
    return {"instances": [{"image": inline(data)}], "parameters": parameters}


def try_on(products: int = 1, **parameters: Any) -> Body:
    instance = {"personImage": {"image": inline()}, "productImages": [{"image": inline()}] * products}
    return {"instances": [instance], "parameters": parameters}


def recontext(products: int = 1, **parameters: Any) -> Body:
    instance = {"prompt": "on a beach", "productImages": [{"image": inline()}] * products}
    return {"instances": [instance], "parameters": {"sampleCount": 1, **parameters}}


def segment(mode: str | None = None, **instance: Any) -> Body:
    sent = {"image": inline(), **instance}
    return {"instances": [sent], "parameters": {} if mode is None else {"mode": mode}}


def changed(body: Body, path: str, value: Any) -> Body:
    """Return a body with another value at a path such as ``instances.0.prompt``; nothing removes the member."""
    body = deepcopy(body)
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = body
    for step in parents:
        place = place[step] if isinstance(place, list) else place.setdefault(step, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return body
