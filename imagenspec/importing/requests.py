"""The requests that a source holds: plain JSON, JSON Lines, HAR, ``.http`` text, shell or PowerShell commands."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.importing.commands.http_text import http_requests, is_http
from imagenspec.importing.commands.posted import foreign, method_of, model_of, plain_url, variable_of
from imagenspec.importing.commands.powershell import is_powershell, powershell_requests
from imagenspec.importing.commands.shell import shell_requests
from imagenspec.importing.json_reader import Encoded, JsonReader, Note, unescaped
from imagenspec.importing.refusals import UnreadableError, refused
from imagenspec.importing.source import Source
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BRACES = re.compile(rb"\{\s+[^\s\"}/]|\[{1,2}[ \t]+(?:!|-[a-z]|\"?\$)")
"""How a group of commands, or a condition, starts."""
_COMMANDS = rb"(?:^|[\s;&|(/`'\"])curl(?:\.exe)?[ \t\\]"


class Sent(NamedTuple):
    """A body as it was read.

    Attributes:
        source: The text that it stands in.
        body: The value, with :class:`~imagenspec.importing.json_reader.Encoded` where base64 stands.
        offsets: Where each of its values stands, by its steps.
        notes: What was read leniently.
        model: The model of the URL that it was sent to, where there is one.
        variable: The variable that the URL has in place of a model.
    """

    source: Source
    body: Any
    offsets: dict[tuple[str | int, ...], int]
    notes: list[Note]
    model: str | None
    variable: str | None = None


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
    if is_powershell(source):
        return powershell_requests(source, open_beside)
    if is_http(source, offset):
        return http_requests(source, open_beside)
    if re.search(_COMMANDS, source.text):
        return shell_requests(source, open_beside)
    raise UnreadableError(offset, "neither JSON nor a curl or PowerShell command")


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
            yield Sent(source, value, reader.offsets, reader.notes, model_of(url), variable_of(url))
        elif url is None and isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            yield from _listed(source, value, reader)
        else:
            raise refused(source, start, "a request is a JSON object")
        found = True
    if not found:
        raise refused(source, reader.offset, "nothing stands here; a request is a JSON object")


def _listed(source: Source, bodies: list[Any], reader: JsonReader) -> Iterator[Sent]:
    """Yield the bodies of a list, each as if it stood alone."""
    offsets: list[dict[tuple[str | int, ...], int]] = [{} for _ in bodies]
    notes: list[list[Note]] = [[] for _ in bodies]
    for steps, offset in reader.offsets.items():
        if steps:
            offsets[int(steps[0])][steps[1:]] = offset
    starts = [one[()] for one in offsets]
    for note in reader.notes:
        notes[bisect_right(starts, note.offset) - 1].append(note)
    for one in zip(bodies, offsets, notes, strict=True):
        yield Sent(source, *one, None)


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
    others = {number: reason for number, url, _ in posted if (reason := foreign(url)) is not None}
    notes = [f"entry {number} of {source.name} is passed over: {reason}" for number, reason in others.items()]
    own = [one for one in posted if one[0] not in others]
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
    if not isinstance(url, str) or not isinstance(data, dict):
        return None
    url = plain_url(url)
    if ":predict" not in url and ("/models/" not in url or method_of(url) is None):
        return None
    return (url, data) if isinstance(data.get("text"), (str, Encoded)) else None


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
