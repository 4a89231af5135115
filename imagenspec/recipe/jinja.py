"""Templates that need Jinja2: the small, harmless part of it that prompts need, with every name at its own place.

There is no loader, clock, environment or randomness, no call, no assignment, one level of loops, and an end to the
length of source and output: a template from a stranger renders the same text everywhere, at once, or is refused.
"""

from __future__ import annotations

import re
from functools import lru_cache, wraps
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, meta, nodes
from jinja2.filters import do_round
from jinja2.sandbox import ImmutableSandboxedEnvironment

from imagenspec.recipe.evaluate import bounded, evaluate, joined
from imagenspec.recipe.template import Ask, Problem, TemplateFailure, Use, printed
from imagenspec.source.budget import take_steps
from imagenspec.source.diagnostics import did_you_mean, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


MAX_SOURCE = 20_000
_MOST_REFUSALS = 20

FILTERS = [
    "abs",
    "capitalize",
    "count",
    "default",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "max",
    "min",
    "replace",
    "reverse",
    "round",
    "sort",
    "string",
    "sum",
    "title",
    "trim",
    "truncate",
    "unique",
    "upper",
    "wordcount",
]
TESTS = [
    "boolean",
    "divisibleby",
    "eq",
    "even",
    "ge",
    "gt",
    "in",
    "le",
    "lower",
    "lt",
    "ne",
    "number",
    "odd",
    "string",
    "upper",
]
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Filter, nodes.Test,
    nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat, nodes.Add,
    nodes.Sub, nodes.Neg, nodes.Pos, nodes.For, nodes.List, nodes.Tuple, nodes.Keyword,
)  # fmt: skip
_WORDS = {
    "CallBlock": "call", "Assign": "set", "AssignBlock": "set", "FromImport": "from", "FilterBlock": "filter",
    "Call": "(", "Getitem": "[", "Mul": "*", "Pow": "**", "Div": "/", "FloorDiv": "//", "Mod": "%", "Dict": "{",
    "Slice": "[",
}  # fmt: skip


_UNCLOSED = {
    "unexpected '}'": 'expected "}}"',
    "unexpected end of template": 'the tag is not closed; write "}}" or "%}"',
    "unexpected end of template, expected 'end of print statement'": 'the tag is not closed; write "}}"',
}


