"""The rows of the table: what is measured, against what, and the bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compile_rows import compile_and_copy, compile_and_sdk, memory_of_matrix, memory_of_requests
from import_rows import import_body, memory_of_import
from lint_rows import lint_changed, lint_many_cold, lint_many_warm, lint_most, lint_one
from render_rows import render_faulty, render_killed, render_memory, render_rate, render_within_quota
from review_rows import diff_many

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench import Bench, Line

ROWS: tuple[Callable[[Bench], list[Line]], ...] = (
    lint_one,
    lint_many_cold,
    lint_many_warm,
    lint_changed,
    lint_most,
    compile_and_copy,
    compile_and_sdk,
    memory_of_requests,
    memory_of_matrix,
    import_body,
    memory_of_import,
    render_killed,
    render_faulty,
    render_within_quota,
    render_rate,
    render_memory,
    diff_many,
)
"""In the order of the table; ``--only`` counts them from 1."""
