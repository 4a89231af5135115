"""Which rules there are. A new rule is one function here and one row of ``schemas/data/rules.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.rules import (
    images,
    language,
    lifecycle,
    limits,
    masks,
    models,
    parameters,
    pixels,
    prompts,
    references,
    reproducibility,
    traps,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagenspec.rules.subject import Subject
    from imagenspec.source.diagnostics import Diagnostic
    from imagenspec.source.nodes import Document

DOCUMENT_RULES: tuple[Callable[[Document], Iterator[Diagnostic]], ...] = (
    language.not_available_yet,
    language.unchecked_raw,
    language.classes_by_number,
    traps.yaml11_scalars,
)
"""Rules that look at the text once."""

CASE_RULES: tuple[Callable[[Subject], Iterator[Diagnostic]], ...] = (
    models.unknown_model,
    models.model_without_task,
    models.model_not_in_region,
    lifecycle.model_lifecycle,
    limits.parameter_of_model,
    limits.value_of_model,
    limits.disputed_value,
    limits.too_many_references,
    parameters.seed_with_watermark,
    parameters.seed_outside_guide,
    parameters.aspect_ratio_with_mask,
    parameters.quality_without_jpeg,
    parameters.allowlisted_value,
    parameters.try_on_prompt,
    parameters.segment_inputs,
    parameters.parameter_of_prompt_mode,
    parameters.label_form,
    parameters.storage_without_folder,
    parameters.background_dilation,
    parameters.outpaint_seam,
    parameters.base_steps_beside_edit_config,
    references.marker_without_reference,
    references.shared_reference_id,
    masks.several_raw_images,
    masks.mask_edit_references,
    masks.mask_without_mode,
    masks.mask_without_raw,
    masks.mask_without_image,
    masks.image_of_computed_mask,
    masks.semantic_without_classes,
    masks.classes_without_semantic,
    masks.control_without_image,
    masks.face_mesh_references,
    images.unusable_images,
    pixels.image_too_large,
    pixels.sizes_of_masks,
    pixels.size_of_scribble,
    pixels.scribble_not_png,
    pixels.stated_type,
    pixels.look_of_masks,
    pixels.rotated_images,
    pixels.upscaled_size,
    pixels.damaged_images,
    prompts.prompt_too_long,
    prompts.uncited_references,
    prompts.documented_pattern,
    prompts.empty_prompt,
    prompts.missing_description,
    reproducibility.seed_with_enhancer,
    reproducibility.rewritten_prompt_unseen,
)
"""Rules that look at every case."""
