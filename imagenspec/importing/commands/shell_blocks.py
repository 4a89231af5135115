"""Where the commands of a shell script stand: which of them run whenever what is around them runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagenspec.importing.commands.shell_words import Command

_CLOSES = {
    "if": "fi",
    "while": "done",
    "until": "done",
    "for": "done",
    "select": "done",
    "case": "esac",
    "{": "}",
}
_PART = ("then", "do", "else", "elif")
"""What starts another part of a loop or a condition."""
_KEYWORDS = (*_PART, "!", "time")
_FOLLOWED = ("if", "while", "until", "{")
"""What a command stands behind in the same line."""


class Place(NamedTuple):
    """Where a command stands.

    Attributes:
        path: The parts of loops, conditions and functions that it is in, from the outermost on; groups do not count.
        is_sure: Whether it runs whenever that part does: it is not behind ``&&`` or ``||``, and not in brackets.
        is_top: Whether it is in nothing at all, and in no pipe.
        function: The function that it is in, from 1 on.
    """

    path: tuple[int, ...]
    is_sure: bool
    is_top: bool
    function: int = 0


class _Block(NamedTuple):
    """A loop, condition, function or group that is open."""

    opener: str
    path: tuple[int, ...]
    is_part: bool
    function: int


class _Reader:
    """Goes over the commands of a script."""

    def __init__(self) -> None:
        self.open: list[_Block] = []
        self.is_clear = True
        self._count = 0
        self._before: Command | None = None
        self._before_is_function = False
        self._is_maybe = False

    @property
    def path(self) -> tuple[int, ...]:
        """The parts that are open."""
        return self.open[-1].path if self.open else ()

    def place(self, command: Command, data: bytes) -> Place:
        """Go over a command; return where it stands."""
        heads = [word.head(data) for word in command.words]
        is_piped = command.behind in ("|", "|&")
        self._is_maybe = command.behind in ("&&", "||") or (is_piped and self._is_maybe)
        is_sure = not self._is_maybe and not command.is_inner
        for head in heads:
            if head in _PART:
                self._next_part()
            elif head in _CLOSES:
                is_function = head == "{" and self._is_function(command)
                self._opened(head, is_part=head != "{" or is_function or not is_sure, is_function=is_function)
            elif head in _CLOSES.values():
                self._closed(head)
            elif head == "function" and "{" in heads:
                self._opened("{", is_part=True, is_function=True)
            if head not in (*_KEYWORDS, *_FOLLOWED):
                break
        if command.ahead == ")" and self.open and self.open[-1].opener == "case":
            self._next_part()
        self._before, self._before_is_function = command, heads[:1] == ["function"]
        function = self.open[-1].function if self.open else 0
        return Place(self.path, is_sure, not self.open and is_sure and not is_piped, function)

    def _is_function(self, command: Command) -> bool:
        """Tell whether a group is the body of a function."""
        is_named = self._before is not None and self._before.ahead == "(" and len(self._before.words) == 1
        return is_named or self._before_is_function or command.behind == ")"

    def _opened(self, opener: str, *, is_part: bool, is_function: bool = False) -> None:
        self._count += 1
        around = self.open[-1].function if self.open else 0
        path = (*self.path, self._count) if is_part else self.path
        self.open.append(_Block(opener, path, is_part, self._count if is_function else around))

    def _closed(self, closer: str) -> None:
        if self.open and _CLOSES[self.open[-1].opener] == closer:
            self.open.pop()
        else:
            self.is_clear = False

    def _next_part(self) -> None:
        if self.open and self.open[-1].is_part:
            self._count += 1
            self.open[-1] = self.open[-1]._replace(path=(*self.open[-1].path[:-1], self._count))


def places_of(commands: Sequence[Command], data: bytes) -> list[Place]:
    """Return where each command stands; of a script whose blocks are not told apart, none is sure to run."""
    reader = _Reader()
    found = [reader.place(command, data) for command in commands]
    return found if reader.is_clear and not reader.open else [Place((), is_sure=False, is_top=False)] * len(found)
