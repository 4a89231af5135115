"""Rules about the life of models: all dates from ``schemas/data/models.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.catalog.models import models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.rules.subject import Subject
    from imagenspec.source.diagnostics import Diagnostic


def model_lifecycle(subject: Subject) -> Iterator[Diagnostic]:
    """IMG203, IMG204 and IMG205: deprecated, retired, or an end that nobody has announced or denied."""
    model = models().get(subject.recipe.model)
    if model is None or subject.recipe.task not in model.tasks:
        return
    day = subject.as_of.isoformat()
    successor = f"; Google names {model.successor}" if model.successor else "; no successor is documented"
    if model.retires is not None and model.retires <= day:
        yield subject.at_value("IMG204", ("model",), f"{model.id} was retired on {model.retires}{successor}")
    elif model.deprecated is not None and model.deprecated <= day:
        end = f", to be retired on {model.retires}" if model.retires else ""
        yield subject.at_value(
            "IMG203", ("model",), f"{model.id} is deprecated since {model.deprecated}{end}{successor}"
        )
