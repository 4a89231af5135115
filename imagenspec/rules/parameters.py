"""Rules about parameters that contradict each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.catalog.limits import default
from imagenspec.source.diagnostics import Diagnostic, Edit, Fix, Related, any_of, quote
from imagenspec.source.edits import addition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.recipe.model import Recipe
    from imagenspec.rules.subject import Subject

MASK_EDITS = ("inpaint_insertion", "inpaint_removal", "outpaint", "bgswap")
"""Edit modes that change a masked area (imagen-api-edit)."""
_GUIDE_SEEDS = range(1, 2_147_483_648)
_SEGMENT_INPUTS: dict[str, tuple[tuple[str, ...], str]] = {
    "foreground": ((), ""),
    "background": ((), ""),
    "prompt": (("prompt",), 'a "prompt"'),
    "semantic": (("prompt", "classes"), '"prompt" with the names of classes, or "classes"'),
    "interactive": (("scribble",), 'a "scribble"'),
}
"""Of each mode, the inputs that it takes beside the image, and what it needs of them."""
_LABEL_KEY = r"[a-z][a-z0-9_-]{0,62}"
_LABEL_VALUE = r"[a-z0-9_-]{0,63}"


def seed_with_watermark(subject: Subject) -> Iterator[Diagnostic]:
    """IMG301: a seed needs ``add_watermark: false``, which is not the default of current models."""
    if subject.is_broken("parameters", "add_watermark") or not seed_is_refused(subject.recipe):
        return
    written = subject.recipe.parameters.get("add_watermark")
    related: tuple[Related, ...] = ()
    message = "the service refuses a seed with the watermark on, which is the default; write add_watermark: false"
    if written is not None:
        related = (Related(subject.document.value_span(("parameters", "add_watermark")), "the watermark is on here"),)
        message = "the service refuses a seed with the watermark on; write add_watermark: false, or drop the seed"
    span = subject.document.key_span(("parameters", "seed"))
    yield subject.at_span("IMG301", span, message, *related, fix=_without_watermark(subject))


def seed_is_refused(recipe: Recipe) -> bool:
    """Tell whether there is a seed while the watermark is on."""
    written = recipe.parameters.get("add_watermark", default(recipe.model, "addWatermark") is not False)
    return "seed" in recipe.parameters and bool(written)


def _without_watermark(subject: Subject) -> Fix | None:
    """Return the edit that switches the watermark off, where ``parameters`` stands in full in the file."""
    node = subject.document.node(("parameters",))
    if node is None or node.anchor is not None or not node.entries:
        return None
    own = node.entries.get("add_watermark")
    if own is not None:
        if own.merged is not None or own.node.anchor is not None:
            return None
        return Fix("write add_watermark: false", (Edit(own.node.span, "false"),), safe=False)
    edit = addition(subject.document, ("parameters",), "seed", "add_watermark: false")
    return Fix("add add_watermark: false", (edit,)) if edit is not None else None


def seed_outside_guide(subject: Subject) -> Iterator[Diagnostic]:
    """IMG302: pages disagree whether a seed starts at 0 or 1 and whether it has 31 or 32 bits."""
    seed = subject.recipe.parameters.get("seed")
    if seed is not None and int(seed) not in _GUIDE_SEEDS:
        message = f"seed {seed} is legal by the API reference (32 bits) but not by the guide (1 to 2147483647)"
        yield subject.at_value("IMG302", ("parameters", "seed"), message)


def aspect_ratio_with_mask(subject: Subject) -> Iterator[Diagnostic]:
    """IMG303: an edit with a mask keeps the size of its image."""
    if "aspect_ratio" not in subject.recipe.parameters:
        return
    mask = next((one for one in subject.recipe.references if one.kind == "mask"), None)
    if mask is not None:
        related = Related(subject.document.key_span(mask.path), "the mask")
        message = "an edit with a mask keeps the size of its image and takes no aspect ratio"
        yield subject.at_span("IMG303", subject.document.key_span(("parameters", "aspect_ratio")), message, related)


def quality_without_jpeg(subject: Subject) -> Iterator[Diagnostic]:
    """IMG304: only JPEG has a compression quality; the default type is PNG."""
    options = subject.recipe.parameters.get("output_options")
    place = ("parameters", "output_options")
    if not isinstance(options, dict) or "compression_quality" not in options or subject.is_broken(*place, "mime_type"):
        return
    written = options.get("mime_type")
    if written != "image/jpeg":
        shown = "the default type is image/png" if written is None else f"the type is {written}"
        message = f"only image/jpeg takes a compression quality; {shown}"
        yield subject.at_span("IMG304", subject.document.key_span((*place, "compression_quality")), message)


def allowlisted_value(subject: Subject) -> Iterator[Diagnostic]:
    """IMG305: values that only projects on Google's list may use."""
    for key, value in (("person_generation", "allow_all"), ("safety_setting", "block_none")):
        if subject.recipe.parameters.get(key) == value:
            message = f"{quote(value)} is for projects that Google has put on a list; others are refused"
            yield subject.at_value("IMG305", ("parameters", key), message)


