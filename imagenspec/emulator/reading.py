"""The JSON of a ``predict`` request to a job: which task it is, its texts, its pictures and its parameters."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.catalog.models import Model, models
from imagenspec.emulator.job import Job, Picture, Product
from imagenspec.emulator.members import Members, shown
from imagenspec.emulator.parameters import read_parameters
from imagenspec.emulator.pictures import Pictures, pixels_of
from imagenspec.emulator.references import read_references
from imagenspec.emulator.refusals import IMAGE_SIZE, NO_BYTES, NO_MASK_BYTES, PRODUCTS, Refusal, Refused, cut, own, seen

if TYPE_CHECKING:
    from imagenspec.emulator.bucket import Bucket

INSTANCE = "instances[0]"
_INPUTS = {
    "referenceImages": ("customize", "edit"),
    "image": ("upscale", "segment"),
    "scribble": ("segment",),
    "personImage": ("try_on",),
    "productImages": ("try_on", "recontext"),
}
"""The members of an instance that hold pictures, and the tasks that take each."""
_MASK_EDITS = ("inpaint_insertion", "inpaint_removal", "outpaint", "bgswap")
_MODEL_WITH_SIZES = "imagegeneration@002"
_LONGER_SIDES = ("2048", "4096")


class Read(NamedTuple):
    """What became of a body.

    Attributes:
        digest: The SHA-256 of the canonical body: the same request, the same digest.
        editing: Whether the service speaks of editing rather than of generation.
        job: The request, where it is one.
        refusal: Why it is none.
    """

    digest: str
    editing: bool
    job: Job | None = None
    refusal: Refusal | None = None


def read(model: str, raw: bytes | bytearray, bucket: Bucket) -> Read:
    """Return the job of a request's body, or why there is none. The model is one of the catalog."""
    known = models()[model]
    pictures = Pictures(model, bucket)
    digest, editing = hashlib.sha256(raw).hexdigest(), "generate" not in known.tasks
    try:
        body = Members(_json(raw), "")
        canonical = _canonical(body, pictures)
        digest = hashlib.sha256(canonical).hexdigest()
        instance = _instance(body)
        editing = editing or any(instance.has(name) for name in _INPUTS)
        job = _job(known, body, instance, pictures)
    except Refused as refused:
        return Read(digest, editing, refusal=refused.refusal)
    return Read(digest, editing, job._replace(canonical=f"{model}\n".encode() + canonical))


def _json(raw: bytes | bytearray) -> Any:
    try:
        return json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        message = "Invalid JSON payload received."
        raise Refused(own(message)._replace(prefixed=False)) from None


def _no_constant(word: str) -> float:
    raise ValueError(word)


def _canonical(body: Members, pictures: Pictures) -> bytes:
    """Return the body with sorted keys and without spaces, with digest and type for each image."""
    try:
        plain = pictures.canonical({name: body.raw(name) for name in body.names()})
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise Refused(own("Invalid value: text is Unicode, and numbers are finite.")) from None
    except RecursionError:
        raise Refused(own("Invalid JSON payload received.")._replace(prefixed=False)) from None


def _instance(body: Members) -> Members:
    """Return the one instance; google-genai 1.0 sends it without the list around it."""
    instances = body.raw("instances")
    if isinstance(instances, dict):
        return Members(instances, INSTANCE)
    if not isinstance(instances, list) or not instances:
        raise body.refuse("instances", "a list of one instance")
    if len(instances) > 1:
        raise Refused(own(f"Only one instance is supported, got {len(instances)}.", "instances"))
    return Members(instances[0], INSTANCE)


def _job(model: Model, body: Members, instance: Members, pictures: Pictures) -> Job:
    labels = body.object("labels")
    texts = {} if labels is None else {name: str(labels.text(name) or "") for name in labels.names()}
    sent = body.object("parameters")
    task = _task(model, instance, sent)
    prompt = instance.text("prompt")
    job = Job(task, model.id, prompt or "", labels=texts)
    job = _with_inputs(job, instance, pictures)
    parameters = read_parameters(task, model.id, sent)
    if task == "upscale":
        parameters["upscale_config"] = _upscale_config(job, parameters)
    if task == "customize" and _is_edit(job, parameters):
        job = job._replace(task="edit")
    if job.task in ("generate", "customize") and not prompt:
        raise Refused(own("The prompt is missing.", f"{INSTANCE}.prompt"))
    return job._replace(parameters=parameters)


