"""Shell scripts with ``curl`` as Google's pages and browsers write them: the bodies, and where they are sent.

Nothing is run. Variables are those that the script itself sets to plain texts.
"""

from __future__ import annotations

import posixpath
import re
from functools import partial
from typing import TYPE_CHECKING

from imagenspec.importing.commands.curl import Call, calls_of, is_slashed, without_slashes
from imagenspec.importing.commands.posted import Posted, own_bodies, plain_url
from imagenspec.importing.commands.printed import echoed, formatted
from imagenspec.importing.commands.shell_blocks import places_of
from imagenspec.importing.commands.shell_files import Content, Files, Named, Unread
from imagenspec.importing.commands.shell_values import Values
from imagenspec.importing.commands.shell_words import Command, Shell
from imagenspec.importing.refusals import UnreadableError
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagenspec.importing.commands.shell_blocks import Place
    from imagenspec.importing.commands.words import Word
    from imagenspec.importing.source import Source

_NAMES = ("curl", "curl.exe")
_BEFORE = re.compile(r"[A-Za-z_]\w*\+?=.*|[{!]|do|then|else|elif|if|while|until|time|sudo|exec|command|-\w+", re.DOTALL)
"""What may stand before the name of a command."""
_SHELLS = ("sh", "bash", "zsh", "dash", "ksh", "eval", "ssh")
_TELLING = ("ECHO", "PRINTF", "REM")
"""Commands that only speak of others; the last one is of cmd."""
_GOING = ("cd", "pushd", "popd")
_TO_ITSELF = re.compile(
    rb"cd[ \t]+(?:--[ \t]+)?\"?\$\([ \t]*dirname[ \t]+(?:--[ \t]+)?\"?\$(?:0|\{?BASH_SOURCE(?:\[0\])?\}?)\"?[ \t]*\)"
)
"""How a script goes to the folder that it is in."""
_QUOTED = re.compile(r"(?:^|[\s;&|(])curl(?:\.exe)?\s(?:.*\s)?(?:-d|--data|--json)", re.DOTALL)
_OF_CMD = re.compile(
    rb"curl(?:\.exe)?(?=[ \t])(?:[^\r\n'\"]|\"[^\r\n\"]*\"){0,5000}?[ \t](\^\"|\^[ \t]*\r?$)", re.MULTILINE
)
"""A command with the escapes of cmd: a quote that opens a word, or the end of a line."""
_NO_INPUT = '"@-" is standard input, and what comes in there is not known: name the file of the body'


def shell_requests(source: Source, open_beside: Callable[[str, int], Source]) -> Iterator[tuple[Source, str | None]]:
    """Yield the body of each ``curl`` command, and its URL.

    Raises:
        UnreadableError: A quote or a here-document has no end, or a command sends a body that cannot be read.
        BodyError: A file that a command names cannot be read.
    """
    caret = _OF_CMD.search(source.text, source.start, source.end)
    if caret is not None:
        reason = 'this "^" is of cmd, whose quotes are not read: copy the command for bash or PowerShell'
        raise UnreadableError(caret.start(1), reason)
    commands = list(Shell(source).commands())
    places = places_of(commands, source.text)
    in_all = None
    for _ in range(2):
        script = _Script(source, open_beside, Values(source.text, commands, places), in_all)
        posted = [one for pair in zip(commands, places, strict=True) for one in script.run(*pair)]
        in_all = script.files
    yield from own_bodies(source, posted)


