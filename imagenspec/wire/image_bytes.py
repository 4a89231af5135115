"""Where base64 stands in a body that is not written out yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from imagenspec.images.files import ImageFile


class ImageBytes(NamedTuple):
    """The place in a body where an image's base64 stands."""

    image: ImageFile