def _task(model: Model, instance: Members, sent: Members | None) -> str:
    """Return what a body asks of a model.

    Edits are told from customization by their references, later; ``imagegeneration@002`` also upscales.

    Raises:
        Refused: The model does not do that.
    """
    tasks = ("customize",) if "customize" in model.tasks else model.tasks
    mode = None if sent is None else sent.raw("mode")
    if "upscale" in tasks and "generate" in tasks:
        tasks = ("upscale",) if mode == "upscale" else ("generate",)
    if not tasks:
        raise Refused(own(f"{model.id} takes requests of another form.", "model")._replace(status="NOT_FOUND"))
    task = tasks[0]
    for name, takers in _INPUTS.items():
        if not instance.has(name) or task in takers:
            continue
        path = f"{INSTANCE}.{name}"
        if name == "referenceImages":
            raise Refused(seen(NO_BYTES, path, "model"))
        if name == "image" and model.id == "imagegeneration@006" and not instance.has("mask"):
            raise Refused(seen(NO_MASK_BYTES, path, "model"))
        raise Refused(own(f"{model.id} does not take {name}.", path, "model"))
    if task == "customize" and not instance.raw("referenceImages"):
        path = f"{INSTANCE}.referenceImages"
        raise Refused(own(f"{model.id} does not generate images from text alone.", path, "model"))
    if mode is not None and task in ("upscale", "segment") and (mode == "upscale") != (task == "upscale"):
        raise Refused(own(f"{model.id} does not take mode {shown(mode)}.", "parameters.mode", "model"))
    return task


def _with_inputs(job: Job, instance: Members, pictures: Pictures) -> Job:
    if job.task == "customize":
        return job._replace(references=read_references(instance, pictures))
    if job.task in ("upscale", "segment"):
        job = job._replace(image=pictures.read(instance.object("image"), f"{INSTANCE}.image"))
    if job.task == "segment" and instance.has("scribble"):
        job = job._replace(scribble=_wrapped(instance, "scribble", pictures))
    if job.task == "try_on":
        job = job._replace(person=_wrapped(instance, "personImage", pictures))
    if job.task in ("try_on", "recontext"):
        job = job._replace(products=_products(job.task, instance, pictures))
    return job


def _wrapped(instance: Members, name: str, pictures: Pictures) -> Picture:
    """Return the picture of ``{"image": …}``."""
    wrapper = instance.object(name)
    return pictures.read(None if wrapper is None else wrapper.object("image"), f"{instance.at(name)}.image")


def _products(task: str, instance: Members, pictures: Pictures) -> tuple[Product, ...]:
    """Return the product images: one for try-on, one to three for recontext."""
    sent = list(instance.objects("productImages"))
    path = instance.at("productImages")
    if task == "try_on" and len(sent) != 1:
        raise Refused(seen(PRODUCTS.format(wanted=1, given=len(sent)), path))
    if not 1 <= len(sent) <= 3:
        raise Refused(own(PRODUCTS.format(wanted="1 to 3", given=len(sent)), path))
    return tuple(_product(one, pictures) for one in sent)


def _product(sent: Members, pictures: Pictures) -> Product:
    image = pictures.read(sent.object("image"), sent.at("image"))
    mask = pictures.read(sent.object("maskImage"), sent.at("maskImage")) if sent.has("maskImage") else None
    description = None
    for name in ("productConfig", "productImageConfig"):
        config = sent.object(name)
        if config is not None:
            description = config.text("productDescription") or description
            config.number("dilation", 0, 1)
            config.word("maskMode", _PRODUCT_MASKS)
    return Product(image, description, mask)


_PRODUCT_MASKS = tuple(
    f"MASK_MODE_{mode}" for mode in ("DEFAULT", "USER_PROVIDED", "DETECTION_BOX", "CLOTHING_AREA", "PARSED_PERSON")
)


def _upscale_config(job: Job, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration with a factor; the oldest model derives it from the longer side that is asked for."""
    config = dict(parameters.get("upscale_config", {}))
    size = parameters.get("sample_image_size")
    path = "parameters.upscaleConfig.upscaleFactor"
    if "upscale_factor" in config:
        return config
    if job.model != _MODEL_WITH_SIZES or size is None:
        raise Refused(seen(IMAGE_SIZE.format(size="IMAGE_SIZE_DEFAULT"), path))
    pixels = pixels_of(job.image)
    factor = int(size) / max(pixels) if size in _LONGER_SIDES and pixels else 0
    near = next((times for times in (2, 4) if abs(factor - times) <= 0.1), None)  # the tolerance of vertexai
    if near is None:
        raise Refused(own(IMAGE_SIZE.format(size=cut(str(size))), "parameters.sampleImageSize"))
    return {**config, "upscale_factor": f"x{near}"}


def _is_edit(job: Job, parameters: dict[str, Any]) -> bool:
    kinds = {reference.kind for reference in job.references}
    return parameters.get("edit_mode") in _MASK_EDITS or "mask" in kinds or kinds == {"raw"}
