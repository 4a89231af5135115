"""What google-genai really sends, every method with every option, survives import and compile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from recording_service import Recorded, recording
from round_trip import compiled, mask, picture

from imagenspec.importing.convert import Wish
from imagenspec.importing.run import import_files, output_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.filterwarnings("ignore:The .* method is deprecated")

GENERATE, CAPABILITY = "imagen-4.0-generate-001", "imagen-3.0-capability-001"
LABELS = {"team": "studio"}
IN_STORAGE = types.Image(gcs_uri="gs://bucket/a.png", mime_type="image/png")


def photo(shade: int = 90) -> types.Image:
    return types.Image(image_bytes=picture("JPEG", shade), mime_type="image/jpeg")


def own_mask() -> types.Image:
    return types.Image(image_bytes=mask(), mime_type="image/png")


COMMON: dict[str, Any] = {
    "output_gcs_uri": "gs://bucket/out/",
    "number_of_images": 2,
    "safety_filter_level": types.SafetyFilterLevel.BLOCK_ONLY_HIGH,
    "person_generation": types.PersonGeneration.ALLOW_ADULT,
    "output_mime_type": "image/jpeg",
    "output_compression_quality": 80,
    "add_watermark": False,
    "seed": 7,
    "labels": LABELS,
}
WORDS: dict[str, Any] = {
    "negative_prompt": "blur",
    "aspect_ratio": "9:16",
    "guidance_scale": 15.0,
    "include_safety_attributes": True,
    "include_rai_reason": True,
    "language": types.ImagePromptLanguage.ja,
}
CONFIGS: dict[type[Any], Any] = {
    types.GenerateImagesConfig: types.GenerateImagesConfig(**COMMON, **WORDS, image_size="2K", enhance_prompt=False),
    types.EditImageConfig: types.EditImageConfig(
        **COMMON, **WORDS, edit_mode=types.EditMode.EDIT_MODE_DEFAULT, base_steps=35
    ),
    types.UpscaleImageConfig: types.UpscaleImageConfig(
        **{key: COMMON[key] for key in COMMON if key not in ("number_of_images", "add_watermark", "seed")},
        include_rai_reason=True,
        enhance_input_image=True,
        image_preservation_factor=0.6,
    ),
    types.RecontextImageConfig: types.RecontextImageConfig(**COMMON, base_steps=32, enhance_prompt=False),
    types.SegmentImageConfig: types.SegmentImageConfig(
        mode=types.SegmentMode.PROMPT,
        max_predictions=3,
        confidence_threshold=0.5,
        mask_dilation=0.0,
        binary_color_threshold=98.0,
        labels=LABELS,
    ),
}


def of(kind: type[Any], number: int, image: types.Image | None, config: Any = None) -> Any:
    return kind(reference_id=number, reference_image=image, **({} if config is None else {"config": config}))


def subject(number: int, shade: int) -> Any:
    kind = types.SubjectReferenceType.SUBJECT_TYPE_PERSON
    config = types.SubjectReferenceConfig(subject_type=kind, subject_description="a man with short hair")
    return of(types.SubjectReferenceImage, number, photo(shade), config)


STYLE = of(types.StyleReferenceImage, 2, photo(1), types.StyleReferenceConfig(style_description="neon"))
CONTROL = of(
    types.ControlReferenceImage,
    3,
    photo(2),
    types.ControlReferenceConfig(
        control_type=types.ControlReferenceType.CONTROL_TYPE_FACE_MESH, enable_control_image_computation=True
    ),
)
RAW = of(types.RawReferenceImage, 0, photo())


def masked(mode: str, image: types.Image | None, **more: Any) -> Any:
    config = types.MaskReferenceConfig(mask_mode=types.MaskReferenceMode(mode), mask_dilation=0.0, **more)
    return of(types.MaskReferenceImage, 1, image, config)


EDITS: dict[str, list[Any]] = {
    "two pictures of a subject, style, control": [subject(1, 10), subject(1, 20), STYLE, CONTROL],
    "mask of one's own": [RAW, masked("MASK_MODE_USER_PROVIDED", own_mask())],
    "mask of classes": [RAW, masked("MASK_MODE_SEMANTIC", None, segmentation_classes=[7, 8])],
    "nothing but the image": [RAW],
    "content": [of(types.ContentReferenceImage, 1, photo(3)), STYLE],
    "in Cloud Storage": [of(types.StyleReferenceImage, 1, IN_STORAGE)],
}
PLAIN_EDIT = types.EditImageConfig(edit_mode=types.EditMode.EDIT_MODE_INPAINT_INSERTION)


def calls() -> Iterator[tuple[str, Callable[[genai.Client], Any]]]:
    """Yield every method with every option, and with none."""
    every = CONFIGS.values()
    generated, edited, upscaled, recontexted, segmented = every
    yield "generate", lambda one: one.models.generate_images(model=GENERATE, prompt="a {{ cup }}", config=generated)
    yield "generate plainly", lambda one: one.models.generate_images(model=GENERATE, prompt="a cup")
    for name, references in EDITS.items():
        for config in (edited, PLAIN_EDIT, None):
            given: dict[str, Any] = {"model": CAPABILITY, "prompt": "a man [1]", "reference_images": references}
            label = f"edit, {name}, {'every option' if config is edited else 'few' if config else 'no option'}"
            yield label, lambda one, given=given, config=config: one.models.edit_image(**given, config=config)
    upscale: dict[str, Any] = {"model": "imagen-4.0-upscale-preview", "upscale_factor": "x4"}
    yield "upscale", lambda one: one.models.upscale_image(**upscale, image=photo(), config=upscaled)
    yield "upscale plainly", lambda one: one.models.upscale_image(**upscale, image=IN_STORAGE)
    products = [types.ProductImage(product_image=photo(4))]
    worn = types.RecontextImageSource(person_image=photo(5), product_images=products)
    yield "try on", lambda one: one.models.recontext_image(model="virtual-try-on-001", source=worn, config=recontexted)
    shown = types.RecontextImageSource(prompt="on a table", product_images=products * 3)
    recontext = "imagen-product-recontext-preview-06-30"
    yield "recontext", lambda one: one.models.recontext_image(model=recontext, source=shown, config=recontexted)
    yield "recontext plainly", lambda one: one.models.recontext_image(model=recontext, source=shown)
    found = types.SegmentImageSource(
        prompt="a cup", image=photo(), scribble_image=types.ScribbleImage(image=own_mask())
    )
    segment = "image-segmentation-001"
    yield "segment", lambda one: one.models.segment_image(model=segment, source=found, config=segmented)
    bare = types.SegmentImageSource(image=photo())
    yield "segment plainly", lambda one: one.models.segment_image(model=segment, source=bare)


@pytest.fixture(scope="module")
def sent() -> dict[str, Recorded]:
    """Return what the client sends for every call."""
    with recording() as (url, kept):
        client = genai.Client(
            vertexai=True,
            project="p",
            location="us-central1",
            credentials=Credentials("a-token"),  # type: ignore[no-untyped-call]
            http_options=types.HttpOptions(base_url=url),
        )
        names = []
        with client:
            for name, call in calls():
                call(client)
                names.append(name)
    return dict(zip(names, kept, strict=True))


def test_every_option_is_set() -> None:
    for kind, config in CONFIGS.items():
        unset = {name for name in kind.model_fields if getattr(config, name) is None}
        assert unset == {"http_options"}, kind


def documented(value: Any) -> Any:
    """Return what the client sends in the spelling of the documentation."""
    if isinstance(value, list):
        return [documented(item) for item in value]
    if not isinstance(value, dict):
        return value
    names = {
        "computeControl": "enableControlImageComputation",
        **{f"{kind}_description": f"{kind}Description" for kind in ("subject", "style")},
        "subject_type": "subjectType",
    }
    folded = ("safetySetting", "personGeneration")
    return {
        names.get(name, name): child.lower() if name in folded else documented(child) for name, child in value.items()
    }


NAMES = [name for name, _ in calls()]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sent_comes_out(sent: dict[str, Recorded], name: str, tmp_path: Path) -> None:
    """By a curl command with the URL that the client used: task and model come from it."""
    path, body = sent[name]
    (tmp_path / "body.json").write_bytes(body)
    (tmp_path / "call.sh").write_text(f"curl -X POST -d @body.json 'https://host{path}'\n", "utf-8")
    call = str(tmp_path / "call.sh")
    [plain] = import_files([call], output_of(str(tmp_path), force=False), Wish())
    assert not [note for note in plain.notes if "--model" in note]
    assert compiled(Path(plain.name)) == documented(json.loads(body))
    [exact] = import_files([call], output_of(str(tmp_path / "exact"), force=False), Wish(exact=True))
    assert json.dumps(compiled(Path(exact.name))) == json.dumps(json.loads(body))


def test_client_sends_the_spellings_that_need_understanding(sent: dict[str, Recorded]) -> None:
    everything = b"".join(one.body for one in sent.values())
    for spelling in (b"computeControl", b"subject_type", b"style_description", b"BLOCK_ONLY_HIGH", b"_CONTENT"):
        assert spelling in everything
