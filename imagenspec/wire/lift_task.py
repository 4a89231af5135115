"""Which task a body is a request of, and which model it is for where nothing says so."""

from __future__ import annotations

import re
from typing import Any

from imagenspec.catalog.fields import TASKS
from imagenspec.catalog.models import models

_USUAL = {
    "generate": "imagen-4.0-generate-001",
    "customize": "imagen-3.0-capability-001",
    "edit": "imagen-3.0-capability-001",
    "upscale": "imagen-4.0-upscale-preview",
    "try_on": "virtual-try-on-001",
    "recontext": "imagen-product-recontext-preview-06-30",
    "segment": "image-segmentation-001",
}


def tasks_of(body: dict[str, Any]) -> tuple[str, ...]:
    """Return the tasks whose documented members a body in any spelling has, the likeliest first."""
    instance = instance_of(body) or {}
    parameters = body.get("parameters")
    sent: dict[str, Any] = parameters if isinstance(parameters, dict) else {}
    if "personImage" in instance or "person_image" in instance:
        return ("try_on",)
    if "productImages" in instance or "product_images" in instance:
        return ("recontext", "try_on")
    references = instance.get("referenceImages", instance.get("reference_images"))
    if isinstance(references, list) and references:
        likely = _with_references(references, sent, str(instance.get("prompt")))
        return (likely, "edit" if likely == "customize" else "customize")
    if str(sent.get("mode")).lower() == "upscale" or "upscaleConfig" in sent or "upscale_config" in sent:
        return ("upscale",)
    words = ("generate",) if "prompt" in instance else ()
    if "mask" in instance:
        return words
    return ("segment", "upscale", *words) if "image" in instance else words


def _with_references(references: list[Any], sent: dict[str, Any], prompt: str) -> str:
    kinds = {str(one.get("referenceType", one.get("reference_type"))) for one in references if isinstance(one, dict)}
    if "REFERENCE_TYPE_MASK" in kinds:
        return "edit"
    if "REFERENCE_TYPE_RAW" not in kinds:
        return "customize"
    outpainting = sent.get("editConfig")
    if isinstance(outpainting, dict) and "outpaintingConfig" in outpainting:
        return "edit"
    is_plain = sent.get("editMode") in (None, "EDIT_MODE_DEFAULT", "EDIT_MODE_STYLE", "EDIT_MODE_CONTROLLED_EDITING")
    is_cited = re.search(r"\[[0-9]+\]", prompt) is not None
    return "customize" if is_plain and (is_cited or len(kinds) > 1) else "edit"


def instance_of(body: dict[str, Any]) -> dict[str, Any] | None:
    """Return the first instance, or nothing where there is none."""
    instances = body.get("instances")
    found = instances[0] if isinstance(instances, list) and instances else instances
    return found if isinstance(found, dict) else None


def usual_model(task: str, body: dict[str, Any]) -> str:
    """Return the model that a body is probably for where nothing says it."""
    sent = body.get("parameters")
    if task == "generate" and isinstance(sent, dict) and "sampleImageStyle" in sent:
        return "imagegeneration@002"
    is_older = task == "generate" and "image" in (instance_of(body) or {})
    return "imagegeneration@006" if is_older else _USUAL[task]


def tasks_of_model(model: str) -> tuple[str, ...]:
    """Return the tasks that a model is documented for, older ones last; of an unknown model, all."""
    known = models().get(model)
    return TASKS if known is None else (*known.tasks, *known.legacy_tasks)