class JinjaTemplate(NamedTuple):
    """A template for Jinja2."""

    source: str
    problems: tuple[Problem, ...]
    asks: frozenset[Ask]
    tree: nodes.Template | None

    @property
    def uses(self) -> tuple[Use, ...]:
        """The names that it needs, with their places."""
        return tuple(_uses(list(_tokens(self.source)), {ask.name for ask in self.asks}))

    def render(self, values: dict[str, Any]) -> str:
        """Return the text with a value for every name.

        Raises:
            TemplateFailure: The template fails on these values; the message says how.
        """
        return self.source if self.tree is None else evaluate(self.tree, values)


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter whose result is bounded."""

    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        _work(args[1] if isinstance(args[0], (Environment, nodes.EvalContext)) else args[0])
        result = function(*args, **options)
        if hasattr(result, "__next__"):
            return list(result)
        if isinstance(result, str):
            bounded(len(result))
        return result

    return run


def _work(value: Any) -> None:
    """Take the work of one filter from the budget of the recipe."""
    size = len(value) if isinstance(value, (str, list, tuple)) else 100
    if not take_steps(10 + size):
        raise TemplateFailure("the templates of this recipe take too much work")


def _replace(text: Any, old: str, new: str, count: int | None = None) -> str:
    """Return a text with one part replaced; how long it gets is known before it is made."""
    text, old, new = str(text), str(old), str(new)
    _work(text)
    found = text.count(old) if count is None else min(count, text.count(old))
    bounded(len(text) + found * (len(new) - len(old)))
    return str(text).replace(old, new, -1 if count is None else count)


def _join(items: Any, separator: str = "") -> str:
    """Return the items of a list joined."""
    items = list(items)
    _work(items)
    return joined((str(item) for item in items), str(separator))


def _round(number: float, precision: int = 0, method: Literal["common", "ceil", "floor"] = "common") -> float:
    """Return a number rounded to at most 15 places."""
    if abs(int(precision)) > 15:
        raise TemplateFailure("a number is rounded to at most 15 places")
    return do_round(number, precision, method)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=True, finalize=printed, cache_size=1000
    )
    environment.globals.clear()
    environment.filters = {name: _bounded(environment.filters[name]) for name in FILTERS}
    environment.filters |= {"replace": _replace, "join": _join, "round": _round}
    environment.tests = {name: environment.tests[name] for name in TESTS}
    return environment


def parse_jinja(source: str) -> JinjaTemplate:
    """Return a template with its names and problems; parsing never raises."""
    if len(source) > MAX_SOURCE:
        return _refused_whole(source, "IMG604", f"the template has more than {MAX_SOURCE:,} characters")
    try:
        tree = _environment().parse(source)
        refusals = list(islice(_refusals(tree), _MOST_REFUSALS))
        if refusals:
            tokens = list(_tokens(source))
            problems = tuple(_refusal(source, tokens, *refusal) for refusal in refusals)
            return JinjaTemplate(source, problems, frozenset(), None)
        return JinjaTemplate(source, (), frozenset(_asks(tree)), tree)
    except TemplateSyntaxError as error:
        return JinjaTemplate(source, (_syntax_problem(source, error),), frozenset(), None)
    except RecursionError:
        return _refused_whole(source, "IMG604", "the template is nested too deeply")
    except ValueError:
        return _refused_whole(source, "IMG601", "a number has too many digits")


def _refused_whole(source: str, code: str, message: str) -> JinjaTemplate:
    return JinjaTemplate(source, (Problem(code, message, 0, len(source)),), frozenset(), None)


def _asks(tree: nodes.Template) -> Iterator[Ask]:
    """Yield the names that a template needs from outside, with the attributes that it asks of them."""
    outside = None if tree.find(nodes.For) is None else meta.find_undeclared_variables(tree)
    with_attributes = set()
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name):
            with_attributes.add(id(attribute.node))
            if outside is None or attribute.node.name in outside:
                yield Ask(attribute.node.name, attribute.attr)
    for name in tree.find_all(nodes.Name):
        if id(name) not in with_attributes and (outside is None or name.name in outside):
            yield Ask(name.name, None)


_Token = tuple[int, str, str]


def _tokens(source: str) -> Iterator[_Token]:
    """Yield the tokens inside tags: offset, kind, text."""
    offset = 0
    for _, kind, text in _environment().lexer.tokeniter(source, None):
        if kind == "data":
            offset += len(text)
            continue
        offset = max(source.find(text, offset), offset)
        if kind != "whitespace":
            yield offset, kind, text
        offset += len(text)


def _uses(tokens: list[_Token], names: set[str]) -> Iterator[Use]:
    for index, (offset, kind, text) in enumerate(tokens):
        before = tokens[index - 1][2] if index else ""
        if kind != "name" or text not in names or before in (".", "|", "is"):
            continue
        after = tokens[index + 1 : index + 3]
        if len(after) == 2 and after[0][2] == "." and after[1][1] == "name":
            yield Use(text, after[1][2], offset, after[1][0] + len(after[1][2]))
        else:
            yield Use(text, None, offset, offset + len(text))


def _refusals(tree: nodes.Template) -> Iterator[tuple[int, str, str]]:
    """Yield what a template does beyond what prompts need: line, word and sentence; of nested things, the outermost."""
    pending: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while pending:
        node, loops = pending.pop()
        message, word = _refused(node, loops)
        if message:
            yield node.lineno, word, message
        else:
            loops += isinstance(node, nodes.For)
            pending.extend((child, loops) for child in node.iter_child_nodes())


def _refused(node: nodes.Node, loops: int) -> tuple[str, str]:
    """Return why a node is refused and the word to point at, or nothing."""
    name = str(getattr(node, "name", ""))
    if not isinstance(node, _ALLOWED):
        word = _WORDS.get(type(node).__name__, type(node).__name__.lower())
        return f'templates cannot use "{word}"', word
    if isinstance(node, nodes.For) and (loops or node.recursive):
        return "a loop cannot stand in a loop", "for"
    if isinstance(node, nodes.For) and not isinstance(node.target, nodes.Name):
        return "a loop has one variable", "for"
    if isinstance(node, nodes.Filter) and name not in FILTERS:
        return _unknown("filter", name, FILTERS), name
    if isinstance(node, nodes.Test) and name not in TESTS:
        return _unknown("test", name, TESTS), name
    if isinstance(node, nodes.Getattr) and not isinstance(node.node, nodes.Name):
        return "attributes are those of references, and of loop", "."
    return "", ""


def _unknown(what: str, name: str, known: list[str]) -> str:
    near = did_you_mean(name, known)
    return f"unknown {what} {quote(name)}; " + (
        f"did you mean {quote(near)}?" if near else f"allowed: {', '.join(known)}"
    )


def _refusal(source: str, tokens: list[_Token], line: int, word: str, message: str) -> Problem:
    for offset, kind, text in tokens:
        if text == word and kind in ("name", "operator") and source.count("\n", 0, offset) + 1 >= line:
            return Problem("IMG604", message, offset, offset + len(text))
    return Problem("IMG604", message, *_first_tag(source, line))


def _first_tag(source: str, line: int) -> tuple[int, int]:
    """Return the range from the first tag on a line to the line's end."""
    start = 0
    for _ in range(line - 1):
        start = source.find("\n", start) + 1
    end = source.find("\n", start)
    end = len(source) if end < 0 else end
    tags = [place for place in (source.find(tag, start, end) for tag in ("{{", "{%", "{#")) if place >= 0]
    return (min(tags, default=start), end)


def _syntax_problem(source: str, error: TemplateSyntaxError) -> Problem:
    message = (error.message or "this is not a template").rstrip(".")
    unclosed = re.search(r"innermost block that needs to be closed is '(\w+)'", message)
    if unclosed:
        message = f'"{unclosed[1]}" is not closed; write {{% end{unclosed[1]} %}}'
    elif message in _UNCLOSED:
        message = _UNCLOSED[message]
    message = (message[0].lower() + message[1:]).replace("'", '"').replace(". ", "; ")
    return Problem("IMG601", message, *_first_tag(source, min(error.lineno, source.count("\n") + 1)))
