"""A compiled request."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

from imagenspec.wire.body import body_chunks, body_length, body_parts, digest, file_refs
from imagenspec.wire.image_bytes import ImageBytes
from imagenspec.wire.pointers import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.images.files import ImageFile, ImageFiles
    from imagenspec.images.headers import Picture
    from imagenspec.wire.pointers import Steps


@dataclass(frozen=True, eq=False)
class Request:
    """One ``predict`` request of one case.

    Attributes:
        recipe: The name of the recipe's file.
        case: The id of the case; empty where the recipe has no matrix.
        task: The recipe's task.
        model: The publisher model that the request is for.
    """

    recipe: str
    case: str
    task: str
    model: str
    _body: dict[str, Any] = field(repr=False)
    _files: ImageFiles = field(repr=False)

    def body(self, *, ascii_only: bool = False) -> Iterator[bytes]:
        """Yield the body's JSON in pieces of at most one mebibyte; images are never whole in memory.

        Args:
            ascii_only: Escape all characters beyond ASCII, and every brace pair that editors take for a variable of
                theirs; the JSON means the same.

        Raises:
            ToolError: An image changed after it was checked.
        """
        return body_chunks(self._ascii_parts if ascii_only else self._parts, self._files)

    @cached_property
    def content_length(self) -> int:
        """The number of bytes that :meth:`body` yields."""
        return body_length(self._parts)

    @cached_property
    def ascii_length(self) -> int:
        """The number of bytes that :meth:`body` yields in ASCII."""
        return body_length(self._ascii_parts)

    @property
    def images(self) -> list[ImageFile]:
        """The files whose bytes the body holds."""
        return [part for part in self._parts if not isinstance(part, str)]

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the canonical payload: the same for the same request, wherever its files are."""
        return digest(self._body, self._files)

    def file_refs(self) -> dict[str, Any]:
        """Return the body as plain data with ``{"$file", "sha256", "bytes"}`` where base64 stands."""
        return file_refs(self._body, self._files)

    def members(self) -> Iterator[tuple[Steps, Any]]:
        """Yield the members of the body that hold no others; an image's base64 is the :class:`ImageFile`."""
        for steps, value in leaves(self._body):
            yield steps, value.image if isinstance(value, ImageBytes) else value

    def sha256(self, image: ImageFile) -> str:
        """Return the hexadecimal SHA-256 of an image of the body."""
        return self._files.sha256(image)

    def open(self, image: ImageFile) -> BinaryIO:
        """Open an image of the body for reading."""
        return self._files.open(image)

    def picture(self, image: ImageFile) -> Picture | None:
        """Return what the header of an image of the body says, or nothing where it cannot be read."""
        return self._files.picture(image)

    @cached_property
    def _parts(self) -> list[str | ImageFile]:
        return body_parts(self._body)

    @cached_property
    def _ascii_parts(self) -> list[str | ImageFile]:
        return body_parts(self._body, ascii_only=True)
