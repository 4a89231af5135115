"""What can go wrong apart from recipes: one small tree of exceptions, each with what to do next.

ImagenspecError
├── UsageError           wrong options, paths or configuration (exit code 2)
├── RecipeError          a recipe with errors was to be compiled (exit code 1); stands beside its findings
├── StalePlanError       a plan does not hold any more (exit code 1); stands beside plan files
└── ToolError            the machine did not do its part (exit code 3)
"""

from __future__ import annotations


class ImagenspecError(Exception):
    """Anything that this package raises on purpose."""

    exit_code = 3


class UsageError(ImagenspecError):
    """Options, paths or configuration that cannot be followed."""

    exit_code = 2


class ToolError(ImagenspecError):
    """A file could not be read or written, or changed while it was read.

    Attributes:
        reason: What the system said.
    """

    exit_code = 3

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason or message
