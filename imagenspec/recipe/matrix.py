"""Axes and their combinations: a recipe's matrix becomes cases with stable ids."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.catalog.fields import parameters
from imagenspec.recipe.fields import axis_fields
from imagenspec.source.diagnostics import Diagnostic, Related, any_of, did_you_mean, quote
from imagenspec.source.nodes import Document, Entry, Node, Path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.source.text import Span

DEFAULT_MAX_CASES = 10_000
_RANGE = r"(-?\d{1,18})\.\.(-?\d{1,18})"
_NUMBER_OR_WORD = r"-?[0-9][0-9.e+-]{0,39}|true|false|null"
_GROWING = ("parameters", "mask", "labels", "canvas")
"""Fields whose members an axis may add; elsewhere an axis changes what is there."""
_MAPPINGS = (*_GROWING, "references")
_MAX_COMPARISONS = 1_000_000
_MAX_STEPS = 9
_MAX_WORD = 40
_MAX_ID = 120


class AxisValue(NamedTuple):
    """One value of an axis: plain data, where it is written, and its word in case ids."""

    node: Node
    slug: str


class Axis(NamedTuple):
    """A variable or a field that takes several values.

    Attributes:
        name: As written: a variable's name or a field's dotted path.
        word: Its name in case ids and templates: the last words of the path that no other axis shares.
        path: Of a field, where it stands in the recipe; of a variable, nothing.
        key_span: Where the name is written.
        values: In file order.
    """

    name: str
    word: str
    path: Path | None
    key_span: Span
    values: tuple[AxisValue, ...]


class Case(NamedTuple):
    """One combination of a matrix.

    Attributes:
        id: Its id; empty without a matrix.
        variables: The values of its variables.
        document: The recipe that it makes.
        combination: Its axes, each with the value that it takes.
    """

    id: str
    variables: dict[str, Any]
    document: Document
    combination: tuple[tuple[Axis, AxisValue], ...] = ()


class Matrix(NamedTuple):
    """The axes of a recipe, and what is left out of and added to their combinations."""

    axes: tuple[Axis, ...] = ()
    excluded: tuple[dict[str, Any], ...] = ()
    included: tuple[tuple[tuple[Axis, AxisValue], ...], ...] = ()

    @property
    def size(self) -> int:
        """Return the number of combinations before exclusion."""
        product = 1
        for axis in self.axes:
            product *= len(axis.values)
        return (product if self.axes else 0) + len(self.included)

    @property
    def leaves_out_fields(self) -> bool:
        """Whether an included case leaves out an axis that is a field: that case has what the recipe itself says."""
        fields = [axis for axis in self.axes if axis.path is not None]
        return any(field not in [axis for axis, _ in one] for one in self.included for field in fields)

    def first_only(self) -> Matrix:
        """Return a matrix of one case: the first value of each axis."""
        return Matrix(tuple(axis._replace(values=axis.values[:1]) for axis in self.axes))

    def without(self, path: Path) -> Matrix:
        """Return a matrix without the axes that lead to or below a path."""
        axes = tuple(axis for axis in self.axes if axis.path is None or axis.path[: len(path)] != path)
        included = tuple(tuple(pair for pair in one if pair[0] in axes) for one in self.included)
        return self._replace(axes=axes, included=included)

    def combinations(self) -> Iterator[tuple[tuple[Axis, AxisValue], ...]]:
        """Yield the combinations that are cases, in file order, the last axis fastest; included ones last."""
        if self.axes:
            for values in itertools.product(*(axis.values for axis in self.axes)):
                combination = tuple(zip(self.axes, values, strict=True))
                if not any(_matches(combination, exclusion) for exclusion in self.excluded):
                    yield combination
        yield from self.included

    def cases(self, document: Document, variables: dict[str, Any]) -> Iterator[Case]:
        """Yield the cases of a recipe one by one; without a matrix, the recipe itself."""
        if not self.axes and not self.included:
            yield Case("", variables, document)
        for combination in self.combinations():
            yield _case(combination, document, variables)


def _case(combination: tuple[tuple[Axis, AxisValue], ...], document: Document, variables: dict[str, Any]) -> Case:
    own = dict(variables)
    for axis, value in combination:
        if axis.path is not None:
            document = document.put(axis.path, value.node, axis.key_span)
        own[axis.word.rsplit(".", 1)[-1]] = value.node.value
    return Case(case_id(combination), own, document, combination)


def case_id(combination: tuple[tuple[Axis, AxisValue], ...]) -> str:
    """Return the stable id of a combination: ``season=spring,seed=7``, always safe as a file name."""
    joined = ",".join(f"{slug(axis.word)}={value.slug}" for axis, value in combination)
    if len(joined) <= _MAX_ID:
        return joined
    return f"{joined[: _MAX_ID - 9]}-{_digest(joined)}"


def slug(value: Any) -> str:
    """Return a value as a word for file names: ``16:9`` is ``16-9``.

    Where letters beyond ASCII are lost, nothing is left or much is cut, a digest of the whole value stands behind it.
    """
    if not isinstance(value, str):
        value = json.dumps(value, sort_keys=True, ensure_ascii=False)
        if re.fullmatch(_NUMBER_OR_WORD, value):
            return str(value)
    word = re.sub(r"[^A-Za-z0-9+._-]+", "-", value).strip("-.")
    if word and len(word) <= _MAX_WORD and value.isascii():
        return word
    return f"{word[:_MAX_WORD].strip('-.')}-{_digest(value)}".lstrip("-")


def _own_slug(value: Any, twins: dict[str, list[Node]]) -> str:
    """Return the word of a value; words that would look the same on some file system all get a digest."""
    word = slug(value)
    return word if len(twins[word.lower()]) == 1 else f"{word}-{_digest(json.dumps(value))}"


def _digest(text: str) -> str:
    import hashlib  # noqa: PLC0415 - most ids need no digest

    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _matches(combination: tuple[tuple[Axis, AxisValue], ...], wanted: dict[str, Any]) -> bool:
    values = {axis.name: value.node.value for axis, value in combination}
    return all(name in values and _same(values[name], value) for name, value in wanted.items())


def read_matrix(document: Document, task: str, max_cases: int) -> tuple[Matrix, list[Diagnostic]]:
    """Return the matrix of a recipe, and what is wrong with its axes beyond their shape."""
    node = document.node(("matrix",))
    if node is None or node.entries is None:
        return Matrix(), []
    reader = _MatrixReader(document, task, max_cases)
    matrix = reader.read(node.entries)
    if not reader.diagnostics and matrix.size > max_cases:
        message = f"the matrix has {matrix.size:,} combinations; allowed are {max_cases:,} (--max-cases)"
        reader.say("IMG122", message, document.key_span(("matrix",)))
    if not reader.diagnostics and matrix.size * len(matrix.excluded) > _MAX_COMPARISONS:
        message = (
            f"{len(matrix.excluded):,} exclusions of {matrix.size:,} combinations are too many; name the cases instead"
        )
        reader.say("IMG122", message, document.key_span(("matrix", "exclude")))
    if not reader.diagnostics:
        reader.check_cases(matrix, node)
    return matrix, reader.diagnostics


class _MatrixReader:
    """Reads the axes of one recipe and collects what is wrong with them."""

    def __init__(self, document: Document, task: str, max_cases: int) -> None:
        self.document = document
        self.task = task
        self.max_cases = max_cases
        self.diagnostics: list[Diagnostic] = []

    def say(self, code: str, message: str, span: Span, *related: Related) -> None:
        self.diagnostics.append(Diagnostic(code, message, self.document.file, span, related))

    def read(self, entries: dict[str, Entry]) -> Matrix:
        names = [name for name in entries if name not in ("include", "exclude")]
        words = _words(names)
        axes = {name: self._axis(name, words[name], entries[name]) for name in names}
        known = {name: axis for name, axis in axes.items() if axis is not None and axis.values}
        excluded = tuple(self._excluded(entry, known) for entry in self._items(entries, "exclude"))
        included = (self._included(item, known) for item in self._items(entries, "include"))
        return Matrix(tuple(known.values()), excluded, tuple(one for one in included if one))

    def check_cases(self, matrix: Matrix, node: Node) -> None:
        """Report cases that share an id, exclusions that exclude nothing, and a matrix without a case."""
        assert node.entries is not None  # noqa: S101 - the caller has looked
        ids: dict[str, Span] = {}
        for combination in matrix.combinations():
            name = case_id(combination).lower()
            place = combination[-1][1].node.span
            if name in ids:
                first = Related(ids[name], "first here")
                self.say("IMG123", f"case {quote(case_id(combination), 80)} is made twice", place, first)
            ids.setdefault(name, place)
        for index, exclusion in enumerate(matrix.excluded):
            values = {axis.name: [value.node.value for value in axis.values] for axis in matrix.axes}
            if not all(any(_same(each, value) for each in values[name]) for name, value in exclusion.items()):
                span = self.document.value_span(("matrix", "exclude", index))
                self.say("IMG124", "this exclusion matches no case", span)
        sound = len(matrix.axes) == len(node.entries.keys() - {"include", "exclude"})
        if not ids and sound:
            self.say("IMG121", "the matrix has no case", self.document.key_span(("matrix",)))

    @staticmethod
    def _items(entries: dict[str, Entry], key: str) -> list[Node]:
        return (entries[key].node.items or []) if key in entries else []

    def _axis(self, name: str, word: str, entry: Entry) -> Axis | None:
        path = self._path(name, entry.key_span)
        if path is None:
            return None
        nodes = self._values(entry.node)
        twins: dict[str, list[Node]] = {}
        for node in nodes:
            alike = twins.setdefault(slug(node.value).lower(), [])
            if alike and _same(alike[0].value, node.value):
                message = f"axis {quote(name)} has the value {quote(node.value)} twice"
                self.say("IMG123", message, node.span, Related(alike[0].span, "first here"))
            alike.append(node)
        values = tuple(AxisValue(node, _own_slug(node.value, twins)) for node in nodes)
        return Axis(name, word, path or None, entry.key_span, values)

    def _values(self, node: Node) -> list[Node]:
        if node.items is not None:
            return node.items
        match = re.fullmatch(_RANGE, node.value) if isinstance(node.value, str) else None
        if match is None:
            return []
        first, last = int(match[1]), int(match[2])
        if first > last:
            self.say("IMG121", f"{quote(node.value)} counts down; write the smaller number first", node.span)
            return []
        if last - first >= self.max_cases:
            count = f"{quote(node.value)} has {last - first + 1:,} values"
            self.say("IMG122", f"{count}; allowed are {self.max_cases:,} cases (--max-cases)", node.span)
            return []
        return [Node(value, node.span) for value in range(first, last + 1)]

    def _path(self, name: str, span: Span) -> Path | None:
        """Return where a field axis stands, an empty path for a variable, or nothing for neither."""
        fields = axis_fields(self.task)
        first, *rest = name.split(".")
        if self.document.node(("vars", name)) is not None or (not rest and first not in fields):
            return () if self._is_variable(name, span) else None
        if first not in fields:
            near = did_you_mean(name, [f"parameters.{key}" for key in parameters(self.task)])
            hint = f"did you mean {quote(near)}?" if near else f"a field starts with {any_of(sorted(fields))}"
            self.say("IMG121", f"axis {quote(name)} is not a field of task {quote(self.task)}; {hint}", span)
            return None
        if len(rest) > _MAX_STEPS:
            self.say("IMG121", f"axis {quote(name)} is not a field of task {quote(self.task)}", span)
            return None
        path = self._steps(first, rest)
        for length in range(1, len(path)):
            if not self._holds(path[:length], path[length]):
                if length > 1 or first not in _MAPPINGS:  # of a mapping that is none, the shape check speaks
                    place = ".".join(map(str, path[:length]))
                    self.say("IMG121", f"axis {quote(name)}: {quote(place)} has no parts", span)
                return None
        return path if first in _GROWING or self._exists(path, name, span) else None

    def _steps(self, first: str, rest: list[str]) -> Path:
        """Return a dotted path as keys and, below lists, indexes."""
        path: Path = (first,)
        for step in rest:
            node = self.document.node(path)
            is_index = node is not None and node.items is not None and re.fullmatch("[0-9]{1,6}", step)
            path = (*path, int(step) if is_index else step)
        return path

    def _holds(self, path: Path, step: str | int) -> bool:
        """Tell whether the value at a path, if there is one, can have a part of this kind."""
        node = self.document.node(path)
        return node is None or (node.entries if isinstance(step, str) else node.items) is not None

    def _exists(self, path: Path, name: str, span: Span) -> bool:
        """Tell whether all but the last word of a path are in the recipe; a number must be there too."""
        for length in range(1, len(path) + (1 if isinstance(path[-1], int) else 0)):
            if self.document.node(path[:length]) is None:
                parent = self.document.node(path[: length - 1])
                near = did_you_mean(str(path[length - 1]), (parent.entries or {}) if parent else {})
                hint = f"; did you mean {quote(near)}?" if near else ""
                missing = ".".join(map(str, path[:length]))
                self.say("IMG121", f"axis {quote(name)}: the recipe has no {quote(missing)}{hint}", span)
                return False
        return True

    def _is_variable(self, name: str, span: Span) -> bool:
        if self.document.node(("vars", name)) is not None:
            return True
        if not name.isidentifier():
            self.say("IMG121", f"axis {quote(name)} is neither the name of a variable nor the path of a field", span)
            return False
        if name in parameters(self.task) and not self._mentioned(name):
            self.say("IMG121", f'axis {quote(name)} is not a variable; did you mean "parameters.{name}"?', span)
            return False
        return True

    def _mentioned(self, name: str) -> bool:
        """Tell whether a text that may be a template has the name as a word."""
        texts = [self.document.node(("prompt",)), self.document.node(("parameters", "negative_prompt"))]
        references = self.document.node(("references",))
        for reference in (references.entries or ()) if references else ():
            texts += [self.document.node(("references", reference, "description"))]
        return any(re.search(rf"\b{name}\b", str(text.value)) for text in texts if text is not None)

    def _known_axis(self, name: str, span: Span, axes: dict[str, Axis]) -> Axis | None:
        if name in axes:
            return axes[name]
        if axes:
            near = did_you_mean(name, axes)
            hint = f"; did you mean {quote(near)}?" if near else ""
            self.say("IMG121", f"{quote(name)} is not an axis of this matrix{hint}", span)
        return None

    def _excluded(self, item: Node, axes: dict[str, Axis]) -> dict[str, Any]:
        entries = (item.entries or {}).items()
        return {
            name: entry.node.value
            for name, entry in entries
            if self._known_axis(name, entry.key_span, axes) is not None
        }

    def _included(self, item: Node, axes: dict[str, Axis]) -> tuple[tuple[Axis, AxisValue], ...]:
        found = []
        for name, entry in (item.entries or {}).items():
            axis = self._known_axis(name, entry.key_span, axes)
            if axis is not None:
                found.append((axis, AxisValue(entry.node, slug(entry.node.value))))
        order = list(axes.values())
        return tuple(sorted(found, key=lambda pair: order.index(pair[0])))


def _words(names: list[str]) -> dict[str, str]:
    """Return the shortest dotted endings that tell the axes apart."""
    words = {}
    for name in names:
        steps = name.split(".")
        for length in range(1, len(steps) + 1):
            ending = ".".join(steps[-length:])
            if sum(f".{other}".endswith(f".{ending}") for other in names) == 1:
                break
        words[name] = ending
    return words
