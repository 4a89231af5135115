"""The Python API: two verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.project.build import requests
from imagenspec.project.check import check_bytes, read_file
from imagenspec.project.options import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator, Mapping

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.wire.request import Request


def check(
    path: str | os.PathLike[str], *, variables: Mapping[str, str] | None = None, max_cases: int = DEFAULT_MAX_CASES
) -> CheckedRecipe:
    """Return a recipe with its findings.

    Args:
        path: The recipe's file.
        variables: Values that override the defaults of ``vars``.
        max_cases: The most cases that a matrix may have.

    Raises:
        ToolError: The file cannot be read.
        UsageError: The project's configuration is wrong.
    """
    return check_bytes(str(path), read_file(path), Options(dict(variables or {}), max_cases))


def compile(  # noqa: A001 - the verb of the field
    path: str | os.PathLike[str],
    *,
    case: str | Collection[str] = (),
    variables: Mapping[str, str] | None = None,
    max_cases: int = DEFAULT_MAX_CASES,
) -> Iterator[Request]:
    """Return the requests of a recipe, one a case, made as they are asked for.

    Args:
        path: The recipe's file.
        case: The id, or ids, of the cases wanted; none means all.
        variables: Values that override the defaults of ``vars``.
        max_cases: The most cases that a matrix may have.

    Raises:
        RecipeError: The recipe has errors; its ``findings`` say which.
        ToolError: The file cannot be read.
        UsageError: The project's configuration is wrong.
    """
    options = Options(dict(variables or {}), max_cases)
    checked = check_bytes(str(path), read_file(path), options)
    checked.require()
    return requests(checked, options.images, [case] if isinstance(case, str) else case)
