"""Edits change exactly what the mask allows; without a mask the whole picture is tinted."""

from __future__ import annotations

import pytest
from painting_jobs import (
    BLUE,
    RED,
    box_mask,
    changed,
    computed_mask,
    edit,
    file_of,
    painted,
    photograph,
    plain,
    same,
    user_mask,
)
from painting_reader import says
from PIL import Image, ImageChops, ImageFilter, ImageStat

from imagenspec.emulator.job import Picture, Reference
from imagenspec.emulator.painting import paint

SIZE = (320, 240)
BOX = (60, 50, 200, 150)
MODES = ["inpaint_insertion", "inpaint_removal", "outpaint", "bgswap", "default"]
PAINTING_MODES = [mode for mode in MODES if mode != "inpaint_removal"]


def grown(mask: Image.Image, pixels: int) -> Image.Image:
    """Grow a mask by the definition: the brightest of the pixels around."""
    return mask.filter(ImageFilter.MaxFilter(2 * pixels + 1)) if pixels else mask


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("dilation", "pixels"), [(0.0, 0), (0.01, 3), (0.05, 16), (None, 10)])
def test_nothing_outside_the_dilated_mask_changes(mode: str, dilation: float | None, pixels: int) -> None:
    raw, mask = photograph(SIZE), box_mask(SIZE, BOX)
    after = painted(edit(file_of(raw), user_mask(mask, dilation), edit_mode=mode))
    assert not ImageChops.subtract(changed(raw, after), grown(mask, pixels)).getbbox()


@pytest.mark.parametrize("mode", PAINTING_MODES)
@pytest.mark.parametrize(("dilation", "pixels"), [(0.0, 0), (0.03, 10)])
def test_everything_inside_the_dilated_mask_changes(mode: str, dilation: float, pixels: int) -> None:
    raw, mask = photograph(SIZE), box_mask(SIZE, BOX)
    after = painted(edit(file_of(raw), user_mask(mask, dilation), edit_mode=mode))
    assert same(changed(raw, after), grown(mask, pixels))


@pytest.mark.parametrize("share", [0.35, 1.0])
def test_wide_dilation_reaches_as_far_as_it_says(share: float) -> None:
    size = (500, 400)
    raw, mask = photograph(size), box_mask(size, (10, 10, 11, 11))
    after = painted(edit(file_of(raw), user_mask(mask, share), edit_mode="bgswap"))
    reach = 10 + round(share * 500)
    assert changed(raw, after).getbbox() == (0, 0, min(500, reach + 1), min(400, reach + 1))


def test_every_pixel_that_is_not_black_counts_in_a_lossless_mask() -> None:
    mask = Image.new("L", SIZE)
    mask.paste(1, BOX)
    raw = photograph(SIZE)
    assert changed(raw, painted(edit(file_of(raw), user_mask(mask)))).getbbox() == BOX


def test_noise_of_a_jpeg_mask_does_not_count() -> None:
    mask = file_of(box_mask(SIZE, BOX), "JPEG", quality=60)
    raw = photograph(SIZE)
    box = changed(raw, painted(edit(file_of(raw), user_mask(mask)))).getbbox()
    assert all(abs(one - other) <= 8 for one, other in zip(box, BOX, strict=True))


def test_transparent_pixels_of_a_mask_are_black() -> None:
    mask = Image.new("RGBA", SIZE, (255, 255, 255, 0))
    mask.paste((255, 255, 255, 255), BOX)
    raw = photograph(SIZE)
    assert changed(raw, painted(edit(file_of(raw), user_mask(mask)))).getbbox() == BOX


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "RGB", "RGBA"])
def test_mask_may_be_of_any_kind(mode: str) -> None:
    mask = box_mask(SIZE, BOX)
    other = mask.convert("I").point(lambda level: level * 257).convert("I;16") if mode == "I;16" else mask.convert(mode)
    raw = photograph(SIZE)
    assert changed(raw, painted(edit(file_of(raw), user_mask(other)))).getbbox() == BOX


