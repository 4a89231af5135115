"""Laws of painted pictures that hold for any small image, mask, text and parameter."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFilter

from imagenspec.emulator.job import Job, Picture, Product, Reference
from imagenspec.emulator.painting import paint
from imagenspec.emulator.painting.lettering import written
from imagenspec.emulator.painting.masking import dilated
from imagenspec.emulator.painting.wrapping import fitted

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16")
EDIT_MODES = ("inpaint_insertion", "inpaint_removal", "outpaint", "bgswap", "default")
SEGMENT_MODES = ("foreground", "background", "prompt", "semantic", "interactive")
TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff", "image/vnd.microsoft.icon")
FEW = settings(max_examples=40)

sizes = st.tuples(st.integers(1, 70), st.integers(1, 70))
texts = st.text(max_size=300) | st.sampled_from(("", "cat, dog", "\u202e\u0000\ud800", "a" * 5000, "\U0001f642 " * 50))
shares = st.sampled_from((0.0, 0.01, 0.1, 1.0)) | st.floats(0, 1)


@st.composite
def images(draw: st.DrawFn, size: tuple[int, int] | None = None, modes: tuple[str, ...] = MODES) -> Image.Image:
    """Draw an image: a few colours, in blocks, of any mode that files have."""
    mode = draw(st.sampled_from(modes))
    width, height = size or draw(sizes)
    pixels = draw(st.binary(min_size=12, max_size=12))
    image = Image.frombytes("RGBA" if "A" in mode else "RGB", (3, 1), pixels if "A" in mode else pixels[:9])
    image = image.resize((width, height), Image.Resampling.NEAREST)
    return image.convert("L").convert("I").convert("I;16") if mode == "I;16" else image.convert(mode)


@st.composite
def masks(draw: st.DrawFn, size: tuple[int, int]) -> Image.Image:
    """Draw a black and white mask: some boxes."""
    mask = Image.new("L", size)
    for _ in range(draw(st.integers(0, 3))):
        left, top = draw(st.integers(0, size[0] - 1)), draw(st.integers(0, size[1] - 1))
        mask.paste(255, (left, top, draw(st.integers(left + 1, size[0])), draw(st.integers(top + 1, size[1]))))
    return mask


def file_of(image: Image.Image) -> Picture:
    stream = BytesIO()
    image.save(stream, "TIFF" if image.mode == "CMYK" else "PNG")
    return Picture(stream.getvalue(), None)


def decoded(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def outcome(data: bytes) -> str:
    """Return the type of the mask of an image's bytes, or why they are refused."""
    try:
        return paint(Job("segment", "m", "", image=Picture(data, None)), 0).media_type
    except ValueError as error:
        return str(error)


def unlike(one: Image.Image, other: Image.Image) -> Image.Image:
    bands = ImageChops.difference(one, other).split()
    result = bands[0]
    for band in bands[1:]:
        result = ImageChops.lighter(result, band)
    return result.point(lambda level: 255 * (level > 0))


def grown(mask: Image.Image, pixels: int) -> Image.Image:
    """Grow a mask by the definition, box by box of its white pixels' rows."""
    result = Image.new("L", mask.size)
    width, height = mask.size
    data = mask.tobytes()
    for row in range(height):
        line = data[row * width : (row + 1) * width]
        spread = bytes(255 * (255 in line[max(0, x - pixels) : x + pixels + 1]) for x in range(width))
        if any(spread):
            strip = Image.frombytes("L", (width, 1), spread).resize((width, 2 * pixels + 1))
            result = ImageChops.lighter(result, _placed(strip, mask.size, row - pixels))
    return result


def _placed(strip: Image.Image, size: tuple[int, int], top: int) -> Image.Image:
    sheet = Image.new("L", size)
    sheet.paste(strip, (0, top))
    return sheet


