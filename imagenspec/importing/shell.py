"""Shell scripts with ``curl`` as Google's pages and browsers write them: the bodies, and where they are sent.

Nothing is run, and no variable is looked up.
"""

from __future__ import annotations

import posixpath
import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.importing.refusals import UnreadableError
from imagenspec.importing.shell_words import Command, Shell, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagenspec.importing.source import Source

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
_NAMES = ("curl", "curl.exe")
_BEFORE = re.compile(r"[A-Za-z_]\w*\+?=.*|[{!]|do|then|else|elif|if|while|until|time|sudo|exec|command|-\w+", re.DOTALL)
"""What may stand before the name of a command."""
_SHELLS = ("sh", "bash", "zsh", "dash", "ksh", "eval", "ssh")
_QUOTED = re.compile(r"(?:^|[\s;&|(])curl(?:\.exe)?\s(?:.*\s)?(?:-d|--data|--json)", re.DOTALL)


def shell_requests(source: Source, open_beside: Callable[[str, int], Source]) -> Iterator[tuple[Source, str | None]]:
    """Yield the body of each ``curl`` command, and its URL.

    Raises:
        UnreadableError: A quote or a here-document has no end, or a command sends a body that cannot be read.
        BodyError: A file that a command names cannot be read.
    """
    script = _Script(source, open_beside)
    for command in Shell(source).commands():
        yield from script.requests_of(command)


class _Option(NamedTuple):
    """An option of ``curl`` with its value, or a word that is none: its name, where it is, and the value."""

    name: str
    offset: int
    value: Word


class _Script:
    """What a script has done so far: the files that it has written, and what is in the pipe."""

    def __init__(self, source: Source, open_beside: Callable[[str, int], Source]) -> None:
        self.source = source
        self.open_beside = open_beside
        self.written: dict[str, Word] = {}
        self.piped: Word | None = None

    def requests_of(self, command: Command) -> Iterator[tuple[Source, str | None]]:
        words = [word.head(self.source.text) for word in command.words]
        at = next((index for index, word in enumerate(words) if not _BEFORE.fullmatch(word)), len(words))
        name = posixpath.basename(words[at]) if words[at:] else ""
        self.piped = command.document or self.piped
        is_printed = name in ("echo", "printf")
        curl = next((index for index, word in enumerate(words) if posixpath.basename(word) in _NAMES), None)
        if curl is not None and not is_printed:
            yield from self._curl(command.words[curl:], words[curl:])
            self.piped = None
            return
        if name in _SHELLS and any(map(_QUOTED.search, words)):
            raise UnreadableError(command.words[at].pieces[0][0], "a curl command in quotes: import what is in them")
        content = command.document
        if is_printed and words[at + 1 :]:
            content = content or command.words[-1]
            self.piped = content
        if name == "tee" and words[at + 1 :] and self.piped is not None:
            self.written[posixpath.normpath(words[-1])] = self.piped
        if command.target is not None and content is not None:
            self.written[posixpath.normpath(command.target.head(self.source.text))] = content

    def _curl(self, words: tuple[Word, ...], heads: list[str]) -> Iterator[tuple[Source, str | None]]:
        pairs = list(zip(words, heads, strict=True))[1:]
        for is_between, part in groupby(pairs, lambda pair: pair[1] in _NEXT):
            if not is_between:
                found = self._request(words[0], list(self._options(list(part))))
                yield from () if found is None else (found,)

    def _request(self, curl: Word, options: list[_Option]) -> tuple[Source, str | None] | None:
        bodies = [one for one in options if one.name in ("-d", *_DATA)]
        urls = [one.value.head(self.source.text) for one in options if one.name in ("", "--url")]
        url = next((one for one in urls if ":predict" in one), next((one for one in urls if "://" in one), None))
        if len(bodies) > 1:
            raise UnreadableError(bodies[1].offset, 'a second body: curl puts "&" between the two, which is no JSON')
        if bodies:
            return self._body(bodies[0].value, verbatim=bodies[0].name == "--data-raw"), url
        other = next((one for one in options if one.name in _OTHER_DATA), None)
        if url is not None and ":predict" in url:
            at = curl.pieces[0][0] if other is None else other.offset
            what = "sends no body" if other is None else f"sends its body with {other.name}"
            raise UnreadableError(at, f"this curl command {what}; a request has its JSON behind -d")
        return None

    def _options(self, pairs: list[tuple[Word, str]]) -> Iterator[_Option]:
        rest = iter(pairs)
        for word, text in rest:
            offset = word.pieces[0][0]
            name, count = _option_of(text)
            if name is None:
                yield _Option("", offset, word)
            elif count is not None:
                yield _Option(name, offset, word.without(count))
            elif name in (*_DATA, *_OTHER_DATA, *_WITH_VALUE, "--url") or name[1] in f"d{_SHORT_WITH_VALUE}":
                following = next(rest, None)
                if following is None and name in ("-d", *_DATA):
                    raise UnreadableError(offset, f"{name} has no body behind it")
                if following is not None:
                    yield _Option(name, offset, following[0])

    def _body(self, word: Word, *, verbatim: bool) -> Source:
        text = word.head(self.source.text)
        if not text.startswith("@") or verbatim:
            return word.source(self.source)
        name = text[1:]
        if posixpath.normpath(name) in self.written:
            return self.written[posixpath.normpath(name)].source(self.source)
        if name != "-":
            return self.open_beside(name, word.pieces[0][0])
        if self.piped is None:
            raise UnreadableError(word.pieces[0][0], '"@-" is standard input, and no here-document is there')
        return self.piped.source(self.source)


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