def test_black_mask_changes_nothing() -> None:
    raw = photograph(SIZE)
    assert same(painted(edit(file_of(raw), user_mask(Image.new("L", SIZE)))), raw)


@pytest.mark.parametrize("mode", MODES)
def test_white_mask_is_filled(mode: str) -> None:
    raw = photograph(SIZE)
    after = painted(edit(file_of(raw), user_mask(Image.new("L", SIZE, 255)), edit_mode=mode))
    assert after.size == SIZE
    assert not same(after, raw)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_raw_picture_of_any_kind_is_kept_outside_the_mask(mode: str) -> None:
    raw = photograph(SIZE)
    if mode == "I;16":
        raw = raw.convert("L").convert("I").point(lambda level: level * 257).convert("I;16")
    else:
        raw = raw.convert(mode)
    after = painted(edit(file_of(raw), user_mask(box_mask(SIZE, BOX))))
    before = photograph(SIZE).convert("L") if mode == "I;16" else raw
    before = before.convert("RGBA" if mode in ("LA", "RGBA") else "RGB")
    assert changed(before, after).getbbox() == BOX


def test_raw_picture_in_cmyk_keeps_its_colours_outside_the_mask() -> None:
    raw = photograph(SIZE).convert("CMYK")
    after = painted(edit(file_of(raw, "TIFF"), user_mask(box_mask(SIZE, BOX))))
    assert changed(raw.convert("RGB"), after).getbbox() == BOX


def test_transparency_of_the_raw_picture_stays() -> None:
    raw = photograph(SIZE).convert("RGBA")
    raw.putalpha(Image.linear_gradient("L").resize(SIZE))
    after = painted(edit(file_of(raw), user_mask(box_mask(SIZE, BOX))))
    assert after.mode == "RGBA"
    assert after.getpixel((5, 100)) == raw.getpixel((5, 100))
    assert after.getpixel((100, 100))[3] == 255


def test_note_of_rotation_is_ignored() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    raw = file_of(photograph(SIZE), "JPEG", exif=exif, quality=90)
    assert painted(edit(raw, user_mask(box_mask(SIZE, BOX)))).size == SIZE


def test_background_and_foreground_are_what_the_other_is_not() -> None:
    raw = photograph(SIZE)
    around, inside = (
        changed(raw, painted(edit(file_of(raw), computed_mask(name)))) for name in ("background", "foreground")
    )
    assert same(around, ImageChops.invert(inside))
    assert inside.getpixel((160, 120)) == 255
    assert inside.getpixel((5, 5)) == 0


def test_subject_on_a_plain_ground_is_followed_closely() -> None:
    raw = plain((240, 240, 240), SIZE)
    raw.paste(BLUE, BOX)
    box = changed(raw, painted(edit(file_of(raw), computed_mask("foreground")))).getbbox()
    assert all(abs(one - other) <= 3 for one, other in zip(box, BOX, strict=True))


def test_subject_of_a_cut_out_is_what_is_not_transparent() -> None:
    raw = plain((90, 90, 90, 0), SIZE, "RGBA")
    raw.paste((90, 90, 90, 255), BOX)
    assert changed(raw, painted(edit(file_of(raw), computed_mask("foreground")))).getbbox() == BOX


def test_region_of_a_class_follows_from_the_class_alone() -> None:
    def area(raw: Image.Image, *classes: int) -> Image.Image:
        return changed(raw, painted(edit(file_of(raw), computed_mask("semantic", 0.0, classes))))

    dog, cat, both = (area(photograph(SIZE), *classes) for classes in ((8,), (7,), (7, 8)))
    assert same(dog, area(plain(RED, SIZE), 8))
    assert not same(dog, cat)
    assert same(both, ImageChops.lighter(dog, cat))


def test_removal_fills_from_around() -> None:
    raw = plain(RED, SIZE)
    raw.paste(BLUE, BOX)
    raw.paste(RED, (0, 0, 320, 8))
    after = painted(edit(file_of(raw), user_mask(box_mask(SIZE, BOX), 0.01), prompt="", edit_mode="inpaint_removal"))
    near = after.crop((BOX[0], BOX[1], BOX[0] + 6, BOX[1] + 6))
    red, _, blue = ImageStat.Stat(near).mean
    assert red > 180
    assert blue < 60


