"""Requests to a service and back: bodies streamed from files, answers read piece by piece, every failure named."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import httpx

from imagenspec._version import __version__
from imagenspec.errors import ToolError, UsageError
from imagenspec.render.service.answer_stream import AnswerReader, TooLargeError
from imagenspec.render.service.envelopes import failure_of
from imagenspec.render.service.errors import Lost, Refused, ServiceError, Transient
from imagenspec.render.service.retry import is_retryable
from imagenspec.render.service.targets import url_of
from imagenspec.render.service.texts import shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path
    from types import TracebackType

    from imagenspec.render.service.credentials import Credentials
    from imagenspec.render.service.targets import Target
    from imagenspec.wire.request import Request

LARGEST_ANSWER = 100_000_000
"""The most bytes of an answer that are read."""
_LARGEST_REFUSAL = 1_000_000
_IDLE = 4.0
"""Seconds after which an unused connection is closed: before usual servers close it, so that no request is lost."""


class Timeouts(NamedTuple):
    """Seconds to wait: for a connection, for the next bytes of an answer, and for a request as a whole."""

    connect: float = 10.0
    read: float = 120.0
    whole: float = 900.0


class Answer(NamedTuple):
    """An answer of success: its JSON, with blobs where long base64 stood. Close it when its pictures are kept.

    Attributes:
        body: Plain data, and :class:`~imagenspec.render.service.blobs.Blob` for each long base64 text.
        reader: Holds the blobs.
    """

    body: Any
    reader: AnswerReader

    def close(self) -> None:
        """Forget the pictures."""
        self.reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Progress:
    """How far a request got: whether its body is out, and the status that came back."""

    def __init__(self) -> None:
        self.went_out = False
        self.status: int | None = None


class Client:
    """Sends requests to one target, at most ``concurrency`` at a time; use it with ``async with``.

    Redirects are not followed. Proxies of the environment are used, but never on the way to this machine.

    Attributes:
        sent: How often each request went out whole or was answered, by :meth:`name_of`.
    """

    def __init__(  # noqa: PLR0913 - all but the first two have defaults
        self,
        target: Target,
        concurrency: int,
        credentials: Credentials | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - immutable
        folder: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            target: Where requests go.
            concurrency: How many requests may be under way at a time, on as many connections.
            credentials: What to prove the caller's identity with, where the target asks for it.
            transport: How to reach the target instead of over the network.
            timeouts: How long to wait.
            folder: Where large pictures of answers are kept until they are taken.
            clock: The time in seconds since the epoch.

        Raises:
            UsageError: The credentials would be sent without encryption.
        """
        if credentials is not None and target.base_url.startswith("http:") and not target.is_loopback:
            raise UsageError(f"credentials are only sent over https; {target.base_url} is not encrypted")
        self._target = target
        self._credentials = credentials
        self._timeouts = timeouts
        self._folder = folder
        self._clock = clock
        self._urls: dict[str, httpx.URL] = {}
        self.sent: Counter[tuple[str, str]] = Counter()
        self._slots = asyncio.Semaphore(concurrency)
        self._http = _http_client(target, concurrency, transport, timeouts)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    @staticmethod
    def name_of(request: Request) -> tuple[str, str]:
        """Return what requests that are the same to the service have in common: model and digest."""
        return (request.model, request.digest)

    async def send(self, request: Request) -> Answer:
        """Return the service's answer to a request.

        Raises:
            Transient: The work was not done; the same request may succeed later.
            Refused: The work will not be done; the same request would fare no better.
            Lost: The request went out whole, but no whole answer came back.
            CredentialsError: There is no valid token, and waiting brings none.
            ToolError: A file of the request, or the space for the answer, is not there.
        """
        async with self._slots:
            proof = {} if self._credentials is None else await self._credentials.headers()
            try:
                return await self._attempt(request, proof)
            except Refused as refusal:
                renewed = None
                if refusal.status == httpx.codes.UNAUTHORIZED and self._credentials is not None:
                    renewed = await self._credentials.renewed(proof)
                if renewed is None:
                    raise
            return await self._attempt(request, renewed)

    async def _attempt(self, request: Request, proof: dict[str, str]) -> Answer:
        progress = _Progress()
        try:
            async with asyncio.timeout(self._timeouts.whole):
                return await self._exchange(request, proof, progress)
        except TimeoutError as error:
            raise _failure(f"no whole answer within {self._timeouts.whole:g} s", progress) from error
        except httpx.ProxyError as error:
            raise _refusing_proxy(error) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Transient(None, None, f"no connection to {self._target.base_url}: {_reason(error)}") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _failure(f"the connection failed: {_reason(error)}", progress) from error
        finally:
            if progress.went_out or progress.status is not None:
                self.sent[self.name_of(request)] += 1

    async def _exchange(self, request: Request, proof: dict[str, str], progress: _Progress) -> Answer:
        headers = {
            "content-type": "application/json; charset=utf-8",
            "content-length": str(request.content_length),
            **proof,
        }
        url = self._urls.get(request.model) or httpx.URL(url_of(self._target, request.model))
        self._urls[request.model] = url
        outgoing = self._http.build_request("POST", url, headers=headers, content=_body(request, progress))
        response = await self._http.send(outgoing, stream=True)
        progress.status = response.status_code
        try:
            if response.is_success:
                return await self._answer(response)
            raise await self._refusal(response)
        finally:
            await response.aclose()

    async def _answer(self, response: httpx.Response) -> Answer:
        reader = AnswerReader(self._folder)
        try:
            await _read(response, reader, LARGEST_ANSWER)
            return Answer(reader.result(), reader)
        except BaseException as error:
            reader.close()
            if isinstance(error, TooLargeError):
                message = f"the answer has more than {LARGEST_ANSWER:,} bytes, or too much text"
                raise Refused(response.status_code, "TOO_LARGE", message) from error
            if isinstance(error, ValueError):
                raise _unreadable(response, error) from error
            if isinstance(error, OSError):
                raise ToolError(f"the pictures of an answer cannot be kept: {error.strerror}") from error
            raise

    async def _refusal(self, response: httpx.Response) -> ServiceError:
        reader = AnswerReader(self._folder)
        try:
            await _read(response, reader, _LARGEST_REFUSAL)
            body = reader.result()
        except (ValueError, OSError, httpx.TransportError, httpx.DecodingError):
            body = None
        finally:
            reader.close()
        return failure_of(response.status_code, response.headers, body, self._clock())


