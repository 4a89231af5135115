"""One recipe through all passes: text, YAML, spelling, shape, matrix, meaning, rules."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagenspec.catalog.codes import Severity
from imagenspec.catalog.fields import TASKS
from imagenspec.errors import ToolError
from imagenspec.project.config import project_of
from imagenspec.project.disk import DiskImages
from imagenspec.project.findings import Finding, RecipeError, findings, has_errors
from imagenspec.recipe.interpret import interpret
from imagenspec.recipe.matrix import DEFAULT_MAX_CASES, Case, Matrix, read_matrix
from imagenspec.recipe.shape import check_axes, check_shape
from imagenspec.recipe.spelling import own_words
from imagenspec.rules.language import shadowed_names, unused_variables
from imagenspec.rules.registry import CASE_RULES, DOCUMENT_RULES
from imagenspec.rules.subject import Subject
from imagenspec.source.budget import renew
from imagenspec.source.decode import MAX_BYTES, decode
from imagenspec.source.diagnostics import Diagnostic
from imagenspec.source.nodes import flawed_paths
from imagenspec.source.text import SourceFile, Span
from imagenspec.source.yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.source.nodes import Document
    from imagenspec.source.nodes import Path as NodePath


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller wants of every recipe of a run."""

    variables: dict[str, str] = field(default_factory=dict)
    max_cases: int = DEFAULT_MAX_CASES
    images: DiskImages = field(default_factory=DiskImages)


@dataclass(frozen=True, slots=True, eq=False)
class CheckedRecipe:
    """A recipe after all passes.

    Attributes:
        name: The name of its file.
        findings: What was found, in the order of the text.
        task: Its task, where that could be read.
        used_variables: The names that its templates use.
    """

    name: str
    findings: tuple[Finding, ...]
    task: str | None = None
    used_variables: frozenset[str] = frozenset()
    _matrix: Matrix = field(default_factory=Matrix)
    _document: Document | None = None
    _variables: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the recipe has no error."""
        return not has_errors(self.findings)

    @property
    def variable_names(self) -> frozenset[str]:
        """The names that the recipe gives default values."""
        node = self._document.node(("vars",)) if self._document is not None else None
        return frozenset(node.value) if node is not None else frozenset()

    def require(self) -> None:
        """Raise :class:`RecipeError` if the recipe has errors."""
        if not self.ok:
            first = next(finding for finding in self.findings if finding.severity is Severity.ERROR)
            place = f"{first.file}:{first.start.line}:{first.start.column}"
            raise RecipeError(f"{place}: {first.code} {first.message}", self.findings)

    def cases(self) -> Iterator[Case]:
        """Yield the cases; a text that is not a recipe at all has none."""
        if self._document is not None:
            yield from self._matrix.cases(self._document, self._variables)


def read_file(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of a recipe file, at most one more than a recipe may have.

    Raises:
        ToolError: The file cannot be read.
    """
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - a Path for every recipe of a run costs more than the reading
            size = os.fstat(stream.fileno()).st_size
            return stream.read() if 0 < size <= MAX_BYTES else stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ToolError(f"{path}: {error.strerror}", error.strerror) from error


def check_file(path: Path, options: Options) -> CheckedRecipe:
    """Return a recipe of a run over many, with all its findings; a file that cannot be read is one of them.

    A symbolic link that leads out of the project is not followed: what findings would show could be anybody's.

    Args:
        path: The recipe's file.
        options: What the caller wants of every recipe.

    Raises:
        UsageError: The project's configuration is wrong.
    """
    name = path.as_posix()
    project = project_of(path.parent)
    if path.is_symlink():
        root = Path(os.path.realpath(project.root))
        if not Path(os.path.realpath(path)).is_relative_to(root):
            return _unread(name, "IMG015", "a symbolic link that leads outside the project; name the file itself")
    try:
        return check_bytes(name, read_file(path), options)
    except ToolError as error:
        return _unread(name, "IMG014", f"the file cannot be read: {error.reason}")


def _unread(name: str, code: str, message: str) -> CheckedRecipe:
    return CheckedRecipe(name, findings([Diagnostic(code, message, SourceFile(name, ""), Span(0, 0))]))


