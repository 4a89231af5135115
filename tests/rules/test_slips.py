"""Keys that nobody knows: which one was probably meant, so that nothing is said of its absence too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagenspec.catalog.fields import TASKS
from imagenspec.catalog.schemas import RECIPE, schema
from imagenspec.catalog.tables import rows
from imagenspec.rules import slips
from imagenspec.rules.slips import is_slip, outline, was_meant

if TYPE_CHECKING:
    from imagenspec.source.nodes import Path


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    slips._keys.cache_clear()
    slips._nearest.cache_clear()


def documented_places(task: str) -> list[tuple[str, ...]]:
    """Return the places of a task's recipes that the table of fields names; a reference is called ``man``."""
    known = schema(RECIPE)["definitions"][task]["properties"]
    places = {
        tuple("man" if part == "*" else part for part in place.split("."))
        for row in rows("fields")
        if row["in"] == "request" and task in row["tasks"]
        for place in row["recipe"]
        if "[" not in place and not place.startswith("products")
    }
    return sorted(place for place in places if place[0] in known)


@pytest.mark.parametrize("task", TASKS)
def test_key_with_a_letter_too_many_was_meant_for_its_place_and_what_is_below(task: str) -> None:
    for path in documented_places(task):
        parent, slip = path[:-1], f"{path[-1]}z"
        assert was_meant(task, parent, slip, path), path
        assert was_meant(task, parent, slip, (*path, "below")), path
        assert was_meant(task, parent, slip.upper(), path), path


@pytest.mark.parametrize("task", TASKS)
def test_key_that_is_known_was_meant_for_no_other(task: str) -> None:
    assert len(documented_places(task)) >= 5
    for path in documented_places(task):
        parent, key = path[:-1], path[-1]
        assert not was_meant(task, parent, key, (*parent, f"{key}z")), path
        assert not was_meant(task, parent, key, path), path


MEANT: list[tuple[str, Path, str, Path]] = [
    ("generate", (), "add_watermark", ("parameters", "add_watermark")),
    ("generate", (), "addWatermark", ("parameters", "add_watermark")),
    ("generate", (), "parameter", ("parameters", "seed")),
    ("generate", ("parameters",), "number_of_images", ("parameters", "sample_count")),
    ("generate", ("parameters",), "output_mime_type", ("parameters", "output_options", "mime_type")),
    ("customize", ("references", "man"), "reference_image", ("references", "man", "image")),
    ("customize", ("references", "man"), "reference_image", ("references", "man", "image", "file")),
    ("customize", (), "reference_images", ("references",)),
    ("customize", (), "reference_images", ("references", "man", "image")),
    ("edit", (), "mask_image", ("mask",)),
    ("edit", (), "mask_image", ("mask", "mode")),
    ("edit", ("mask",), "mask_mode", ("mask", "mode")),
    ("edit", ("image",), "gcs_uri", ("image", "gcs")),
    ("generate", ("vars",), "colour", ("vars", "color")),
    ("customize", ("references",), "maan", ("references", "man")),
    ("edit", ("parameters", "edit_config"), "base_step", ("parameters", "edit_config", "base_steps")),
]
NOT_MEANT: list[tuple[str, Path, str, Path]] = [
    ("generate", (), "colour", ("parameters", "add_watermark")),
    ("generate", (), "seed", ("parameters", "add_watermark")),
    ("generate", (), "add_watermark", ("labels", "add_watermark")),
    ("generate", (), "add_watermark", ("parameters",)),
    ("generate", ("parameters",), "add_watermark", ("parameters", "seed")),
    ("generate", ("vars",), "seed", ("vars", "add_watermark")),
    ("generate", ("parameters",), "number_of_images", ("parameters", "seed")),
    ("generate", ("parameters",), "output_mime_type", ("parameters", "output_options", "compression_quality")),
    ("generate", ("parameters",), "output_mime_type", ("parameters", "output_options")),
    ("edit", ("parameters",), "edit_conf", ("parameters", "edit_mode")),
    ("customize", ("references", "man"), "imagess", ("references", "man", "image")),
    ("customize", ("references",), "woman", ("references", "cup")),
    ("customize", ("references", "man", "images"), "zero", ("references", "man", "images", 0)),
    ("generate", ("parameters",), "add_watermark" * 10, ("parameters", "add_watermark")),
]


@pytest.mark.parametrize(("task", "mapping", "written", "path"), MEANT)
def test_key_was_meant_for_a_path(task: str, mapping: Path, written: str, path: Path) -> None:
    assert was_meant(task, mapping, written, path)


@pytest.mark.parametrize(("task", "mapping", "written", "path"), NOT_MEANT)
def test_key_was_not_meant_for_a_path(task: str, mapping: Path, written: str, path: Path) -> None:
    assert not was_meant(task, mapping, written, path)


@pytest.mark.parametrize(
    ("written", "word", "alike", "slip"),
    [
        ("seed", "seed", 1.0, True),
        ("SEED", "seed", 1.0, True),
        ("sed", "seed", 0.6, True),
        ("abcde", "abcxy", 0.6, True),
        ("abcde", "abwxy", 0.6, False),
        ("parameters.sed", "parameters.seed", 0.95, True),
        ("parameters.see", "parameters.seed", 0.97, False),
        ("a" * 100, "a" * 100, 0.6, True),
        ("a" * 101, "a" * 101, 0.6, False),
    ],
)
def test_words_are_alike_from_a_share_of_letters_on(written: str, word: str, alike: float, slip: bool) -> None:
    assert is_slip(written, word, alike) is slip


def test_outline_has_the_paths_above_and_the_words_of_each_mapping() -> None:
    broken = frozenset({("parameters", "sed"), ("parameters", "aspect"), ("products", 0), ("colour",)})
    above, words = outline(broken)
    assert above == {(), ("parameters",), ("products",), *broken}
    assert words == {("parameters",): ["aspect", "sed"], ("products",): [], (): ["colour"]}


def test_outline_of_everything_is_everything() -> None:
    assert outline(frozenset({()})) == (frozenset({()}), {(): []})


def test_outline_has_not_endlessly_many_words() -> None:
    broken = frozenset(("parameters", f"key{number:03}") for number in range(50))
    assert outline(broken).words == {("parameters",): [f"key{number:03}" for number in range(20)]}
    assert len(outline(broken).above) == 52
