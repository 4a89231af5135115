"""What stands for what: cases, and recipes, of which the old and the new side have different names."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterator, Mapping

    from imagenspec.review.bodies import Shot

_MOST_PAIRS = 10_000
"""More pairs of texts than this are not all compared, only those of files with the same name."""
_ALIKE = 0.5
"""The part of the larger text that both must share, as for git."""

Texts: TypeAlias = "Mapping[str, bytes]"


def partners_of(gone: Mapping[str, Shot], came: Mapping[str, Shot]) -> dict[str, str]:
    """Return which case that came stands for which that is gone.

    These are the cases with the same request; of the others with the same model and task those whose ids share what
    ids of both sides have; then what is left, in order.

    Args:
        gone: Cases that the new side does not have.
        came: Cases that the old side does not have.
    """
    parts = _parts(gone) & _parts(came)
    found: dict[str, str] = {}

    def same_request(_: str, shot: Shot) -> Hashable:
        return shot.key

    def same_kind(_: str, shot: Shot) -> Hashable:
        return shot.request.model, shot.request.task

    def same_place(case: str, shot: Shot) -> Hashable:
        return same_kind(case, shot), tuple(part for part in case.split(",") if part in parts)

    for key in (same_request, same_place, same_kind):
        taken = set(found.values())
        _pair({case: shot for case, shot in gone.items() if case not in taken}, came, key, found)
    return found


def renamed_by_requests(went: Mapping[str, Collection[str]], came: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Return which recipe that came stands for which that went, by the requests that they share.

    Args:
        went: The identities of the requests of recipes that only the old side has.
        came: Those of recipes that only the new side has.
    """
    homes: dict[str, list[str]] = {}
    for path, keys in went.items():
        for key in set(keys):
            homes.setdefault(key, []).append(path)
    ranked = []
    for path, keys in came.items():
        shared = Counter(home for key in set(keys) for home in homes.get(key, ()))
        ranked += [(-count, not _same_name(path, home), path, home) for home, count in shared.items()]
    return _best((path, home) for *_, path, home in sorted(ranked))


def renamed_by_texts(went: Texts, came: Texts) -> dict[str, str]:
    """Return which recipe that came stands for which that went, by the lines that they share.

    Args:
        went: The texts of recipes that only the old side has.
        came: Those of recipes that only the new side has.
    """
    before = {path: Counter(text.splitlines()) for path, text in went.items()}
    after = {path: Counter(text.splitlines()) for path, text in came.items()}
    few = len(before) * len(after) <= _MOST_PAIRS
    ranked = []
    for path, lines in after.items():
        for home, others in before.items():
            if few or _same_name(path, home):
                alike = _weight(lines & others) / max(_weight(lines), _weight(others), 1)
                ranked += [(-alike, not _same_name(path, home), path, home)] if alike >= _ALIKE else []
    return _best((path, home) for *_, path, home in sorted(ranked))


def _pair(
    gone: Mapping[str, Shot], came: Mapping[str, Shot], key: Callable[[str, Shot], Hashable], found: dict[str, str]
) -> None:
    """Pair cases with the same key in their order."""
    left: dict[Hashable, deque[str]] = {}
    for case, shot in gone.items():
        left.setdefault(key(case, shot), deque()).append(case)
    for case, shot in came.items():
        same = left.get(key(case, shot)) if case not in found else None
        if same:
            found[case] = same.popleft()


def _parts(cases: Collection[str]) -> set[str]:
    return {part for case in cases for part in case.split(",")}


def _best(ranked: Iterator[tuple[str, str]]) -> dict[str, str]:
    """Return pairs, best first, so that each path is in one."""
    found: dict[str, str] = {}
    taken = set()
    for path, home in ranked:
        if path not in found and home not in taken:
            found[path] = home
            taken.add(home)
    return found


def _same_name(path: str, other: str) -> bool:
    return path.rpartition("/")[2] == other.rpartition("/")[2]


def _weight(lines: Counter[bytes]) -> int:
    """Return how many bytes lines have; blank lines say nothing."""
    return sum(len(line) * count for line, count in lines.items())
