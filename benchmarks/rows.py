"""The rows of the table: what is measured, against what, and the bar."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from inputs import IMAGES, Inputs
from measure import Command, Run, environment, median_of, own_peak, rounds, run
from peers import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Turns: TypeAlias = "list[tuple[Run, ...]]"
Value: TypeAlias = "Callable[..., float]"

_SCHEMA = CHECKOUT / "schemas/recipe.schema.json"
_WORKED_RECIPE = CHECKOUT / "recipes/face-mesh.imagen.yaml"
_HERE = CHECKOUT / "benchmarks"
_TIMES = "\N{MULTIPLICATION SIGN}"
_LONG = 5
"""The most turns of rows whose programs run for seconds."""


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

    def check_jsonschema(self, *files: str) -> Command:
        """Return a run of check-jsonschema with the recipe schema."""
        return self.command(str(self.programs / "check-jsonschema"), "--schemafile", str(_SCHEMA), *files)

    def google_genai(self, *arguments: str) -> Command:
        """Return a run of Google's SDK that builds a body from images."""
        return self.command(str(self.programs / "python"), str(_HERE / "google_genai_body.py"), *arguments)

    def command(self, *arguments: str, output: str | None = None) -> Command:
        """Return a run among the inputs."""
        root = self.inputs.root
        return Command(arguments, root, None if output is None else root / output)


def _ratio(work: str, against: str, bar: float, ratio: float, medians: str) -> Line:
    return Line(work, against, f"{ratio:.2f} {_TIMES}", f"≤ {bar:g} {_TIMES}", ratio <= bar, medians)


def _medians(turns: Turns, own: Value, other: Value, unit: str) -> str:
    return f"{median_of(turns, own):,.0f} / {median_of(turns, other):,.0f} {unit}"


def lint_one(bench: Bench) -> list[Line]:
    recipe = str(_WORKED_RECIPE)
    turns = rounds(bench.runs, bench.imagenspec("lint", recipe), bench.check_jsonschema(recipe))
    work = f"lint one recipe ({_WORKED_RECIPE.name}), whole process"
    return [_faster(work, "check-jsonschema, same file and schema", 0.5, turns)]


def lint_thousand(bench: Bench) -> list[Line]:
    files = bench.inputs.thousand_files()
    own = bench.imagenspec("lint", bench.inputs.thousand)
    turns = rounds(min(bench.runs, _LONG), own, bench.check_jsonschema(*files))
    work = f"lint {len(files):,} recipes of 40 lines, 300 templated, one process"
    return [_faster(work, "check-jsonschema, same files and schema", 0.5, turns)]


def _faster(work: str, against: str, bar: float, turns: Turns) -> Line:
    ratio = median_of(turns, lambda own, peer: own.seconds / peer.seconds)
    medians = _medians(turns, lambda own, _: own.seconds * 1000, lambda _, peer: peer.seconds * 1000, "ms")
    return _ratio(work, against, bar, ratio, medians)


def _compile(bench: Bench, recipe: str) -> Command:
    return bench.imagenspec("compile", recipe, "-o", "compiled/request.json", output="compiled")


def compile_and_copy(bench: Bench) -> list[Line]:
    inputs = bench.inputs
    copy = bench.command("cp", *inputs.images("large"), "copied/", output="copied")
    turns = rounds(bench.runs, _compile(bench, inputs.large), _compile(bench, inputs.tiny), copy)
    ratio = median_of(turns, lambda large, tiny, copy: _over(large, tiny) / copy.seconds)
    medians = _medians(
        turns, lambda large, tiny, _: _over(large, tiny) * 1000, lambda *turn: turn[2].seconds * 1000, "ms"
    )
    work = "compile 4 images of 10 MB to a file, less the start-up"
    return [_ratio(work, "`cp` of the same 40 MB", 3, ratio, medians)]


