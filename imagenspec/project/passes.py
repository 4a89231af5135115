"""The passes behind YAML: spelling, shape, matrix, meaning, rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from imagenspec.catalog.fields import TASKS
from imagenspec.recipe.interpret import interpret
from imagenspec.recipe.matrix import Matrix, read_matrix
from imagenspec.recipe.shape import check_axes, check_shape
from imagenspec.recipe.spelling import own_words
from imagenspec.rules.language import shadowed_names, shared_output, unused_variables
from imagenspec.rules.registry import CASE_RULES, DOCUMENT_RULES
from imagenspec.rules.reproducibility import grade_of
from imagenspec.rules.slips import is_slip
from imagenspec.rules.subject import Subject
from imagenspec.source.nodes import flawed_paths

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagenspec.project.config import Project
    from imagenspec.project.options import Options
    from imagenspec.recipe.interpret import Reading
    from imagenspec.source.diagnostics import Diagnostic
    from imagenspec.source.nodes import Document, Path
    from imagenspec.source.text import Span


_WITH_TEMPLATES = ("prompt", "negative_prompt", "parameters", "references", "vars", "matrix")


class Passes:
    """The passes behind YAML, in order; each adds its diagnostics, one of which may come from many cases.

    Attributes:
        task: The recipe's task, where it could be read.
        document: The document in the recipe's own words, without what has the wrong shape.
        matrix: Its cases.
        variables: The values of its variables, but for those of the matrix.
        seen: What is remembered of all cases.
    """

    def __init__(self, document: Document, diagnostics: list[Diagnostic], options: Options, project: Project) -> None:
        self.document = document
        self.task: str | None = None
        self.matrix = Matrix()
        self.variables: dict[str, Any] = {}
        self.seen = Seen()
        self._options = options
        self._day = options.day(project)
        self._location = project.location
        self._broken: frozenset[Path] = frozenset()
        self._is_matrix_broken = False
        self._found: dict[tuple[str, Span, str], Diagnostic] = {}
        self._add(diagnostics)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """What was found so far, each once."""
        return list(self._found.values())

    def _add(self, diagnostics: Iterable[Diagnostic]) -> None:
        for one in diagnostics:
            self._found.setdefault((one.code, one.span, one.message), one)

    def run(self) -> Self:
        """Run all passes."""
        data = self.document.data
        task = data.get("task") if isinstance(data, dict) else None
        if task not in TASKS or ("task",) in flawed_paths(self.document):
            if task not in TASKS:
                self._shape(self.document)
            return self
        self.task = task
        self.document, spelt = own_words(self.document, task)
        self._add(spelt)
        self.matrix = self._matrix(task)
        spoken = {one.span for one in self.diagnostics}
        for rule in DOCUMENT_RULES:
            self._add(one for one in rule(self.document) if one.code != "IMG020" or one.span not in spoken)
        self._add(shadowed_names(self.document, self.matrix))
        self.variables = self._variables()
        self._cases()
        return self

    def _matrix(self, task: str) -> Matrix:
        """Check the shape of the recipe with every value of every axis, and take out what is broken."""
        matrix, problems = read_matrix(self.document, task, self._options.max_cases)
        self._add(problems)
        shaped = self.document
        for axis in matrix.axes:
            if axis.path is not None:
                shaped = shaped.put(axis.path, axis.values[0].node, axis.key_span)
        self._shape(shaped)
        if matrix.leaves_out_fields:
            self._shape(self.document)
        found, bad = check_axes(shaped, matrix, self._broken)
        self._add(found)
        self._broken |= bad
        self.document = self.document.without(self._broken)
        for path in self._broken if matrix.axes else ():
            matrix = matrix.without(path)
        self._is_matrix_broken = bool(problems) or any(path[0] == "matrix" for path in self._broken if path)
        return matrix.first_only() if self._is_matrix_broken else matrix

    def _variables(self) -> dict[str, Any]:
        """Return the default values; with a broken matrix or vars, a stand-in for every name that they may give."""
        node = self.document.node(("vars",))
        declared = dict(node.value) if node is not None else {}
        stand_ins = {str(path[1]): "" for path in self._broken if len(path) > 1 and path[0] in ("vars", "matrix")}
        if self._is_matrix_broken:
            axes = self.document.node(("matrix",))
            stand_ins |= {name.rsplit(".", 1)[-1]: "" for name in (axes.value if axes is not None else ())}
        return {**stand_ins, **declared, **self._options.variables}

    def _shape(self, document: Document) -> None:
        """Report the shape, but not where YAML has reported a value already."""
        flawed = flawed_paths(document)
        diagnostics, paths = check_shape(document)
        for diagnostic, path in zip(diagnostics, paths, strict=True):
            if not any(path[: len(one)] == one for one in flawed):
                self._add((diagnostic,))
        self._broken |= flawed | frozenset(paths)

    def _cases(self) -> None:
        templates_fail = False
        names_broken = any(_gives_names(path) for path in self._broken)
        outputs: dict[str, str] = {}
        for case in self.matrix.cases(self.document, self.variables):
            reading = interpret(case)
            self.seen.add(reading)
            templates_fail = templates_fail or bool(reading.diagnostics)
            self._add(one for one in reading.diagnostics if not (names_broken and one.code == "IMG602"))
            path = reading.recipe.rendering.path
            if path is not None and not any(one.code == "IMG803" for one in self._found.values()):
                self._add(shared_output(case.document, case.id, path, outputs))
            subject = Subject(
                case.document,
                reading.recipe,
                reading.texts,
                self._options.images,
                self._broken,
                self._day,
                self._location,
            )
            for rule in CASE_RULES:
                self._add(rule(subject))
        if not templates_fail and not any(_may_be_text(path) for path in self._broken):
            self._add(unused_variables(self.document, self.matrix, frozenset(self.seen.used)))


def _gives_names(broken: Path) -> bool:
    """Tell whether names that templates use may be defined in what was taken out, or under a misspelt key."""
    if len(broken) == 1:
        return any(is_slip(str(broken[0]), word) for word in ("references", "vars", "matrix"))
    return broken[:1] in (("references",), ("vars",))


def _may_be_text(broken: Path) -> bool:
    """Tell whether what was taken out may have had a template in it."""
    if not broken:
        return True
    is_parameter = broken[0] == "parameters" and len(broken) > 1
    words = ("negative_prompt",) if is_parameter else _WITH_TEMPLATES
    return any(is_slip(str(broken[1 if is_parameter else 0]), word) for word in words)


class Seen:
    """What is remembered of all cases of a recipe."""

    def __init__(self) -> None:
        self.used: set[str] = set()
        self.models: set[str] = set()
        self.grades: set[str] = set()
        self.pictures: set[str] = set()

    def add(self, reading: Reading) -> None:
        """Remember a case."""
        self.used |= reading.used
        self.models.add(reading.recipe.model)
        grade = grade_of(reading.recipe)
        if grade is not None:
            self.grades.add(grade)
        self.pictures.update(image.file for image in reading.recipe.images() if image.file is not None)
