"""``.http`` text as editors send it: the body of each ``POST``, and where it is sent."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from imagenspec.importing.commands.posted import Posted, own_bodies, plain_url
from imagenspec.importing.refusals import UnreadableError
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagenspec.importing.source import Source

_POST = re.compile(rb"^POST[ \t]+(\S*(?:/|\{\{)\S*)[^\r\n]*\r?\n", re.MULTILINE)
_REQUEST = re.compile(rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT)[ \t]+\S*(?:/|\{\{)")
_HEAD = re.compile(rb"(?:<[ \t]*\{%(?s:.*?)%\}|[ \t]*(?:(?:#|//|@)[^\r\n]*+)?\r?\n)*+")
"""What stands before the first request: names, comments, variables and what is run before it."""
_HEADERS_END = re.compile(rb"\r?\n[ \t]*\r?\n")
_IN_FILE = re.compile(rb"\s*<(@[\w-]*)?[ \t]+([^\r\n]+?)[ \t]*(?:\r?\n|\Z)")
_ANSWER = re.compile(rb"\s*(?:\Z|>|<>|#|//)")
"""What may stand behind the name of a file: what is done with the answer."""
_BEHIND = re.compile(rb"^[ \t]*(?:>>?!?|<>)[ \t]", re.MULTILINE)
"""How a line starts that is behind a body: it says what is done with the answer, or is a link to one."""
_VARIABLE = re.compile(rb"\{\{[^{}\r\n\"]+\}\}")
_MOST_NOTES = 12


def is_http(source: Source, offset: int) -> bool:
    """Tell whether requests start at an offset."""
    head = _HEAD.match(source.text, offset, source.end)
    return _REQUEST.match(source.text, head.end() if head else offset, source.end) is not None


def http_requests(source: Source, open_beside: Callable[[str, int], Source]) -> Iterator[tuple[Source, str | None]]:
    """Yield the body of each request, and its URL.

    Raises:
        UnreadableError: A request has no body.
        BodyError: The file that has a body cannot be read.
    """
    yield from own_bodies(source, list(_posted(source, open_beside)))


def _posted(source: Source, open_beside: Callable[[str, int], Source]) -> Iterator[Posted]:
    starts = list(_POST.finditer(source.text, source.start, source.end))
    for index, start in enumerate(starts):
        end = starts[index + 1].start() if index + 1 < len(starts) else source.end
        url = plain_url(start[1].decode("utf-8", errors="replace"))
        yield Posted(start.start(), url, partial(_body, source, start.end() - 2, end, open_beside))


def _body(source: Source, start: int, end: int, open_beside: Callable[[str, int], Source]) -> Source:
    """Return the body of the request whose headers start at an offset."""
    blank = _HEADERS_END.search(source.text, start, end)
    if blank is None:
        raise UnreadableError(end, "the request ends behind its headers; a blank line and the body belong here")
    marks = source.text.find(b"\n###", blank.end(), end)
    end = end if marks < 0 else marks
    named = _IN_FILE.match(source.text, blank.end(), end)
    if named is None:
        behind = _BEHIND.search(source.text, blank.end(), end)
        return _told(source._replace(start=blank.end(), end=end if behind is None else behind.start()))
    if _ANSWER.match(source.text, named.end(), end) is None:
        raise UnreadableError(named.end(), "a body is in one file: nothing else belongs behind its name")
    body = open_beside(named[2].decode("utf-8", errors="replace"), named.start(2))
    return body if named[1] is None else _told(body)


def _told(body: Source) -> Source:
    """Return a body with notes of the variables in it."""
    first: dict[bytes, int] = {}
    for one in _VARIABLE.finditer(body.text, body.start, body.end):
        if first.setdefault(one[0], one.start()) and len(first) == _MOST_NOTES:
            break
    left = "is left to the editor: put what it stands for in its place"
    notes = [(body.place(at), f"{quote(name.decode(errors='replace'))} {left}") for name, at in first.items()]
    return body._replace(notes=(*notes, *body.notes))
