"""Pictures of a request, decoded: whatever the file's mode, what comes out is RGB or RGBA."""

from __future__ import annotations

import hashlib
import warnings
from collections import OrderedDict
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw

from imagenspec.emulator.painting.chance import Chance
from imagenspec.emulator.painting.palette import coloured, mood
from imagenspec.emulator.painting.scenery import scene

if TYPE_CHECKING:
    from imagenspec.emulator.job import Picture

MOST_PIXELS = 64_000_000
"""The largest image that is decoded; a header may claim any size."""
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
_TOO_LARGE = f"the image claims too many pixels; at most {MOST_PIXELS / 1e6:g} million are decoded"
_LOSSY = ("JPEG", "MPO")
_NEARLY_BLACK = 16
_STAND_IN = (1024, 1024)
_REMEMBERED = 128
_GREY_16 = ("I;16", "I;16L", "I;16B", "I;16N")

_decoding = Lock()
_thumbnails: OrderedDict[tuple[bytes, int], Image.Image] = OrderedDict()


def decode(picture: Picture) -> Image.Image:
    """Return the pixels of an input as ``RGB``, or ``RGBA`` where something can be transparent.

    The first frame counts, pixels are taken as they are stored (a note of rotation in EXIF is ignored), greys of 16
    bits keep their upper eight. An image that is named by a ``gs://`` URI and has no bytes is a scene of that URI.

    Raises:
        ValueError: The bytes are no image, are damaged, or claim more than :data:`MOST_PIXELS`.
    """
    if not picture.data and picture.gcs is not None:
        return _stand_in(picture.gcs)
    image, _ = _load(picture.data)
    return _plain(image)


def decode_mask(picture: Picture, size: tuple[int, int]) -> Image.Image:
    """Return a mask of a size as ``L``: 255 where the file's pixel is not black, 0 elsewhere.

    What is transparent is black. In a JPEG, which has no clean black, up to 16 of 255 counts as black. A mask of
    another size is stretched, its pixels kept as they are.

    Raises:
        ValueError: As for :func:`decode`.
    """
    if not picture.data and picture.gcs is not None:
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).ellipse((size[0] * 0.2, size[1] * 0.2, size[0] * 0.8, size[1] * 0.8), fill=255)
        return mask
    image, lossy = _load(picture.data)
    least = _NEARLY_BLACK if lossy else 0
    mask = _brightest(image).point(lambda level: 255 * (level > least))
    return mask if mask.size == size else mask.resize(size, Image.Resampling.NEAREST)


def thumbnail(picture: Picture, side: int) -> Image.Image:
    """Return a square ``RGB`` picture of an input, its middle; those of the last inputs are remembered.

    Raises:
        ValueError: As for :func:`decode`.
    """
    source = picture.data or (picture.gcs or "").encode()
    key = hashlib.sha256(source).digest(), side
    found = _thumbnails.get(key)
    if found is None:
        found = _small(picture, side)
        _thumbnails[key] = found
        while len(_thumbnails) > _REMEMBERED:
            _thumbnails.popitem(last=False)
    return found


def flat(image: Image.Image, ground: tuple[int, int, int] = (255, 255, 255)) -> Image.Image:
    """Return a picture without transparency, on a ground of one colour."""
    if image.mode != "RGBA":
        return image
    under = Image.new("RGBA", image.size, (*ground, 255))
    return Image.alpha_composite(under, image).convert("RGB")


def _small(picture: Picture, side: int) -> Image.Image:
    image = _plain(_load(picture.data, draft=side * 2)[0]) if picture.data else decode(picture)
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    box = (left, top, left + edge, top + edge)
    return flat(image.resize((side, side), Image.Resampling.BOX, box, reducing_gap=2.0), (236, 236, 236))


def _load(data: bytes, draft: int | None = None) -> tuple[Image.Image, bool]:
    """Decode an image; with ``draft`` a JPEG may come smaller, if both sides keep so many pixels."""
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image: Image.Image = Image.open(BytesIO(data), formats=_FORMATS)
        except Image.DecompressionBombError as error:
            raise ValueError(_TOO_LARGE) from error
        except Exception as error:
            raise ValueError("the bytes are no image that can be decoded") from error
        if image.width * image.height > MOST_PIXELS:
            raise ValueError(_TOO_LARGE)
        lossy = image.format in _LOSSY
        try:
            if draft is not None:
                image.draft("RGB", (draft, draft))
            image.load()
        except Exception as error:
            raise ValueError("the image is damaged: its pixels cannot be decoded") from error
    return image, lossy


def _plain(image: Image.Image) -> Image.Image:
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode == mode:
        return image
    try:
        if image.mode in _GREY_16:
            image = image.convert("I").point(lambda level: level / 256).convert("L")
        return image.convert(mode)
    except (OSError, ValueError) as error:
        raise ValueError(f"the colours of the image cannot be read: mode {image.mode}") from error


def _brightest(image: Image.Image) -> Image.Image:
    """Return the brightest of the bands of each pixel as ``L``; nothing that is not black becomes black."""
    if image.mode in ("1", "L"):
        return image.convert("L")
    if image.mode in ("I", "F", *_GREY_16):
        return image.convert("I").convert("L")
    image = _plain(image)
    bands = image.split()
    brightest = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    if len(bands) == 4:
        brightest.paste(0, mask=bands[3].point(lambda level: 255 * (level == 0)))
    return brightest


def _stand_in(uri: str) -> Image.Image:
    key = hashlib.sha256(uri.encode("utf-8", "surrogatepass")).digest()
    return coloured(scene(_STAND_IN, key), mood(Chance(key, "colours")))