def edit(raw: Image.Image, mask: Reference | None, **parameters: Any) -> Job:
    references = (Reference("raw", 1, file_of(raw), None), *(() if mask is None else (mask,)))
    key = repr((raw.tobytes(), mask, parameters)).encode()
    return Job("edit", "imagen-3.0-capability-001", "a lantern", references, parameters=parameters, canonical=key)


@given(data=st.data(), mode=st.sampled_from(EDIT_MODES), dilation=shares)
def test_edit_changes_the_dilated_mask_and_nothing_else(data: st.DataObject, mode: str, dilation: float) -> None:
    raw = data.draw(images(modes=("RGB", "RGBA", "L", "LA", "P", "CMYK")))
    mask = data.draw(masks(raw.size))
    reference = Reference("mask", 2, file_of(mask), "user_provided", dilation=dilation)
    after = decoded(paint(edit(raw, reference, edit_mode=mode), 0).data)
    before = raw.convert("RGBA" if "A" in raw.mode else "RGB")
    difference, allowed = unlike(before, after), grown(mask, round(dilation * raw.width))
    if mode == "inpaint_removal":
        assert not ImageChops.subtract(difference, allowed).getbbox()
    else:
        assert difference.tobytes() == allowed.tobytes()


@given(raw=images(), choice=st.sampled_from(("background", "foreground", "semantic", None)), dilation=shares)
def test_computed_masks_never_fail(raw: Image.Image, choice: str | None, dilation: float) -> None:
    reference = Reference("mask", 2, None, choice, dilation=dilation, classes=(7, 120))
    assert decoded(paint(edit(raw, reference, edit_mode="bgswap"), 0).data).size == raw.size


@given(raw=images(), seed=st.integers(0, 2**32 - 1))
def test_picture_without_a_mask_keeps_its_size_and_follows_from_the_seed(raw: Image.Image, seed: int) -> None:
    first, again = (paint(edit(raw, None, seed=seed), 0) for _ in range(2))
    assert first == again
    assert decoded(first.data).size == raw.size
    assert paint(edit(raw, None, seed=seed + 1), 0).data != first.data


@FEW
@given(prompt=texts, seed=st.integers(0, 2**32 - 1), sample=st.integers(0, 3), key=st.binary(max_size=20))
def test_generating_never_fails_and_follows_from_request_seed_and_sample(
    prompt: str, seed: int, sample: int, key: bytes
) -> None:
    job = Job("generate", "imagen-4.0-generate-001", prompt, parameters={"seed": seed}, canonical=key)
    answer = paint(job, sample)
    assert answer == paint(job, sample)
    assert decoded(answer.data).size == (1024, 1024)
    others = (job._replace(parameters={"seed": seed + 1}), job._replace(canonical=key + b"."))
    assert all(paint(other, sample).data != answer.data for other in others)
    assert paint(job, sample + 1).data != answer.data


@given(image=images(), mode=st.sampled_from(SEGMENT_MODES), prompt=texts, dilation=shares, data=st.data())
def test_segments_are_black_and_white_and_of_the_size_of_the_image(
    image: Image.Image, mode: str, prompt: str, dilation: float, data: st.DataObject
) -> None:
    scribble = file_of(data.draw(masks(image.size)))
    parameters = {"mode": mode, "mask_dilation": dilation}
    answer = paint(Job("segment", "m", prompt, image=file_of(image), scribble=scribble, parameters=parameters), 0)
    mask = decoded(answer.data)
    assert (mask.format, mask.size, mask.mode) == ("PNG", image.size, "L")
    assert sum(mask.histogram()[1:255]) == 0
    assert all(0 <= score <= 1 for _, score in answer.labels)


@given(image=images(), factor=st.sampled_from((2, 3, 4)))
def test_upscaling_multiplies_the_size(image: Image.Image, factor: int) -> None:
    job = Job("upscale", "m", "", image=file_of(image), parameters={"upscale_config": {"upscale_factor": f"x{factor}"}})
    assert decoded(paint(job, 0).data).size == (image.width * factor, image.height * factor)


