"""Templates that need Jinja2: the small, harmless part of it that prompts need, with every name at its own place.

There is no loader, clock, environment or randomness, no call, no assignment, one level of loops, and an end to the
length of source and output: a template from a stranger renders the same text everywhere, at once, or is refused.
"""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import StrictUndefined, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import TemplateError, TemplateRuntimeError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from imagenspec.recipe.template import Problem, TemplateFailure, Use, printed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2 import Template as Compiled

MAX_SOURCE = 20_000
MAX_OUTPUT = 100_000

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


class JinjaTemplate(NamedTuple):
    """A template for Jinja2."""

    source: str
    problems: tuple[Problem, ...]
    uses: tuple[Use, ...]

    def render(self, values: dict[str, Any]) -> str:
        """Return the text with a value for every name.

        Raises:
            TemplateFailure: The template fails on these values; the message says how.
        """
        rendered: list[str] = []
        length = 0
        try:
            template = _compiled(self.source)
            for piece in template.root_render_func(template.new_context(values)):
                length += len(piece)
                _check_length(length)
                rendered.append(piece)
        except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            raise TemplateFailure(str(error) or type(error).__name__) from error
        return "".join(rendered)


def _check_length(length: int) -> None:
    if length > MAX_OUTPUT:
        message = f"the text grows over {MAX_OUTPUT:,} characters"
        raise TemplateRuntimeError(message)


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        result = function(*args, **options)
        if isinstance(result, str):
            _check_length(len(result))
        return result

    return run


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=True, finalize=printed, cache_size=1000
    )
    environment.globals.clear()
    environment.filters = {name: _bounded(environment.filters[name]) for name in FILTERS}
    environment.tests = {name: environment.tests[name] for name in TESTS}
    return environment


@lru_cache(maxsize=1000)
def _compiled(source: str) -> Compiled:
    return _environment().from_string(source)


def parse_jinja(source: str) -> JinjaTemplate:
    """Return a template with its names and problems; parsing never raises."""
    if len(source) > MAX_SOURCE:
        problem = Problem("IMG604", f"the template has more than {MAX_SOURCE:,} characters", 0, len(source))
        return JinjaTemplate(source, (problem,), ())
    try:
        tree = _environment().parse(source)
        tokens = list(_tokens(source))
        refusals = tuple(_refusals(source, tree, tokens))
        undeclared = meta.find_undeclared_variables(tree) if not refusals else set()
    except TemplateSyntaxError as error:
        return JinjaTemplate(source, (_syntax_problem(source, error),), ())
    except RecursionError:
        return JinjaTemplate(source, (Problem("IMG604", "the template is nested too deeply", 0, len(source)),), ())
    return JinjaTemplate(source, refusals, tuple(_uses(tokens, undeclared)))


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


def _uses(tokens: list[_Token], undeclared: set[str]) -> Iterator[Use]:
    for index, (offset, kind, text) in enumerate(tokens):
        before = tokens[index - 1][2] if index else ""
        if kind != "name" or text not in undeclared or before in (".", "|", "is"):
            continue
        after = tokens[index + 1 : index + 3]
        if len(after) == 2 and after[0][2] == "." and after[1][1] == "name":
            yield Use(text, after[1][2], offset, after[1][0] + len(after[1][2]))
        else:
            yield Use(text, None, offset, offset + len(text))


def _refusals(source: str, tree: nodes.Template, tokens: list[_Token]) -> Iterator[Problem]:
    """Yield what a template does beyond what prompts need; of nested things, the outermost."""
    pending: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while pending:
        node, loops = pending.pop()
        message, word = _refused(node, loops)
        if message:
            yield _refusal(source, tokens, node.lineno, word, message)
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
    if isinstance(node, nodes.Filter) and name not in FILTERS:
        return f'unknown filter "{name}"; allowed: {", ".join(FILTERS)}', name
    if isinstance(node, nodes.Test) and name not in TESTS:
        return f'unknown test "{name}"; allowed: {", ".join(TESTS)}', name
    if isinstance(node, nodes.Getattr) and not isinstance(node.node, nodes.Name):
        return "attributes are those of references, and of loop", "."
    return "", ""


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
    message = (message[0].lower() + message[1:]).replace("'", '"').replace(". ", "; ")
    return Problem("IMG601", message, *_first_tag(source, min(error.lineno, source.count("\n") + 1)))
