"""Image files as the core sees them: found, refused or opened by a port that is passed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class ImageFile(NamedTuple):
    """A readable image file: the path as the recipe writes it, where it is, its size in bytes and its content type."""

    written: str
    path: Path
    size: int
    media_type: str


class Refusal(NamedTuple):
    """Why a path is not an image that may be sent: a diagnostic code and a sentence."""

    code: str
    message: str


class ImageFiles(Protocol):
    """The port through which image files reach the core."""

    def find(self, recipe: str, written: str) -> ImageFile | Refusal:
        """Return the image that the recipe of that name calls ``written``, or why there is none."""

    def open(self, image: ImageFile) -> BinaryIO:
        """Open an image for reading, without buffering."""

    def sha256(self, image: ImageFile) -> str:
        """Return the hexadecimal SHA-256 of an image's bytes, computed once."""
