"""A repository of many recipes of 40 lines with their pictures, as a linter meets it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pictures import write_mask, write_noise, write_photo

if TYPE_CHECKING:
    from pathlib import Path

_BATCH = 40
_TINY = 1_000
_KINDS = ("logic", "names", "names", *["plain"] * 6, "edit")
"""Of ten recipes, one has a filter and a condition in its prompt, two have names in it, one edits inside a mask."""
CHANGED = (100, 201, 309, 405, 506)
"""Five recipes as a commit may have them: one with logic, one with names, one that edits, two plain ones."""


def write(folder: Path, count: int) -> None:
    """Write a number of recipes, forty to a folder, and the pictures of each forty beside them."""
    folder.mkdir(parents=True)
    photo = folder / "photo.png"
    write_photo(photo)
    for number in range(count):
        path = folder / name_of(number)
        kind = _KINDS[number % len(_KINDS)]
        images = path.parent / "images"
        if number % _BATCH == 0:
            for name in ("front", "side", "look"):
                write_noise(images / f"{name}.png", _TINY)
        if kind == "edit":
            shutil.copyfile(photo, images / f"photo-{number}.png")
            write_mask(images / f"mask-{number}.png", number)
        path.write_text(_edit(number) if kind == "edit" else _customize(number, kind), "utf-8")


def name_of(number: int) -> str:
    """Return the path of a recipe below the folder."""
    return f"batch-{number // _BATCH:03}/shot-{number:05}.imagen.yaml"


_PROMPTS = {
    "plain": ("a ceramic cup [1] on a table in a mountain village", "the first light on it", "in the style of [2]"),
    "names": ("{{ cup }} on a table in {{ place }}", "{{ light }} on it", "in the style of {{ look.marker }}"),
    "logic": (
        "{{ cup }} on a table in {{ place | title }}",
        '{% if light == "dawn" %}the first light{% else %}{{ light }}{% endif %} on it',
        "in the style of {{ look.marker }}",
    ),
}


def _customize(number: int, kind: str) -> str:
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


def _edit(number: int) -> str:
    return f"""\
# Shot {number} of the catalogue: a cup is put into a photograph, where the mask is white.
# The photograph and the mask stand beside the recipe.
imagenspec: 1
task: edit
model: imagen-3.0-capability-001
description: A cup for page {number} of the catalogue
tags: [catalogue, cups]
labels: {{team: catalogue, page: p-{number}}}

x-notes:
  place: a mountain village
  light: the light of an afternoon in autumn

image: images/photo-{number}.png

# White is where the cup goes. Black is
# the rest of the photograph, which stays
# as it is.
mask:
  mode: user_provided
  image: images/mask-{number}.png
  dilation: 0.01

prompt: >-
  A ceramic cup on a table in a mountain village,
  the light of an afternoon in autumn on it,
  shallow depth of field, no people, shot {number}

parameters:
  edit_mode: inpaint_insertion
  negative_prompt: >-
    blurry, low quality, text, watermark,
    people, hands
  seed: {number + 1}
  add_watermark: false
  language: en
  sample_count: 4
  edit_config:
    base_steps: 35
  person_generation: dont_allow
"""
