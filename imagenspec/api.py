"""The Python API: a verb for each thing that programs ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.project.build import requests
from imagenspec.project.check import check_bytes, read_file
from imagenspec.project.options import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from imagenspec.importing.loaded import LoadedRequest
    from imagenspec.project.check import CheckedRecipe
    from imagenspec.review.plan import RenderPlan
    from imagenspec.review.values import Difference
    from imagenspec.wire.request import Request


def load_request(
    body: dict[str, Any] | str | bytes, *, model: str | None = None, exact: bool = False, name: str = "request"
) -> LoadedRequest:
    """Return the recipe of a request that exists: what it compiles to is the same request.

    Args:
        body: The body as data, or a text that ``imagenspec import`` takes: JSON, a curl command, a HAR entry.
        model: The publisher model, where no URL says it.
        exact: Whether spellings and the order of members are kept too, under ``raw``.
        name: The name of the recipe, without its ending.

    Raises:
        BodyError: It is malformed, or no recipe can say it.
    """
    from imagenspec.importing.convert import Wish  # noqa: PLC0415 - most programs import nothing
    from imagenspec.importing.loaded import LoadedRequest  # noqa: PLC0415

    return LoadedRequest(body, name, Wish(model, exact))


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


def diff(
    a: str = "HEAD",
    b: str | None = None,
    *,
    paths: Collection[str | os.PathLike[str]] = (),
    max_cases: int = DEFAULT_MAX_CASES,
) -> Difference:
    """Return how the requests of recipes differ between revisions of the git repository around the working folder.

    Args:
        a: The revision of the old side.
        b: The revision of the new side; nothing for the working tree.
        paths: Files and folders, which one of both sides must have; none means the working folder.
        max_cases: The most cases that a matrix may have.

    Raises:
        GitError: There is no git, or no repository.
        RevisionError: The repository does not have a revision.
        UsageError: Neither side has a path.
    """
    from pathlib import Path  # noqa: PLC0415 - linters and compilers need no git

    from imagenspec.review.diff import Range  # noqa: PLC0415
    from imagenspec.review.diff import diff as difference  # noqa: PLC0415
    from imagenspec.review.git import Repository  # noqa: PLC0415

    repository = Repository(Path.cwd())
    wanted = Range(repository.commit(a), a, None if b is None else repository.commit(b), b or "")
    return difference(repository, wanted, [str(path) for path in paths], max_cases=max_cases)


def plan(  # noqa: PLR0913 - what the command can be asked for
    paths: str | os.PathLike[str] | Collection[str | os.PathLike[str]],
    *,
    case: str | Collection[str] = (),
    variables: Mapping[str, str] | None = None,
    max_cases: int = DEFAULT_MAX_CASES,
    target: str | None = None,
    before: date | None = None,
) -> RenderPlan:
    """Return what a render of recipes would send, and what that costs at the documented service.

    Args:
        paths: A file or folder, or several.
        case: The id, or ids, of the cases wanted; none means all.
        variables: Values that override the defaults of ``vars``.
        max_cases: The most cases that a matrix may have.
        target: Where requests would go; unless said, as the configuration says, or to the emulator.
        before: Models that end before this day are named; unless said, 90 days after the day of the plan.

    Raises:
        RecipeError: A recipe has errors.
        UsageError: There is no such path, or the recipes are of several projects.
        LockError: A lock cannot be read.
    """
    from os import PathLike  # noqa: PLC0415 - linters and compilers need no locks

    from imagenspec.review.planning import plan_of  # noqa: PLC0415

    names = [paths] if isinstance(paths, str | PathLike) else paths
    cases = (case,) if isinstance(case, str) else tuple(case)
    options = Options(dict(variables or {}), max_cases)
    return plan_of(tuple(str(name) for name in names), options, cases, target, before)
