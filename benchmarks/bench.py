"""What rows of the table share: programs to run, and lines made from what the runs took."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from measure import CACHE, Command, Run, median_of, own_peak
from peers import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inputs import Inputs

Turns: TypeAlias = "list[tuple[Run, ...]]"
Value: TypeAlias = "Callable[..., float]"

HERE = CHECKOUT / "benchmarks"
LONG = 5
"""The most turns of rows whose programs run for seconds."""
_SCHEMA = CHECKOUT / "schemas/recipe.schema.json"
_TIMES = "\N{MULTIPLICATION SIGN}"


class Line(NamedTuple):
    """A line of the table."""

    work: str
    against: str
    ratio: str
    bar: str
    met: bool
    medians: str


class Bench(NamedTuple):
    """What rows are measured with."""

    programs: Path
    inputs: Inputs
    runs: int

    def imagenspec(self, *arguments: str, output: str | None = None) -> Command:
        """Return a run of the installed checkout, its output below a folder of its own."""
        return self.command(str(self.programs / "imagenspec"), *arguments, output=output)

    def lint_cold(self, *paths: str) -> Command:
        """Return a run of the linter that finds no verdicts kept, and keeps its own, as a first run does."""
        return self.imagenspec("lint", *paths, output=CACHE)

    def check_jsonschema(self, *files: str) -> Command:
        """Return a run of check-jsonschema with the recipe schema."""
        return self.command(str(self.programs / "check-jsonschema"), "--schemafile", str(_SCHEMA), *files)

    def google_genai(self, *arguments: str) -> Command:
        """Return a run of Google's SDK that builds a body from images."""
        return self.command(str(self.programs / "python"), str(HERE / "google_genai_body.py"), *arguments)

    def command(self, *arguments: str, output: str | None = None) -> Command:
        """Return a run among the inputs."""
        root = self.inputs.root
        return Command(arguments, root, None if output is None else root / output)


def line_of(work: str, against: str, bar: float, ratio: float, medians: str) -> Line:
    """Return a line with a ratio that must not be above a bar."""
    return Line(work, against, f"{ratio:.2f} {_TIMES}", f"≤ {bar:g} {_TIMES}", ratio <= bar, medians)


def medians_of(turns: Turns, own: Value, other: Value, unit: str) -> str:
    """Return the medians of two values of each turn."""
    return f"{median_of(turns, own):,.0f} / {median_of(turns, other):,.0f} {unit}"


def faster(work: str, against: str, bar: float, turns: Turns) -> Line:
    """Return a line about the seconds of the first program of each turn, and of the second."""
    ratio = median_of(turns, lambda own, peer: own.seconds / peer.seconds)
    medians = medians_of(turns, lambda own, _: own.seconds * 1000, lambda _, peer: peer.seconds * 1000, "ms")
    return line_of(work, against, bar, ratio, medians)


def leaner(work: str, against: str, bar: float, turns: Turns) -> Line:
    """Return a line about the memory of the first program of each turn, and of the second.

    Raises:
        SystemExit: This process was so large itself that the figures say nothing.
    """
    if own_peak() >= min(one.peak for turn in turns for one in turn):
        raise SystemExit("the benchmark itself used more memory than what it measured")
    ratio = median_of(turns, lambda own, other: own.peak / other.peak)
    medians = medians_of(turns, lambda own, _: own.peak / 1e6, lambda _, other: other.peak / 1e6, "MB")
    return line_of(work, against, bar, ratio, medians)
