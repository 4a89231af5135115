"""What clients really send is understood, and what the service ignores is ignored."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from emulated import (
    CAPABILITY,
    GENERATE,
    RECONTEXT,
    SEGMENT,
    TRY_ON,
    UPSCALE,
    Body,
    Emulator,
    changed,
    customize,
    edit,
    generate,
    image_file,
    inline,
    picture,
    predictions,
    recontext,
    reference,
    segment,
    try_on,
    upscale,
)

OFF = {"addWatermark": False}
DOGLIKE = {"subjectType": "SUBJECT_TYPE_ANIMAL", "subjectDescription": "a dog"}
CONTROL = {"controlType": "CONTROL_TYPE_CANNY"}

UNDERSTOOD: dict[str, tuple[str, Body]] = {
    "nothing but a prompt": (GENERATE, {"instances": [{"prompt": "a cup"}]}),
    "instance without a list": (GENERATE, {"instances": {"prompt": "a cup"}}),
    "null for what is absent": (GENERATE, generate(seed=None, outputOptions=None)),
    "whole number as a fraction": (GENERATE, generate(sampleCount=1.0)),
    "labels": (GENERATE, {**generate(), "labels": {"team": "studio"}}),
    "empty labels": (GENERATE, {**generate(), "labels": {}}),
    "upper case": (GENERATE, generate(safetySetting="BLOCK_ONLY_HIGH", personGeneration="ALLOW_ADULT")),
    "older safety level": (GENERATE, generate(safetySetting="block_some")),
    "size in lower case": (GENERATE, generate(sampleImageSize="2k")),
    "language in lower case": (GENERATE, generate(language="zh-tw")),
    "seed of 32 bits": (GENERATE, generate(seed=2**32 - 1, **OFF)),
    "seed as digits": (GENERATE, generate(seed="1", **OFF)),
    "seed where the watermark is off by default": ("imagegeneration@002", generate(seed=1)),
    "rewriter off where there is none": ("imagen-3.0-generate-001", generate(enhancePrompt=False)),
    "negative prompt that may be ignored": (GENERATE, generate(negativePrompt="text")),
    "unknown members": (GENERATE, {**generate(sampleCuont=9, x={"y": [None]}), "more": 1}),
    "try-on steps in the older place": (TRY_ON, try_on(editConfig={"baseSteps": 32})),
    "eight samples": ("imagegeneration@002", generate(sampleCount=8)),
    "upscaling of the oldest, by size": (
        "imagegeneration@002",
        {
            "instances": [{"prompt": "", "image": inline(image_file(1024, 1024))}],
            "parameters": {"sampleCount": 1, "mode": "upscale", "sampleImageSize": "2048"},
        },
    ),
    "no referenceId": (
        CAPABILITY,
        changed(edit(), "instances.0.referenceImages.1.referenceId", None),
    ),
    "referenceId 0": (CAPABILITY, customize(reference("raw", 0))),
    "referenceId -1": (CAPABILITY, customize(reference("raw", -1))),
    "mask without a mode": (
        CAPABILITY,
        edit(reference("mask", 2, image_file(colour="white"))),
    ),
    "computed mask": (
        CAPABILITY,
        edit(changed(reference("mask", 2, maskMode="MASK_MODE_BACKGROUND"), "referenceImage", None)),
    ),
    "no prompt of an edit": (CAPABILITY, changed(edit(), "instances.0.prompt", None)),
    "steps beside editConfig": (CAPABILITY, edit(baseSteps=35)),
    "four images of one subject": (CAPABILITY, customize(*[reference("subject", 1, **DOGLIKE)] * 4)),
    "content": ("imagen-4.0-ingredients-preview", customize(reference("content", 1), aspectRatio="9:16")),
    "control as Firebase's client for Android sends it": (
        CAPABILITY,
        customize({**reference("control", 1), "controlConfig": {**CONTROL, "enableControlImageComputation": True}}),
    ),
    "super pixels": (CAPABILITY, customize(reference("control", 1, controlType="CONTROL_TYPE_COLOR_SUPERPIXEL"))),
    "GIF": (CAPABILITY, customize(reference("raw", 1, image_file(kind="GIF")))),
    "BMP": (CAPABILITY, customize(reference("raw", 1, image_file(kind="BMP")))),
    "upscaling without a mode": (UPSCALE, changed(upscale(), "parameters.mode", None)),
    "upscaling with a prompt": (UPSCALE, changed(upscale(), "instances.0.prompt", "")),
    "three products": (RECONTEXT, recontext(3)),
    "recontext without a prompt": (RECONTEXT, changed(recontext(), "instances.0.prompt", None)),
    "try-on prompt": (TRY_ON, changed(try_on(), "instances.0.prompt", "rolled sleeves")),
    "mask of a garment": (TRY_ON, changed(try_on(), "instances.0.productImages.0.maskImage", inline())),
    "mode in lower case": (SEGMENT, segment("background")),
    "threshold off": (SEGMENT, changed(segment(), "parameters.binaryColorThreshold", -1)),
}


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return Emulator()


@pytest.mark.parametrize("padded", [True, False], ids=["padded", "bare"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode], ids=["standard", "URL-safe"])
def test_base64_is_taken_as_proto3_json_takes_it(emulator: Emulator, encode: Any, padded: bool) -> None:
    for more in range(3):
        data = image_file() + b"\xfb\xff\xfe" * 3 + bytes(more)
        text = encode(data).decode()
        image = {"bytesBase64Encoded": text if padded else text.rstrip("=")}
        answer = emulator.post(UPSCALE, changed(upscale(), "instances.0.image", image))
        assert answer.content == emulator.post(UPSCALE, upscale(data)).content
        assert predictions(answer)


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_what_clients_send_is_answered_with_images(emulator: Emulator, name: str) -> None:
    model, body = UNDERSTOOD[name]
    assert predictions(emulator.post(model, body))


def test_both_versions_of_the_api_answer_alike(emulator: Emulator) -> None:
    answers = [emulator.post(GENERATE, generate(), version=version) for version in ("v1", "v1beta1")]
    assert answers[0].content == answers[1].content


def test_model_id_may_be_escaped(emulator: Emulator) -> None:
    assert predictions(emulator.post("imagegeneration%40006", generate()))


def test_place_of_a_model_that_has_no_list_of_regions_does_not_matter(emulator: Emulator) -> None:
    assert predictions(emulator.post(GENERATE, generate(), location="europe-west6"))
    assert predictions(emulator.post(TRY_ON, try_on(), location="local"))


def test_computation_has_two_names(emulator: Emulator) -> None:
    def post(**config: Any) -> int:
        control = changed(reference("control", 2, **CONTROL, **config), "referenceImage", None)
        return emulator.post(CAPABILITY, customize(reference("raw", 1), control)).status_code

    assert (post(), post(computeControl=True), post(enableControlImageComputation=True)) == (400, 200, 200)


def test_subjects_and_styles_may_be_spelt_in_snake_case(emulator: Emulator) -> None:
    def post(subject: Body, style: Body) -> int:
        return emulator.post(CAPABILITY, customize(subject, style)).status_code

    style = reference("style", 2, style_description="pop art")
    assert post(reference("subject", 1, subject_type="SUBJECT_TYPE_ANIMAL", subject_description="a dog"), style) == 200
    assert post(reference("subject", 1, subject_type="SUBJECT_TYPE_ROBOT"), style) == 400


def test_input_picture_may_have_more_pixels_than_the_answer(emulator: Emulator) -> None:
    (made,) = predictions(
        emulator.post(CAPABILITY, customize(reference("subject", 1, image_file(3000, 40), **DOGLIKE)))
    )
    assert picture(made).size == (1024, 1024)
