"""The requests that a source holds: plain JSON, JSON Lines, HAR, ``.http`` text, shell or PowerShell commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from imagenspec.importing.json_reader import Encoded, JsonReader, Note, unescaped
from imagenspec.importing.powershell import powershell_requests
from imagenspec.importing.refusals import UnreadableError, refused
from imagenspec.importing.shell import shell_requests
from imagenspec.importing.source import Source
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MODEL = re.compile(r"/models/([^/:?\s\"'`]+)(?::\w+|$|[?\s\"'])")
_PLACEHOLDER = re.compile(r"\$|\A[A-Z][A-Z0-9_]*\Z|[{}<>]")
_METHOD = re.compile(r":([A-Za-z][A-Za-z0-9]*)(?:[?#].*)?[\"'`]?\Z", re.DOTALL)
_PUBLISHER = re.compile(r"/publishers/([^/]+)/")
_HTTP = re.compile(rb"^POST[ \t]+(\S+)[^\r\n]*\r?\n", re.MULTILINE)
_HTTP_HEAD = re.compile(rb"(?:[ \t]*(?:(?:#|//|@)[^\r\n]*+)?\r?\n)*+")
"""What stands before the first request of ``.http`` text: names, comments and variables."""
_HEADERS_END = re.compile(rb"\r?\n[ \t]*\r?\n")
_BRACES = re.compile(rb"\{\s+[^\s\"}/]")
_COMMANDS = rb"(?:^|[\s;&|(/`'\"])curl(?:\.exe)?[ \t\\]"


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
    is_group = _BRACES.match(source.text, reader.offset, source.end) and re.search(_COMMANDS, source.text)
    if first in (b"{", b"[") and not is_group:
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
    head = _HTTP_HEAD.match(source.text, offset, source.end)
    if _HTTP.match(source.text, head.end() if head else offset, source.end):
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


def method_of(url: str | None) -> str | None:
    """Return the method that a URL calls: what stands behind its last colon, unless it is a port."""
    found = _METHOD.search(url or "")
    return None if found is None else found[1]


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
            method = method_of(url)
            if method not in (None, "predict"):
                reason = f'this is sent to the method {quote(str(method))}; a recipe is a request to "predict"'
                raise refused(source, start, reason)
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
    posted = [(number, *one) for number, entry in enumerate(entries, 1) if (one := _posted(entry)) is not None]
    foreign = {number: reason for number, url, _ in posted if (reason := _foreign(url)) is not None}
    notes = [f"entry {number} of {source.name} is passed over: {reason}" for number, reason in foreign.items()]
    own = [one for one in posted if one[0] not in foreign]
    if not own:
        more = f"; {notes[0]}" if notes else ""
        raise refused(source, source.start, f"no entry of this archive is a request to :predict with a body{more}")
    for number, url, data in own:
        try:
            body = _posted_bytes(source, data)
        except UnreadableError as problem:
            raise refused(source, problem.offset, f"the body of entry {number}: {problem.reason}") from problem
        told = tuple((None, note) for note in notes)
        yield from _json(Source(f"{source.name} (body of entry {number})", body, body, 0, len(body), notes=told), url)
        notes = []


def _posted(entry: Any) -> tuple[str, dict[str, Any]] | None:
    """Return the URL and the posted data of an entry that may be a request for a prediction."""
    request = entry.get("request") if isinstance(entry, dict) else None
    url = request.get("url") if isinstance(request, dict) else None
    data = request.get("postData") if isinstance(request, dict) else None
    if not isinstance(url, str) or ":predict" not in url or not isinstance(data, dict):
        return None
    return (url, data) if isinstance(data.get("text"), (str, Encoded)) else None


def _foreign(url: str) -> str | None:
    """Return why a request is none of Imagen's, or nothing if it may be one."""
    publisher, method = _PUBLISHER.search(url), method_of(url)
    if publisher is not None and publisher[1] != "google":
        return f"its model is one of {quote(publisher[1])}"
    return None if method is None or method == "predict" else f"it is sent to the method {quote(method)}"


def _posted_bytes(source: Source, data: dict[str, Any]) -> bytes:
    """Return the posted body of an entry.

    Raises:
        UnreadableError: It does not decode.
    """
    text = data["text"]
    body = unescaped(source.text, text.start, text.end) if isinstance(text, Encoded) else text.encode()
    if data.get("encoding") != "base64":
        return body
    import pybase64  # noqa: PLC0415 - few archives need it

    try:
        return pybase64.b64decode(body, validate=True)
    except ValueError as error:
        start = text.start if isinstance(text, Encoded) else source.start
        raise UnreadableError(start, "base64 that does not decode") from error


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
