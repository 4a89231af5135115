"""The service: an ASGI application that answers ``:predict`` and says what it has done."""

from __future__ import annotations

import json
import logging
import os
import time
from functools import partial
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from imagenspec.emulator.answers import answer, samples_of
from imagenspec.emulator.bucket import Bucket
from imagenspec.emulator.checks import refusal_of
from imagenspec.emulator.counters import Counters
from imagenspec.emulator.cutting import CutShort, Reset
from imagenspec.emulator.faults import refusal_with
from imagenspec.emulator.front import as_html, as_json, loggable
from imagenspec.emulator.gate import Gate
from imagenspec.emulator.models import edits, refusal_of_model
from imagenspec.emulator.pictures import MOST_BYTES, all_pixels
from imagenspec.emulator.quota import Quota, base_model
from imagenspec.emulator.reading import Read, read
from imagenspec.emulator.receiving import MOST_BODY, StalledError, TooLongError, objects_named, place_for_body, receive
from imagenspec.emulator.refusals import INTERNAL, MARK, UNVERIFIED, Refusal, envelope, own
from imagenspec.emulator.settings import Settings
from imagenspec.emulator.triggers import FRESH, Filtering, filtering_by, refusal_by, refusal_of_project, words_of

if TYPE_CHECKING:
    from imagenspec.emulator.answers import Answer
    from imagenspec.emulator.faults import Fate
    from imagenspec.emulator.job import Job

__all__ = ["Settings", "application", "refused"]

PATH = "/{version}/projects/{project}/locations/{location}/publishers/google/models/{call}"
_VERSIONS = ("v1", "v1beta1")
_BYTES_AT_ONCE = 32 * 1024 * 1024
_FEW_BYTES = 1024 * 1024
_SMALL_BODY = 64 * 1024
_PIXELS_AT_ONCE = 64_000_000
"""As many as one picture may have; a pixel takes some twenty bytes while it is worked on."""
_FEW_PIXELS = 1_000_000
_BAD_GATEWAY = "<html><title>Error 502 (Server Error)</title><p>The server encountered a temporary error.</p></html>"
_LOG = logging.getLogger("imagenspec.emulator")


def application(settings: Settings | None = None) -> Starlette:
    """Return the service; it runs behind ``httpx.ASGITransport`` as well as on a port.

    ``GET /`` shows what it serves and what it has counted. Each application counts for itself.
    """
    service = _Service(settings or Settings())
    return Starlette(
        routes=[
            Route("/", service.front, methods=["GET"]),
            Route(PATH, service.predict, methods=["POST"]),
        ],
        exception_handlers={404: _no_such_page, 405: _no_such_page},
    )


async def _no_such_page(request: Request, _raised: Exception | None = None) -> Response:
    refusal = own(f"{request.method} {request.url.path[:200]} is not served.")
    return refused(refusal._replace(status="NOT_FOUND", prefixed=False), editing=False)


class _Call(NamedTuple):
    """Where a request goes."""

    project: str
    location: str
    model: str


