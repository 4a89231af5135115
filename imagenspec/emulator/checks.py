"""What a request must be beyond the types of its members: what the service is documented or was seen to refuse.

Sources: the customization and edit references (references, masks), the guide about seeds, the model page of the
upscaler, and google-genai (aspect ratios beside masks, inputs of segmentation).
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from imagenspec.catalog.limits import default, limit
from imagenspec.emulator.pictures import INLINE, pixels_of
from imagenspec.emulator.refusals import MASK_MISSING, SEED_WITH_WATERMARK, Refusal, own, seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagenspec.emulator.job import Job, Reference

_REFERENCES = "instances[0].referenceImages"
_MODE = "parameters.editMode"
_MASK_EDITS = ("inpaint_insertion", "inpaint_removal", "outpaint", "bgswap")
_SHARED_IDS = ("subject", "style")
_PICTURES_BESIDE_A_MESH = 3
_SEGMENT_INPUTS = {"prompt": "prompt", "semantic": "prompt", "interactive": "scribble"}


def refusal_of(job: Job) -> Refusal | None:
    """Return why the service refuses a request, or nothing for one that it answers."""
    return next((found for check in _CHECKS if (found := check(job)) is not None), None)


def _seed_with_watermark(job: Job) -> Refusal | None:
    """The guide wants ``addWatermark: false`` beside a seed; the sample of the customization page lacks it."""
    if job.task == "customize" and "add_watermark" not in job.parameters:
        return None
    watermark = job.parameters.get("add_watermark", default(job.model, "addWatermark") is not False)
    if "seed" not in job.parameters or not watermark:
        return None
    return seen(SEED_WITH_WATERMARK, "parameters.seed", "parameters.addWatermark")


def _quality_without_jpeg(job: Job) -> Refusal | None:
    options = job.parameters.get("output_options", {})
    kind = options.get("mime_type", "image/png")
    if "compression_quality" not in options or kind == "image/jpeg":
        return None
    return own(f"{kind} does not accept compressionQuality.", "parameters.outputOptions.compressionQuality")


def _number_of_references(job: Job) -> Refusal | None:
    most = limit(job.model, "referenceImages")
    if most is None or len(job.references) <= most.value:
        return None
    return own(f"At most {most.value} reference images are supported, got {len(job.references)}.", _REFERENCES)


def _one_raw_image(job: Job) -> Refusal | None:
    extra = list(_places(job, "raw"))[1:]
    return own("Only one raw reference image is supported.", extra[0]) if extra else None


def _mask_edit(job: Job) -> Refusal | None:
    mode = job.parameters.get("edit_mode")
    masks, raws = list(_places(job, "mask")), list(_places(job, "raw"))
    if mode in _MASK_EDITS and not masks:
        return seen(MASK_MISSING, _MODE, _REFERENCES)
    if masks and not raws:
        return own("A mask needs a raw reference image.", masks[0])
    if mode not in _MASK_EDITS:
        return None
    other = next((place for kind, place in _all_places(job) if kind not in ("raw", "mask")), None)
    extra = masks[1:] or ([other] if other else [])
    return own("An edit with a mask takes one raw reference image and one mask.", extra[0], _MODE) if extra else None


def _aspect_ratio_with_mask(job: Job) -> Refusal | None:
    if "aspect_ratio" not in job.parameters or not any(_places(job, "mask")):
        return None
    return own("The aspect ratio is not supported for mask editing.", "parameters.aspectRatio")


def _ids(job: Job) -> Refusal | None:
    """Ids are unique but for the pictures of one subject or style, which are described alike."""
    first: dict[int, tuple[str, str | None, str | None]] = {}
    for index, reference in enumerate(job.references):
        if reference.number is None:
            continue
        what = reference.kind, reference.choice, reference.description
        if reference.number not in first:
            first[reference.number] = what
        elif reference.kind not in _SHARED_IDS or what != first[reference.number]:
            path = f"{_REFERENCES}[{index}].referenceId"
            return own(f"The reference id {reference.number} is not unique.", path)
    return None


def _face_mesh(job: Job) -> Refusal | None:
    meshes = _numbered(job, lambda one: one.kind == "control" and one.choice == "face_mesh")
    persons = _numbered(job, lambda one: one.kind == "subject" and one.choice == "person")
    if len(meshes) > 1:
        return own("Only one face mesh is supported.", f"{_REFERENCES}[{meshes[1]}]")
    if meshes and len(persons) > _PICTURES_BESIDE_A_MESH:
        message = f"At most {_PICTURES_BESIDE_A_MESH} images of a person are supported beside a face mesh."
        return own(message, f"{_REFERENCES}[{persons[_PICTURES_BESIDE_A_MESH]}]")
    return None


def _sizes(job: Job) -> Refusal | None:
    """Masks and controls have the size of the raw image."""
    raw = next((one.image for one in job.references if one.kind == "raw"), None)
    size = pixels_of(raw)
    for index, reference in enumerate(job.references if size else ()):
        own_size = pixels_of(reference.image) if reference.kind in ("mask", "control") else None
        if own_size is not None and own_size != size:
            message = f"The {reference.kind} is {_times(own_size)}, the raw reference image {_times(size)}."
            return own(message, f"{_REFERENCES}[{index}].referenceImage.{INLINE}")
    return None


def _upscaled_pixels(job: Job) -> Refusal | None:
    most = limit(job.model, "outputMegapixels")
    size = pixels_of(job.image)
    if job.task != "upscale" or most is None or size is None:
        return None
    pixels = size[0] * size[1] * int(job.parameters["upscale_config"]["upscale_factor"][1:]) ** 2
    if pixels <= most.value:
        return None
    path = "parameters.upscaleConfig.upscaleFactor"
    return own(f"The upscaled image has {pixels} pixels; the limit is {most.value}.", path, "instances[0].image")


def _segment_inputs(job: Job) -> Refusal | None:
    """Each segmentation mode takes one input beside the image, or none."""
    if job.task != "segment":
        return None
    mode = job.parameters.get("mode", "foreground")
    wanted = _SEGMENT_INPUTS.get(mode)
    given = {"prompt": bool(job.prompt), "scribble": job.scribble is not None}
    for name, there in given.items():
        path = f"instances[0].{name}"
        if there and name != wanted:
            return own(f"The {name} is not allowed in mode {mode}.", path, "parameters.mode")
        if not there and name == wanted:
            return own(f"The {name} is required in mode {mode}.", path, "parameters.mode")
    return None


def _scribble(job: Job) -> Refusal | None:
    path = "instances[0].scribble.image"
    size, base = pixels_of(job.scribble), pixels_of(job.image)
    if job.scribble is not None and job.scribble.media_type not in (None, "image/png"):
        return own("A scribble is a PNG.", path)
    if size is None or base is None or size == base:
        return None
    return own(f"The scribble is {_times(size)}, the image {_times(base)}.", path)


_CHECKS: tuple[Callable[[Job], Refusal | None], ...] = (
    _number_of_references,
    _one_raw_image,
    _mask_edit,
    _ids,
    _face_mesh,
    _seed_with_watermark,
    _aspect_ratio_with_mask,
    _quality_without_jpeg,
    _segment_inputs,
    _sizes,
    _scribble,
    _upscaled_pixels,
)


def _numbered(job: Job, fits: Callable[[Reference], bool]) -> list[int]:
    return [index for index, reference in zip(count(), job.references, strict=False) if fits(reference)]


def _all_places(job: Job) -> Iterator[tuple[str, str]]:
    for index, reference in enumerate(job.references):
        yield reference.kind, f"{_REFERENCES}[{index}].referenceType"


def _places(job: Job, kind: str) -> Iterator[str]:
    return (place for found, place in _all_places(job) if found == kind)


def _times(size: tuple[int, int] | None) -> str:
    return "unknown" if size is None else f"{size[0]} x {size[1]}"
