"""What Git LFS commits instead of a file: a few lines with the file's digest and size."""

from __future__ import annotations

import re
from typing import NamedTuple

from imagenspec.errors import ToolError

LONGEST = 1024
"""The most bytes of a pointer (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md)."""
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:[a-z0-9.-]+ [^\n]*\n)*?"
    rb"oid sha256:([0-9a-f]{64})\n(?:[a-z0-9.-]+ [^\n]*\n)*?size ([0-9]{1,15})\n"
)


class Pointer(NamedTuple):
    """A file that Git LFS keeps: the SHA-256 of its bytes, and how many they are."""

    sha256: str
    bytes: int


class NotFetchedError(ToolError):
    """A file that Git LFS keeps elsewhere.

    Attributes:
        pointer: What is known of it.
    """

    def __init__(self, pointer: Pointer) -> None:
        super().__init__(
            f"a picture is kept by Git LFS and is not here, {pointer.sha256[:12]}; run git lfs fetch --all first"
        )
        self.pointer = pointer


def pointer_of(data: bytes) -> Pointer | None:
    """Return what bytes say of the file that they stand for; nothing where they are a file themselves."""
    found = _POINTER.match(data) if len(data) < LONGEST else None
    return None if found is None else Pointer(found[1].decode(), int(found[2]))