class _Service:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bucket = Bucket(settings.bucket)
        self._quota = Quota(settings.quota)
        self._counters = Counters()
        self._bytes = Gate(_BYTES_AT_ONCE, _FEW_BYTES)
        self._pixels = Gate(_PIXELS_AT_ONCE, _FEW_PIXELS)
        self._threads = anyio.CapacityLimiter((os.cpu_count() or 1) + 1)

    async def front(self, request: Request) -> Response:
        try:
            if "text/html" in request.headers.get("accept", ""):
                return HTMLResponse(as_html(self._settings, self._counters))
            return JSONResponse(as_json(self._settings, self._counters))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client has an answer
            return refused(_unforeseen("GET /", error), editing=False)

    async def predict(self, request: Request) -> Response:
        model, colon, verb = request.path_params["call"].rpartition(":")
        if not colon or verb != "predict" or request.path_params["version"] not in _VERSIONS:
            return await _no_such_page(request)
        call = _Call(request.path_params["project"], request.path_params["location"], model)
        started = time.perf_counter()
        try:
            exchange = await self._exchange(call, request)
        except ClientDisconnect:
            self._counters.outcome(model, "disconnected")
            return Response()
        except Exception as error:  # noqa: BLE001 - whatever it is, the client has an answer
            exchange = self._refused_unread(call, _unforeseen(model, error))
        await anyio.sleep(self._settings.latency + exchange.delay)
        took = (time.perf_counter() - started) * 1000
        _LOG.info(
            "%s %s %d images %.0f ms %s", loggable(model), exchange.outcome, exchange.images, took, exchange.prompt
        )
        return Reset() if exchange.outcome in ("reset", "lost") else exchange.response

    async def _exchange(self, call: _Call, request: Request) -> _Exchange:
        """Return what comes of a request; its body is received first, so that nobody waits for a slow client."""
        with place_for_body() as body:
            try:
                size = await receive(request, body, self._settings.patience)
            except StalledError:
                stalled = own("The body of the request stopped.")._replace(status="CANCELLED", code=408, prefixed=False)
                return self._refused_unread(call, stalled, {"connection": "close"})
            except TooLongError:
                too_long = own(f"Request payload size exceeds the limit: {MOST_BODY} bytes.")._replace(prefixed=False)
                return await self._answered(call, Read("", editing=False, refusal=too_long))
            objects = 0 if self._settings.bucket is None else objects_named(body)
            async with self._bytes.hold(size + objects * MOST_BYTES):
                found = await self._read(call, body, size)
                body.close()
                return await self._answered(call, found)

    async def _read(self, call: _Call, body: IO[bytes], size: int) -> Read:
        """Read a body: a large one, and one that may name objects, beside the other requests."""
        unserved = refusal_of_model(call.model, call.project, call.location, self._settings.as_of)
        if unserved is not None:
            return Read("", edits(call.model), refusal=unserved)
        if size <= _SMALL_BODY and self._settings.bucket is None:
            return read(call.model, body.read(), self._bucket)
        work = partial(_read_whole, call.model, body, self._bucket)
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    def _refused_unread(self, call: _Call, refusal: Refusal, headers: dict[str, str] | None = None) -> _Exchange:
        """Return the response to a request of which nothing is known, and count it."""
        self._counters.outcome(call.model, str(refusal.http))
        return _Exchange(refused(refusal, editing=edits(call.model), headers=headers), str(refusal.http), 0, 0.0, "")

    async def _answered(self, call: _Call, found: Read) -> _Exchange:
        """Return the response to a request that was read, and count it."""
        attempt = self._counters.attempt(call.model, found.digest)
        fate = self._settings.faults.fate(f"{call.model} {found.digest}", attempt)
        refused = self._refused(call, found, fate)
        images, cut = 0, fate.cut
        if refused is not None or found.job is None:
            response, cut = refused or Response(), "reset" if fate.cut == "reset" else None
        elif fate.cut == "reset":
            response = Response()
        else:
            response, images = await self._drawn(found.digest, found.job, fate, attempt)
            cut = cut if response.status_code == HTTPStatus.OK else None
        outcome = cut or str(response.status_code)
        self._counters.outcome(call.model, outcome)
        return _Exchange(response, outcome, images, fate.delay, loggable(found.job.prompt) if found.job else "")

    def _refused(self, call: _Call, found: Read, fate: Fate) -> Response | None:
        """Return the response to a request that is not answered with images, or nothing."""
        refusal: Refusal | None = None
        status = fate.status if self._quota.take(*call) else "429"
        if status == "502":
            return HTMLResponse(_BAD_GATEWAY, 502, {MARK: UNVERIFIED})
        if status is not None:
            refusal = refusal_with(status, base_model(call.model))
        refusal = refusal or refusal_of_project(call.project, found.job) or found.refusal
        if refusal is None and found.job is not None:
            refusal = refusal_of(found.job) or refusal_by(words_of(found.job)) or self._unwritable(found.job)
        if refusal is None:
            return None
        headers = {} if fate.retry_after is None else {"retry-after": f"{fate.retry_after:g}"}
        return refused(refusal, editing=found.editing, headers=headers)

    def _unwritable(self, job: Job) -> Refusal | None:
        storage = job.parameters.get("storage_uri")
        if storage is None or self._bucket.can_write(storage):
            return None
        return own("The storage URI has no place in the bucket.", "parameters.storageUri")

    async def _drawn(self, digest: str, job: Job, fate: Fate, attempt: int) -> tuple[Response, int]:
        """Return the response with the images of a request, and their number."""
        words = words_of(job)
        if FRESH in words:
            job = job._replace(canonical=job.canonical + f"\n{attempt}".encode())
        samples = samples_of(job)
        filtering = filtering_by(words, samples)
        withheld = frozenset(sample for sample in range(samples) if fate.chance.random() < fate.filtered)
        filtering = filtering._replace(samples=filtering.samples | withheld)
        try:
            async with self._pixels.hold(all_pixels(job)):
                work = partial(_work, job, digest, filtering, self._bucket)
                made, body = await anyio.to_thread.run_sync(work, limiter=self._threads)
        except ValueError as error:
            return refused(own(f"An image cannot be processed: {error}."), editing=True), 0
        except OSError:
            denied = own("The images cannot be written to the bucket.", "parameters.storageUri")
            return refused(denied._replace(status="PERMISSION_DENIED", prefixed=False), editing=False), 0
        self._counters.drawn(job.model, digest, made.images, made.filtered)
        kind = CutShort if fate.cut == "truncate" else Response
        return kind(body, media_type="application/json"), made.images


class _Exchange(NamedTuple):
    """A response, and what the log says of it: never base64, and little of the prompt."""

    response: Response
    outcome: str
    images: int
    delay: float
    prompt: str


def _unforeseen(what: str, error: Exception) -> Refusal:
    """Log a mistake of the emulator's own in one line, and return what is answered."""
    described = f"{type(error).__name__}: {loggable(str(error))}"
    _LOG.error("%s failed: %s", loggable(what), described, exc_info="IMAGENSPEC_TRACEBACK" in os.environ)
    return own(INTERNAL)._replace(status="INTERNAL", prefixed=False)


def _read_whole(model: str, body: IO[bytes], bucket: Bucket) -> Read:
    return read(model, body.read(), bucket)


def _work(job: Job, digest: str, filtering: Filtering, bucket: Bucket) -> tuple[Answer, bytes]:
    made = answer(job, digest, filtering, bucket)
    return made, json.dumps(made.body, separators=(",", ":")).encode()


def refused(refusal: Refusal, *, editing: bool, headers: dict[str, str] | None = None) -> Response:
    """Return a refusal as a response, with the mark of a wording that was not seen."""
    marks = {} if refusal.verified else {MARK: UNVERIFIED}
    body: Any = envelope(refusal, editing=editing)
    return JSONResponse(body, refusal.http, {**marks, **(headers or {})})
