"""The words of a ``curl`` command: what it sends, and where to."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.importing.commands.posted import plain_url
from imagenspec.importing.refusals import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagenspec.importing.commands.words import Word

_DATA = ("--data", "--data-raw", "--data-binary", "--data-ascii", "--json")
_OTHER_DATA = ("--data-urlencode", "--form", "--form-string", "--upload-file", "-F", "-T")
_WITH_VALUE = frozenset(
    (
        *("--request", "--header", "--output", "--user", "--user-agent", "--referer", "--cookie", "--cookie-jar"),
        *("--max-time", "--proxy", "--connect-timeout", "--retry", "--retry-delay", "--write-out", "--cacert", "--key"),
        *("--cert", "--config", "--oauth2-bearer", "--resolve", "--connect-to", "--proxy-user", "--limit-rate"),
    )
)
_SHORT_WITH_VALUE = "AbcCDeEFHKmoPQrtTuUwxXyYz"
_NEXT = ("--next", "-:")
_SLASHED = re.compile(rb'(\\*)"')


class Call(NamedTuple):
    """One request of a ``curl`` command.

    Attributes:
        offset: Where the command stands.
        url: Where it is sent to.
        body: What it sends, or why that cannot be read.
        is_verbatim: Whether an ``@`` at the start of the body means nothing.
    """

    offset: int
    url: Word | None
    body: Word | UnreadableError
    is_verbatim: bool = False


class _Option(NamedTuple):
    """An option of ``curl`` with its value, or a word that is none: its name, where it is, and the value."""

    name: str
    offset: int
    value: Word


def calls_of(words: tuple[Word, ...], data: bytes) -> Iterator[Call]:
    """Yield the requests that a command sends with a body.

    Args:
        words: The words from ``curl`` on.
        data: The text that they stand in.

    Raises:
        UnreadableError: An option has no value.
    """
    pairs = [(word, word.head(data)) for word in words[1:]]
    for is_between, part in groupby(pairs, lambda pair: pair[1] in _NEXT):
        found = None if is_between else _call(words[0].offset, list(_options(list(part))), data)
        yield from () if found is None else (found,)


def _call(offset: int, options: Sequence[_Option], data: bytes) -> Call | None:
    bodies = [one for one in options if one.name in ("-d", *_DATA)]
    urls = [(one.value, one.value.head(data)) for one in options if one.name in ("", "--url")]
    wanted = (":predict", "://", "$")
    url = next((word for mark in wanted for word, text in urls if mark in plain_url(text)), None)
    if len(bodies) > 1:
        reason = 'a second body: curl puts "&" between the two, which is no JSON'
        return Call(offset, url, UnreadableError(bodies[1].offset, reason))
    if bodies:
        return Call(offset, url, bodies[0].value, bodies[0].name == "--data-raw")
    other = next((one for one in options if one.name in _OTHER_DATA), None)
    if url is None or ":predict" not in plain_url(url.head(data)):
        return None
    at = offset if other is None else other.offset
    what = "sends no body" if other is None else f"sends its body with {other.name}"
    reason = f"this curl command {what}; a request has its JSON behind -d"
    return Call(offset, url, UnreadableError(at, reason))


def _options(pairs: list[tuple[Word, str]]) -> Iterator[_Option]:
    rest = iter(pairs)
    for word, text in rest:
        name, count = _option_of(text)
        if name is None:
            yield _Option("", word.offset, word)
        elif count is not None:
            yield _Option(name, word.offset, word.without(count))
        elif name in (*_DATA, *_OTHER_DATA, *_WITH_VALUE, "--url") or name[1] in f"d{_SHORT_WITH_VALUE}":
            following = next(rest, None)
            if following is None and name in ("-d", *_DATA):
                raise UnreadableError(word.offset, f"{name} has no body behind it")
            if following is not None:
                yield _Option(name, word.offset, following[0])


def _option_of(text: str) -> tuple[str | None, int | None]:
    """Return the option of a word, and how many characters are before the value that is in the word too.

    Of short options in one word, it is the one that takes a value, or the last one.
    """
    if text.startswith("--"):
        name, equals, _ = text.partition("=")
        return name, len(name) + 1 if equals else None
    if not text.startswith("-") or text == "-":
        return None, None
    for index, letter in enumerate(text[1:], 1):
        if letter in f"d{_SHORT_WITH_VALUE}":
            return f"-{letter}", index + 1 if text[index + 1 :] else None
    return f"-{text[-1]}", None


def is_slashed(text: str) -> bool:
    r"""Tell whether a body has its quotes as PowerShell 5 hands them on: ``{\"instances\"``, which is no JSON."""
    return re.match(r'\s*[{[]\s*\\"', text) is not None


def without_slashes(word: Word, data: bytes) -> Word:
    """Return such a body as ``curl.exe`` gets it: a backslash before a quote, and each before it, counts for half."""
    return word.said(_SLASHED.sub(lambda found: found[1][: len(found[1]) // 2] + b'"', word.text(data)))
