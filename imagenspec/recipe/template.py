"""What a template is, whichever engine renders it."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

REFERENCE_ATTRIBUTES = ("marker", "id", "description")


class Problem(NamedTuple):
    """Something wrong in a template: a diagnostic code, a sentence, and the range of the template it is about."""

    code: str
    message: str
    start: int
    end: int


class Ask(NamedTuple):
    """A name that a template needs, and the attribute that it asks of it."""

    name: str
    attribute: str | None


class Use(NamedTuple):
    """A name in a template, with the attribute asked of it, and the range where it stands."""

    name: str
    attribute: str | None
    start: int
    end: int


class ReferenceText(NamedTuple):
    """What a reference is to a template: ``{{ man }}``, ``{{ man.marker }}``, ``{{ man.id }}``."""

    id: int
    description: str | None

    @property
    def marker(self) -> str:
        """The marker that Imagen prompts cite a reference by: ``[1]``."""
        return f"[{self.id}]"

    def __str__(self) -> str:
        return f"{self.description} {self.marker}" if self.description else self.marker


class TemplateFailure(Exception):  # noqa: N818 - it is about the template, not about this program
    """A template that could not be rendered with its values."""


class Template(Protocol):
    """A parsed template."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the template itself."""

    @property
    def asks(self) -> frozenset[Ask]:
        """The names that it needs."""

    @property
    def uses(self) -> tuple[Use, ...]:
        """The names that it needs, with their places."""

    def render(self, values: dict[str, Any]) -> str:
        """Return the text with a value for every name.

        Raises:
            TemplateFailure: The template fails on these values; the message says how.
        """


def printed(value: Any) -> str:
    """Return a value as templates print it: truth values as YAML writes them, nothing for nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