@given(person=images(), garment=images())
def test_person_keeps_their_size(person: Image.Image, garment: Image.Image) -> None:
    job = Job("try_on", "m", "", person=file_of(person), products=(Product(file_of(garment)),), canonical=b"k")
    assert decoded(paint(job, 0).data).size == person.size


@FEW
@given(products=st.lists(images(), max_size=3), prompt=texts)
def test_recontext_is_a_square(products: list[Image.Image], prompt: str) -> None:
    job = Job("recontext", "m", prompt, products=tuple(Product(file_of(one), prompt) for one in products))
    assert decoded(paint(job, 0).data).size == (1024, 1024)


@FEW
@given(kinds=st.lists(st.sampled_from(("subject", "style", "control", "content")), max_size=4), data=st.data())
def test_customizing_never_fails(kinds: list[str], data: st.DataObject) -> None:
    references = tuple(
        Reference(kind, number, file_of(data.draw(images())), None, data.draw(texts), compute=data.draw(st.booleans()))
        for number, kind in enumerate(kinds)
    )
    job = Job("customize", "m", "a boat [1]", references, canonical=b"k")
    assert decoded(paint(job, 0).data).size == (1024, 1024)


@given(raw=images(), media_type=st.sampled_from(TYPES), quality=st.integers(0, 100))
def test_any_picture_can_be_written_as_any_type(raw: Image.Image, media_type: str, quality: int) -> None:
    options = {"mime_type": media_type, "compression_quality": quality}
    answer = paint(edit(raw, None, output_options=options), 0)
    assert answer.media_type == media_type
    assert decoded(answer.data).size == raw.size


@given(
    data=st.binary(max_size=300),
    head=st.sampled_from((b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"II*\0")),
)
def test_bytes_are_decoded_or_refused_with_a_reason(data: bytes, head: bytes) -> None:
    assert outcome(head + data)[0].islower()


@given(image=images(modes=("RGB", "L", "P")), place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_damaged_files_are_decoded_or_refused(image: Image.Image, place: int, byte: int) -> None:
    data = bytearray(file_of(image).data)
    data[place % len(data)] = byte
    assert outcome(bytes(data))[0].islower()


@given(text=st.text(max_size=400))
def test_what_is_written_has_only_letters_of_the_font(text: str) -> None:
    line = written(text)
    assert written(line.text).text == line.text
    assert all(0 <= place < len(line.text) for place in line.marks)
    assert line.text.isprintable()


@given(text=st.text(st.characters(codec="latin-1"), max_size=400), width=st.integers(60, 900))
def test_wrapped_lines_are_the_whole_text_and_fit(text: str, width: int) -> None:
    block = fitted(text, width, 100_000, (20, 11))
    assert block.whole
    assert "".join(line.text for line in block.lines).replace(" ", "") == written(text).text.replace(" ", "")


@given(text=st.text(max_size=2000), width=st.integers(60, 900), height=st.integers(0, 300))
def test_wrapped_lines_are_never_higher_than_their_box(text: str, width: int, height: int) -> None:
    assert fitted(text, width, height, (20, 14, 11)).height <= height


@given(data=st.data(), size=sizes, share=shares)
def test_dilated_mask_is_white_where_a_white_pixel_is_near(
    data: st.DataObject, size: tuple[int, int], share: float
) -> None:
    """The definition, pixel by pixel: so many columns and so many rows away."""
    mask = data.draw(masks(size))
    reach = min(round(share * size[0]), max(size))
    ground = Image.new("L", (size[0] + 2 * reach, size[1] + 2 * reach))
    ground.paste(mask, (reach, reach))
    wanted = ground.filter(ImageFilter.MaxFilter(2 * reach + 1)).crop((reach, reach, reach + size[0], reach + size[1]))
    assert dilated(mask, share).tobytes() == (wanted if reach else mask).tobytes()
