"""Rules about the raw image, its mask and control images: which of them a request needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.rules.parameters import MASK_EDITS
from imagenspec.source.diagnostics import Diagnostic, Related, any_of, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.recipe.model import Reference
    from imagenspec.rules.subject import Subject

_PICTURES_BESIDE_A_MESH = 3
_COMPUTED = ("background", "foreground", "semantic")


def several_raw_images(subject: Subject) -> Iterator[Diagnostic]:
    """IMG404: at most one raw image is allowed."""
    raw = _of_kind(subject, "raw")
    for extra in raw[1:]:
        first = Related(subject.document.key_span(raw[0].path), "the first raw image")
        span = subject.document.key_span(extra.path)
        yield subject.at_span("IMG404", span, "a request takes one raw image", first)


def mask_edit_references(subject: Subject) -> Iterator[Diagnostic]:
    """IMG405: an edit with a mask has exactly one raw image and one mask."""
    mode = subject.recipe.parameters.get("edit_mode")
    if mode not in MASK_EDITS or not subject.knows_references:
        return
    place = subject.document.value_span(("parameters", "edit_mode"))
    masks, raw = _of_kind(subject, "mask"), _of_kind(subject, "raw")
    if not masks:
        what = "a mask" if raw else "the image to edit and a mask"
        yield subject.at_span("IMG405", place, f"edit mode {quote(mode)} needs {what}")
    if not masks or not raw:
        return
    for extra in masks[1:]:
        span = subject.document.key_span(extra.path)
        yield subject.at_span("IMG405", span, "an edit takes one mask", Related(place, "the edit mode"))
    for other in subject.recipe.references:
        if other.kind not in ("raw", "mask"):
            message = f"edit mode {quote(mode)} takes a raw image and a mask, no {other.kind} reference"
            yield subject.at_span(
                "IMG405", subject.document.key_span(other.path), message, Related(place, "the edit mode")
            )


def mask_without_mode(subject: Subject) -> Iterator[Diagnostic]:
    """IMG414: only the modes that change a masked area are documented to use a mask."""
    mode = subject.recipe.parameters.get("edit_mode")
    masks = _of_kind(subject, "mask")
    if subject.recipe.task != "edit" or not masks or mode not in (None, "default"):
        return
    if not subject.is_broken("parameters", "edit_mode"):
        where = "edit_mode is missing" if mode is None else 'edit mode "default" edits without a mask'
        message = f"{where}; a mask is used by {any_of(MASK_EDITS)}"
        yield subject.at_span("IMG414", subject.document.key_span(masks[0].path), message)


def mask_without_raw(subject: Subject) -> Iterator[Diagnostic]:
    """IMG406: a mask says where a raw image is edited; without one it has nothing to lie on."""
    masks = _of_kind(subject, "mask")
    if masks and not _of_kind(subject, "raw") and subject.knows_references:
        span = subject.document.key_span(masks[0].path)
        yield subject.at_span("IMG406", span, "a mask needs a raw image: the picture that it lies on")


def mask_without_image(subject: Subject) -> Iterator[Diagnostic]:
    """IMG407: mode user_provided means that the recipe provides the mask."""
    for mask in _of_kind(subject, "mask"):
        if mask.choice == "user_provided" and not _has_any(subject, mask, "image", "classes", "draw"):
            key = "mode" if mask.name is None else "mask"
            message = 'mode "user_provided" needs the "image" of the mask'
            yield subject.at_value("IMG407", (*mask.path, key), message)


def image_of_computed_mask(subject: Subject) -> Iterator[Diagnostic]:
    """IMG408: the service computes these masks where no image is given; what it does with both, no page says."""
    for mask in _of_kind(subject, "mask"):
        if mask.choice in _COMPUTED and mask.images and not subject.is_broken(*mask.path, "classes"):
            span = subject.document.key_span((*mask.path, "image"))
            message = f"mode {quote(mask.choice)} computes the mask; an image beside it is for user_provided"
            yield subject.at_span("IMG408", span, message)


def semantic_without_classes(subject: Subject) -> Iterator[Diagnostic]:
    """IMG409: a semantic mask is made of classes."""
    for mask in _of_kind(subject, "mask"):
        if mask.choice == "semantic" and not _has_any(subject, mask, "classes", "image", "draw"):
            key = "mode" if mask.name is None else "mask"
            yield subject.at_value("IMG409", (*mask.path, key), 'mode "semantic" needs "classes"')


def classes_without_semantic(subject: Subject) -> Iterator[Diagnostic]:
    """IMG410: classes mean nothing to the other modes."""
    for mask in _of_kind(subject, "mask"):
        if mask.classes and mask.choice != "semantic":
            span = subject.document.key_span((*mask.path, "classes"))
            yield subject.at_span("IMG410", span, f'"classes" are for mode "semantic", not {quote(mask.choice)}')


def control_without_image(subject: Subject) -> Iterator[Diagnostic]:
    """IMG411: a control image is given, or computed from the raw image."""
    for control in _of_kind(subject, "control"):
        if _has_any(subject, control, "image") or subject.is_broken(*control.path, "compute"):
            continue
        span = subject.document.key_span(control.path)
        if not control.compute:
            yield subject.at_span("IMG411", span, 'a control needs an "image", or "compute: true" and a raw image')
        elif not _of_kind(subject, "raw") and subject.knows_references:
            yield subject.at_span("IMG412", span, "the control is computed from a raw image, which this recipe lacks")


def face_mesh_references(subject: Subject) -> Iterator[Diagnostic]:
    """IMG413: a person is posed by one face mesh, with at most three pictures of the person beside it."""
    meshes = [control for control in _of_kind(subject, "control") if control.choice == "face_mesh"]
    for extra in meshes[1:]:
        first = Related(subject.document.key_span(meshes[0].path), "the first face mesh")
        yield subject.at_span("IMG413", subject.document.key_span(extra.path), "a request takes one face mesh", first)
    pictures = _pictures_of_persons(subject)
    if meshes and pictures > _PICTURES_BESIDE_A_MESH:
        last = [one for one in _of_kind(subject, "subject") if one.choice == "person"][-1]
        message = f"beside a face mesh stand at most {_PICTURES_BESIDE_A_MESH} pictures of the person, not {pictures}"
        yield subject.at_span("IMG413", subject.document.key_span(last.path), message)


def _has_any(subject: Subject, reference: Reference, *keys: str) -> bool:
    """Tell whether a reference has one of some keys, or had it before its value was taken out."""
    paths = [(*reference.path, key) for key in keys]
    return any(subject.document.node(path) is not None or subject.is_broken(*path) for path in paths)


def _of_kind(subject: Subject, kind: str) -> list[Reference]:
    return [reference for reference in subject.recipe.references if reference.kind == kind]


def _pictures_of_persons(subject: Subject) -> int:
    return sum(len(one.images) for one in _of_kind(subject, "subject") if one.choice == "person")


def images_in_excess(subject: Subject) -> int:
    """Return how many reference images IMG404 and IMG413 object to; IMG403 does not count them again."""
    meshes = sum(control.choice == "face_mesh" for control in _of_kind(subject, "control"))
    persons = _pictures_of_persons(subject) - _PICTURES_BESIDE_A_MESH if meshes else 0
    return max(0, meshes - 1) + max(0, persons) + max(0, len(_of_kind(subject, "raw")) - 1)