def try_on_prompt(subject: Subject) -> Iterator[Diagnostic]:
    """IMG306: Google's SDK says both that a try-on prompt is for listed projects and that there is none."""
    if subject.recipe.task == "try_on" and subject.recipe.prompt:
        message = "a prompt for try_on is for projects that Google has put on a list, if it is supported at all"
        yield subject.at_span("IMG306", subject.document.key_span(("prompt",)), message)


def segment_inputs(subject: Subject) -> Iterator[Diagnostic]:
    """IMG307: which inputs a segmentation mode needs and which it does not take."""
    recipe = subject.recipe
    if recipe.task != "segment" or subject.is_broken("parameters", "mode"):
        return
    if "mode" not in recipe.parameters and subject.is_broken("classes"):
        return
    mode = recipe.parameters.get("mode", "foreground")
    given = [key for key in ("prompt", "classes", "scribble") if subject.document.node((key,)) is not None]
    taken, wanted = _SEGMENT_INPUTS[mode]
    refused = [key for key in given if key not in taken]
    document = subject.document
    if wanted and not any(_has_input(subject, key) for key in taken):
        but = f", and takes no {any_of(refused)}" if refused else ""
        place = document.value_span(("parameters", "mode"))
        yield subject.at_span("IMG307", place, f"mode {quote(mode)} needs {wanted}{but}")
        return
    written = document.node(("parameters", "mode"))
    related = () if written is None else (Related(written.span, "the mode"),)
    for key in refused:
        yield subject.at_span(
            "IMG307", document.key_span((key,)), f"mode {quote(mode)} takes no {quote(key)}", *related
        )


def _has_input(subject: Subject, key: str) -> bool:
    """Tell whether an input of a segmentation is given, or was before its value was taken out."""
    if subject.is_broken(key):
        return True
    return bool(subject.recipe.prompt) if key == "prompt" else subject.document.node((key,)) is not None


def parameter_of_prompt_mode(subject: Subject) -> Iterator[Diagnostic]:
    """IMG308: Google's SDK describes ``max_predictions`` for the mode in which the prompt names things."""
    parameters = subject.recipe.parameters
    if subject.recipe.task != "segment" or "max_predictions" not in parameters:
        return
    if subject.is_broken("parameters", "mode") or subject.recipe.prompt:
        return
    mode = parameters.get("mode", "foreground")
    if mode != "prompt":
        message = f'"max_predictions" is for mode "prompt", not {quote(mode)}'
        yield subject.at_span("IMG308", subject.document.key_span(("parameters", "max_predictions")), message)


def label_form(subject: Subject) -> Iterator[Diagnostic]:
    """IMG309: Google Cloud's labels are short, in lower case."""
    for key, value in (subject.recipe.labels or {}).items():
        if not re.fullmatch(_LABEL_KEY, key) or not re.fullmatch(_LABEL_VALUE, value):
            message = "labels have lower-case letters, digits, _ and -, at most 63; a key starts with a letter"
            yield subject.at_span("IMG309", subject.document.key_span(("labels", key)), message)


def storage_without_folder(subject: Subject) -> Iterator[Diagnostic]:
    """IMG310: the published pattern of ``storageUri`` wants something behind the bucket."""
    uri = subject.recipe.parameters.get("storage_uri")
    if isinstance(uri, str) and not re.fullmatch(r"gs://[^/]+/.+", uri):
        message = f"{quote(uri, 60)} has no folder behind the bucket, which the published pattern asks for"
        yield subject.at_value("IMG310", ("parameters", "storage_uri"), message)


def background_dilation(subject: Subject) -> Iterator[Diagnostic]:
    """IMG311: for a background swap Google recommends a dilation of 0, so that the product does not grow."""
    if subject.recipe.parameters.get("edit_mode") != "bgswap":
        return
    for reference in subject.recipe.references:
        if reference.kind == "mask" and reference.dilation != 0 and not subject.is_broken(*reference.path, "dilation"):
            message = "for bgswap a dilation of 0.0 is recommended; the default is 0.03"
            yield subject.at_span("IMG311", subject.document.key_span((*reference.path, "dilation")), message)


def outpaint_seam(subject: Subject) -> Iterator[Diagnostic]:
    """IMG313: Google's page about outpainting shows a seam where the mask does not grow at all."""
    if subject.recipe.parameters.get("edit_mode") != "outpaint":
        return
    for reference in subject.recipe.references:
        if reference.kind == "mask" and reference.dilation == 0:
            message = "with a dilation of 0 outpainting leaves a seam; 0.03 is recommended"
            yield subject.at_value("IMG313", (*reference.path, "dilation"), message)


def base_steps_beside_edit_config(subject: Subject) -> Iterator[Diagnostic]:
    """IMG312: pages disagree where the steps of an edit stand; samples and SDK put them into ``edit_config``."""
    if subject.recipe.task in ("customize", "edit") and "base_steps" in subject.recipe.parameters:
        message = 'guides and SDK send the steps as "edit_config.base_steps"; here only the API reference names them'
        yield subject.at_span("IMG312", subject.document.key_span(("parameters", "base_steps")), message)
