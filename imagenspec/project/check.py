"""One recipe through all passes: text, YAML, spelling, shape, matrix, meaning, rules."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagenspec.catalog.codes import Severity
from imagenspec.errors import ToolError
from imagenspec.project.config import project_of
from imagenspec.project.findings import Finding, RecipeError, findings, has_errors
from imagenspec.project.ignoring import without_ignored
from imagenspec.project.passes import Passes, Seen
from imagenspec.recipe.matrix import Case, Matrix
from imagenspec.source.budget import renew
from imagenspec.source.decode import MAX_BYTES, decode
from imagenspec.source.diagnostics import Diagnostic
from imagenspec.source.text import SourceFile, Span
from imagenspec.source.yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.project.config import Project
    from imagenspec.project.options import Options
    from imagenspec.source.nodes import Document


@dataclass(frozen=True, slots=True, eq=False)
class CheckedRecipe:
    """A recipe after all passes.

    Attributes:
        name: The name of its file.
        findings: What was found, in the order of the text.
        task: Its task, where that could be read.
        seen: What its cases have: names that templates use, models, grades, pictures.
        data: The bytes of the file, where it is a recipe.
        silenced: Codes that were found but do not count by the configuration.
    """

    name: str
    findings: tuple[Finding, ...]
    task: str | None = None
    seen: Seen = field(default_factory=Seen)
    data: bytes | None = None
    silenced: frozenset[str] = frozenset()
    _matrix: Matrix = field(default_factory=Matrix)
    _document: Document | None = None
    _variables: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the recipe has no error."""
        return not has_errors(self.findings)

    @property
    def document(self) -> Document | None:
        """The text in the recipe's own words, without what has the wrong shape; of no recipe, nothing."""
        return self._document

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


def check_bytes(name: str, data: bytes, options: Options, project: Project | None = None) -> CheckedRecipe:
    """Return a recipe with all its findings. Never raises for what stands in the text.

    Args:
        name: What people know the recipe by.
        data: Its bytes.
        options: What the caller wants of every recipe.
        project: The project that it belongs to; that of its folder on disk, unless said.
    """
    renew()
    file, diagnostics = decode(name, data)
    if diagnostics:
        return CheckedRecipe(name, findings(diagnostics))
    document, diagnostics = read_yaml(file)
    if document is None:
        return CheckedRecipe(name, findings(diagnostics))
    project = project or project_of(Path(name).parent)
    passes = Passes(document, diagnostics, options, project).run()
    silenced = project.silenced(name)
    left = without_ignored(document, passes.diagnostics, silenced)
    return CheckedRecipe(
        name,
        findings(one for one in left if one.code not in silenced),
        passes.task,
        passes.seen,
        data,
        frozenset(one.code for one in passes.diagnostics if one.code in silenced),
        passes.matrix,
        passes.document if passes.task is not None else None,
        passes.variables,
    )