def _http_client(
    target: Target, concurrency: int, transport: httpx.AsyncBaseTransport | None, timeouts: Timeouts
) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(
            http1=True,
            http2=False,
            follow_redirects=False,
            transport=transport,
            trust_env=not target.is_loopback,
            timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect, pool=None),
            limits=httpx.Limits(
                max_connections=concurrency, max_keepalive_connections=concurrency, keepalive_expiry=_IDLE
            ),
            headers={"user-agent": f"imagenspec/{__version__}", "accept-encoding": "identity"},
        )
    except (ImportError, ValueError) as error:
        raise UsageError(f"the proxy of the environment cannot be used: {shown(str(error))}") from error


async def _body(request: Request, progress: _Progress) -> AsyncIterator[bytes]:
    """Yield a body's bytes; images are read beside the loop, and never whole."""
    pieces, left, has_images = request.body(), request.content_length, bool(request.images)
    try:
        while left >= 0:
            piece = await asyncio.to_thread(next, pieces, None) if has_images else next(pieces, None)
            if piece is None:
                break
            left -= len(piece)
            if left >= 0:
                yield piece
    except OSError as error:
        raise ToolError(f"{request.recipe}: an image cannot be read: {error.strerror}") from error
    if left:
        raise ToolError(f"{request.recipe}: an image changed while it was read; run again")
    progress.went_out = True


async def _read(response: httpx.Response, reader: AnswerReader, most: int) -> None:
    received = 0
    async for chunk in response.aiter_bytes():
        received += len(chunk)
        if received > most:
            raise TooLargeError(f"more than {most} bytes")
        reader.feed(chunk)


def _unreadable(response: httpx.Response, error: ValueError) -> ServiceError:
    """Return what an answer of success that is no JSON means: half of one, or not the service at all."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and not kind.endswith("json"):
        message = f"the answer is no JSON but {shown(kind)}; does the target's URL lead to the service?"
        return Refused(response.status_code, "NOT_JSON", message)
    return Lost(f"the answer is no whole JSON: {shown(str(error))}", response.status_code)


def _failure(message: str, progress: _Progress) -> ServiceError:
    """Return what a broken connection means: the service acts on whole requests only."""
    if progress.went_out:
        return Lost(f"{message}; whether the service did the work is unknown", progress.status)
    return Transient(progress.status, None, message)


def _refusing_proxy(error: httpx.ProxyError) -> ServiceError:
    word = str(error).partition(" ")[0]
    status = int(word) if word.isascii() and word.isdigit() and len(word) == 3 else None
    message = f"the proxy of the environment refuses: {_reason(error)}"
    if status is None or is_retryable(status):
        return Transient(status, None, message)
    return Refused(status, "PROXY", message)


def _reason(error: Exception) -> str:
    return shown(str(error)) or type(error).__name__
