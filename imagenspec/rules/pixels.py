"""Rules about pixels, before the call: sizes, polarity and rotation. Headers only, except for masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.images.files import ImageFile
from imagenspec.source.diagnostics import Diagnostic, Related

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.images.headers import Picture
    from imagenspec.images.pictures import MaskLook
    from imagenspec.recipe.model import Image
    from imagenspec.rules.subject import Subject

_DEFAULT_BYTES = "imageBytes"
_HALF = 0.5
_LYING = range(5, 9)
"""EXIF orientations that swap width and height; whether the service turns the picture, no page says."""
_SOME = 0.001
_NOTHING = {"mask": "nothing would change", "scribble": "nothing is marked"}
_EVERYTHING = {"mask": "everything would change", "scribble": "everything is marked"}


def image_too_large(subject: Subject) -> Iterator[Diagnostic]:
    """IMG509: the model's limit of bytes for one image."""
    allowed = subject.limit(_DEFAULT_BYTES)
    if allowed is None or not allowed.firm:
        return
    for image in subject.recipe.images():
        file = _file(subject, image)
        if file is not None and file.size > allowed.value:
            size, most = file.size / 1024 / 1024, allowed.value / 1024 / 1024
            message = f"the image has {size:.1f} MB; {subject.recipe.model} takes {most:g} MB"
            yield subject.at_value("IMG509", image.path, message)


def sizes_of_masks(subject: Subject) -> Iterator[Diagnostic]:
    """IMG510 and IMG511: a mask or control has the width and height of the raw image."""
    raw = next((one.images[0] for one in subject.recipe.references if one.kind == "raw" and one.images), None)
    base = _picture(subject, raw)
    if raw is None or base is None:
        return
    for reference in subject.recipe.references:
        code = {"mask": "IMG510", "control": "IMG511"}.get(reference.kind)
        other = reference.images[0] if code and reference.images else None
        yield from _same_size(subject, str(code), reference.kind, other, (raw, base))


def _sizes(picture: Picture) -> set[tuple[int, int]]:
    """Return the width and height of a picture, both as stored and as shown where a note of the camera turns it."""
    stored = (picture.width, picture.height)
    return {stored, stored[::-1]} if picture.orientation in _LYING else {stored}


def size_of_scribble(subject: Subject) -> Iterator[Diagnostic]:
    """IMG512: a scribble has the width and height of the image that it is drawn on."""
    base = _picture(subject, subject.recipe.image)
    if subject.recipe.image is not None and base is not None:
        yield from _same_size(subject, "IMG512", "scribble", subject.recipe.scribble, (subject.recipe.image, base))


def _same_size(
    subject: Subject, code: str, what: str, image: Image | None, base: tuple[Image, Picture]
) -> Iterator[Diagnostic]:
    picture = _picture(subject, image)
    if image is None or picture is None or _sizes(picture) & _sizes(base[1]):
        return
    message = f"the {what} is {picture.width} x {picture.height}, the image {base[1].width} x {base[1].height}"
    related = Related(subject.document.value_span(base[0].path), "the image")
    yield subject.at_value(code, image.path, f"{message}; they must be the same", related)


def scribble_not_png(subject: Subject) -> Iterator[Diagnostic]:
    """IMG520: Google's SDK takes scribbles as PNG only: JPEG has no clean black and white."""
    scribble = subject.recipe.scribble
    file = _file(subject, scribble)
    if scribble is not None and file is not None and file.media_type == "image/jpeg":
        yield subject.at_value("IMG520", scribble.path, f"a scribble is a PNG, this is {file.media_type}")


def stated_type(subject: Subject) -> Iterator[Diagnostic]:
    """IMG521: the recipe says one type, the file has another."""
    for image in subject.recipe.images():
        file = _file(subject, image)
        if file is None or not file.is_here:
            continue
        if image.mime_type is not None and image.mime_type != file.media_type:
            place = (*image.path[:-1], "mime_type")
            message = f"the file is {file.media_type}, not {image.mime_type}"
            yield subject.at_value("IMG521", place, message)


def look_of_masks(subject: Subject) -> Iterator[Diagnostic]:
    """IMG513 to IMG516: white changes, black stays; all of one, grey, or transparency says something else."""
    drawn = [(one.images[0], "mask") for one in subject.recipe.references if one.kind == "mask" and one.images]
    if subject.recipe.scribble is not None:
        drawn.append((subject.recipe.scribble, "scribble"))
    for image, what in drawn:
        file = _file(subject, image)
        look = subject.files.mask(file) if file is not None else None
        problem = _doubtful_look(look, what) if look is not None else None
        if problem is not None:
            yield subject.at_value(problem[0], image.path, problem[1])


def _doubtful_look(look: MaskLook, what: str) -> tuple[str, str] | None:
    if look.see_through > _SOME and (look.black + look.white < _HALF or 0 in (look.black, look.white)):
        return (
            "IMG516",
            f"the {what} is in the transparency; the service reads white as what is meant, black as the rest",
        )
    if look.black == 1:
        return "IMG513", f"the {what} is all black: " + _NOTHING[what]
    if look.white == 1:
        return "IMG514", f"the {what} is all white: " + _EVERYTHING[what]
    if look.grey > _HALF:
        return "IMG515", f"{look.grey:.0%} of the {what} is neither black nor white; is it a photograph?"
    return None


def rotated_images(subject: Subject) -> Iterator[Diagnostic]:
    """IMG517: a camera's rotation note; whether the service turns the picture, no page says."""
    for image in subject.recipe.images():
        file = _file(subject, image)
        if file is None or file.media_type != "image/jpeg":
            continue
        picture = subject.files.picture(file)
        if picture is not None and picture.orientation != 1:
            message = "the picture is stored turned (EXIF orientation); turn the pixels, so that nobody has to guess"
            yield subject.at_value("IMG517", image.path, message)


def upscaled_size(subject: Subject) -> Iterator[Diagnostic]:
    """IMG518: the model's limit of pixels in the answer."""
    recipe = subject.recipe
    allowed = subject.limit("outputMegapixels")
    picture = _picture(subject, recipe.image)
    factor = str((recipe.parameters.get("upscale_config") or {}).get("upscale_factor", ""))
    if recipe.task != "upscale" or allowed is None or picture is None or not factor[1:].isdigit():
        return
    pixels = picture.width * picture.height * int(factor[1:]) ** 2
    if pixels > allowed.value:
        message = f"{picture.width} x {picture.height} {factor} makes {pixels / 1e6:.1f} megapixels"
        place = ("parameters", "upscale_config", "upscale_factor")
        yield subject.at_value("IMG518", place, f"{message}; {recipe.model} makes at most {allowed.value / 1e6:g}")


def damaged_images(subject: Subject) -> Iterator[Diagnostic]:
    """IMG519: a header that cannot be read, of an image whose size matters."""
    matter = [
        one.images[0] for one in subject.recipe.references if one.kind in ("raw", "mask", "control") and one.images
    ]
    for image in [*matter, *(one for one in (subject.recipe.image, subject.recipe.scribble) if one is not None)]:
        file = _file(subject, image)
        if file is not None and file.is_here and subject.files.picture(file) is None:
            yield subject.at_value("IMG519", image.path, "the image is damaged: its header cannot be read")


def _file(subject: Subject, image: Image | None) -> ImageFile | None:
    if image is None or image.file is None:
        return None
    found = subject.files.find(subject.document.file.name, image.file)
    return found if isinstance(found, ImageFile) else None


def _picture(subject: Subject, image: Image | None) -> Picture | None:
    file = _file(subject, image)
    return None if file is None else subject.files.picture(file)
