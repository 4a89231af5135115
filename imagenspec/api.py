"""The Python API: a verb for each thing that programs ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.errors import UsageError
from imagenspec.project.build import requests
from imagenspec.project.check import check_bytes, read_file
from imagenspec.project.discovery import SUFFIX
from imagenspec.project.options import Options
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date
    from pathlib import Path

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
    a: str | os.PathLike[str] | Request | LoadedRequest = "HEAD",
    b: str | os.PathLike[str] | Request | LoadedRequest | None = None,
    *,
    paths: str | os.PathLike[str] | Collection[str | os.PathLike[str]] = (),
    max_cases: int = DEFAULT_MAX_CASES,
) -> Difference:
    """Return how requests differ: two of them, those of two recipes, or those of recipes in two git revisions.

    Args:
        a: The old side: a request, the path of a recipe (a path object, or a text that ends in ``.imagen.yaml``), or
            a revision of the git repository around the working folder.
        b: The new side, of any kind but a revision where ``a`` is none; nothing means the working tree.
        paths: Between revisions: a file or folder, or several, which one of both sides must have; none means the
            working folder. A picture, or a folder without recipes, means the recipes that use it.
        max_cases: The most cases that a matrix may have.

    Raises:
        RecipeError: A recipe has errors.
        ToolError: A recipe cannot be read.
        GitError: There is no git, or no repository.
        RevisionError: The repository does not have a revision.
        UsageError: A revision is to be compared with something else, neither side has a path, or one is of no kind
            that can be compared.
    """
    from os import PathLike  # noqa: PLC0415 - linters and compilers need no git
    from pathlib import Path  # noqa: PLC0415

    old, new = _side(a), _side(b)
    if isinstance(old, str) and (new is None or isinstance(new, str)):
        from imagenspec.review.diff import Range  # noqa: PLC0415
        from imagenspec.review.diff import diff as difference  # noqa: PLC0415
        from imagenspec.review.git import Repository  # noqa: PLC0415

        repository = Repository(Path.cwd())
        wanted = Range(repository.commit(old), old, None if new is None else repository.commit(new), new or "")
        names = [paths] if isinstance(paths, str | PathLike) else paths
        return difference(repository, wanted, [str(path) for path in names], max_cases=max_cases)
    if old is None or new is None or isinstance(old, str) or isinstance(new, str) or paths:
        raise UsageError("a request or a recipe is compared with another one, and a revision with a revision")
    from imagenspec.review.pair import difference_of  # noqa: PLC0415

    return difference_of(old, new, max_cases)


def _side(one: str | os.PathLike[str] | Request | LoadedRequest | None) -> str | Path | Request | None:
    """Return a side of a comparison: a revision, the path of a recipe, a request, or nothing."""
    from os import PathLike  # noqa: PLC0415 - most programs compare nothing
    from pathlib import Path  # noqa: PLC0415

    from imagenspec.importing.loaded import LoadedRequest  # noqa: PLC0415
    from imagenspec.wire.request import Request  # noqa: PLC0415

    if isinstance(one, LoadedRequest):
        return one.request
    if one is None or isinstance(one, Request) or (isinstance(one, str) and not one.endswith(SUFFIX)):
        return one
    if not isinstance(one, str | PathLike):
        raise UsageError(
            f"diff does not take a {type(one).__name__}; give load_request(body, model=...) for a body, "
            "the path of a recipe, or a revision"
        )
    return Path(one)


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
        ToolError: A ledger cannot be read.
    """
    from os import PathLike  # noqa: PLC0415 - linters and compilers need no locks

    from imagenspec.review.planning import plan_of  # noqa: PLC0415

    names = [paths] if isinstance(paths, str | PathLike) else paths
    cases = (case,) if isinstance(case, str) else tuple(case)
    options = Options(dict(variables or {}), max_cases)
    return plan_of(tuple(str(name) for name in names), options, cases, target, before)
