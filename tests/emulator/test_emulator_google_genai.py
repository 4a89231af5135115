"""google-genai, unmodified, against the emulator: every method that makes images, sync and async."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from emulated import CAPABILITY, GENERATE, LOCATION, PROJECT, SEGMENT, TRY_ON, UPSCALE, image_file, serving
from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore:The .* method is deprecated")


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with serving("--quiet") as (url, _process):
        yield url


def client_of(base_url: str) -> genai.Client:
    return genai.Client(
        vertexai=True,
        project=PROJECT,
        location=LOCATION,
        credentials=Credentials("a-token"),  # type: ignore[no-untyped-call]
        http_options=types.HttpOptions(base_url=base_url),
    )


@pytest.fixture(scope="module")
def client(base_url: str) -> Iterator[genai.Client]:
    with client_of(base_url) as made:
        yield made


def photo(data: bytes | None = None) -> types.Image:
    return types.Image(image_bytes=data or image_file(), mime_type="image/png")


def raw() -> types.RawReferenceImage:
    return types.RawReferenceImage(reference_id=0, reference_image=photo())


def own_mask() -> types.MaskReferenceImage:
    config = types.MaskReferenceConfig(mask_mode=types.MaskReferenceMode.MASK_MODE_USER_PROVIDED, mask_dilation=0.0)
    return types.MaskReferenceImage(reference_id=1, reference_image=photo(image_file(colour="white")), config=config)


def computed_mask() -> types.MaskReferenceImage:
    config = types.MaskReferenceConfig(
        mask_mode=types.MaskReferenceMode.MASK_MODE_SEMANTIC, segmentation_classes=[8], mask_dilation=0.1
    )
    return types.MaskReferenceImage(reference_id=1, config=config)


def subject() -> types.SubjectReferenceImage:
    kind = types.SubjectReferenceType.SUBJECT_TYPE_ANIMAL
    config = types.SubjectReferenceConfig(subject_type=kind, subject_description="a tabby cat")
    return types.SubjectReferenceImage(reference_id=1, reference_image=photo(), config=config)


def style() -> types.StyleReferenceImage:
    config = types.StyleReferenceConfig(style_description="neon")
    return types.StyleReferenceImage(reference_id=2, reference_image=photo(), config=config)


def control() -> types.ControlReferenceImage:
    kind = types.ControlReferenceType.CONTROL_TYPE_CANNY
    config = types.ControlReferenceConfig(control_type=kind, enable_control_image_computation=True)
    return types.ControlReferenceImage(reference_id=3, reference_image=photo(), config=config)


def content() -> types.ContentReferenceImage:
    return types.ContentReferenceImage(reference_id=1, reference_image=photo())


GENERATED = types.GenerateImagesConfig(
    number_of_images=2,
    aspect_ratio="4:3",
    image_size="1K",
    guidance_scale=15.0,
    negative_prompt="text",
    seed=7,
    add_watermark=False,
    enhance_prompt=True,
    safety_filter_level=types.SafetyFilterLevel.BLOCK_MEDIUM_AND_ABOVE,
    person_generation=types.PersonGeneration.ALLOW_ADULT,
    include_safety_attributes=True,
    include_rai_reason=True,
    language=types.ImagePromptLanguage.ja,
    output_mime_type="image/jpeg",
    output_compression_quality=80,
    labels={"team": "studio"},
)
CUSTOMIZED = types.EditImageConfig(edit_mode=types.EditMode.EDIT_MODE_DEFAULT, number_of_images=1, aspect_ratio="9:16")
MASKED = types.EditImageConfig(
    edit_mode=types.EditMode.EDIT_MODE_INPAINT_INSERTION,
    number_of_images=1,
    base_steps=35,
    seed=1,
    add_watermark=False,
    include_safety_attributes=True,
)
PLAIN = types.EditImageConfig(number_of_images=1)
EDITS: dict[str, tuple[str, list[Any], types.EditImageConfig]] = {
    "subject, style and control": (CAPABILITY, [subject(), style(), control()], CUSTOMIZED),
    "own mask": (CAPABILITY, [raw(), own_mask()], MASKED),
    "computed mask": (CAPABILITY, [raw(), computed_mask()], MASKED),
    "no mask": (CAPABILITY, [raw()], PLAIN),
    "content": ("imagen-4.0-ingredients-preview", [content(), style()], CUSTOMIZED),
}
MODES: dict[str, dict[str, Any]] = {
    "FOREGROUND": {},
    "BACKGROUND": {},
    "PROMPT": {"prompt": "a cup, a spoon"},
    "SEMANTIC": {"prompt": "cat, dog"},
    "INTERACTIVE": {"scribble_image": types.ScribbleImage(image=photo(image_file(colour="white")))},
}


def size_of(image: types.Image | None) -> tuple[int, int]:
    assert image is not None
    assert image.image_bytes is not None
    return Image.open(BytesIO(image.image_bytes)).size


def test_generate_images(client: genai.Client) -> None:
    answer = client.models.generate_images(model=GENERATE, prompt="a cup", config=GENERATED)
    assert [size_of(one.image) for one in answer.generated_images or ()] == [(1280, 896)] * 2
    assert all(one.image and one.image.mime_type == "image/jpeg" for one in answer.generated_images or ())
    assert all(one.enhanced_prompt for one in answer.generated_images or ())
    assert all(one.safety_attributes and one.safety_attributes.scores for one in answer.generated_images or ())
    about_prompt = answer.positive_prompt_safety_attributes
    assert about_prompt is not None
    assert about_prompt.content_type == "Positive Prompt"
    assert len(about_prompt.scores or ()) == 12


def test_generate_images_without_any_configuration(client: genai.Client) -> None:
    answer = client.models.generate_images(model=GENERATE, prompt="a cup")
    assert len(answer.generated_images or ()) == 4


@pytest.mark.parametrize("name", EDITS)
def test_edit_image(client: genai.Client, name: str) -> None:
    model, references, config = EDITS[name]
    answer = client.models.edit_image(model=model, prompt="a [1]", reference_images=references, config=config)
    wanted = (768, 1408) if config.aspect_ratio else (48, 32)
    image, *rest = (one.image for one in answer.generated_images or ())
    assert size_of(image) == wanted
    about_prompt = [one for one in rest if one is None or one.image_bytes is None]
    assert len(about_prompt) == len(rest) == int(bool(config.include_safety_attributes))


@pytest.mark.parametrize("factor", ["x2", "x4"])
def test_upscale_image(client: genai.Client, factor: str) -> None:
    config = types.UpscaleImageConfig(enhance_input_image=True, image_preservation_factor=0.6)
    answer = client.models.upscale_image(model=UPSCALE, image=photo(), upscale_factor=factor, config=config)
    (made,) = answer.generated_images or ()
    assert size_of(made.image) == (48 * int(factor[1]), 32 * int(factor[1]))


def recontext_source() -> types.RecontextImageSource:
    products = [types.ProductImage(product_image=photo(image_file(20, 20, "red")))]
    return types.RecontextImageSource(person_image=photo(image_file(60, 90)), product_images=products)


def test_recontext_image(client: genai.Client) -> None:
    config = types.RecontextImageConfig(number_of_images=2, base_steps=32, seed=3, add_watermark=False)
    answer = client.models.recontext_image(model=TRY_ON, source=recontext_source(), config=config)
    assert [size_of(one.image) for one in answer.generated_images or ()] == [(60, 90)] * 2


@pytest.mark.parametrize("mode", MODES)
def test_segment_image(client: genai.Client, mode: str) -> None:
    source = types.SegmentImageSource(image=photo(), **MODES[mode])
    config = types.SegmentImageConfig(mode=types.SegmentMode(mode), mask_dilation=0.02, binary_color_threshold=98)
    answer = client.models.segment_image(model=SEGMENT, source=source, config=config)
    (made,) = answer.generated_masks or ()
    assert size_of(made.mask) == (48, 32)
    assert mode != "FOREGROUND" or [label.label for label in made.labels or ()] == ["foreground"]


def test_every_method_async(base_url: str) -> None:
    source = types.SegmentImageSource(image=photo())
    model, references, config = EDITS["own mask"]
    one = types.RecontextImageConfig(number_of_images=1)

    async def call_all() -> list[tuple[int, int]]:
        async with client_of(base_url).aio as client:
            models = client.models
            answers = await asyncio.gather(
                models.generate_images(model=GENERATE, prompt="a cup", config=GENERATED),
                models.edit_image(model=model, prompt="a cup", reference_images=references, config=config),
                models.upscale_image(model=UPSCALE, image=photo(), upscale_factor="x3"),
                models.recontext_image(model=TRY_ON, source=recontext_source(), config=one),
            )
            masks = await models.segment_image(model=SEGMENT, source=source)
        images = [(answer.generated_images or [])[0].image for answer in answers]
        return [size_of(image) for image in (*images, (masks.generated_masks or [])[0].mask)]

    assert asyncio.run(call_all()) == [(1280, 896), (48, 32), (144, 96), (60, 90), (48, 32)]


def test_filtered_images_are_told(client: genai.Client) -> None:
    config = types.GenerateImagesConfig(number_of_images=2, include_rai_reason=True)
    answer = client.models.generate_images(model=GENERATE, prompt="__filtered__", config=config)
    (only,) = answer.generated_images or ()
    assert only.image is None or only.image.image_bytes is None
    assert "39322892" in str(only.rai_filtered_reason)
    silent = client.models.generate_images(model=GENERATE, prompt="__filtered__")
    assert not silent.generated_images


def test_refusals_are_errors_of_the_client(client: genai.Client) -> None:
    config = types.GenerateImagesConfig(seed=1)
    with pytest.raises(errors.ClientError) as caught:
        client.models.generate_images(model=GENERATE, prompt="a cup", config=config)
    assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")
    assert str(caught.value.message).endswith("Seed is not supported when watermark is enabled.")


def test_faults_are_errors_of_the_server_and_tried_again() -> None:
    retry = types.HttpRetryOptions(attempts=10, initial_delay=0.01, jitter=0.01)
    with serving("--quiet", "--fault", "503:0.4") as (url, _process), client_of(url) as client:
        options = types.HttpOptions(base_url=url, retry_options=retry)
        config = types.GenerateImagesConfig(number_of_images=1, http_options=options)
        for number in range(8):
            answer = client.models.generate_images(model=GENERATE, prompt=f"cup {number}", config=config)
            assert answer.generated_images
        assert set(httpx.get(url).json()["counters"]["requests"][GENERATE]) == {"200", "503"}


def test_fault_that_stays_is_an_error_of_the_server() -> None:
    with (
        serving("--quiet", "--fault", "503") as (url, _process),
        client_of(url) as client,
        pytest.raises(errors.ServerError),
    ):
        client.models.generate_images(model=GENERATE, prompt="a cup")
