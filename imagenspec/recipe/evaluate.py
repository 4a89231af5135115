"""The text of a Jinja2 template, evaluated from its tree within bounds.

Names become constants; Jinja2 itself then evaluates its expressions as the constants that they are. No code is
generated, and no step can take long: texts, loops and numbers have limits.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from imagenspec.recipe.template import ReferenceText, TemplateFailure, printed
from imagenspec.source.budget import take_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_VALUE = 10_000
MAX_OUTPUT = 100_000
MAX_LOOP = 1_000
_PRINTED = (str, int, float, ReferenceText, type(None))


class Loop:
    """What ``loop`` is in the body of a ``for``: the round from 0 and from 1, and whether it is the first or last."""

    __slots__ = ("first", "index", "index0", "last", "length")

    def __init__(self, index0: int, length: int) -> None:
        self.index0 = index0
        self.index = index0 + 1
        self.length = length
        self.first = index0 == 0
        self.last = self.index == length


def evaluate(tree: nodes.Template, values: dict[str, Any]) -> str:
    """Return the text of a template.

    Args:
        tree: The parsed template; what prompts do not need has been refused before.
        values: What each name stands for.

    Raises:
        TemplateFailure: An expression fails on these values, or the text grows too long.
    """
    for name, value in values.items():
        if isinstance(value, str) and len(value) > MAX_VALUE:
            raise TemplateFailure(f"{name} has more than {MAX_VALUE:,} characters")
    return joined(_pieces(tree.body, values))


def joined(pieces: Iterator[str], separator: str = "") -> str:
    """Return texts joined, as long as they stay within bounds.

    Raises:
        TemplateFailure: They do not.
    """
    found: list[str] = []
    length = 0
    for piece in pieces:
        length += len(piece) + len(separator)
        bounded(length)
        if not take_steps(1 + len(piece)):
            raise TemplateFailure("the templates of this recipe take too much work")
        found.append(piece)
    return separator.join(found)


def bounded(length: int) -> None:
    """Raise :class:`TemplateFailure` if a text of this length is too long."""
    if length > MAX_OUTPUT:
        raise TemplateFailure(f"the text grows over {MAX_OUTPUT:,} characters")


def _pieces(body: list[nodes.Node], values: dict[str, Any]) -> Iterator[str]:
    for node in body:
        if isinstance(node, nodes.Output):
            for child in node.nodes:
                yield child.data if isinstance(child, nodes.TemplateData) else _shown(_constant(child, values))
        elif isinstance(node, nodes.If):
            yield from _pieces(_chosen(node, values), values)
        elif isinstance(node, nodes.For):
            yield from _rounds(node, values)


def _shown(value: Any) -> str:
    if not isinstance(value, _PRINTED):
        raise TemplateFailure("a list cannot be printed; use join")
    return printed(value)


def _chosen(node: nodes.If, values: dict[str, Any]) -> list[nodes.Node]:
    for choice in (node, *node.elif_):
        if _constant(choice.test, values):
            return choice.body
    return node.else_


def _rounds(node: nodes.For, values: dict[str, Any]) -> Iterator[str]:
    target = str(getattr(node.target, "name", ""))
    items = _items(_constant(node.iter, values))
    if node.test is not None:
        items = [item for item in items if _constant(node.test, {**values, target: item})]
    for index, item in enumerate(items):
        yield from _pieces(node.body, {**values, target: item, "loop": Loop(index, len(items))})
    if not items:
        yield from _pieces(node.else_, values)


def _items(value: Any) -> list[Any]:
    items = list(value) if isinstance(value, (list, tuple, str)) or hasattr(value, "__next__") else None
    if items is None:
        raise TemplateFailure("a loop goes over a list")
    if len(items) > MAX_LOOP:
        raise TemplateFailure(f"a loop has more than {MAX_LOOP:,} rounds")
    return items


def _constant(expression: nodes.Node, values: dict[str, Any]) -> Any:
    environment = expression.environment
    named = _Named(values)
    try:
        return named.visit(deepcopy(expression, {id(environment): environment})).as_const()
    except nodes.Impossible as error:
        reason = named.failure or error.__cause__
        while isinstance(reason, nodes.Impossible):
            reason = reason.__cause__
        raise TemplateFailure(str(reason or "an expression fails on these values")) from error


class _Named(NodeTransformer):
    """Puts the values of names where the names stand, and sums and joins where they can be bounded.

    Attributes:
        failure: Why a sum or a join is none; it only matters if it is reached.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self.failure: Exception | None = None

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - Jinja2 finds it by this name
        return nodes.Const(self.values[node.name], environment=node.environment)

    def visit_Add(self, node: nodes.Add) -> nodes.Node:  # noqa: N802
        return self._computed(node, self._sum)

    def visit_Sub(self, node: nodes.Sub) -> nodes.Node:  # noqa: N802
        return self._computed(node, self._sum)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        return self._computed(node, lambda parts: joined(_shown(part) for part in parts))

    def _computed(self, node: Any, compute: Any) -> nodes.Node:
        self.generic_visit(node)
        parts = node.nodes if isinstance(node, nodes.Concat) else [node.left, node.right]
        try:
            values = [part.as_const() for part in parts]
            value = compute(values) if compute != self._sum else self._sum(values, minus=isinstance(node, nodes.Sub))
        except (TemplateFailure, nodes.Impossible) as error:
            self.failure = self.failure or error
            return nodes.ContextReference(environment=node.environment)
        return nodes.Const(value, environment=node.environment)

    @staticmethod
    def _sum(values: list[Any], *, minus: bool = False) -> Any:
        left, right = values
        if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
            raise TemplateFailure('"+" and "-" are for numbers; join texts with "~"')
        return left - right if minus else left + right