def check_bytes(name: str, data: bytes, options: Options) -> CheckedRecipe:
    """Return a recipe with all its findings. Never raises for what stands in the text."""
    renew()
    file, diagnostics = decode(name, data)
    if diagnostics:
        return CheckedRecipe(name, findings(diagnostics))
    document, diagnostics = read_yaml(file)
    if document is None:
        return CheckedRecipe(name, findings(diagnostics))
    return _Check(document, diagnostics, options).run()


class _Check:
    """The passes behind YAML, in order; each adds its diagnostics."""

    def __init__(self, document: Document, diagnostics: list[Diagnostic], options: Options) -> None:
        self.name = document.file.name
        self.document = document
        self.diagnostics = diagnostics
        self.options = options
        self.broken: frozenset[NodePath] = frozenset()
        self.matrix_broken = False

    def run(self) -> CheckedRecipe:
        data = self.document.data
        task = data.get("task") if isinstance(data, dict) else None
        if task not in TASKS or ("task",) in flawed_paths(self.document):
            if task not in TASKS:
                self._shape(self.document)
            return CheckedRecipe(self.name, findings(self.diagnostics))
        self.document, spelt = own_words(self.document, task)
        self.diagnostics += spelt
        matrix = self._matrix(task)
        for rule in DOCUMENT_RULES:
            self.diagnostics += rule(self.document)
        self.diagnostics += shadowed_names(self.document, matrix)
        variables = self._variables()
        used = self._cases(matrix, variables)
        return CheckedRecipe(self.name, findings(self.diagnostics), task, used, matrix, self.document, variables)

    def _matrix(self, task: str) -> Matrix:
        """Check the shape of the recipe with every value of every axis, and take out what is broken."""
        matrix, problems = read_matrix(self.document, task, self.options.max_cases)
        self.diagnostics += problems
        shaped = self.document
        for axis in matrix.axes:
            if axis.path is not None:
                shaped = shaped.put(axis.path, axis.values[0].node, axis.key_span)
        self._shape(shaped)
        found, bad = check_axes(shaped, matrix, self.broken)
        self.diagnostics += found
        self.broken |= bad
        self.document = self.document.without(self.broken)
        for path in self.broken if matrix.axes else ():
            matrix = matrix.without(path)
        self.matrix_broken = bool(problems) or any(path[0] == "matrix" for path in self.broken if path)
        return matrix.first_only() if self.matrix_broken else matrix

    def _variables(self) -> dict[str, Any]:
        """Return the default values; with a broken matrix or vars, a stand-in for every name that they may give."""
        node = self.document.node(("vars",))
        declared = dict(node.value) if node is not None else {}
        stand_ins = {str(path[1]): "" for path in self.broken if len(path) > 1 and path[0] in ("vars", "matrix")}
        if self.matrix_broken:
            axes = self.document.node(("matrix",))
            stand_ins |= {name.rsplit(".", 1)[-1]: "" for name in (axes.value if axes is not None else ())}
        return {**stand_ins, **declared, **self.options.variables}

    def _shape(self, document: Document) -> None:
        """Report the shape, but not where YAML has reported a value already."""
        flawed = flawed_paths(document)
        diagnostics, paths = check_shape(document)
        for diagnostic, path in zip(diagnostics, paths, strict=True):
            if not any(path[: len(one)] == one for one in flawed):
                self.diagnostics.append(diagnostic)
        self.broken |= flawed | frozenset(paths)

    def _cases(self, matrix: Matrix, variables: dict[str, Any]) -> frozenset[str]:
        used: set[str] = set()
        templates_fail = False
        names_broken = any(path[0] in ("references", "vars") for path in self.broken if path)
        for case in matrix.cases(self.document, variables):
            reading = interpret(case)
            used |= reading.used
            templates_fail = templates_fail or bool(reading.diagnostics)
            self.diagnostics += (one for one in reading.diagnostics if not (names_broken and one.code == "IMG602"))
            subject = Subject(case.document, reading.recipe, reading.texts, self.options.images, self.broken)
            for rule in CASE_RULES:
                self.diagnostics += rule(subject)
        if not templates_fail and not self.broken:
            self.diagnostics += unused_variables(self.document, matrix, frozenset(used))
        return frozenset(used)
