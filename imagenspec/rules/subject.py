"""What a rule looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.source.diagnostics import Diagnostic, Fix, Related

if TYPE_CHECKING:
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
    """

    document: Document
    recipe: Recipe
    texts: dict[Path, Text]
    files: ImageFiles
    broken: frozenset[Path]

    def is_broken(self, *path: str | int) -> bool:
        """Tell whether something at or below a path was taken out."""
        return any(broken[: len(path)] == path for broken in self.broken)

    def at_value(self, code: str, path: Path, message: str, *related: Related) -> Diagnostic:
        """Return a finding at the value of a path."""
        node = self.document.node(path)
        if node is not None and node.anchor is not None:
            related = (*related, Related(node.anchor, "the value stands here"))
        return Diagnostic(code, message, self.document.file, self.document.value_span(path), related)

    def at_span(self, code: str, span: Span, message: str, *related: Related, fix: Fix | None = None) -> Diagnostic:
        """Return a finding at a place."""
        return Diagnostic(code, message, self.document.file, span, related, fix)
