"""The body of a request, received into a file, so that a slow or stalled client costs no memory and holds up nobody."""

from __future__ import annotations

from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

MOST_BODY = 100 * 1024 * 1024
"""The most bytes of a body that are kept."""
_IN_MEMORY = 64 * 1024
_PIECE = 1024 * 1024


class StalledError(Exception):
    """The client has stopped in the middle of a body."""


class TooLongError(Exception):
    """A body has more than :data:`MOST_BODY`."""


@contextmanager
def place_for_body() -> Iterator[IO[bytes]]:
    """Give a place for a body: memory for a small one, otherwise a file without a name."""
    with SpooledTemporaryFile(_IN_MEMORY) as body:
        yield body


async def receive(request: Request, body: IO[bytes], patience: float) -> int:
    """Receive a body whole, and return its size; one that is too long to its end, or its connection could not go on.

    Args:
        request: The request.
        body: Where its body is written.
        patience: For how many seconds the next bytes are waited for.

    Raises:
        StalledError: Nothing came for so long.
        TooLongError: It is too long.
        ClientDisconnect: The client went away.
    """
    size = 0
    chunks = aiter(request.stream())
    while True:
        try:
            with anyio.fail_after(patience):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise StalledError from None
        if chunk is None:
            break
        size += len(chunk)
        if size <= MOST_BODY:
            body.write(chunk)
    if size > MOST_BODY:
        raise TooLongError
    body.seek(0)
    return size


def objects_named(body: IO[bytes]) -> int:
    """Return about how many objects of Cloud Storage a body names, piece by piece."""
    found = sum(piece.count(b"gcsUri") for piece in iter(lambda: body.read(_PIECE), b""))
    body.seek(0)
    return found
