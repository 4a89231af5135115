"""What a rule looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.catalog.limits import limit
from imagenspec.catalog.models import models
from imagenspec.rules.slips import SAME_AXIS, is_slip, outline, was_meant
from imagenspec.source.diagnostics import Diagnostic, Fix, Related, quote
from imagenspec.source.edits import removal

if TYPE_CHECKING:
    from datetime import date

    from imagenspec.catalog.limits import Limit
    from imagenspec.images.files import ImageFiles
    from imagenspec.recipe.model import Recipe
    from imagenspec.recipe.texts import Text
    from imagenspec.source.nodes import Document, Path
    from imagenspec.source.text import Span


class Subject(NamedTuple):
    """One case of a recipe, with everything that a rule may ask.

    Attributes:
        document: The case's document; values of the wrong shape are taken out.
        recipe: What it means.
        texts: Its rendered texts, by path.
        files: Where image files are found.
        broken: The paths that were taken out; a rule keeps silent about what they could explain.
        as_of: The day whose models count.
        location: Where the project calls the service, as far as its configuration says.
    """

    document: Document
    recipe: Recipe
    texts: dict[Path, Text]
    files: ImageFiles
    broken: frozenset[Path]
    as_of: date
    location: str | None = None

    def is_broken(self, *path: str | int) -> bool:
        """Tell whether something at, above or below a path was taken out, or a key that was probably meant for it."""
        return path in outline(self.broken).above or self.is_gone(*path)

    def is_gone(self, *path: str | int) -> bool:
        """Tell whether the whole value at a path was taken out, or stands under a misspelt key."""
        if not self.broken and "matrix" not in self.document.keys:
            return False
        if any(path[:length] in self.broken for length in range(len(path) + 1)) or self._is_of_broken_axis(path):
            return True
        if not self.broken or self.document.node(path) is not None:
            return False
        beside = outline(self.broken).words
        return any(
            was_meant(self.recipe.task, path[:length], word, path)
            for length in range(len(path))
            for word in beside.get(path[:length], ())
        )

    def _is_of_broken_axis(self, path: Path) -> bool:
        """Tell whether an axis of the matrix was to bring the value at a path and does not."""
        matrix = self.document.node(("matrix",))
        if matrix is None or self.document.node(path) is not None:
            return False
        name = ".".join(map(str, path))
        return any("." in axis and is_slip(axis, name, SAME_AXIS) for axis in matrix.entries or ())

    @property
    def knows_references(self) -> bool:
        """Whether every reference that the recipe names could be read, as far as its kind."""
        if self.document.node(("canvas",)) is not None:
            return False
        if self.document.node(("image",)) is not None and not any(
            one.path == ("image",) for one in self.recipe.references
        ):
            return self.recipe.task != "edit"
        if not self.broken:
            return True
        if self.is_gone("references") or self.is_broken("image"):
            return False
        if self.recipe.task == "edit" and self.is_gone("mask"):
            return False
        written = self.document.node(("references",))
        names = {reference.name for reference in self.recipe.references}
        if written is not None and not names.issuperset(written.entries or ()):
            return False
        return not any(len(broken) == 2 and broken[0] == "references" for broken in self.broken)

    def limit(self, name: str) -> Limit | None:
        """Return a limit of the model, or nothing where none is known or the model is none for the task."""
        model = models().get(self.recipe.model)
        return None if model is None or self.recipe.task not in model.tasks else limit(model.id, name)

    def at_value(self, code: str, path: Path, message: str, *related: Related) -> Diagnostic:
        """Return a finding at the value of a path."""
        node = self.document.node(path)
        if node is not None and node.anchor is not None:
            related = (*related, Related(node.anchor, "the value stands here"))
        return Diagnostic(code, message, self.document.file, self.document.value_span(path), related)

    def without(self, path: Path) -> Fix | None:
        """Return the fix that drops a key, which may change the request."""
        edit = removal(self.document, path)
        return Fix(f"drop {quote(path[-1])}", (edit,), safe=False) if edit is not None else None

    def at_span(self, code: str, span: Span, message: str, *related: Related, fix: Fix | None = None) -> Diagnostic:
        """Return a finding at a place."""
        return Diagnostic(code, message, self.document.file, span, related, fix)
