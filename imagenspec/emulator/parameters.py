"""The documented parameters of each task, and how they are read; others are ignored, as the service does.

Sources: the pages imagen-api, imagen-api-edit, imagen-api-customization, imagen-upscale-api, virtual-try-on-api and
imagen-product-recontext-api, the types OutpaintingConfig and VirtualTryOnModelParams, and google-genai (segmentation).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from imagenspec.catalog.limits import limit
from imagenspec.catalog.naming import key_of
from imagenspec.emulator.refusals import (
    ASPECT_RATIO,
    IMAGE_SIZE,
    NEGATIVE_PROMPT,
    RAI_LEVEL,
    Refusal,
    Refused,
    cut,
    own,
    seen,
)

if TYPE_CHECKING:
    from imagenspec.emulator.members import Members

_LANGUAGES = ("auto", "en", "es", "hi", "ja", "ko", "pt", "zh", "zh-CN", "zh-TW", "fr", "de")
_PEOPLE = ("dont_allow", "allow_adult", "allow_all")
_LEVELS = ("block_low_and_above", "block_medium_and_above", "block_only_high", "block_none")
_OLD_LEVELS = {"block_most": 0, "block_some": 1, "block_few": 2, "block_fewest": 3}
_STYLES = ("photograph", "digital_art", "landscape", "sketch", "watercolor", "cyberpunk", "pop_art")
_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff", "image/vnd.microsoft.icon")
_EDIT_MODES = (
    "INPAINT_INSERTION",
    "INPAINT_REMOVAL",
    "OUTPAINT",
    "BGSWAP",
    "DEFAULT",
    "CONTROLLED_EDITING",
    "STYLE",
    "PRODUCT_IMAGE",
)
SEGMENT_MODES = ("foreground", "background", "prompt", "semantic", "interactive")
_MOST_SEED = 2**32 - 1
_MOST_EXPANSION = 500
_STORAGE = r"gs://[^/]+/.*"


class Asked(NamedTuple):
    """What a parameter is read with: its object, its name and the model."""

    members: Members
    name: str
    model: str


_Reader: TypeAlias = Callable[[Asked], Any]
_Readers: TypeAlias = dict[str, _Reader]


def _word(words: tuple[str, ...], *, any_case: bool = False) -> _Reader:
    return lambda asked: asked.members.word(asked.name, words, any_case=any_case)


def _integer(low: int | None = None, high: int | None = None) -> _Reader:
    return lambda asked: asked.members.integer(asked.name, low, high)


def _number(low: float | None = None, high: float | None = None) -> _Reader:
    return lambda asked: asked.members.number(asked.name, low, high)


def _truth(asked: Asked) -> bool | None:
    return asked.members.truth(asked.name)


def _text(asked: Asked) -> str | None:
    return asked.members.text(asked.name)


def _object(**known: _Reader) -> _Reader:
    def make(asked: Asked) -> dict[str, Any] | None:
        inner = asked.members.object(asked.name)
        return None if inner is None else _read_all(inner, known, asked.model)

    return make


def _seed(asked: Asked) -> int | None:
    """A seed is an unsigned number of 32 bits; digits as text are another seed than the number (vertexai)."""
    value = asked.members.raw(asked.name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10 and int(value) <= _MOST_SEED:
        return int(value)
    return asked.members.integer(asked.name, 0, _MOST_SEED)


def _sample_count(asked: Asked) -> int | None:
    allowed = limit(asked.model, "sampleCount")
    bounds = {} if allowed is None else allowed.value
    return asked.members.integer(asked.name, bounds.get("minimum", 1), bounds.get("maximum"))


def _aspect_ratio(asked: Asked) -> str | None:
    ratio = asked.members.text(asked.name)
    allowed = limit(asked.model, "aspectRatio")
    if ratio is not None and allowed is not None and ratio not in allowed.value:
        raise Refused(seen(ASPECT_RATIO.format(ratio=cut(ratio)), asked.members.at(asked.name)))
    return ratio


def _image_size(asked: Asked) -> str | None:
    size = asked.members.text(asked.name)
    allowed = limit(asked.model, "sampleImageSize")
    if size is None or allowed is None or not allowed.value:
        return size
    if size.upper() not in allowed.value:
        raise Refused(own(IMAGE_SIZE.format(size=cut(size)), asked.members.at(asked.name)))
    return size.lower()


def _language(asked: Asked) -> str | None:
    language = asked.members.word(asked.name, _LANGUAGES, any_case=True)
    allowed = limit(asked.model, "language")
    if language is None or allowed is None or not allowed.firm or language in allowed.value:
        return None if language is None else language.lower()
    raise asked.members.refuse(asked.name, f"one of {', '.join(allowed.value)}")


def _safety(asked: Asked) -> str | None:
    """The levels in either case, and the names that they had before; the service calls others invalid rai levels."""
    level = asked.members.text(asked.name)
    if level is None:
        return None
    known = level.lower()
    if known in _OLD_LEVELS:
        return _LEVELS[_OLD_LEVELS[known]]
    if known not in _LEVELS:
        raise Refused(_invalid_level(asked.members.at(asked.name)))
    return known


def _edit_mode(asked: Asked) -> str | None:
    mode = asked.members.word(asked.name, tuple(f"EDIT_MODE_{mode}" for mode in _EDIT_MODES))
    return None if mode is None else mode.removeprefix("EDIT_MODE_").lower()


def _storage(asked: Asked) -> str | None:
    uri = asked.members.text(asked.name)
    if uri is not None and not re.fullmatch(_STORAGE, uri, re.DOTALL):
        raise asked.members.refuse(asked.name, "gs://bucket/folder")
    return uri


def _threshold(asked: Asked) -> float | None:
    """-1 switches the threshold off; the others are between, but not, 0 and 255 (google-genai)."""
    value = asked.members.number(asked.name)
    if value is not None and value != -1 and not 0 < value < 255:
        raise asked.members.refuse(asked.name, "-1, or a number between 0 and 255")
    return value


def _upscale_factor(asked: Asked) -> str | None:
    factors = ("x2", "x4") if asked.model == "imagegeneration@002" else ("x2", "x3", "x4")
    value = asked.members.text(asked.name)
    if value is not None and value not in factors:
        raise Refused(seen(IMAGE_SIZE.format(size="IMAGE_SIZE_DEFAULT"), asked.members.at(asked.name)))
    return value


_OUTPUT = _object(mimeType=_word(_TYPES, any_case=True), compressionQuality=_integer(0, 100))
_SIDE = _integer(0, _MOST_EXPANSION)
_EXPANSION = _object(top=_SIDE, bottom=_SIDE, left=_SIDE, right=_SIDE)
_OUTPAINTING = _object(
    blendingMode=_word(("alpha-blending", "pyramid-blending")),
    blendingFactor=_number(0, 1),
    enableBorderReplicatePadding=_truth,
    expansionConfig=_EXPANSION,
)
_UPSCALE = _object(upscaleFactor=_upscale_factor, enhanceInputImage=_truth, imagePreservationFactor=_number())

_SAFETY: _Readers = {
    "personGeneration": _word(_PEOPLE, any_case=True),
    "safetySetting": _safety,
}
_ANSWER: _Readers = {"outputOptions": _OUTPUT, "storageUri": _storage}
_DRAWN: _Readers = {"sampleCount": _sample_count, "seed": _seed, "addWatermark": _truth}
_TEXT: _Readers = {
    "aspectRatio": _aspect_ratio,
    "negativePrompt": _text,
    "language": _language,
    "guidanceScale": _number(),
    "includeRaiReason": _truth,
    "includeSafetyAttributes": _truth,
}
_GENERATE = {
    **_DRAWN,
    **_TEXT,
    **_SAFETY,
    **_ANSWER,
    "enhancePrompt": _truth,
    "sampleImageSize": _image_size,
    "sampleImageStyle": _word(_STYLES),
}
_EDIT = {
    **_DRAWN,
    **_TEXT,
    **_SAFETY,
    **_ANSWER,
    "editMode": _edit_mode,
    "baseSteps": _integer(),
    "editConfig": _object(baseSteps=_integer(), outpaintingConfig=_OUTPAINTING),
}
_PARAMETERS: dict[str, _Readers] = {
    "generate": _GENERATE,
    "customize": _EDIT,
    "edit": _EDIT,
    "upscale": {
        **_SAFETY,
        **_ANSWER,
        "sampleCount": _integer(1, 1),
        "mode": _word(("upscale",)),
        "upscaleConfig": _UPSCALE,
        "addWatermark": _truth,
        "includeRaiReason": _truth,
        "sampleImageSize": _text,
    },
    "try_on": {**_DRAWN, **_SAFETY, **_ANSWER, "baseSteps": _integer(1), "enhancePrompt": _truth},
    "recontext": {**_DRAWN, **_SAFETY, **_ANSWER, "baseSteps": _integer(), "enhancePrompt": _truth},
    "segment": {
        "mode": _word(SEGMENT_MODES, any_case=True),
        "maxPredictions": _integer(),
        "confidenceThreshold": _number(0, 1),
        "maskDilation": _number(0, 1),
        "binaryColorThreshold": _threshold,
    },
}


def read_parameters(task: str, model: str, members: Members | None) -> dict[str, Any]:
    """Return the parameters of a task in snake_case, enum values in lower case and without prefix.

    Raises:
        Refused: One has another type, range or value than documented, or the model is documented not to take it.
    """
    if members is None:
        return {}
    for name in _PARAMETERS[task]:
        _refuse_unless_taken(Asked(members, name, model))
    return _read_all(members, _PARAMETERS[task], model)


def _read_all(members: Members, known: _Readers, model: str) -> dict[str, Any]:
    found = {key_of(name): read(Asked(members, name, model)) for name, read in known.items() if members.has(name)}
    return {key: value for key, value in found.items() if value is not None}


def _refuse_unless_taken(asked: Asked) -> None:
    """Refuse a parameter that the model is documented not to take; a rewriter may be switched off everywhere."""
    taken = limit(asked.model, f"parameter:{asked.name}")
    if not asked.members.has(asked.name) or taken is None or taken.value or not taken.firm:
        return
    if asked.name == "enhancePrompt" and asked.members.raw(asked.name) is False:
        return
    path = asked.members.at(asked.name)
    if asked.name == "safetySetting":
        raise Refused(_invalid_level(path))
    if asked.name == "negativePrompt":
        raise Refused(seen(NEGATIVE_PROMPT, path))
    raise Refused(own(f"Setting {asked.name} is not supported by {asked.model}.", path))


def _invalid_level(path: str) -> Refusal:
    return seen(RAI_LEVEL, path)._replace(status="FAILED_PRECONDITION")
