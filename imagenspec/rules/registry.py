"""Which rules there are. A new rule is one function here and one row of ``schemas/data/rules.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.rules.images import unusable_images
from imagenspec.rules.language import not_available_yet, unchecked_raw
from imagenspec.rules.limits import too_many_references
from imagenspec.rules.models import model_without_task, unknown_model
from imagenspec.rules.references import marker_without_reference, shared_reference_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagenspec.rules.subject import Subject
    from imagenspec.source.diagnostics import Diagnostic
    from imagenspec.source.nodes import Document

DOCUMENT_RULES: tuple[Callable[[Document], Iterator[Diagnostic]], ...] = (
    not_available_yet,
    unchecked_raw,
)
"""Rules that look at the text once."""

CASE_RULES: tuple[Callable[[Subject], Iterator[Diagnostic]], ...] = (
    unknown_model,
    model_without_task,
    too_many_references,
    marker_without_reference,
    shared_reference_id,
    unusable_images,
)
"""Rules that look at every case."""
