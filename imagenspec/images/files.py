"""Image files as the core sees them: found, refused or opened by a port that is passed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.images.headers import Picture
    from imagenspec.images.pictures import MaskLook


class Stamp(NamedTuple):
    """What a file system says of a file that changes when its content does; times in nanoseconds."""

    device: int
    inode: int
    size: int
    modified: int
    status_changed: int

    @property
    def changed(self) -> int:
        """The later of both times."""
        return max(self.modified, self.status_changed)


class ImageFile(NamedTuple):
    """An image file.

    Attributes:
        written: The path as the recipe writes it.
        path: Where it is.
        media_type: Its content type.
        stamp: Its state.
        is_here: Whether its bytes can be read; of some images in git only the name is known, or a digest.
    """

    written: str
    path: Path
    media_type: str
    stamp: Stamp
    is_here: bool = True

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self.stamp.size


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

    def picture(self, image: ImageFile) -> Picture | None:
        """Return what the header of an image says, or nothing where it cannot be read."""

    def mask(self, image: ImageFile) -> MaskLook | None:
        """Return what the pixels of a mask are, or nothing where they cannot be decoded."""

    def sha256(self, image: ImageFile) -> str:
        """Return the hexadecimal SHA-256 of an image's bytes, computed once."""
