"""The rows about the compiler."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from bench import HERE, LONG, Bench, Line, leaner, line_of, medians_of
from inputs import IMAGES
from measure import Command, Run, environment, median_of, rounds, run


def _compile(bench: Bench, recipe: str) -> Command:
    return bench.imagenspec("compile", recipe, "-o", "compiled/request.json", output="compiled")


def compile_and_copy(bench: Bench) -> list[Line]:
    inputs = bench.inputs
    copy = bench.command("cp", *inputs.images("large"), "copied/", output="copied")
    turns = rounds(bench.runs, _compile(bench, inputs.large), _compile(bench, inputs.tiny), copy)
    ratio = median_of(turns, lambda large, tiny, copy: _over(large, tiny) / copy.seconds)
    medians = medians_of(
        turns, lambda large, tiny, _: _over(large, tiny) * 1000, lambda *turn: turn[2].seconds * 1000, "ms"
    )
    work = "compile 4 images of 10 MB to a file, less the start-up"
    return [line_of(work, "`cp` of the same 40 MB", 3, ratio, medians)]


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
    medians = medians_of(turns, lambda *turn: _over(*turn[:2]) * 1000, lambda *turn: _over(*turn[2:]) * 1000, "ms")
    return [line_of("the same", "google-genai, same JSON body in memory, less its start-up", 0.3, ratio, medians)]


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
    turns = rounds(min(bench.runs, LONG), ten, one)
    line = leaner("peak memory, ten requests of 40 MB", "one of them", 1.05, turns)
    peak = median_of(turns, lambda ten, one: max(ten.peak, one.peak)) / 1e6
    return [line, Line("peak memory, the larger of both", "", f"{peak:.0f} MB", "≤ 90 MB", peak <= 90, "")]


def memory_of_matrix(bench: Bench) -> list[Line]:
    def refs(recipe: str) -> Command:
        arguments = ("compile", recipe, "--format", "file-refs", "-o", "compiled/requests.jsonl")
        return bench.imagenspec(*arguments, output="compiled")

    long = refs(bench.inputs.long_matrix)
    turns = rounds(min(bench.runs, LONG), long, refs(bench.inputs.short_matrix))
    line = leaner("peak memory, matrix of 10,000 cases to file-refs", "1,000 cases", 1.15, turns)
    counting = (str(bench.programs / "python"), str(HERE / "count_digests.py"), *long.arguments[1:])
    answer = subprocess.run(counting, cwd=long.folder, env=environment(long.folder), check=True, capture_output=True)
    hashed = int(answer.stdout)
    work = "images hashed in these 10,000 cases"
    return [line, Line(work, f"the {IMAGES} images named", str(hashed), f"{IMAGES}", hashed == IMAGES, "")]
