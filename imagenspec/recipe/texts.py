"""The texts of one case: descriptions and prompts with their templates rendered, problems at their own columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.recipe.template import REFERENCE_ATTRIBUTES, ReferenceText, TemplateFailure
from imagenspec.recipe.templates import is_template, parse_template
from imagenspec.source.diagnostics import Diagnostic, any_of, did_you_mean, quote
from imagenspec.source.scalars import value_offsets
from imagenspec.source.text import Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagenspec.recipe.template import Ask, Template, Use
    from imagenspec.source.nodes import Document, Node, Path


class Text(NamedTuple):
    """A text of a recipe as it will be sent, and the value that it was rendered from."""

    rendered: str
    node: Node


def span_within(document: Document, node: Node, start: int, end: int) -> Span:
    """Return where the characters ``start..end`` of a text value are written, through folding and escapes."""
    offsets = value_offsets(document.file, node)
    start, end = min(start, len(offsets) - 1), min(end, len(offsets) - 1)
    if end <= start:
        return Span(offsets[start], offsets[start])
    return Span(offsets[start], max(offsets[end - 1] + 1, offsets[start] + 1))


class TextRenderer:
    """Renders the texts of one case.

    Attributes:
        diagnostics: What is wrong with the templates.
        used: The names that templates use.
        failed: The paths of the texts whose templates could not be rendered; they are given as they are written.
    """

    def __init__(self, document: Document, variables: dict[str, Any]) -> None:
        self.document = document
        self.variables = variables
        self.diagnostics: list[Diagnostic] = []
        self.used: set[str] = set()
        self.failed: set[Path] = set()

    def text(self, path: Path, references: Mapping[str, ReferenceText | str]) -> Text | None:
        """Return the rendered text at a path, or nothing where there is none."""
        node = self.document.node(path)
        if node is None or not isinstance(node.value, str):
            return None
        if not is_template(node.value):
            return Text(node.value, node)
        template = parse_template(node.value)
        values = {**self.variables, **references}
        if not self._sound(template, node, values):
            self.failed.add(path)
            return Text(node.value, node)
        try:
            return Text(template.render(values), node)
        except TemplateFailure as error:
            message = f"the template fails: {' '.join(str(error).split())[:120]}"
            self.failed.add(path)
            self.diagnostics.append(Diagnostic("IMG604", message, self.document.file, node.anchor or node.span))
            return Text(node.value, node)

    def _sound(self, template: Template, node: Node, values: dict[str, Any]) -> bool:
        found = [
            Diagnostic(
                problem.code,
                problem.message,
                self.document.file,
                span_within(self.document, node, problem.start, problem.end),
            )
            for problem in template.problems
        ]
        self.used.update(ask.name for ask in template.asks)
        if any(_undefined(ask, values) for ask in template.asks):
            for use in template.uses:
                message = _undefined(use, values)
                if message:
                    span = span_within(self.document, node, use.start, use.end)
                    found.append(Diagnostic("IMG602", message, self.document.file, span))
        self.diagnostics += found
        return not found


def _undefined(use: Ask | Use, values: dict[str, Any]) -> str | None:
    if use.name not in values:
        near = did_you_mean(use.name, values)
        known = f"; known here: {any_of(sorted(values))}" if values else "; this recipe has no variables"
        return f"{quote(use.name)} is not defined" + (f"; did you mean {quote(near)}?" if near else known)
    if use.attribute is None:
        return None
    if not isinstance(values[use.name], ReferenceText):
        return f"variable {quote(use.name)} is a plain value without {quote('.' + use.attribute)}"
    if use.attribute == "description" and values[use.name].description is None:
        return f'reference {quote(use.name)} has no "description"'
    if use.attribute in REFERENCE_ATTRIBUTES:
        return None
    return f"a reference has no {quote('.' + use.attribute)}; it has {any_of(REFERENCE_ATTRIBUTES)}"
