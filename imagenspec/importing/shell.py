"""Shell scripts with ``curl`` as Google's pages and browsers write them: the bodies, and where they are sent.

Nothing is run, and no variable is looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.importing.refusals import UnreadableError
from imagenspec.importing.shell_words import Command, Shell, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagenspec.importing.sources import Source

_DATA = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json")
_WITH_VALUE = frozenset(
    (
        *("-X", "--request", "-H", "--header", "-o", "--output", "-u", "--user", "-A", "--user-agent", "-e"),
        *("-b", "--cookie", "-m", "--max-time", "-x", "--proxy", "--connect-timeout", "--retry", "-w", "--cacert"),
    )
)


def shell_requests(source: Source, open_beside: Callable[[str, int], Source]) -> Iterator[tuple[Source, str | None]]:
    """Yield the body of each ``curl`` command, and its URL.

    Raises:
        UnreadableError: A quote or a here-document has no end, or a body is nowhere.
        BodyError: A file that a command names cannot be read.
    """
    script = _Script(source, open_beside)
    for command in Shell(source).commands():
        found = script.request_of(command)
        if found is not None:
            yield found


class _Script:
    """What a script has done so far: the files that it has written, and what is in the pipe."""

    def __init__(self, source: Source, open_beside: Callable[[str, int], Source]) -> None:
        self.source = source
        self.open_beside = open_beside
        self.written: dict[str, Word] = {}
        self.piped: Word | None = None

    def request_of(self, command: Command) -> tuple[Source, str | None] | None:
        words = [word.head(self.source.text) for word in command.words]
        name = words[0].rsplit("/", 1)[-1] if words else ""
        self.piped = command.document or self.piped
        if name in ("curl", "curl.exe"):
            found = self._curl(command, words)
            self.piped = None
            return found
        if command.target is not None:
            said = command.words[-1] if name in ("echo", "printf") and len(words) > 1 else None
            content = command.document or said
            if content is not None:
                self.written[command.target.head(self.source.text)] = content
        return None

    def _curl(self, command: Command, words: list[str]) -> tuple[Source, str | None] | None:
        body: Source | None = None
        url: str | None = None
        index = 1
        while index < len(words):
            text = words[index]
            option = _data_option(text)
            if option is not None:
                word = command.words[index]
                if text == option:
                    index += 1
                    if index >= len(words):
                        raise UnreadableError(word.pieces[0][0], f"{option} has no body behind it")
                    word = command.words[index]
                else:
                    word = word.without(len(option) + (text[len(option)] == "="))
                body = body or self._body(word, verbatim=option == "--data-raw")
            elif text in _WITH_VALUE:
                index += 1
            elif "://" in text and (url is None or ":predict" in text):
                url = text.removeprefix("--url=")
            index += 1
        return None if body is None else (body, url)

    def _body(self, word: Word, *, verbatim: bool) -> Source:
        text = word.head(self.source.text)
        if not text.startswith("@") or verbatim:
            return word.source(self.source)
        name = text[1:]
        if name in self.written:
            return self.written[name].source(self.source)
        if name != "-":
            return self.open_beside(name, word.pieces[0][0])
        if self.piped is None:
            raise UnreadableError(word.pieces[0][0], '"@-" is standard input, and no here-document is there')
        return self.piped.source(self.source)


def _data_option(text: str) -> str | None:
    """Return the option that a word gives a body with, alone or with the body attached."""
    long = next((one for one in _DATA if text == one or text.startswith(f"{one}=")), None)
    return long or ("-d" if text.startswith("-d") else None)
