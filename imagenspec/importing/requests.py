"""The requests that a source holds: plain JSON, JSON Lines, HAR, ``.http`` text, shell or PowerShell commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from imagenspec.importing.json_reader import Encoded, JsonReader, Note, unescaped
from imagenspec.importing.powershell import powershell_requests
from imagenspec.importing.refusals import UnreadableError, refused
from imagenspec.importing.shell import shell_requests
from imagenspec.importing.sources import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MODEL = re.compile(r"/models/([^/:?\s\"'`]+)(?::\w+|$|[?\s\"'])")
_PLACEHOLDER = re.compile(r"\$|\A[A-Z][A-Z0-9_]*\Z|[{}<>]")
_HTTP = re.compile(rb"^POST[ \t]+(\S+)[^\r\n]*\r?\n", re.MULTILINE)
_HEADERS_END = re.compile(rb"\r?\n[ \t]*\r?\n")
_COMMANDS = rb"(?:^|[\s;&|(/])curl(?:\.exe)?[ \t\\]"


class Sent(NamedTuple):
    """A body as it was read.

    Attributes:
        source: The text that it stands in.
        body: The value, with :class:`~imagenspec.importing.json_reader.Encoded` where base64 stands.
        offsets: Where each of its values stands, by its steps.
        notes: What was read leniently.
        model: The model of the URL that it was sent to, where there is one.
    """

    source: Source
    body: Any
    offsets: dict[tuple[str | int, ...], int]
    notes: list[Note]
    model: str | None


def requests_of(source: Source, open_beside: Callable[[str, int], Source]) -> Iterator[Sent]:
    """Yield the requests of a source, in their order.

    Args:
        source: What was read.
        open_beside: Reads the file that a command names at an offset, relative to the source.

    Raises:
        BodyError: The source is malformed, or holds no request.
    """
    reader = JsonReader(source.text, source.start, source.end)
    first = source.text[reader.offset : min(reader.offset + 1, source.end)]
    if reader.at_end:
        raise refused(source, reader.offset, "nothing stands here; a request is a JSON object")
    if first in (b"{", b"["):
        yield from _json(source, None)
        return
    try:
        found = list(_commands(source, reader.offset, open_beside))
    except UnreadableError as problem:
        raise refused(source, problem.offset, problem.reason) from problem
    if not found:
        raise refused(source, reader.offset, "no command here sends a body")
    for body, url in found:
        yield from _json(body, url)


def _commands(
    source: Source, offset: int, open_beside: Callable[[str, int], Source]
) -> Iterator[tuple[Source, str | None]]:
    """Return the bodies of commands, each with its URL."""
    if re.search(rb"Invoke-(?:WebRequest|RestMethod)", source.text, re.IGNORECASE):
        return powershell_requests(source, open_beside)
    if _HTTP.match(source.text, offset, source.end):
        return _http_requests(source)
    if re.search(_COMMANDS, source.text):
        return shell_requests(source, open_beside)
    raise UnreadableError(offset, "neither JSON nor a curl or PowerShell command")


def model_of(url: str | None) -> str | None:
    """Return the model that a URL names, or nothing where it has a placeholder instead."""
    found = _MODEL.search(url or "")
    if found is None:
        return None
    model = unquote(found[1])
    return None if _PLACEHOLDER.search(model) else model


def _json(source: Source, url: str | None) -> Iterator[Sent]:
    reader = JsonReader(source.text, source.start, source.end)
    found = False
    while not reader.at_end:
        start = reader.offset
        try:
            value = reader.read()
        except UnreadableError as problem:
            raise refused(source, problem.offset, problem.reason) from problem
        entries = _har_entries(value)
        if entries is not None:
            yield from _har_requests(source, entries)
        elif isinstance(value, dict):
            yield Sent(source, value, reader.offsets, reader.notes, model_of(url))
        else:
            raise refused(source, start, "a request is a JSON object")
        found = True
    if not found:
        raise refused(source, reader.offset, "nothing stands here; a request is a JSON object")


def _har_entries(value: Any) -> list[Any] | None:
    """Return the entries of an HTTP archive (HAR 1.2), of a list of them, or of one alone."""
    if isinstance(value, dict) and isinstance(value.get("log"), dict):
        entries = value["log"].get("entries")
        return entries if isinstance(entries, list) else []
    if isinstance(value, dict) and isinstance(value.get("request"), dict) and "instances" not in value:
        return [value]
    if isinstance(value, list) and value and all(isinstance(one, dict) and "request" in one for one in value):
        return value
    return None


def _har_requests(source: Source, entries: list[Any]) -> Iterator[Sent]:
    found = False
    for number, entry in enumerate(entries, 1):
        request = entry.get("request") if isinstance(entry, dict) else None
        url = request.get("url") if isinstance(request, dict) else None
        data = request.get("postData") if isinstance(request, dict) else None
        text = data.get("text") if isinstance(data, dict) else None
        if not isinstance(url, str) or ":predict" not in url or not isinstance(text, (str, Encoded)):
            continue
        try:
            body = unescaped(source.text, text.start, text.end) if isinstance(text, Encoded) else text.encode()
        except UnreadableError as problem:
            raise refused(source, problem.offset, problem.reason) from problem
        found = True
        yield from _json(Source(f"{source.name} (body of entry {number})", body, body, 0, len(body)), url)
    if not found:
        raise refused(source, source.start, "no entry of this archive is a request to :predict with a body")


def _http_requests(source: Source) -> Iterator[tuple[Source, str | None]]:
    starts = list(_HTTP.finditer(source.text, source.start, source.end))
    for index, start in enumerate(starts):
        end = starts[index + 1].start() if index + 1 < len(starts) else source.end
        blank = _HEADERS_END.search(source.text, start.end() - 2, end)
        if blank is None:
            raise UnreadableError(end, "the request ends behind its headers; a blank line and the body belong here")
        marks = source.text.find(b"\n###", blank.end(), end)
        yield (
            source._replace(start=blank.end(), end=end if marks < 0 else marks),
            start[1].decode("utf-8", errors="replace"),
        )
