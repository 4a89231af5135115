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
    hint = f"; did you mean {quote(near)}?" if near else f"; models for this task: {any_of(_models_for(subject))}"
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
    message = f"{quote(model.id, 60)} does not take task {quote(task)} but {any_of(model.tasks)}"
    yield subject.at_value("IMG202", ("model",), f"{message}; models for {quote(task)}: {any_of(_models_for(subject))}")


def _models_for(subject: Subject) -> list[str]:
    fitting = [model for model in models().values() if subject.recipe.task in model.tasks]
    return [model.id for model in sorted(fitting, key=lambda model: model.status == "retired")]
