"""Upscaled, dressed, recontextualised and segmented pictures, and pictures that are refused."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from painting_jobs import (
    BLUE,
    GREEN,
    RED,
    SEGMENTATION,
    box_mask,
    changed,
    file_of,
    generate,
    levels,
    painted,
    photograph,
    plain,
    same,
    user_mask,
)
from painting_jobs import edit as edit_job
from painting_reader import says
from PIL import Image, ImageChops

from imagenspec.emulator.job import Job, Picture, Product, Reference
from imagenspec.emulator.painting import paint

SIZE = (120, 90)
BINARY = {0, 255}


def upscale(image: Picture, factor: str | None, **parameters: Any) -> Job:
    config = {} if factor is None else {"upscale_config": {"upscale_factor": factor}}
    return Job("upscale", "imagen-4.0-upscale-preview", "", image=image, parameters={**config, **parameters})


def segment(image: Image.Image, mode: str = "foreground", prompt: str = "", **parameters: Any) -> Job:
    return Job("segment", SEGMENTATION, prompt, image=file_of(image), parameters={"mode": mode, **parameters})


def try_on(person: Image.Image, *garments: Image.Image) -> Job:
    products = tuple(Product(file_of(garment)) for garment in garments)
    return Job("try_on", "virtual-try-on-001", "", person=file_of(person), products=products, canonical=b"k")


def colour_box(image: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int] | None:
    bands = ImageChops.difference(image.convert("RGB"), Image.new("RGB", image.size, colour)).split()
    unlike = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return unlike.point(lambda level: 255 * (level < 10)).getbbox()


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
def test_upscaling_resamples(mode: str, factor: int) -> None:
    image = photograph(SIZE).convert(mode)
    expected = image.convert("RGBA" if mode == "RGBA" else "RGB")
    expected = expected.resize((SIZE[0] * factor, SIZE[1] * factor), Image.Resampling.LANCZOS)
    assert same(painted(upscale(file_of(image), f"x{factor}")), expected)


def test_older_model_upscales_to_a_size() -> None:
    job = upscale(file_of(photograph(SIZE)), None, sample_image_size="2048")._replace(model="imagegeneration@002")
    assert painted(job).size == (2048, 1536)


def test_upscaling_beyond_17_megapixels_is_refused() -> None:
    image = file_of(plain(RED, (1100, 1000)))
    with pytest.raises(ValueError, match="17 megapixels"):
        paint(upscale(image, "x4"), 0)
    assert painted(upscale(image, "x3")).size == (3300, 3000)


def test_person_keeps_their_size_and_wears_the_garment() -> None:
    person, garment = plain((120, 120, 120), (600, 800)), plain((255, 255, 255), (300, 300))
    garment.paste(GREEN, (80, 60, 220, 240))
    result = painted(try_on(person, garment))
    left, top, right, bottom = colour_box(result, GREEN)
    assert result.size == (600, 800)
    assert left < 300 < right
    assert 300 <= top < bottom < 800
    assert same(result.crop((0, 0, 600, 250)), person.crop((0, 0, 600, 250)))


def test_model_and_seed_can_be_read_below_the_person() -> None:
    job = try_on(plain((60, 60, 60), (600, 800)), plain(BLUE))._replace(parameters={"seed": 42})
    assert says(painted(job), "virtual-try-on-001 \u00b7 seed 42 \u00b7 sample 1")


def test_mask_of_a_product_decides_what_is_cut_out() -> None:
    mask = file_of(box_mask((200, 160), (0, 0, 100, 160)))
    halves = plain(BLUE)
    halves.paste(RED, (0, 0, 100, 160))
    job = try_on(plain((120, 120, 120), (600, 800)))._replace(products=(Product(file_of(halves), None, mask),))
    assert colour_box(painted(job), RED)
    above_caption = painted(job).crop((0, 0, 600, 560))
    assert not colour_box(above_caption, BLUE)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_products_stand_in_a_square_scene(count: int) -> None:
    colours = (RED, GREEN, BLUE)[:count]
    products = []
    for colour in colours:
        image = plain((250, 250, 250), (300, 300))
        image.paste(colour, (60, 60, 240, 240))
        products.append(Product(file_of(image), "a box"))
    model = "imagen-product-recontext-preview-06-30"
    result = painted(Job("recontext", model, "on a shelf", products=tuple(products), canonical=b"k"))
    boxes = [colour_box(result.crop((0, 0, 1024, 690)), colour) for colour in colours]
    assert result.size == (1024, 1024)
    assert all(boxes)
    assert boxes == sorted(boxes)
    assert says(result, "on a shelf")


@pytest.mark.parametrize("mode", ["foreground", "background", "prompt", "semantic", "FOREGROUND"])
def test_mask_has_the_size_of_the_image_and_is_black_and_white(mode: str) -> None:
    answer = paint(segment(photograph(SIZE), mode, "cat, dog"), 0)
    mask = painted(segment(photograph(SIZE), mode, "cat, dog"))
    assert (answer.media_type, mask.mode, mask.size) == ("image/png", "L", SIZE)
    assert levels(mask) == BINARY


@pytest.mark.parametrize("mode", ["foreground", "background"])
def test_label_is_the_mode(mode: str) -> None:
    ((name, score),) = paint(segment(photograph(SIZE), mode), 0).labels
    assert name == mode
    assert 0.1 <= score <= 1


def test_background_is_what_the_foreground_is_not() -> None:
    front, back = (painted(segment(photograph(SIZE), mode)) for mode in ("foreground", "background"))
    assert same(back, ImageChops.invert(front))
    assert front.getpixel((60, 45)) == 255


def test_prompt_labels_each_of_its_words() -> None:
    labels = paint(segment(photograph(SIZE), "prompt", "red shoe, , blue hat,red shoe"), 0).labels
    assert [name for name, _ in labels] == ["red shoe", "blue hat"]


def test_semantic_mode_knows_the_documented_classes_only() -> None:
    answer = paint(segment(photograph(SIZE), "semantic", "cat, unicorn"), 0)
    assert [name for name, _ in answer.labels] == ["cat"]
    nothing = segment(photograph(SIZE), "semantic", "unicorn")
    assert paint(nothing, 0).labels == ()
    assert levels(painted(nothing)) == {0}


def test_region_of_a_class_is_that_of_an_edit() -> None:
    raw = photograph(SIZE)
    mask = painted(segment(raw, "semantic", "cat"))
    edited = painted(edit_job(file_of(raw), Reference("mask", 2, None, "semantic", dilation=0.0, classes=(7,))))
    assert same(mask, changed(raw, edited))


def test_predictions_can_be_limited_and_must_be_sure_enough() -> None:
    words = "one, two, three, four"
    assert len(paint(segment(photograph(SIZE), "prompt", words, max_predictions=2), 0).labels) == 2
    scores = [score for _, score in paint(segment(photograph(SIZE), "prompt", words), 0).labels]
    least = sorted(scores)[1]
    sure = paint(segment(photograph(SIZE), "prompt", words, confidence_threshold=least), 0).labels
    assert len(sure) == 3
    assert levels(painted(segment(photograph(SIZE), "prompt", words, confidence_threshold=1))) == {0}


def test_scribble_is_part_of_its_mask_and_like_colours_join() -> None:
    image = plain(RED, SIZE)
    image.paste(BLUE, (60, 0, 120, 90))
    job = segment(image, "interactive")._replace(scribble=file_of(box_mask(SIZE, (50, 40, 58, 50))))
    mask = painted(job)
    assert levels(mask) == BINARY
    assert mask.getpixel((54, 45)) == mask.getpixel((46, 45)) == 255
    assert mask.getpixel((70, 45)) == mask.getpixel((10, 10)) == 0


def test_mask_grows_by_a_share_of_the_width() -> None:
    image = plain((255, 255, 255, 0), SIZE, "RGBA")
    image.paste((0, 0, 0, 255), (40, 30, 80, 60))
    assert painted(segment(image)).getbbox() == (40, 30, 80, 60)
    assert painted(segment(image, mask_dilation=0.1)).getbbox() == (28, 18, 92, 72)
    assert levels(painted(segment(image, mask_dilation=1))) == {255}


def test_mask_has_soft_edges_without_a_threshold() -> None:
    assert len(levels(painted(segment(photograph(SIZE), binary_color_threshold=-1)))) > 2
    assert levels(painted(segment(photograph(SIZE), binary_color_threshold=200))) == BINARY


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def jobs_with(image: Picture) -> list[Job]:
    good = file_of(photograph(SIZE))
    kinds = ("raw", "subject", "style", "control")
    references = [generate()._replace(references=(Reference(kind, 1, image, None),)) for kind in kinds]
    return [
        *references,
        edit_job(good, user_mask(image)),
        upscale(image, "x2"),
        Job("segment", SEGMENTATION, "", image=image),
        Job("segment", SEGMENTATION, "", image=good, scribble=image, parameters={"mode": "interactive"}),
        Job("try_on", "virtual-try-on-001", "", person=image),
        Job("recontext", "imagen-product-recontext-preview-06-30", "", products=(Product(image),)),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no image"),
        (b"not an image at all", "no image"),
        (file_of(photograph()).data[:900], "damaged"),
        (png_that_claims(9000, 9000), "too many pixels"),
        (png_that_claims(60_000, 60_000), "too many pixels"),
    ],
    ids=["empty", "text", "truncated", "large", "bomb"],
)
@pytest.mark.parametrize("number", range(10))
def test_bytes_that_cannot_be_decoded_are_refused(number: int, data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        paint(jobs_with(Picture(data, "image/png"))[number], 0)


@pytest.mark.parametrize("task", ["upscale", "segment", "try_on"])
def test_task_without_its_image_is_refused(task: str) -> None:
    with pytest.raises(ValueError, match="there is no"):
        paint(Job(task, "model", ""), 0)