def test_outpainting_continues_the_picture_at_its_edge() -> None:
    raw = plain((0, 0, 0), SIZE)
    raw.paste(RED, (0, 0, 160, 240))
    after = painted(edit(file_of(raw), user_mask(box_mask(SIZE, (160, 0, 320, 240))), prompt="", edit_mode="outpaint"))
    red, _, blue = after.getpixel((162, 20))
    assert red - blue > 120
    assert same(after.crop((0, 0, 160, 240)), raw.crop((0, 0, 160, 240)))


def test_prompt_and_model_can_be_read_inside_a_large_mask() -> None:
    size = (900, 600)
    mask = user_mask(box_mask(size, (40, 40, 860, 560)))
    after = painted(edit(file_of(photograph(size)), mask, prompt="a brass lantern", edit_mode="inpaint_insertion"))
    inside = after.crop((80, 345, 695, 515))
    assert says(inside, "a brass lantern")
    assert says(after.crop((522, 345, 695, 515)), "[2] mask \u00b7 user provided")
    assert says(inside, "imagen-3.0-capability-001 \u00b7 no seed \u00b7 sample 1 \u00b7 edit mode inpaint insertion")


def test_mask_of_another_size_is_stretched() -> None:
    raw = photograph(SIZE)
    mask = box_mask((160, 120), (30, 25, 100, 75))
    assert changed(raw, painted(edit(file_of(raw), user_mask(mask)))).getbbox() == BOX


def test_edit_without_a_mask_tints_everything_and_stays_recognisable() -> None:
    size = (640, 480)
    raw = photograph(size)
    after = painted(edit(file_of(raw), None, edit_mode="default"))
    assert after.size == size
    assert changed(raw, after).histogram()[255] > 0.98 * size[0] * size[1]
    upper = (0, 0, 640, 280)
    before_grey, after_grey = (image.crop(upper).convert("L").resize((16, 8)).tobytes() for image in (raw, after))
    assert correlation(before_grey, after_grey) > 0.85


def test_edit_without_a_mask_takes_the_ratio_that_is_asked_for() -> None:
    assert painted(edit(file_of(photograph(SIZE)), None, aspect_ratio="9:16")).size == (768, 1408)


def test_control_lines_lie_over_the_tinted_picture() -> None:
    size = (400, 300)
    lines = box_mask(size, (0, 100, 400, 104)).convert("RGB")
    job = edit(file_of(plain((60, 60, 60), size)), None)
    job = job._replace(references=(*job.references, Reference("control", 2, file_of(lines), "scribble")))
    assert min(painted(job).getpixel((200, 102))) > 200


def test_raw_picture_without_bytes_is_a_scene_of_its_uri() -> None:
    raw = Picture(b"", None, "gs://bucket/cat.png")
    before = painted(edit(raw, user_mask(Image.new("L", (1024, 1024)))))
    after = painted(edit(raw, user_mask(box_mask((1024, 1024), BOX))))
    assert before.size == (1024, 1024)
    assert changed(before, after).getbbox() == BOX


def test_another_seed_paints_the_mask_otherwise() -> None:
    raw, mask = file_of(photograph(SIZE)), user_mask(box_mask(SIZE, BOX))
    assert not same(painted(edit(raw, mask, seed=1)), painted(edit(raw, mask, seed=2)))
    assert paint(edit(raw, mask, seed=1), 0) == paint(edit(raw, mask, seed=1), 0)


def correlation(one: bytes, other: bytes) -> float:
    mean_one, mean_other = sum(one) / len(one), sum(other) / len(other)
    products = sum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    squares_one, squares_other = sum((a - mean_one) ** 2 for a in one), sum((b - mean_other) ** 2 for b in other)
    return products / (squares_one * squares_other) ** 0.5
