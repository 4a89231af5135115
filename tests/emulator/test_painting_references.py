"""Customized pictures: references beside their numbers, colours of a style, lines of a control image."""

from __future__ import annotations

import pytest
from painting_jobs import BLUE, CAPABILITY, GREEN, RED, file_of, painted, photograph, plain, same
from painting_reader import says
from PIL import Image, ImageChops, ImageDraw

from imagenspec.emulator.job import Job, Picture, Reference


def customize(*references: Reference, prompt: str = "a boat [1]", key: bytes = b"key", **parameters: object) -> Job:
    return Job("customize", CAPABILITY, prompt, references, parameters=parameters, canonical=key)


def like(picture: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    """Return a mask of the pixels that are nearly of a colour."""
    bands = ImageChops.difference(picture.convert("RGB"), Image.new("RGB", picture.size, colour)).split()
    unlike = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return unlike.point(lambda level: 255 * (level < 24))


def test_number_kind_and_description_of_each_reference_can_be_read() -> None:
    picture = painted(
        customize(
            Reference("subject", 1, file_of(plain(RED)), "person", description="a man with short hair"),
            Reference("style", 2, file_of(plain(BLUE)), None, description="glowing neon"),
            Reference("control", 3, file_of(plain((0, 0, 0))), "face_mesh", compute=True),
        )
    )
    for text in ("[1] subject \u00b7 person", "a man with short hair", "[2] style", "[3] control \u00b7 face mesh"):
        assert says(picture, text), text


def test_small_picture_of_each_reference_stands_beside_the_other() -> None:
    colours = (RED, GREEN, BLUE)
    references = [Reference("subject", 1, file_of(plain(one)), "product") for one in colours]
    picture = painted(customize(*references))
    boxes = [like(picture, colour).getbbox() for colour in colours]
    assert all(box is not None and box[2] - box[0] > 60 and box[3] - box[1] > 60 for box in boxes)
    assert boxes[0][1] == boxes[1][1] < boxes[2][1]
    assert boxes[0][2] < boxes[1][0]


def test_small_picture_shows_the_middle_of_a_wide_one() -> None:
    wide = plain(GREEN, (600, 100))
    wide.paste(RED, (250, 0, 350, 100))
    picture = painted(customize(Reference("subject", 1, file_of(wide), "product")))
    assert like(picture, RED).getbbox()
    assert not like(picture, GREEN).getbbox()


def test_picture_follows_from_the_bytes_of_its_references() -> None:
    pictures = [painted(customize(Reference("subject", 1, file_of(plain(one)), "animal"))) for one in (RED, GREEN)]
    assert not same(pictures[0].convert("RGB"), pictures[1].convert("RGB"))


def test_style_pulls_the_scene_towards_its_mean_colour() -> None:
    def balance(*colours: tuple[int, int, int]) -> float:
        references = [Reference("style", 1, file_of(plain(one)), None) for one in colours]
        scene = painted(customize(*references)).convert("RGB").crop((0, 0, 1024, 400))
        red, _, blue = scene.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        return red - blue

    assert balance(RED) > balance(RED, BLUE) > balance(BLUE)
    assert balance(RED) - balance(BLUE) > 60


def test_lines_of_a_control_map_lie_over_the_scene() -> None:
    lines = Image.new("RGB", (1024, 1024))
    ImageDraw.Draw(lines).line((100, 200, 900, 200), fill="white", width=6)
    bare = painted(customize(Reference("control", 1, file_of(plain((0, 0, 0))), "canny")))
    drawn = painted(customize(Reference("control", 1, file_of(lines), "canny")))
    at_line, beside = ((x, 200) for x in (500, 40))
    assert min(drawn.convert("RGB").getpixel(at_line)) > 200
    assert drawn.convert("RGB").getpixel(beside) == bare.convert("RGB").getpixel(beside)


def test_lines_are_computed_from_a_photograph_where_the_request_says_so() -> None:
    half = plain((20, 20, 20), (512, 512))
    half.paste((230, 230, 230), (256, 0, 512, 512))
    picture = painted(customize(Reference("control", 1, file_of(half), "scribble", compute=True))).convert("RGB")
    bright = [x for x in range(400, 624) if min(picture.getpixel((x, 60))) > 170]
    assert bright
    assert all(490 < x < 534 for x in bright)


def test_size_follows_the_aspect_ratio() -> None:
    reference = Reference("subject", 1, file_of(photograph()), "animal")
    assert painted(customize(reference, aspect_ratio="9:16")).size == (768, 1408)


def test_reference_without_bytes_is_a_scene_of_its_uri() -> None:
    one, again, other = (
        painted(customize(Reference("subject", 1, Picture(b"", None, f"gs://bucket/{name}"), "animal")))
        for name in ("a.png", "a.png", "b.png")
    )
    assert same(one, again)
    assert not same(one.convert("RGB"), other.convert("RGB"))


def test_more_references_than_have_room_do_no_harm() -> None:
    references = [Reference("subject", number, file_of(plain(RED, (20, 20))), "product") for number in range(40)]
    assert painted(customize(*references, prompt="word " * 500)).size == (1024, 1024)


@pytest.mark.parametrize("number", [None, 0, 12])
def test_number_is_written_as_the_request_has_it(number: int | None) -> None:
    picture = painted(customize(Reference("subject", number, file_of(plain(RED)), "animal")))
    assert says(picture, "subject \u00b7 animal" if number is None else f"[{number}] subject \u00b7 animal")