class _Script:
    """What a script has done so far: the files that it has written, and what the last command wrote."""

    def __init__(
        self, source: Source, open_beside: Callable[[str, int], Source], values: Values, in_all: Files | None
    ) -> None:
        self.source = source
        self.data = source.text
        self.open_beside = open_beside
        self.values = values
        self.files = Files(source.text, values.is_steady, in_all)
        self.output: Content | None = None

    def run(self, command: Command, place: Place) -> Iterator[Posted]:
        """Go over a command; yield what it sends."""
        given = self._given(command, place)
        self.output = None
        self.values.take(command)
        words = tuple(map(self.values.filled, command.words))
        heads = [word.head(self.data) for word in words]
        at = next((index for index, head in enumerate(heads) if not _BEFORE.fullmatch(head)), len(heads))
        name = posixpath.basename(heads[at]) if heads[at:] else ""
        curl = next((index for index, head in enumerate(heads) if posixpath.basename(head) in _NAMES), None)
        if curl is not None and name.upper() not in _TELLING:
            for call in calls_of(words[curl:], self.data):
                url = None if call.url is None else plain_url(call.url.head(self.data))
                yield Posted(call.offset, url, partial(self._body, call, self._content(call, given, place)))
            self.files.save(heads, place)
        elif name in _SHELLS and any(map(_QUOTED.search, heads)):
            raise UnreadableError(words[at].offset, "a curl command in quotes: import what is in them")
        elif name in _GOING:
            if not _TO_ITSELF.match(self.data, command.words[at].offset):
                self.files.go()
        elif name == "set" and any(re.fullmatch(r"-[a-z]*C|noclobber", head) for head in heads):
            self.files.keep()
        else:
            self.output = self._output(name, words[at + 1 :], given, place)
            if name == "tee":
                self._tee(words[at + 1 :], heads[at + 1 :], given, place)
            else:
                document = () if command.document is None else (command.document,)
                self.files.run(name, (*words[at + 1 :], *document), place)
        if command.target is not None:
            target = self.values.filled(command.target)
            self.files.write(target, self.output, place, is_added=command.is_added)

    def _tee(self, words: tuple[Word, ...], heads: list[str], given: Content | None, place: Place) -> None:
        is_added = any(re.fullmatch(r"-[A-Za-z]*a[A-Za-z]*|--append", head) for head in heads)
        for word, head in zip(words, heads, strict=True):
            if not head.startswith("-"):
                self.files.write(word, given, place, is_added=is_added)

    def _given(self, command: Command, place: Place) -> Content | None:
        """Return what a command reads."""
        if command.document is not None:
            return self.values.filled(command.document)
        if command.given is not None:
            word = self.values.filled(command.given)
            return self.files.read(word, word.head(self.data), place)
        return self.output if command.behind in ("|", "|&") else None

    def _output(self, name: str, words: tuple[Word, ...], given: Content | None, place: Place) -> Content | None:
        """Return what a command writes, where that is plain."""
        try:
            if name in ("echo", "printf"):
                return (echoed if name == "echo" else formatted)(words, self.data)
        except UnreadableError as problem:
            return Unread(problem.offset, problem.reason)
        if name == "tee" or (name == "cat" and [word.head(self.data) for word in words] in ([], ["-"])):
            return given
        if name == "cat" and len(words) == 1 and not words[0].head(self.data).startswith("-"):
            return self.files.read(words[0], words[0].head(self.data), place)
        return None

    def _content(self, call: Call, given: Content | None, place: Place) -> Content:
        """Return what a request sends."""
        if isinstance(call.body, UnreadableError):
            return Unread(call.body.offset, call.body.reason)
        text = call.body.head(self.data)
        if call.is_verbatim or not text.startswith("@"):
            return call.body
        if text == "@-":
            return given or Unread(call.body.offset, _NO_INPUT)
        return self.files.read(call.body, text[1:], place)

    def _body(self, call: Call, content: Content) -> Source:
        """Return the body of a request.

        Raises:
            UnreadableError: Nobody can read it.
            BodyError: The file that it is in cannot be read.
        """
        if isinstance(content, Unread):
            raise UnreadableError(content.offset, content.reason)
        if isinstance(content, Named):
            body = self.open_beside(content.name, content.offset)
            told = f"the script may write {content.name} itself; what the file holds now was read"
            notes = ((None, told),) if content.is_written else ()
            return self._told(body._replace(notes=(*notes, *body.notes)), call.url)
        return self._told(self._plain(content).source(self.source), content, call.url)

    def _plain(self, word: Word) -> Word:
        """Return a body without backslashes that only keep its quotes through PowerShell.

        Raises:
            UnreadableError: All of it is left to the shell.
        """
        lone = word.lone
        if lone is not None:
            why = "and is not set to a text here" if lone.is_quoted else "without a text, or without double quotes"
            is_command = lone.text.startswith(("$(", "`"))
            why = "and no command is run: name a file, as in -d @FILE" if is_command else why
            raise UnreadableError(lone.offset, f"{quote(lone.text)} is the body, {why}")
        return without_slashes(word, self.data) if is_slashed(word.head(self.data)) else word

    def _told(self, body: Source, *words: Word | None) -> Source:
        """Return a body with a note of the variables that were put into it, and into its URL."""
        names = dict.fromkeys(name for word in words if word is not None for name in word.filled)
        of_script = [quote(name) for name in names if name not in self.values.defaults]
        by_default = [quote(name) for name in names if name in self.values.defaults]
        notes = []
        if of_script:
            it = "it" if len(of_script) == 1 else "them"
            notes.append((None, f"filled in as the script sets {it}: {', '.join(of_script)}"))
        if by_default:
            its = "its default" if len(by_default) == 1 else "their defaults"
            notes.append((None, f"filled in with {its}: {', '.join(by_default)}"))
        return body._replace(notes=(*notes, *body.notes))
