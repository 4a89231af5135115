"""The inputs of the benchmarks: the same bytes in every run."""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

_MEBIBYTE = 1024 * 1024
_LARGE = 10_000_000
_TINY = 1_000
IMAGES = 4
RECIPES = 1_000
_BATCH = 40
_TEMPLATED_OF_TEN = 3


class Inputs(NamedTuple):
    """Where the inputs are; recipe paths are relative to the root, where commands are run."""

    root: Path
    large: str = "large.imagen.yaml"
    tiny: str = "tiny.imagen.yaml"
    ten: str = "ten"
    thousand: str = "thousand"
    short_matrix: str = "matrix-1000.imagen.yaml"
    long_matrix: str = "matrix-10000.imagen.yaml"

    def images(self, size: str) -> list[str]:
        """Return the images of the recipe ``large`` or ``tiny``."""
        return [f"images/{size}-{number}.png" for number in range(1, IMAGES + 1)]

    def thousand_files(self) -> list[str]:
        """Return the paths of the thousand recipes."""
        return sorted(str(path.relative_to(self.root)) for path in (self.root / self.thousand).rglob("*.imagen.yaml"))


def write(root: Path) -> Inputs:
    """Write all inputs below a folder."""
    inputs = Inputs(root)
    for size, length in (("large", _LARGE), ("tiny", _TINY)):
        for path in inputs.images(size):
            _write_image(root / path, length)
        (root / f"{size}.imagen.yaml").write_text(_four_images(inputs.images(size)), "utf-8")
    (root / inputs.ten).mkdir()
    for number in range(10):
        images = [f"../{path}" for path in inputs.images("large")]
        (root / inputs.ten / f"request-{number}.imagen.yaml").write_text(_four_images(images), "utf-8")
    for name, words in ((inputs.short_matrix, 10), (inputs.long_matrix, 100)):
        (root / name).write_text(_matrix(inputs.images("large"), words), "utf-8")
    _write_thousand(root / inputs.thousand)
    return inputs


def _write_image(path: Path, length: int) -> None:
    """Write a file of a given length with the chunks of a PNG and bytes that do not compress for pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    overhead = 8 + (12 + 13) + 12 + 12
    pixels = length - overhead
    with path.open("wb") as stream:
        stream.write(b"\x89PNG\r\n\x1a\n")
        _write_chunk(stream, b"IHDR", [struct.pack(">IIBBBBB", 1824, 1824, 8, 2, 0, 0, 0)], 13)
        _write_chunk(stream, b"IDAT", _noise(path.name, pixels), pixels)
        _write_chunk(stream, b"IEND", [], 0)


def _write_chunk(stream: BinaryIO, kind: bytes, pieces: list[bytes], length: int) -> None:
    checksum = zlib.crc32(kind)
    stream.write(struct.pack(">I", length) + kind)
    for piece in pieces:
        stream.write(piece)
        checksum = zlib.crc32(piece, checksum)
    stream.write(struct.pack(">I", checksum))


def _noise(seed: str, length: int) -> list[bytes]:
    starts = range(0, length, _MEBIBYTE)
    return [hashlib.shake_128(f"{seed}/{at}".encode()).digest(min(_MEBIBYTE, length - at)) for at in starts]


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


def _write_thousand(folder: Path) -> None:
    for first in range(0, RECIPES, _BATCH):
        batch = folder / f"batch-{first // _BATCH:02}"
        for name in ("front", "side", "look"):
            _write_image(batch / f"images/{name}.png", _TINY)
        for number in range(first, first + _BATCH):
            (batch / f"shot-{number:04}.imagen.yaml").write_text(_recipe(number), "utf-8")


_PROMPTS = {
    "plain": ("a ceramic cup [1] on a table in a mountain village", "the first light on it", "in the style of [2]"),
    "names": ("{{ cup }} on a table in {{ place }}", "{{ light }} on it", "in the style of {{ look.marker }}"),
    "logic": (
        "{{ cup }} on a table in {{ place | title }}",
        '{% if light == "dawn" %}the first light{% else %}{{ light }}{% endif %} on it',
        "in the style of {{ look.marker }}",
    ),
}


def _recipe(number: int) -> str:
    """Return a recipe of 40 lines; of ten, two put names into their prompt and one has a filter and a condition."""
    kind = "plain" if number % 10 >= _TEMPLATED_OF_TEN else "logic" if number % 10 == 0 else "names"
    values = "x-notes" if kind == "plain" else "vars"
    thing, light, style = _PROMPTS[kind]
    return f"""\
# Shot {number} of the catalogue: one cup from two sides, in one look for the whole batch.
# The pictures of a batch stand beside its recipes.
imagenspec: 1
task: customize
model: imagen-3.0-capability-001
description: A cup for page {number} of the catalogue
tags: [catalogue, cups]
labels: {{team: catalogue, page: p-{number}}}

{values}:
  place: a mountain village
  light: the light of an afternoon in autumn

references:
  cup:
    subject: product
    description: a ceramic cup
    images:
      - images/front.png
      - images/side.png
    id: 1
  look:
    style: true
    description: soft watercolour
    image: images/look.png
    id: 2

prompt: >-
  A photograph of {thing},
  {light}, shallow depth of field,
  {style}, no people, shot {number}

parameters:
  negative_prompt: >-
    blurry, low quality, text, watermark,
    people, hands
  seed: {number + 1}
  add_watermark: false
  language: en
  sample_count: 4
"""
