"""Findings mended: fixes are applied round by round until there are none, and only where they keep their word."""

from __future__ import annotations

import os
from bisect import bisect_left, insort
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from imagenspec.catalog.codes import codes
from imagenspec.errors import ToolError
from imagenspec.project.build import requests
from imagenspec.project.check import check_bytes, check_file, read_file
from imagenspec.project.config import project_of
from imagenspec.project.findings import RecipeError
from imagenspec.project.output import write_whole
from imagenspec.source.edits import apply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.findings import Finding
    from imagenspec.project.options import Options
    from imagenspec.source.diagnostics import Edit
    from imagenspec.source.text import Span

_MOST_ROUNDS = 40
_MOST_TRIALS = 100
"""How many fixes of one recipe are tried one by one, when all together do not keep their word."""

_Unit: TypeAlias = tuple[str, str, str]
"""Fixes that are applied or held back together: those of the same code, message and title."""


class Wanted(NamedTuple):
    """Which fixes to apply.

    Attributes:
        unsafe: Also those that may change the request.
        select: The codes whose findings are mended; nothing means all.
        ignore: The codes whose findings are left alone.
    """

    unsafe: bool = False
    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()

    def has(self, finding: Finding) -> bool:
        """Tell whether a finding has a fix and is to be mended."""
        chosen = self.select is None or finding.code in self.select
        return finding.fix is not None and chosen and finding.code not in self.ignore


class Held(NamedTuple):
    """A finding whose fix was not applied, and why not."""

    finding: Finding
    why: str


class FixedRecipe(NamedTuple):
    """A recipe after its fixes.

    Attributes:
        name: The name of its file.
        before: Its bytes as they were.
        after: Its bytes with fixes applied.
        applied: The findings that were mended, in the order of the rounds.
        held: The fixes that would have done more than they say.
        left: What is found now.
        more: How many of those have a fix that ``unsafe`` would apply.
    """

    name: str
    before: bytes
    after: bytes
    applied: tuple[Finding, ...]
    held: tuple[Held, ...]
    left: tuple[Finding, ...]
    more: int

    @property
    def changed(self) -> bool:
        """Whether a fix was applied."""
        return self.after != self.before


def fix_file(path: Path, options: Options, wanted: Wanted) -> FixedRecipe:
    """Return a recipe of a run over many with its fixes applied; the file stays as it is.

    Raises:
        UsageError: The project's configuration is wrong.
    """
    checked = check_file(path, options)
    return _fixed(checked, checked.data or b"", options, wanted)


def fix_bytes(name: str, data: bytes, options: Options, wanted: Wanted) -> FixedRecipe:
    """Return a recipe with its fixes applied; a text that cannot be read stays as it is."""
    return _fixed(check_bytes(name, data, options), data, options, wanted)


def write_fixed(path: Path, fixed: FixedRecipe) -> None:
    """Write a mended recipe over its file, whole or not at all; permissions stay, a symbolic link stays one.

    Raises:
        ToolError: The file cannot be written, leads out of its project, or is not what was mended any more.
    """
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    if target is not path and not target.is_relative_to(os.path.realpath(project_of(path.parent).root)):
        raise ToolError(f"{path} leads outside the project and was not written")
    if read_file(target) != fixed.before:
        raise ToolError(f"{path} changed while it was mended and was not written; run the command again")
    if not os.access(target, os.W_OK):
        raise ToolError(f"{path} cannot be written: it is read-only")
    mode = target.stat().st_mode & 0o7777
    umask = os.umask(0o777 & ~mode)
    try:
        write_whole(target, [fixed.after])
    finally:
        os.umask(umask)
    target.chmod(mode)


class _Trial(NamedTuple):
    """A text on its way: what is found in it, what was mended so far, and whether there is no more to do."""

    checked: CheckedRecipe
    applied: tuple[Finding, ...] = ()
    settled: bool = True


def _fixed(checked: CheckedRecipe, data: bytes, options: Options, wanted: Wanted) -> FixedRecipe:
    trial, held = _Mender(options, wanted._replace(unsafe=False)).mend(_Trial(checked))
    if wanted.unsafe:
        done = trial.applied
        trial, held = _Mender(options, wanted).mend(_Trial(trial.checked))
        trial = trial._replace(applied=done + trial.applied)
    left = trial.checked.findings
    more = 0 if wanted.unsafe else sum(map(wanted.has, left))
    return FixedRecipe(checked.name, data, trial.checked.data or data, trial.applied, tuple(held), left, more)


