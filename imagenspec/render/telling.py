"""What a picture is told of the work that made it, without anything that is private."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from imagenspec._version import __version__
from imagenspec.catalog.digital_sources import source_type
from imagenspec.project.config import project_of
from imagenspec.provenance.record import Record
from imagenspec.provenance.resolved import resolved

if TYPE_CHECKING:
    from imagenspec.render.work import Work


class Teller(NamedTuple):
    """Tells the pictures of one request; what is the same for all of them is worked out once."""

    told: Record

    @classmethod
    def of(cls, work: Work) -> Self:
        """Return the teller for the pictures of a request."""
        recipe = work.recipe
        place = _Place.of(work.request.recipe)
        case = resolved(
            recipe, work.document.data, work.inputs, place.told, case=work.task.case, project=work.task.project
        )
        return cls(
            Record(
                tool=f"imagenspec {__version__}",
                data=work.data,
                task=recipe.task,
                recipe=place.name,
                case=case.case,
                model=case.model,
                seed=work.seed,
                prompt=recipe.prompt,
                sample=0,
                request=work.task.digest,
                picture="",
                inputs=case.inputs,
                withheld=case.withheld,
                resolved=case.text,
                source_type=source_type(recipe.task, (one.kind for one in recipe.references)),
            )
        )

    def record(self, number: int, sha256: str) -> Record:
        """Return what a picture is told.

        Args:
            number: Its number in the request, from 1.
            sha256: The digest of its bytes as they came.
        """
        return self.told._replace(sample=number, picture=sha256)


class _Place(NamedTuple):
    """Where a recipe is: its project's root and its folder, absolute, and its name from the root."""

    root: str
    folder: str
    name: str

    @classmethod
    def of(cls, recipe: str) -> Self:
        path = Path(recipe)
        root = Path(os.path.realpath(project_of(path.parent).root))
        folder = Path(os.path.realpath(path.parent))
        inside = folder.is_relative_to(root)
        return cls(str(root), str(folder), (folder.relative_to(root) / path.name).as_posix() if inside else path.name)

    def told(self, written: str) -> str | None:
        """Return the path of a file from the recipe's folder, if it says nothing of the world around the project."""
        from_root = posixpath.normpath(posixpath.join(posixpath.dirname(self.name), written))
        if not os.path.isabs(written) and from_root.partition("/")[0] != "..":  # noqa: PTH117 - a path is a text here
            return written
        whole = os.path.normpath(os.path.join(self.folder, written))  # noqa: PTH118
        if not Path(whole).is_relative_to(self.root):
            return None
        return Path(os.path.relpath(whole, self.folder)).as_posix()
