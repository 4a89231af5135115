"""Generated pictures: documented sizes and types, the same bytes for the same request, and words that can be read."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from painting_jobs import CAPABILITY, computed_mask, edit, file_of, generate, painted, photograph, same
from painting_reader import says
from PIL import Image

from imagenspec.emulator.painting import paint
from imagenspec.render.disk.decoding import decoded

CHECKOUT = Path(__file__).resolve().parents[2]
SIZES_1K = {"1:1": (1024, 1024), "3:4": (896, 1280), "4:3": (1280, 896), "9:16": (768, 1408), "16:9": (1408, 768)}
SIZES_2K = {"1:1": (2048, 2048), "3:4": (1792, 2560), "4:3": (2560, 1792), "9:16": (1536, 2816), "16:9": (2816, 1536)}
PROMPT = "a red bicycle beside a canal"


@pytest.mark.parametrize("ratio", SIZES_1K)
@pytest.mark.parametrize("model", ["imagen-4.0-generate-001", "imagen-3.0-generate-002", CAPABILITY])
def test_size_is_the_documented_one_of_the_ratio(model: str, ratio: str) -> None:
    assert painted(generate(model=model, aspect_ratio=ratio)).size == SIZES_1K[ratio]


@pytest.mark.parametrize("ratio", SIZES_2K)
@pytest.mark.parametrize("written", ["2K", "2k"])
def test_size_2k_doubles_both_sides(written: str, ratio: str) -> None:
    assert painted(generate(sample_image_size=written, aspect_ratio=ratio)).size == SIZES_2K[ratio]


def test_ratio_is_square_where_none_is_asked_for() -> None:
    assert painted(generate()).size == (1024, 1024)


@pytest.mark.parametrize(
    ("ratio", "wider"), [("3:2", True), ("5:4", True), ("1:100", False), ("x", None), ("0:1", None)]
)
def test_other_ratios_have_about_as_many_pixels(ratio: str, wider: bool | None) -> None:
    width, height = painted(generate(aspect_ratio=ratio)).size
    assert 0.8 < width * height / 1024**2 < 1.25
    assert (width > height) is bool(wider)


def test_same_request_makes_the_same_bytes() -> None:
    assert paint(generate(seed=42), 0) == paint(generate(seed=42), 0)


def test_seed_sample_prompt_and_nonce_each_make_another_picture() -> None:
    job = generate(seed=42)
    pictures = [
        painted(job),
        painted(job, 1),
        painted(job._replace(parameters={"seed": 43})),
        painted(job._replace(prompt="a blue bicycle")),
        painted(job._replace(canonical=job.canonical + b"nonce")),
    ]
    assert len({picture.convert("RGB").tobytes() for picture in pictures}) == len(pictures)


def test_picture_is_the_same_in_other_processes_with_other_hash_seeds() -> None:
    program = (
        "import hashlib; from painting_jobs import *; from imagenspec.emulator.painting import paint;"
        "photo = file_of(photograph());"
        "jobs = [generate(seed=42), edit(photo, computed_mask('background', 0.02)), edit(photo, None),"
        " edit(photo, computed_mask('semantic', 0.02, (7, 8)), edit_mode='inpaint_removal')];"
        "print(*(hashlib.sha256(paint(job, 0).data).hexdigest() for job in jobs))"
    )
    answers = set()
    for seed in ("0", "1", "4242"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": f"{CHECKOUT}{os.pathsep}{CHECKOUT}/tests/emulator",
        }
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
        answers.add(done.stdout)
    assert len(answers) == 1
    assert answers.pop().split()[0] == hashlib.sha256(paint(generate(seed=42), 0).data).hexdigest()


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/png", "PNG"),
        ("image/jpeg", "JPEG"),
        ("image/gif", "GIF"),
        ("image/webp", "WEBP"),
        ("image/bmp", "BMP"),
        ("image/tiff", "TIFF"),
    ],
)
def test_file_is_of_the_type_that_was_asked_for(media_type: str, kind: str) -> None:
    answer = paint(generate(output_options={"mime_type": media_type}), 0)
    image = Image.open(BytesIO(answer.data))
    assert (answer.media_type, image.format, image.size) == (media_type, kind, (1024, 1024))


def test_icon_holds_a_picture_of_the_documented_size() -> None:
    """Its directory cannot say so, which ``render`` does not mind."""
    answer = paint(generate(output_options={"mime_type": "image/vnd.microsoft.icon"}, aspect_ratio="16:9"), 0)
    found = decoded(BytesIO(answer.data))
    assert (answer.media_type, found.media_type) == ("image/vnd.microsoft.icon", "image/vnd.microsoft.icon")
    assert (found.width, found.height) == (1408, 768)
    assert answer.data[:8] == b"\0\0\1\0\1\0\0\0"


@pytest.mark.parametrize("options", [{}, {"mime_type": "image/x-unknown"}, None, "image/jpeg"])
def test_file_is_png_where_no_known_type_is_asked_for(options: object) -> None:
    assert paint(generate(output_options=options), 0).media_type == "image/png"


def test_quality_decides_the_size_of_a_jpeg_and_is_75_where_it_is_left_out() -> None:
    def size(**quality: int) -> int:
        options = {"mime_type": "image/jpeg", **quality}
        return len(paint(generate()._replace(parameters={"output_options": options}), 0).data)

    assert size(compression_quality=0) < size(compression_quality=40) < size(compression_quality=100)
    assert size() == size(compression_quality=75)


def test_png_names_the_request_in_a_comment() -> None:
    comment = painted(generate(seed=1)).info["Comment"]
    assert len(comment) == 64
    assert comment != painted(generate(seed=2)).info["Comment"]


def test_prompt_model_seed_and_sample_can_be_read() -> None:
    picture = painted(generate(PROMPT, seed=42, sample_count=4), 2)
    assert says(picture, PROMPT)
    assert says(picture, "imagen-4.0-generate-001 \u00b7 seed 42 \u00b7 sample 3 of 4")
    assert not says(picture, "a red bicycle beside a camel")


@pytest.mark.parametrize("number", range(8))
def test_words_can_be_read_on_every_scene(number: int) -> None:
    picture = painted(generate(PROMPT)._replace(canonical=b"%d" % number))
    assert says(picture, PROMPT)
    assert says(picture, "imagen-4.0-generate-001 \u00b7 no seed \u00b7 sample 1")


def test_negative_prompt_can_be_read() -> None:
    assert says(painted(generate(negative_prompt="people, logos")), "without people, logos")


def test_other_scripts_are_escaped_and_never_seen_as_boxes() -> None:
    assert says(painted(generate("\u65e5\u672c and \U0001f642")), r"\u65e5\u672c and \U0001f642")
    assert says(painted(generate("a\u202eb\x07\u200bc")), r"a\u202eb\x07\u200bc")


def test_accents_are_seen() -> None:
    with_accents, without = (painted(generate()._replace(prompt=text)) for text in ("caf\u00e9 \u00fcber", "cafe uber"))
    assert says(without, "cafe uber")
    assert not same(with_accents, without)


def test_empty_prompt_leaves_what_made_the_picture() -> None:
    assert says(painted(generate("", seed=5)), "imagen-4.0-generate-001 \u00b7 seed 5 \u00b7 sample 1")


def test_huge_prompt_is_cut_and_says_how_long_it_is() -> None:
    job = generate("word " * 200_000)
    assert painted(job).size == (1024, 1024)
    assert says(painted(job), "imagen-4.0-generate-001 \u00b7 no seed \u00b7 sample 1")


def test_time_of_a_square_picture_is_printed() -> None:
    job = generate(PROMPT * 4, seed=42)
    times = []
    for sample in range(5):
        start = time.perf_counter()
        answer = paint(job, sample)
        times.append(time.perf_counter() - start)
    print(f"1024 x 1024: {min(times) * 1000:.1f} ms, {len(answer.data) / 1024:.0f} KiB")  # noqa: T201 - figures for people
    assert len(answer.data) < 200_000


def test_pictures_painted_side_by_side_are_those_painted_alone() -> None:
    photo = file_of(photograph())
    jobs = [generate(PROMPT, seed=seed) for seed in range(4)]
    jobs += [edit(photo, computed_mask("background"), seed=seed) for seed in range(4)]
    alone = [paint(job, 0) for job in jobs]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda job: paint(job, 0), jobs * 3))
    assert together == alone * 3
