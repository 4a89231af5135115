"""Compile and check declarative Imagen requests.

>>> import imagenspec
>>> imagenspec.check("recipes/face-mesh.imagen.yaml").ok
True
>>> [request] = imagenspec.compile("recipes/face-mesh.imagen.yaml")
>>> request.model
'imagen-3.0-capability-001'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from imagenspec._version import __version__

if TYPE_CHECKING:
    from imagenspec.api import check, compile, diff, load_request, plan  # noqa: A004 - the verb of the field
    from imagenspec.catalog.codes import Severity
    from imagenspec.errors import ImagenspecError, ToolError, UsageError
    from imagenspec.importing.loaded import LoadedRequest
    from imagenspec.importing.refusals import BodyError
    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.findings import Finding, RecipeError
    from imagenspec.review.plan import RenderPlan
    from imagenspec.review.values import Difference
    from imagenspec.wire.request import Request

__all__ = [
    "BodyError",
    "CheckedRecipe",
    "Difference",
    "Finding",
    "ImagenspecError",
    "LoadedRequest",
    "RecipeError",
    "RenderPlan",
    "Request",
    "Severity",
    "ToolError",
    "UsageError",
    "__version__",
    "check",
    "compile",
    "diff",
    "load_request",
    "plan",
]

_HOMES = {
    "BodyError": "imagenspec.importing.refusals",
    "CheckedRecipe": "imagenspec.project.check",
    "Difference": "imagenspec.review.values",
    "Finding": "imagenspec.project.findings",
    "ImagenspecError": "imagenspec.errors",
    "LoadedRequest": "imagenspec.importing.loaded",
    "RecipeError": "imagenspec.project.findings",
    "RenderPlan": "imagenspec.review.plan",
    "Request": "imagenspec.wire.request",
    "Severity": "imagenspec.catalog.codes",
    "ToolError": "imagenspec.errors",
    "UsageError": "imagenspec.errors",
    "check": "imagenspec.api",
    "compile": "imagenspec.api",
    "diff": "imagenspec.api",
    "load_request": "imagenspec.api",
    "plan": "imagenspec.api",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: a linter that starts for every commit must start fast."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
