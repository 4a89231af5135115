"""Commands that send a body: where to, and which of several are none of Imagen's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from imagenspec.importing.refusals import positions
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from imagenspec.importing.source import Source

_MODEL = re.compile(r"/models/((?:\$\{[^}]*\}|\$\([^)]*\)|\{\{[^}]*\}\}|[^/:?\s\"'`])+)(?::\w+|$|[?\s\"'])")
_PLACEHOLDER = re.compile(r"\$|\A[A-Z][A-Z0-9_]*\Z|[{}<>]")
_VARIABLE = re.compile(r"\$|\{\{")
_METHOD = re.compile(r":([A-Za-z][A-Za-z0-9]*)(?:[?#].*)?[\"'`]?\Z", re.DOTALL)
_PUBLISHER = re.compile(r"/publishers/([^/]+)/")


class Posted(NamedTuple):
    """A body that a command sends.

    Attributes:
        offset: Where the command, or its body, stands.
        url: Where it is sent to.
        read: Reads it; raises :class:`~imagenspec.importing.refusals.UnreadableError` if nobody can.
    """

    offset: int
    url: str | None
    read: Callable[[], Source]


def own_bodies(source: Source, posted: Sequence[Posted]) -> Iterator[tuple[Source, str | None]]:
    """Yield the bodies of commands, each with its URL; beside a request to ``:predict``, others are passed over.

    Raises:
        UnreadableError: A body cannot be read.
        BodyError: A file that has one cannot be read.
    """
    has_own = any(one.url is not None and ":predict" in one.url and foreign(one.url) is None for one in posted)
    reasons = [_other(one.url) if has_own and one.url is not None else None for one in posted]
    others = [(source.place(one.offset), reason) for one, reason in zip(posted, reasons, strict=True) if reason]
    places = positions(source.data, (offset for offset, _ in others))
    notes = [
        (None, f"the command at {source.name}:{line}:{column} is passed over: {reason}")
        for offset, reason in others
        for line, column in (places[offset],)
    ]
    for one, reason in zip(posted, reasons, strict=True):
        if reason is None:
            body = one.read()
            yield body._replace(notes=(*notes, *body.notes)), one.url
            notes = []


def _other(url: str) -> str | None:
    """Return why a command beside requests for predictions is none, or nothing where its URL does not tell."""
    if ":predict" in url or "://" not in url or "$" in url or "{{" in url:
        return foreign(url)
    return foreign(url) or f"it is sent to {urlsplit(url).hostname}"


def plain_url(url: str) -> str:
    """Return a URL with its colons, as some programs write them ``%3A``."""
    return re.sub("%3a", ":", url, flags=re.IGNORECASE)


def model_of(url: str | None) -> str | None:
    """Return the model that a URL names, or nothing where it has a placeholder instead."""
    found = _MODEL.search(url or "")
    if found is None:
        return None
    model = unquote(found[1])
    return None if _PLACEHOLDER.search(model) else model


def variable_of(url: str | None) -> str | None:
    """Return the variable that a URL has in place of a model."""
    found = _MODEL.search(url or "")
    return found[1] if found is not None and _VARIABLE.search(found[1]) else None


def method_of(url: str | None) -> str | None:
    """Return the method that a URL calls: what stands behind its last colon, unless it is a port."""
    found = _METHOD.search(url or "")
    return None if found is None else found[1]


def foreign(url: str) -> str | None:
    """Return why a request is none of Imagen's, or nothing if it may be one."""
    publisher, method = _PUBLISHER.search(url), method_of(url)
    if publisher is not None and publisher[1] != "google":
        return f"its model is one of {quote(publisher[1])}"
    return None if method is None or method == "predict" else f"it is sent to the method {quote(method)}"
