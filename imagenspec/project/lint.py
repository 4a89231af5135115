"""Many recipes: verdicts in the order of the files, from the cache where they still hold, else from all processors."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Self

from imagenspec.errors import ToolError
from imagenspec.project.check import check_file, read_file
from imagenspec.project.disk import DiskImages
from imagenspec.project.options import Options
from imagenspec.project.verdict import Verdict, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import ProcessPoolExecutor
    from pathlib import Path

    from imagenspec.project.cache import Cache

WORTH_PROCESSES = 150
"""Fewer recipes are checked sooner than other processes are up."""
_WINDOW = 2_000
"""How many recipes are under way at a time; what is said of them is held until its turn."""
_SHARE = 50
"""How many recipes a process is given at a time."""
_WORTH_CACHE = 40
"""Fewer recipes are checked sooner than verdicts are looked up."""


class _Checked(NamedTuple):
    """A verdict, and what the cache is to keep of it."""

    verdict: Verdict
    key: bytes = b""
    entry: str | None = None


def lint(
    paths: Sequence[Path], options: Options, *, cached: bool | None = None, jobs: int | None = None
) -> Iterator[Verdict]:
    """Yield the verdict about each recipe, in the order of the paths.

    Args:
        paths: The recipes' files.
        options: What the caller wants of every recipe.
        cached: Whether verdicts of earlier runs may be used, and these are kept; unless said, if there are enough
            recipes for that to be worth it.
        jobs: How many processes may work; as many as there are processors, unless said.

    Raises:
        UsageError: A project's configuration is wrong.
        ToolError: A process died.
    """
    use = len(paths) >= _WORTH_CACHE if cached is None else cached
    cache = _open_cache() if use else None
    try:
        with _Workers(options, jobs or _processors(), keep=cache is not None) as workers:
            for start in range(0, len(paths), _WINDOW):
                yield from _window(paths[start : start + _WINDOW], options, cache, workers)
    finally:
        if cache is not None:
            cache.close()


def _window(paths: Sequence[Path], options: Options, cache: Cache | None, workers: _Workers) -> Iterator[Verdict]:
    known = [_known(path, options, cache) for path in paths] if cache is not None and not cache.empty else []
    missing = [path for path, one in zip(paths, known, strict=True) if one is None] if known else list(paths)
    fresh: list[tuple[bytes, str]] = []
    checked = workers.check(missing)
    for one in known or [None] * len(paths):
        if one is not None:
            yield one
            continue
        done = next(checked)
        if done.entry is not None:
            fresh.append((done.key, done.entry))
        yield done.verdict
    if cache is not None and fresh:
        cache.put(fresh)


def _known(path: Path, options: Options, cache: Cache | None) -> Verdict | None:
    from imagenspec.project.cache import key_of  # noqa: PLC0415 - a single recipe may do without the cache

    if cache is None or path.is_symlink():
        return None
    name = path.as_posix()
    try:
        data = read_file(path)
        return cache.get(key_of(name, data, options), name, data, options)
    except (OSError, ToolError):
        return None


def _open_cache() -> Cache:
    from imagenspec.project.cache import Cache  # noqa: PLC0415

    return Cache()


def _check(path: Path, options: Options, *, keep: bool) -> _Checked:
    started = time.time_ns()
    checked = check_file(path, options)
    said = verdict(checked)
    if not keep or path.is_symlink() or checked.data is None:
        return _Checked(said)
    from imagenspec.project.cache import entry, key_of  # noqa: PLC0415

    try:
        return _Checked(said, key_of(checked.name, checked.data, options), entry(checked, said, options, started))
    except (OSError, ToolError):
        return _Checked(said)


class _Workers:
    """Processes that check; they are started when there is enough for them to do."""

    def __init__(self, options: Options, jobs: int, *, keep: bool) -> None:
        self._options = options
        self._jobs = jobs
        self._keep = keep
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def check(self, paths: Sequence[Path]) -> Iterator[_Checked]:
        """Yield what was checked, in the order of the paths."""
        if self._jobs > 1 and (self._pool is not None or len(paths) >= WORTH_PROCESSES):
            yield from self._elsewhere(paths)
            return
        for path in paths:
            yield _check(path, self._options, keep=self._keep)

    def _elsewhere(self, paths: Sequence[Path]) -> Iterator[_Checked]:
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - only many recipes need processes

        pool = self._pool = self._pool or _pool(self._options, self._jobs, keep=self._keep)
        shares = [paths[start : start + _SHARE] for start in range(0, len(paths), _SHARE)]
        try:
            for done in pool.map(_check_share, shares):
                yield from done
        except BrokenProcessPool as error:
            raise ToolError("a process that checks recipes was ended; --jobs 1 does without") from error


def _pool(options: Options, jobs: int, *, keep: bool) -> ProcessPoolExecutor:
    import multiprocessing  # noqa: PLC0415
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    plain = replace(options, images=DiskImages())
    return ProcessPoolExecutor(jobs, context, _start, (plain, keep))


_mine: tuple[Options, bool] = (Options(), False)
"""What a process that checks was started with."""


def _start(options: Options, keep: bool) -> None:
    global _mine  # noqa: PLW0603 - a process of a pool has no other place to keep what it was started with
    _mine = (options, keep)


def _check_share(paths: Sequence[Path]) -> list[_Checked]:
    options, keep = _mine
    return [_check(path, options, keep=keep) for path in paths]


def _processors() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
