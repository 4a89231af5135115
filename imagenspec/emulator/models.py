"""Which models are served where, and until when."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagenspec.catalog.models import Model, models
from imagenspec.emulator.refusals import END_OF_LIFE, UNAVAILABLE, Refusal

if TYPE_CHECKING:
    from datetime import date

_SEEN_UNAVAILABLE = (
    "imagen-3.0-capability-001",
    "imagen-3.0-capability-002",
    "imagen-product-recontext-preview-06-30",
)
_SEEN_AT_ITS_END = "imagegeneration@005"
_REGION = r"[a-z]+-[a-z]+\d+"
_MODEL = "model"


def served() -> list[Model]:
    """Return the models that take one of the tasks."""
    return [model for model in models().values() if model.tasks]


def edits(name: str) -> bool:
    """Tell whether a model takes images, so that the service speaks of editing."""
    model = models().get(name)
    return model is not None and "generate" not in model.tasks


def refusal_of_model(name: str, project: str, location: str, as_of: date | None) -> Refusal | None:
    """Return why a model does not answer: it is unknown, retired by a day, or not in the location.

    Sources: users' threads about retired models; Firebase's pages (no ``global``); the regions of the model pages,
    which count for whatever looks like a region.
    """
    model = models().get(name)
    if model is None:
        path = f"projects/{project}/locations/{location}/publishers/google/models/{name}"
        return _missing(f"Publisher model {path[:300]} was not found.", _MODEL)
    if as_of is not None and model.retires is not None and model.retires <= as_of.isoformat():
        return _retired(model)
    if location == "global" or (model.regions and re.fullmatch(_REGION, location) and location not in model.regions):
        return _missing(f"Publisher model {name} is not available in location {location}.", "location")
    return None


def _retired(model: Model) -> Refusal:
    if "generate" in model.tasks or not model.tasks:
        refusal = Refusal(END_OF_LIFE.format(model=model.id), (_MODEL,), verified=model.id == _SEEN_AT_ITS_END)
    else:
        refusal = Refusal(UNAVAILABLE.format(model=model.id), (_MODEL,), verified=model.id in _SEEN_UNAVAILABLE)
    return refusal._replace(status="NOT_FOUND")


def _missing(message: str, field: str) -> Refusal:
    return Refusal(message, (field,), status="NOT_FOUND", prefixed=False)
