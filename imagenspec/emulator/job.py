"""One predict request as the emulator understood it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Picture(NamedTuple):
    """An input image, decoded lazily.

    Attributes:
        data: The bytes of the file.
        media_type: The content type that the request states.
        gcs: The ``gs://`` URI that the request names; ``data`` is then what the bucket's folder holds, or empty.
    """

    data: bytes
    media_type: str | None
    gcs: str | None = None


class Reference(NamedTuple):
    """A reference image of an edit or of a customization.

    Attributes:
        kind: One of raw, mask, control, subject, style and content.
        number: The reference id, which prompts write as ``[n]``.
        choice: The mask mode, control type or subject type, in lower case without its prefix.
        dilation: How far a mask grows, as a fraction of the image's width.
        classes: The numbers of the mask classes of a semantic mask.
        compute: Whether a control image is computed from an ordinary picture.
    """

    kind: str
    number: int | None
    image: Picture | None
    choice: str | None
    description: str | None = None
    dilation: float | None = None
    classes: tuple[int, ...] = ()
    compute: bool = False


class Product(NamedTuple):
    """A product image of a try-on or of a recontext request."""

    image: Picture
    description: str | None = None
    mask: Picture | None = None


class Job(NamedTuple):
    """One predict request as the emulator understood it.

    Attributes:
        task: One of generate, customize, edit, upscale, try_on, recontext and segment.
        parameters: The parameters in snake_case, enum values in lower case without their prefix.
        canonical: The whole request, keys sorted and images replaced by digests: what a picture encodes.
        labels: The billing labels.
    """

    task: str
    model: str
    prompt: str
    references: tuple[Reference, ...] = ()
    image: Picture | None = None
    scribble: Picture | None = None
    person: Picture | None = None
    products: tuple[Product, ...] = ()
    parameters: Mapping[str, Any] = MappingProxyType({})
    canonical: bytes = b""
    labels: Mapping[str, str] = MappingProxyType({})
