"""Diagnostics with what the catalog knows of their codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.catalog.codes import Severity, codes
from imagenspec.errors import ImagenspecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagenspec.source.diagnostics import Diagnostic, Fix, Related
    from imagenspec.source.text import Position, SourceFile, Span

__all__ = ["Finding", "RecipeError", "Severity", "findings", "has_errors"]


class Finding(NamedTuple):
    """One finding in one file, as people and machines read it."""

    code: str
    name: str
    severity: Severity
    message: str
    source: SourceFile
    span: Span
    related: tuple[Related, ...]
    fix: Fix | None

    @property
    def file(self) -> str:
        """The name of the file."""
        return self.source.name

    @property
    def start(self) -> Position:
        """Where the finding starts: line and column from 1."""
        return self.source.position(self.span.start)

    @property
    def end(self) -> Position:
        """Where the finding ends: the position behind its last character."""
        return self.source.position(self.span.end)


class RecipeError(ImagenspecError):
    """A recipe has errors, so it has no request.

    Attributes:
        findings: All findings of the recipe, errors and others.
    """

    exit_code = 1

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


def findings(diagnostics: Iterable[Diagnostic]) -> tuple[Finding, ...]:
    """Return findings in the order of the text, each once."""
    known = codes()
    once = {(one.span.start, one.span.end, one.code, one.message): one for one in reversed(list(diagnostics))}
    return tuple(
        Finding(
            one.code,
            known[one.code].name,
            known[one.code].severity,
            one.message,
            one.file,
            one.span,
            one.related,
            one.fix,
        )
        for _, one in sorted(once.items(), key=lambda item: item[0])
    )


def has_errors(found: Iterable[Finding]) -> bool:
    """Tell whether any finding keeps a recipe from being compiled."""
    return any(finding.severity is Severity.ERROR for finding in found)
