"""The inputs of the benchmarks: the same bytes in every run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import catalogue
from pictures import write_noise

if TYPE_CHECKING:
    from pathlib import Path

_LARGE = 10_000_000
_TINY = 1_000
IMAGES = 4
_DAY = "2026-01-15"
"""The day of the verdicts; the models of the recipes are not retired yet."""
_SECONDS_YOUNG = 3.0
"""Verdicts are not kept while a picture is so young that a further change could have the same time."""


class Inputs(NamedTuple):
    """Where the inputs are; recipe paths are relative to the root, where commands are run."""

    root: Path
    large: str = "large.imagen.yaml"
    tiny: str = "tiny.imagen.yaml"
    ten: str = "ten"
    short_matrix: str = "matrix-1000.imagen.yaml"
    long_matrix: str = "matrix-10000.imagen.yaml"

    def images(self, size: str) -> list[str]:
        """Return the images of the recipe ``large`` or ``tiny``."""
        return [f"images/{size}-{number}.png" for number in range(1, IMAGES + 1)]

    def recipes(self, count: int) -> str:
        """Return the folder of a number of recipes with pictures that are not young; written when first asked for."""
        name = f"recipes-{count}"
        if not (self.root / name).exists():
            catalogue.write(self.root / name, count)
            time.sleep(_SECONDS_YOUNG)
        return name

    def files(self, count: int) -> list[str]:
        """Return the paths of a number of recipes."""
        folder = self.recipes(count)
        return [f"{folder}/{catalogue.name_of(number)}" for number in range(count)]


def write(root: Path) -> Inputs:
    """Write the inputs below a folder, but for the many recipes."""
    inputs = Inputs(root)
    (root / ".imagenspec.toml").write_text(f"as_of = {_DAY}\n", "utf-8")
    for size, length in (("large", _LARGE), ("tiny", _TINY)):
        for path in inputs.images(size):
            write_noise(root / path, length)
        (root / f"{size}.imagen.yaml").write_text(_four_images(inputs.images(size)), "utf-8")
    (root / inputs.ten).mkdir()
    for number in range(10):
        images = [f"../{path}" for path in inputs.images("large")]
        (root / inputs.ten / f"request-{number}.imagen.yaml").write_text(_four_images(images), "utf-8")
    for name, words in ((inputs.short_matrix, 10), (inputs.long_matrix, 100)):
        (root / name).write_text(_matrix(inputs.images("large"), words), "utf-8")
    return inputs


def _four_images(images: list[str]) -> str:
    """Return a recipe whose request the Python SDK can build too; see ``google_genai_body.py``."""
    listed = "".join(f"      - {{file: {image}, mime_type: image/png}}\n" for image in images)
    return f"""\
imagenspec: 1
task: customize
model: imagen-3.0-capability-001
references:
  man:
    subject: person
    description: a man with short hair
    images:
{listed}    id: 1
prompt: A photo of a man with short hair [1] on a beach
parameters: {{sample_count: 1}}
"""


def _matrix(images: list[str], words: int) -> str:
    """Return a recipe with a hundred cases for each word."""
    places = ", ".join(f"a place called number {number}" for number in range(words))
    recipe = _four_images(images).replace("on a beach", "in {{ place }}")
    return recipe.replace("sample_count: 1", "sample_count: 1, add_watermark: false") + (
        f"matrix:\n  place: [{places}]\n  parameters.seed: 1..100\n"
    )
