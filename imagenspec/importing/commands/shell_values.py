"""The variables of a shell script that it sets once to plain texts; what takes a run to know is not known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.importing.commands.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagenspec.importing.commands.shell_blocks import Place
    from imagenspec.importing.commands.shell_words import Command
    from imagenspec.importing.commands.words import Variable

_SET = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_USED = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?-)([\w./:@%+,= -]*))?\})", re.ASCII)
_NAMES = re.compile(rb"\w+")
_USE = re.compile(rb"(?::?[-+?]|\})")
"""What stands behind a name in braces that is used and not set."""
_KEY = re.compile(rb"\\?\"\s*:")
"""What stands behind a name that is one of JSON."""
_HOME = re.compile(rb"~|[^'\"\s;]*:~")
_BEFORE = re.compile(r"[A-Za-z_]\w*\+?=.*|[{!]|do|then|else|elif|if|while|until|time|command|builtin", re.DOTALL)
_FROM_ELSEWHERE = (
    *("source", "eval", "declare", "typeset", "local", "read", "mapfile", "readarray", "getopts"),
    *("unset", "let", "alias", "shopt", "enable"),
)
"""What may set variables that it does not name."""
_OF_THE_SHELL = re.compile(
    r"BASH\w*|COMP\w*|EPOCH\w+|E?UID|PPID|GROUPS|HOST\w*|HOME|USER|LOGNAME|LANG|LC_\w+|TMPDIR|TERM|SHELL|SHLVL|(?:OLD)?PWD"
    r"|PATH|IFS|LINENO|LINES|COLUMNS|MACHTYPE|OSTYPE|OPT\w+|PIPESTATUS|RANDOM|REPLY|SECONDS|SRANDOM|FUNCNAME|DIRSTACK|_"
)
"""What a shell, or its surroundings, set."""


class Values:
    """What the variables of a script are set to, as far as it has been gone through.

    One is known only if the script names it nowhere but where it uses it, and where it sets it once and for sure.

    Attributes:
        defaults: The variables, as they are written, that stand for the defaults behind their names.
    """

    def __init__(self, data: bytes, commands: Sequence[Command], places: Iterable[Place]) -> None:
        self.defaults: set[str] = set()
        self._data = data
        self._known: dict[str, Word] = {}
        self._set: dict[int, tuple[str, Word]] = {}
        self._own = ""
        pairs = zip(commands, places, strict=True)
        self._set = {one[1].offset: one for command, place in pairs if place.is_top for one in _settings(command, data)}
        self._is_closed = not any(_is_open(command, data) for command in commands) and b"${!" not in data
        names = {name for name, _ in self._set.values()}
        names |= {name for command in commands for name in _used_by(command)}
        self._others: dict[str, list[int]] = {name: [] for name in names if not _OF_THE_SHELL.fullmatch(name)}
        for found in _NAMES.finditer(data):
            others = self._others.get(found[0].decode(errors="replace"))
            if others is not None and not self._is_use(found.start(), found.end()):
                others.append(found.start())

    def take(self, command: Command) -> None:
        """Go over a command."""
        for word in command.words:
            name, _ = self._set.get(word.offset, ("", word))
            if self._is_sure(name) and self._others[name] == [word.offset]:
                self._own = name
                whole = word.without(len(name) + 1).fill(self._whole)
                self._own = ""
                if whole.lone is None:
                    self._known[name] = whole

    def filled(self, word: Word) -> Word:
        """Return a word with the variables in it that are known; one that would be cut at its blanks stays."""
        return word.fill(self._value) if word.variables else word

    def is_steady(self, word: Word) -> bool:
        """Tell whether a word says the same wherever the script has it."""
        found = [_USED.fullmatch(one.text) for one in word.variables]
        names = [one[1] or one[2] if one else "" for one in found]
        return all(self._is_sure(name) and len(self._others[name]) < 2 for name in names)

    def _is_sure(self, name: str) -> bool:
        return self._is_closed and name in self._others

    def _is_use(self, start: int, end: int) -> bool:
        """Tell whether a name stands where its variable is used, or is one of JSON."""
        before = self._data[max(start - 2, 0) : start]
        if before == b"${":
            return _USE.match(self._data, end) is not None
        return before[-1:] == b"$" or (before[-1:] == b'"' and _KEY.match(self._data, end) is not None)

    def _value(self, variable: Variable) -> Word | None:
        value = self._whole(variable)
        if value is not None and not variable.is_quoted:
            is_cut = b"IFS" in self._data or re.search(rb"[\s*?\[]", value.text(self._data))
            return None if is_cut else value
        return value

    def _whole(self, variable: Variable) -> Word | None:
        used = _USED.fullmatch(variable.text)
        name = (used[1] or used[2]) if used is not None else ""
        if used is None or not self._is_sure(name):
            return None
        value = self._known.get(name)
        is_set = value is not None and (used[3] != ":-" or value.variables or value.text(self._data))
        if is_set or used[3] is None or (self._others[name] and value is None and name != self._own):
            return value
        if name == self._own and len(self._others[name]) > 1:
            return None
        self.defaults.add(variable.text)
        start = variable.offset + used.start(4)
        return Word(((start, start + len(used[4].encode()), None),))


def _settings(command: Command, data: bytes) -> Iterator[tuple[str, Word]]:
    """Yield the variables that a command sets, and that alone, each with its word."""
    words = command.words
    is_export = words[:1] != () and words[0].head(data) == "export"
    given = words[is_export:]
    is_else = command.document or command.target or command.given or command.ahead in ("&", "|", "|&", "(")
    found = [_SET.match(word.head(data)) for word in given]
    if is_else or None in found or (is_export and len(given) > 1 and any(word.variables for word in given)):
        return
    for word, name in zip(given, found, strict=True):
        end = word.offset + (name.end() if name else 0)
        is_bare = data[max(word.offset - 1, 0) : word.offset] in (b"", b" ", b"\t", b"\n", b";")
        if name and is_bare and data[word.offset : end] == name[0].encode() and not _HOME.match(data, end):
            yield name[1], word


def _used_by(command: Command) -> Iterator[str]:
    """Yield the names of the variables that a command uses."""
    rest = (command.document, command.target, command.given)
    for word in (*command.words, *(one for one in rest if one is not None)):
        for one in word.variables:
            used = _USED.fullmatch(one.text)
            if used is not None:
                yield used[1] or used[2]


def _is_open(command: Command, data: bytes) -> bool:
    """Tell whether a command may set variables that it does not name."""
    heads = [word.head(data) for word in command.words]
    first = next((head for head in heads if not _BEFORE.fullmatch(head)), "")
    is_named = first in ("export", "readonly") and any(
        word.variables and not _SET.match(word.head(data)) for word in command.words
    )
    is_kept = first == "printf" and any(head.startswith("-v") for head in heads)
    is_trap = "trap" in heads and not any(head.startswith("rm ") for head in heads)
    return first == "." or is_named or is_kept or is_trap or any(head in _FROM_ELSEWHERE for head in heads)
