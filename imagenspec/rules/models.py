"""Rules about the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.catalog.models import models
from imagenspec.source.diagnostics import Diagnostic, any_of, did_you_mean, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.rules.subject import Subject


def unknown_model(subject: Subject) -> Iterator[Diagnostic]:
    """IMG201: the table of models does not have the id; the table may be older than the model."""
    model = subject.recipe.model
    if subject.is_broken("model") or model in models():
        return
    checked = max(known.checked for known in models().values())
    near = did_you_mean(model, models())
    hint = f"; did you mean {quote(near)}?" if near else f"; models for this task: {any_of(_models_for(subject), 3)}"
    yield subject.at_value("IMG201", ("model",), f"unknown model {quote(model, 60)} (table of {checked}){hint}")


def model_without_task(subject: Subject) -> Iterator[Diagnostic]:
    """IMG202: the model is documented for other tasks."""
    model = models().get(subject.recipe.model)
    if subject.is_broken("model") or model is None or subject.recipe.task in model.tasks:
        return
    task = subject.recipe.task
    if task in model.legacy_tasks:
        message = f"{quote(model.id, 60)} took task {quote(task)} in an older shape, which recipes do not have"
        yield subject.at_value("IMG202", ("model",), message)
        return
    but = f" but {any_of(model.tasks)}" if model.tasks else ""
    message = f"{quote(model.id, 60)} does not take task {quote(task)}{but}"
    yield subject.at_value(
        "IMG202", ("model",), f"{message}; models for {quote(task)}: {any_of(_models_for(subject), 3)}"
    )


def model_not_in_region(subject: Subject) -> Iterator[Diagnostic]:
    """IMG205: the configured location is not among the regions that the page of the model lists."""
    model = models().get(subject.recipe.model)
    location = subject.location
    if model is None or not model.regions or subject.recipe.task not in model.tasks:
        return
    if location is None or location in model.regions:
        return
    message = f"{quote(model.id, 60)} is not documented for location {quote(location)} of the configuration"
    yield subject.at_value("IMG205", ("model",), f"{message}; its regions: {any_of(model.regions, 6)}")


def _models_for(subject: Subject) -> list[str]:
    fitting = [model for model in models().values() if subject.recipe.task in model.tasks]
    return [model.id for model in sorted(fitting, key=lambda model: model.status == "retired")]
