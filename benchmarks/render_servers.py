"""Services on this machine for the rows about renders, and projects with recipes of many small requests."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bench import HERE
from measure import environment
from pictures import write_noise, write_square

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench import Bench

JOBS = 8
_MASKS = """\
imagenspec: 1
task: segment
model: image-segmentation-001
image: small.png
prompt: cup {{ number }}
parameters: {mode: prompt, max_predictions: 1}
matrix:
  number: %s
"""
_LONG_PROMPT = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: %s
parameters: {sample_count: 1, add_watermark: false, enhance_prompt: false}
matrix:
  parameters.seed: 1..%d
"""
_LARGE = """\
imagenspec: 1
task: customize
model: imagen-3.0-capability-001
prompt: a photo of a man with short hair [1] on a beach
references:
  man:
    subject: person
    description: a man with short hair
    id: 1
    images:
%sparameters: {sample_count: 4, add_watermark: false}
matrix:
  parameters.seed: 1..%d
"""


def masks(bench: Bench, name: str, count: int) -> Path:
    """Write a project with a recipe whose requests cost next to nothing to draw."""
    folder = _project(bench, name)
    write_square(folder / "small.png", 64)
    path = folder / "masks.imagen.yaml"
    path.write_text(_MASKS % f"1..{count}", "utf-8")
    return path


def long_prompts(bench: Bench, name: str, count: int) -> Path:
    """Write a project with a recipe of prompts of 1 kB."""
    path = _project(bench, name) / "prompts.imagen.yaml"
    path.write_text(_LONG_PROMPT % (("a white cup of coffee on a wooden table " * 25).strip(), count), "utf-8")
    return path


def large_pictures(bench: Bench, name: str, count: int) -> Path:
    """Write a project with a recipe of requests of four pictures of 5 MB, which ask for four pictures."""
    folder = _project(bench, name)
    for number in range(1, 5):
        write_noise(folder / f"man-{number}.png", 5_000_000)
    path = folder / "large.imagen.yaml"
    path.write_text(_LARGE % ("".join(f"      - man-{number}.png\n" for number in range(1, 5)), count), "utf-8")
    return path


def render(bench: Bench, recipe: Path, url: str, jobs: int = JOBS, *quota: float) -> subprocess.Popen[str]:
    """Start a process that renders a recipe."""
    return start(bench, "render_all.py", str(recipe), url, str(jobs), *map(str, quota))


def start(bench: Bench, program: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a program of this folder."""
    command = bench.command(str(bench.programs / "python"), str(HERE / program), *arguments)
    return subprocess.Popen(
        command.arguments,
        cwd=command.folder,
        env=environment(command.folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def told(process: subprocess.Popen[str]) -> Any:
    """Wait for a program of this folder and return the JSON that it printed.

    Raises:
        SystemExit: It failed.
    """
    output, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{process.args}: exit code {process.returncode}")
    return json.loads(output)


@contextmanager
def emulator(bench: Bench, *arguments: str) -> Iterator[str]:
    """Serve the emulator, and yield its base URL."""
    command = bench.imagenspec("serve", "--quiet", *arguments)
    with _serving(
        subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=environment(command.folder),
            stdout=subprocess.PIPE,
            text=True,
        )
    ) as url:
        yield url


@contextmanager
def quick_service(bench: Bench, picture: Path, count: int) -> Iterator[str]:
    """Serve one picture so many times in each answer, and yield the base URL."""
    with _serving(start(bench, "quick_service.py", str(picture), str(count))) as url:
        yield url


@contextmanager
def _serving(process: subprocess.Popen[str]) -> Iterator[str]:
    if process.stdout is None:
        raise SystemExit("the service does not say where it is")
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


def counters(url: str) -> dict[str, Any]:
    """Return what an emulator has counted."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url) as answer:
        return dict(json.load(answer)["counters"])


def requests_of(found: dict[str, Any]) -> dict[str, int]:
    """Return how many requests ended how, over all models."""
    total: dict[str, int] = {}
    for outcomes in found["requests"].values():
        for outcome, count in outcomes.items():
            total[outcome] = total.get(outcome, 0) + count
    return total


def _project(bench: Bench, name: str) -> Path:
    folder = bench.inputs.root / name
    (folder / ".git").mkdir(parents=True)
    (folder / ".imagenspec.toml").write_text((bench.inputs.root / ".imagenspec.toml").read_text("utf-8"), "utf-8")
    return folder