def compile_and_sdk(bench: Bench) -> list[Line]:
    inputs = bench.inputs
    _require_same_body(bench)
    turns = rounds(
        bench.runs,
        _compile(bench, inputs.large),
        _compile(bench, inputs.tiny),
        bench.google_genai(*inputs.images("large")),
        bench.google_genai(*inputs.images("tiny")),
    )
    ratio = median_of(turns, lambda *turn: _over(*turn[:2]) / _over(*turn[2:]))
    medians = _medians(turns, lambda *turn: _over(*turn[:2]) * 1000, lambda *turn: _over(*turn[2:]) * 1000, "ms")
    return [_ratio("the same", "google-genai, same JSON body in memory, less its start-up", 0.3, ratio, medians)]


def _over(large: Run, tiny: Run) -> float:
    """Return the seconds that the large images took, without those of the start-up."""
    return large.seconds - tiny.seconds


def _require_same_body(bench: Bench) -> None:
    """Stop unless both build the same JSON; the SDK leaves some members in snake_case, which means the same."""
    root = bench.inputs.root
    run(_compile(bench, bench.inputs.tiny))
    run(bench.google_genai(*bench.inputs.images("tiny"), "--output", "compiled/sdk.json"))
    own, sdk = (json.loads((root / "compiled" / name).read_bytes()) for name in ("request.json", "sdk.json"))
    if own != _camel(sdk):
        raise SystemExit("google-genai builds another body than the recipe: the row compares two different things")


def _camel(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    spelt = {key: "".join(word.title() if at else word for at, word in enumerate(key.split("_"))) for key in value}
    return {(spelt[key] if "_" in key else key): _camel(child) for key, child in value.items()}


def memory_of_requests(bench: Bench) -> list[Line]:
    one = bench.imagenspec("compile", bench.inputs.large, "-o", "compiled/", output="compiled")
    ten = bench.imagenspec("compile", bench.inputs.ten, "-o", "compiled/", output="compiled")
    turns = rounds(min(bench.runs, _LONG), ten, one)
    line = _leaner("peak memory, ten requests of 40 MB", "one of them", 1.05, turns)
    peak = median_of(turns, lambda ten, one: max(ten.peak, one.peak)) / 1e6
    return [line, Line("peak memory, the larger of both", "", f"{peak:.0f} MB", "≤ 90 MB", peak <= 90, "")]


def memory_of_matrix(bench: Bench) -> list[Line]:
    def refs(recipe: str) -> Command:
        arguments = ("compile", recipe, "--format", "file-refs", "-o", "compiled/requests.jsonl")
        return bench.imagenspec(*arguments, output="compiled")

    long = refs(bench.inputs.long_matrix)
    turns = rounds(min(bench.runs, _LONG), long, refs(bench.inputs.short_matrix))
    line = _leaner("peak memory, matrix of 10,000 cases to file-refs", "1,000 cases", 1.15, turns)
    counting = (str(bench.programs / "python"), str(_HERE / "count_digests.py"), *long.arguments[1:])
    answer = subprocess.run(counting, cwd=long.folder, env=environment(), check=True, capture_output=True)
    hashed = int(answer.stdout)
    work = "images hashed in these 10,000 cases"
    return [line, Line(work, f"the {IMAGES} images named", str(hashed), f"{IMAGES}", hashed == IMAGES, "")]


def _leaner(work: str, against: str, bar: float, turns: Turns) -> Line:
    """Return a line about memory.

    Raises:
        SystemExit: This process was so large itself that the figures say nothing.
    """
    if own_peak() >= min(one.peak for turn in turns for one in turn):
        raise SystemExit("the benchmark itself used more memory than what it measured")
    ratio = median_of(turns, lambda own, other: own.peak / other.peak)
    medians = _medians(turns, lambda own, _: own.peak / 1e6, lambda _, other: other.peak / 1e6, "MB")
    return _ratio(work, against, bar, ratio, medians)


ROWS: tuple[Callable[[Bench], list[Line]], ...] = (
    lint_one,
    lint_thousand,
    compile_and_copy,
    compile_and_sdk,
    memory_of_requests,
    memory_of_matrix,
)
"""In the order of the table; ``--only`` counts them from 1."""