class _Mender:
    """Applies fixes to one recipe, and takes care that they keep their word.

    Safe fixes, when all is done, leave no finding that was not there before, and of a recipe that compiles the same
    requests. Unsafe ones leave at least a recipe that can be read.
    """

    def __init__(self, options: Options, wanted: Wanted) -> None:
        self._options = options
        self._wanted = wanted

    def mend(self, start: _Trial) -> tuple[_Trial, list[Held]]:
        """Return the recipe with all fixes applied that keep their word, and those that do not."""
        trial = self._settle(start, frozenset())
        if self._objection(start, trial) is None:
            return trial, []
        held: dict[_Unit, str] = {}
        units = list(dict.fromkeys(map(_unit, self._fixable(start.checked.findings, ()))))
        trial = start
        for index, unit in enumerate(units):
            why: str | None = "too many fixes get in each other's way"
            if index < _MOST_TRIALS:
                longer = self._settle(start, held.keys() | units[index + 1 :])
                why = self._objection(start, longer)
                trial = trial if why else longer
            if why:
                held[unit] = why
        left = trial.checked.findings
        return trial, [Held(one, held[_unit(one)]) for one in self._fixable(left, ()) if _unit(one) in held]

    def _settle(self, trial: _Trial, held: Iterable[_Unit]) -> _Trial:
        """Apply fixes until there are none, except those that are held back."""
        for _ in range(_MOST_ROUNDS):
            findings = _compatible(self._fixable(trial.checked.findings, held))
            if not findings:
                return trial
            source = findings[0].source
            text = apply(source.text, (edit for one in findings for edit in _edits(one)))
            data = (("\ufeff" if source.byte_order_mark else "") + text).encode()
            trial = _Trial(check_bytes(trial.checked.name, data, self._options), (*trial.applied, *findings))
        return trial._replace(settled=False)

    def _fixable(self, findings: Iterable[Finding], held: Iterable[_Unit]) -> list[Finding]:
        held = frozenset(held)
        return [
            one
            for one in findings
            if one.fix is not None
            and (one.fix.safe or self._wanted.unsafe)
            and self._wanted.has(one)
            and _unit(one) not in held
        ]

    def _objection(self, start: _Trial, trial: _Trial) -> str | None:
        """Return what fixes have done that they must not do, or nothing."""
        if not trial.settled:
            return "the fix does not come to an end"
        if trial.applied and trial.checked.data is None:
            return "the recipe could not be read any more"
        new = _added(start.checked.findings, trial)
        if any(codes()[one.code].fatal for one in start.checked.findings):  # rules could not look at everything yet
            new = {code for code in new if codes()[code].fatal}
        if self._wanted.unsafe:
            new = {code for code in new if codes()[code].fatal and code.startswith("IMG0")}
        if new:
            code = codes()[min(new)]
            return f"it would uncover {code.code} ({code.name})" + ("" if self._wanted.unsafe else "; --unsafe does it")
        if not self._wanted.unsafe and trial.applied and start.checked.ok and self._sends_else(start, trial):
            return "it would change the request"
        return None

    def _sends_else(self, start: _Trial, trial: _Trial) -> bool:
        try:
            return list(self._payloads(start)) != list(self._payloads(trial))
        except RecipeError:
            return True

    def _payloads(self, trial: _Trial) -> Iterator[tuple[str, str]]:
        for request in requests(trial.checked, self._options.images):
            yield request.case, request.digest


def _unit(finding: Finding) -> _Unit:
    return finding.code, finding.message, finding.fix.title if finding.fix is not None else ""


def _edits(finding: Finding) -> tuple[Edit, ...]:
    return finding.fix.edits if finding.fix is not None else ()


def _added(before: Iterable[Finding], trial: _Trial) -> set[str]:
    """Return the codes of which more is left than was there before and not mended."""
    old = Counter(map(_unit, before))
    old.subtract(Counter(map(_unit, trial.applied)) & old)
    allowed: Counter[str] = Counter()
    for (code, _, _), count in old.items():
        allowed[code] += count
    return set(Counter(one.code for one in trial.checked.findings) - allowed)


def _compatible(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that can be mended at once; the others wait for the next round.

    Rules wait until the shape is sound: what they miss may be misspelt. Edits that touch wait, and of fixes that drop
    a key all but one: two could leave an empty mapping.
    """
    shape = [one for one in findings if codes()[one.code].fatal]
    chosen: list[Finding] = []
    taken: list[Span] = []
    dropped = False
    for finding in shape or findings:
        edits = _edits(finding)
        drops = not finding.code.startswith("IMG9") and not any(edit.text for edit in edits)
        if (drops and dropped) or any(_touches(taken, edit.span) for edit in edits):
            continue
        dropped = dropped or drops
        chosen.append(finding)
        for edit in edits:
            insort(taken, edit.span)
    return chosen


def _touches(taken: Sequence[Span], span: Span) -> bool:
    """Tell whether a span overlaps or touches one of several sorted ones, which do not touch each other."""
    index = bisect_left(taken, span)
    return any(one.start <= span.end and span.start <= one.end for one in taken[max(0, index - 1) : index + 1])
