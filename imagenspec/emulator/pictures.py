"""The image objects of a request: inline bytes, or a URI of Cloud Storage.

Source: VisionGenerativeModelInstance (an image is one of ``bytesBase64Encoded`` and ``gcsUri``; PNG and JPEG), the
edit reference (GIF and BMP besides, so only of edits and customization), and the model pages (bytes of an image).
"""

from __future__ import annotations

import hashlib
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pybase64

from imagenspec.catalog.limits import limit
from imagenspec.catalog.models import models
from imagenspec.emulator.bucket import DeniedError, MissingError, TooLargeError
from imagenspec.emulator.job import Picture
from imagenspec.emulator.refusals import NO_BYTES, Refusal, Refused, own, seen
from imagenspec.images.pictures import read_picture
from imagenspec.images.sniff import HEAD, media_type

if TYPE_CHECKING:
    from imagenspec.emulator.bucket import Bucket
    from imagenspec.emulator.job import Job
    from imagenspec.emulator.members import Members

INLINE = "bytesBase64Encoded"
_TYPES = ("image/png", "image/jpeg")
_TYPES_OF_EDITS = (*_TYPES, "image/gif", "image/bmp")
MOST_BYTES = 10 * 1024 * 1024
"""The most bytes of an image, where the model's page says nothing else."""
_MOST_OF_OBJECTS = 100 * 1024 * 1024
"""The most bytes of objects that one request names, as much as a body may have."""
_MOST_PADDING = 2
_URI = r"gs://[^/]+/.+"


class Pictures:
    """The pictures of one request to a model; inline bytes are decoded once."""

    def __init__(self, model: str, bucket: Bucket) -> None:
        known = limit(model, "imageBytes")
        self._most = MOST_BYTES if known is None else int(known.value)
        self._types = _TYPES_OF_EDITS if "edit" in models()[model].tasks else _TYPES
        self._bucket = bucket
        self._decoded: dict[int, bytes | None] = {}
        self._objects: dict[str, bytes | None] = {}

    def canonical(self, value: Any) -> Any:
        """Return a part of a body with digest and type where base64 stands; the part must stay alive meanwhile."""
        if isinstance(value, dict):
            return {
                name: self._digest(child) if name == INLINE and isinstance(child, str) else self.canonical(child)
                for name, child in value.items()
            }
        return [self.canonical(child) for child in value] if isinstance(value, list) else value

    def read(self, members: Members | None, path: str, *also: str) -> Picture:
        """Return the picture of an image object at a path of the body.

        Args:
            members: The object.
            path: Where it stands, or should.
            also: Members that are to blame, too, where it has no image.

        Raises:
            Refused: There is none, or it is not what the service takes.
        """
        text = None if members is None else members.text(INLINE)
        uri = None if members is None else members.text("gcsUri")
        if members is None or not (text or uri):
            raise Refused(seen(NO_BYTES, path, *also))
        members.word("mimeType", self._types, any_case=True)
        if text and uri:
            raise Refused(own("Both uri and raw bytes are provided in media content.", members.at(INLINE)))
        if text:
            return self._inline(text, members.at(INLINE))
        return self._stored(str(uri), members.at("gcsUri"))

    def _inline(self, text: str, path: str) -> Picture:
        if text.startswith("data:"):
            raise Refused(own("The image is a data URL; expected base64 alone.", path))
        data = self._decode(text)
        if data is None:
            raise Refused(own("The image is not valid base64.", path))
        return Picture(data, self._checked(data, path))

    def _stored(self, uri: str, path: str) -> Picture:
        if not re.fullmatch(_URI, uri, re.DOTALL):
            raise Refused(own("Invalid gcsUri: expected gs://bucket/object.", path))
        data = self._object(uri, path)
        if data is None:
            return Picture(b"", None, uri)
        return Picture(data, self._checked(data, path), uri)

    def _object(self, uri: str, path: str) -> bytes | None:
        """Return the bytes of an object, which is read once; nothing where there is no folder."""
        if uri not in self._objects:
            left = _MOST_OF_OBJECTS - sum(len(data or b"") for data in self._objects.values())
            most = min(self._most, left)
            try:
                self._objects[uri] = self._bucket.read(uri, most)
            except MissingError:
                raise Refused(_stored("The object was not found.", path, "NOT_FOUND")) from None
            except DeniedError:
                raise Refused(_stored("The object cannot be accessed.", path, "PERMISSION_DENIED")) from None
            except TooLargeError as error:
                raise Refused(own(f"The image has {error.size} bytes; the limit is {most}.", path)) from None
        return self._objects[uri]

    def _checked(self, data: bytes, path: str) -> str:
        """Return the type of an image by its bytes."""
        if len(data) > self._most:
            raise Refused(own(f"The image has {len(data)} bytes; the limit is {self._most}.", path))
        kind = media_type(data[:HEAD])
        if kind not in self._types:
            raise Refused(own(f"The image is {kind or 'of no known type'}; expected {' or '.join(self._types)}.", path))
        if read_picture(BytesIO(data)) is None:
            raise Refused(own("The image cannot be decoded.", path))
        return str(kind)

    def _decode(self, text: str) -> bytes | None:
        if id(text) not in self._decoded:
            try:
                self._decoded[id(text)] = _bytes(text)
            except ValueError:
                self._decoded[id(text)] = None
        return self._decoded[id(text)]

    def _digest(self, text: str) -> dict[str, str | None]:
        data = self._decode(text)
        if data is None:
            return {"base64": hashlib.sha256(text.encode()).hexdigest()}
        return {"sha256": hashlib.sha256(data).hexdigest(), "mimeType": media_type(data[:HEAD])}


def _stored(message: str, path: str, status: str) -> Refusal:
    """Return a refusal of an object of Cloud Storage; what the service says of one was not seen."""
    return own(message, path)._replace(status=status, prefixed=False)


def _bytes(text: str) -> bytes:
    """Return the bytes of base64 as proto3 JSON takes it: standard or URL-safe, with or without padding.

    Source: https://protobuf.dev/programming-guides/json/

    Raises:
        ValueError: It is no base64.
    """
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        bare = text.rstrip("=")
        if len(text) - len(bare) > _MOST_PADDING:
            raise
        padding = "=" * (-len(bare) % 4)
        return pybase64.b64decode(bare.replace("-", "+").replace("_", "/") + padding, validate=True)


def all_pixels(job: Job) -> int:
    """Return how many pixels the pictures of a request have together."""
    products = (picture for product in job.products for picture in (product.image, product.mask))
    pictures = (job.image, job.scribble, job.person, *products, *(reference.image for reference in job.references))
    return sum(size[0] * size[1] for size in map(pixels_of, pictures) if size is not None)


def pixels_of(picture: Picture | None) -> tuple[int, int] | None:
    """Return width and height of a picture, or nothing where its bytes are not known."""
    header = None if picture is None or not picture.data else read_picture(BytesIO(picture.data))
    return None if header is None else (header.width, header.height)
