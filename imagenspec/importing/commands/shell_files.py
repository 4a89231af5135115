"""The files that a shell script writes: what is in them where it reads them, as far as that is sure."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from imagenspec.importing.commands.words import Word
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imagenspec.importing.commands.shell_blocks import Place

_READING = frozenset(
    (
        *("", "for", "case", "select", "function", "fi", "done", "esac", "}", "[", "[[", "test", "true", "false", ":"),
        *("cat", "echo", "printf", "export", "readonly", "local", "declare", "trap", "set", "sleep", "exit", "return"),
        *("ls", "stat", "file", "wc", "head", "tail", "grep", "jq", "less", "more", "diff", "cmp", "sort", "cut", "tr"),
        *("base64", "md5sum", "sha256sum", "shasum", "xxd", "od", "chmod", "mkdir", "command", "which", "basename"),
        *("sed", "gsed", "awk", "gawk", "yq"),
    )
)
"""Commands that change no file; some do if they are told to."""
_IN_PLACE = re.compile(r"-[A-Za-z]*i.*|--in-?place.*|inplace", re.DOTALL)
_EDITING = (
    "mv",
    "cp",
    "install",
    "rsync",
    "truncate",
    "dd",
    "patch",
    "ed",
    "ex",
    "sponge",
    "xargs",
    "parallel",
    "perl",
)
_TOKEN = re.compile(r"[^\s'\"=:,;()<>|&@]+")
_VARIABLE = re.compile(r"\$(?:\w+|\{.*?\}|.)")
_GLOB = re.compile(r"[*?[]")
_ANY = "*"
"""Where the changes of files are counted that no command names."""


class Named(NamedTuple):
    """A file that a script reads, where it says so, and whether the script may write it too."""

    name: str
    offset: int
    is_written: bool


class Unread(NamedTuple):
    """Something that nobody can know without running the script: where it stands, and why."""

    offset: int
    reason: str


Content: TypeAlias = Word | Named | Unread


class _Kept(NamedTuple):
    """What is in a file, and the parts of the script in which it is there."""

    content: Content
    path: tuple[int, ...]
    function: int = 0


class Files:
    """The files that a script has written so far.

    Attributes:
        times: How often each name was written, or named by a command that may write it.
        functions: The functions in which that was.
    """

    def __init__(self, data: bytes, is_steady: Callable[[Word], bool], in_all: Files | None = None) -> None:
        self.times: Counter[str] = Counter()
        self.functions: dict[str, set[int]] = {}
        self._data = data
        self._is_steady = is_steady
        self._in_all = self if in_all is None else in_all
        self._paths: dict[str, set[str]] = {}
        self._is_kept = False
        self._kept: dict[str, _Kept] = {}
        self._is_elsewhere = False

    def read(self, word: Word, name: str, place: Place) -> Content:
        """Return what is in a file; where none is named, it is what another command writes.

        Args:
            word: The word that names it.
            name: Its name.
            place: Where the command stands that reads it.
        """
        if not name:
            return Unread(word.offset, "a file has a name here: what another command writes is not known")
        path = posixpath.normpath(name)
        last = posixpath.basename(path)
        kept = self._kept.get(path)
        if kept is None and self._is_elsewhere and not name.startswith("/"):
            do = "import from that folder, or name the file with all of its path"
            return Unread(word.offset, f"the script goes to another folder before it reads {quote(name)}: {do}")
        if kept is None:
            return Named(name, word.offset, bool(self._in_all.times[last] or self._in_all.times[_ANY]))
        is_later = bool(place.path) and kept.path != place.path and self._in_all.times[last] > self.times[last]
        is_called = bool(self._in_all.functions.get(last, set()) - ({kept.function} & {place.function}))
        if is_later or is_called or place.path[: len(kept.path)] != kept.path:
            return _maybe(name, word.offset)
        if isinstance(kept.content, Unread) and not kept.content.reason:
            return Unread(word.offset, f"what is written to {quote(name)} is not known")
        return kept.content

    def write(self, target: Word, content: Content | None, place: Place, *, is_added: bool) -> None:
        """Put what a command writes into a file; of what is not known, the file that is there may tell."""
        name = target.head(self._data)
        path = posixpath.normpath(name)
        last = posixpath.basename(path)
        self._count((last,), place)
        self._paths.setdefault(last, set()).add(path)
        if target.variables or path.startswith("/"):
            is_plain = not any(one.text.startswith(("$(", "`")) for one in target.variables)
            parts = _VARIABLE.split(last) if is_plain else [""]
            first, end = parts[0], parts[-1]
            self._forget(
                one
                for one in self._kept
                if one != path and (base := posixpath.basename(one)).startswith(first) and base.endswith(end)
            )
        if not self._is_steady(target):
            self._kept[path] = _Kept(Unread(target.offset, ""), ())
        elif is_added:
            self._kept[path] = _Kept(Unread(target.offset, "this file is written in parts: put them together"), ())
        elif not place.is_sure or self._is_kept or (content is None and place.path):
            if content is not None or path in self._kept:
                self._kept[path] = _Kept(_maybe(name, target.offset), ())
        elif content is None:
            self._kept.pop(path, None)
        else:
            self._kept[path] = _Kept(content, place.path, place.function)

    def keep(self) -> None:
        """Write no file from here on that is there already."""
        self._is_kept = True

    def go(self) -> None:
        """Go to another folder: what was written has another name there."""
        self._kept = {path: kept for path, kept in self._kept.items() if path.startswith("/")}
        self._is_elsewhere = True

    def run(self, name: str, words: Iterable[Word], place: Place) -> None:
        """Go over a command that is none of those whose output is known: what it may change is not known any more.

        Args:
            name: What is run.
            words: What stands behind it.
            place: Where the command stands.
        """
        given = [(word, word.head(self._data)) for word in words]
        is_editing = name in _EDITING or (name in ("sed", "gsed", "awk", "gawk", "yq", "ruby") and _in_place(given))
        is_editing |= name in ("awk", "gawk") and any(">" in head for _, head in given)
        is_editing |= name == "find" and any(head in ("-exec", "-execdir", "-delete", "-ok") for _, head in given)
        if name in _READING and not is_editing:
            return
        named = given[-1:] if name == "cp" else given
        for _, head in given:
            self._change((posixpath.basename(one) for one in _TOKEN.findall(head) if name != "cp"), place)
        for word, head in named:
            self._change((posixpath.basename(one) for one in _TOKEN.findall(head)), place)
            if is_editing and (word.variables or _is_glob(word, head, self._data) or name in ("find", "xargs")):
                self._change_any()
        if name == "cp" and named and "." not in posixpath.basename(named[0][1]).strip("."):
            self._change((posixpath.basename(head) for _, head in given), place)

    def save(self, heads: Iterable[str], place: Place) -> None:
        """Go over the options of ``curl``: the files that it saves answers in."""
        before = ""
        for head in heads:
            found = re.fullmatch(r"(?:--output=|-[A-Za-z]*[oDc])(.+)", head)
            if before in ("--output", "--dump-header", "--cookie-jar") or re.fullmatch(r"-[A-Za-z]*[oDc]", before):
                self._change((posixpath.basename(head),), place)
            elif found is not None and not head.startswith("-d"):
                self._change((posixpath.basename(found[1]),), place)
            before = head

    def _count(self, names: Iterable[str], place: Place) -> None:
        for name in names:
            self.times[name] += 1
            if place.function:
                self.functions.setdefault(name, set()).add(place.function)

    def _change(self, names: Iterable[str], place: Place) -> None:
        """Forget what is in the files of some names."""
        found = set(names) - {"", ".", ".."}
        self._count(found, place)
        self._forget(path for name in found for path in self._paths.get(name, ()) if path in self._kept)

    def _change_any(self) -> None:
        self.times[_ANY] += 1
        self._forget(self._kept)

    def _forget(self, paths: Iterable[str]) -> None:
        for path in list(paths):
            self._kept[path] = _Kept(Unread(self._kept[path].content.offset, ""), ())


def _in_place(given: Iterable[tuple[Word, str]]) -> bool:
    return any(_IN_PLACE.fullmatch(head) for _, head in given)


def _is_glob(word: Word, head: str, data: bytes) -> bool:
    """Tell whether a word stands for the files whose names are like it."""
    is_bare = len(word.pieces) == 1 and data[max(word.offset - 1, 0) : word.offset] not in (b"'", b'"')
    return is_bare and _GLOB.search(head) is not None


def _maybe(name: str, offset: int) -> Unread:
    do = "put the body itself behind -d"
    return Unread(offset, f"whether {quote(name)} is written with this takes a run to know: {do}")
