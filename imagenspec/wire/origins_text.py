"""What the texts of a case are made of: the variables, axes and references that their templates name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.recipe.templates import is_template, parse_template
from imagenspec.source.diagnostics import quote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from imagenspec.recipe.matrix import Case
    from imagenspec.recipe.model import Recipe, Reference
    from imagenspec.recipe.template import Ask
    from imagenspec.source.nodes import Path
    from imagenspec.source.text import Span


class Part(NamedTuple):
    """A second place that a member is made of.

    Attributes:
        path: The place; of what is not in the recipe, nothing.
        span: Where it is written.
        why: What it does; empty of the items of a list that is made of them as a whole.
        replaced: Whether what it says is not sent, because the member replaces it.
    """

    path: Path | None
    span: Span | None
    why: str
    replaced: bool = False


class TemplateParts:
    """Looks up what the templates of one case name.

    Args:
        case: The case.
        recipe: What it means.
        given: The variables that the caller has set over their defaults.
    """

    def __init__(self, case: Case, recipe: Recipe, given: Collection[str]) -> None:
        self._document = case.document
        self._axes = {axis.word.rsplit(".", 1)[-1]: (axis, value) for axis, value in case.combination}
        self._references = {one.name: one for one in recipe.references if one.name is not None}
        self._given = given

    def of(self, path: Path) -> list[Part]:
        """Return what the text at a path is made of, each place once; of a text without templates, nothing."""
        return list(dict.fromkeys(self._parts(path)))

    def _parts(self, path: Path) -> Iterator[Part]:
        node = self._document.node(path)
        if node is None or not isinstance(node.value, str) or not is_template(node.value):
            return
        describes = path[:1] == ("references",)
        for ask in sorted(parse_template(node.value).asks, key=lambda ask: (ask.name, ask.attribute or "")):
            reference = None if describes else self._references.get(ask.name)
            if reference is None:
                yield self._variable(ask.name)
            else:
                yield from self._reference(reference, ask)

    def _reference(self, reference: Reference, ask: Ask) -> Iterator[Part]:
        described = (*reference.path, "description")
        if ask.attribute in (None, "description") and self._document.node(described) is not None:
            yield Part(described, self._document.value_span(described), f"the description of {quote(ask.name)}")
            yield from self._parts(described)
        if ask.attribute in (None, "marker", "id"):
            number = (*reference.path, "id")
            if self._document.node(number) is not None:
                yield Part(number, self._document.value_span(number), f"the id of {quote(ask.name)}")
            else:
                why = f"the reference {quote(ask.name)}, whose id is given in file order"
                yield Part(reference.path, self._document.key_span(reference.path), why)

    def _variable(self, name: str) -> Part:
        if name in self._axes:
            axis, value = self._axes[name]
            return Part(("matrix", axis.name), value.node.span, f"{quote(name)} of this case")
        if name in self._given:
            return Part(None, None, f"{quote(name)} was given by --var")
        path = ("vars", name)
        return Part(path, self._document.value_span(path), f"the variable {quote(name)}")
