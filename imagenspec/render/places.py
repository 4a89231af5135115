"""Whether the pictures of a run have places: not each other's, no other recipe's, and nobody's own files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imagenspec.errors import UsageError
from imagenspec.recipe.model import SAMPLE
from imagenspec.render.delivery import suffix_of
from imagenspec.render.disk.files import file_at
from imagenspec.render.disk.store import place_in
from imagenspec.render.locks.lockfile import target_word
from imagenspec.render.neighbours import Neighbours
from imagenspec.render.plan import SERVICE, name_of, outputs_of, whole_path
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagenspec.render.locks.lines import Entry
    from imagenspec.render.plan import Plan
    from imagenspec.render.service.targets import Target
    from imagenspec.render.work import Work


def check_outputs(
    plans: Iterable[Plan], target: Target, *, force: bool = False, modified: bool = False, again: bool = False
) -> None:
    """Refuse a run before anything is sent whose pictures would take each other's place, or that of better ones.

    Args:
        plans: What is asked for.
        target: Where requests would go.
        force: Write over files that no render made.
        modified: Only what the locks do not have is sent.
        again: What did not come whole is sent again too.

    Raises:
        UsageError: Two requests have one output path, a path is no place for a picture, or something would be written
            over: pictures that somebody may have paid for by others, a picture of another recipe, or a file that no
            render made.
        ToolError: A file that is in the way cannot be read.
    """
    taken: dict[str, Work] = {}
    neighbours: dict[Path, Neighbours] = {}
    for one in plans:
        for work in one.works:
            place_in(one.root, Path(one.recipe).parent / _first_output(work))
            for path in outputs_of(work):
                other = taken.setdefault(path, work)
                if other.task.key != work.task.key:
                    both = f"{name_of(other)} and {name_of(work)}"
                    raise UsageError(
                        f"{both} would be written to the same {quote(path, 200)}; give each its render.path"
                    )
        if force:
            continue
        due = {work.task.case for work in one.due(modified=modified, again=again)}
        for work in one.works:
            lost = one.would_be_overwritten(work, target) if work.task.case in due else None
            if lost is not None:
                raise UsageError(f"{name_of(work)}: {_loss(lost, target)}")
            if work.task.case in due or one.moves(work):
                _check_places(one, work, neighbours.setdefault(one.root, Neighbours(one.root, target)))


def _first_output(work: Work) -> str:
    return work.path.replace(SAMPLE, "1") + suffix_of(work.expected.media_type)


def _loss(lost: Entry, target: Target) -> str:
    """Return why a line must not be replaced."""
    if lost.target == SERVICE:
        maker, advice = "the service made", 'say "--target vertex", or "--force" to lose them'
    else:
        maker = f"another service made ({target_word(lost.target)})"
        advice = 'say --target with its URL, or "--force" to lose them'
    return f"its lock has pictures that {maker}, and those of {target.kind} would take their place; {advice}"


def _check_places(one: Plan, work: Work, neighbours: Neighbours) -> None:
    """Refuse a request whose picture has no place: a picture of another recipe is there, or what no render made."""
    state = one.state(work.task.case)
    edited = one.touched(work.task.case).edited if state.word == "other pictures" else ()
    stays = {whole_path(Path(one.recipe).parent, file) for file in edited}
    for path in outputs_of(work):
        there = None if path in stays else file_at(Path(path))
        if there is None:
            continue
        digests = {there.sha256, there.plain} - {""}
        owner = neighbours.owner(work, path, digests)
        if owner is not None:
            raise UsageError(
                f"{name_of(work)}: {quote(path, 200)} is a picture of {owner}; give each its render.path, or say "
                '"--force"'
            )
        if not one.is_of_a_render(*digests):
            raise UsageError(
                f"{name_of(work)}: {quote(path, 200)} was not made by a render or has been changed; move it away, or "
                'say "--force"'
            )
