"""What is documented to be refused is refused: code, status and member; the wording is our own and says so."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

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
    error,
    fields,
    generate,
    image_file,
    inline,
    is_marked,
    recontext,
    reference,
    segment,
    try_on,
    upscale,
)

REFERENCES = "instances[0].referenceImages"
PERSON = {"subjectType": "SUBJECT_TYPE_PERSON"}
CAT = reference("subject", 1, subjectType="SUBJECT_TYPE_ANIMAL", subjectDescription="a cat")
DOG = reference("subject", 1, subjectType="SUBJECT_TYPE_ANIMAL", subjectDescription="a dog")
MESH = {"controlType": "CONTROL_TYPE_FACE_MESH", "enableControlImageComputation": True}
SCRIBBLE = {"image": inline(image_file(colour="black"))}
INLINE_IMAGE = "instances[0].image.bytesBase64Encoded"
OUTPAINTING = "parameters.editConfig.outpaintingConfig"


class Wrong(NamedTuple):
    """A request, and the member that its refusal names first."""

    model: str
    body: Any
    field: str | None
    code: int = 400


def described(name: str, value: Any, model: str = GENERATE, body: Body | None = None) -> Wrong:
    """Return a request with a value of a parameter that is not documented."""
    return Wrong(model, changed(body or generate(), f"parameters.{name}", value), f"parameters.{name}")


def imaged(**image: Any) -> Wrong:
    """Return a request with another object in the place of an image."""
    field = f"{REFERENCES}[0].referenceImage.{next(iter(image))}"
    body = changed(customize(reference("raw", 1)), "instances.0.referenceImages.0.referenceImage", image)
    return Wrong(CAPABILITY, body, field)


def configured(kind: str, name: str, value: Any, **config: Any) -> Wrong:
    """Return a request with a value of a reference's configuration that is not documented."""
    mask = reference(kind, 2, image_file(), **config, **{name: value})
    body = customize(reference("raw", 1), mask)
    return Wrong(CAPABILITY, body, f"{REFERENCES}[1].{kind}ImageConfig.{name.partition('[')[0]}")


def image_text() -> str:
    """Return the base64 of a picture."""
    return inline(image_file(200, 200))["bytesBase64Encoded"]


WRONG = {
    "unknown model": Wrong("imagen-9", generate(), "model", 404),
    "model of an older form": Wrong("imagetext@001", generate(), "model", 404),
    "no JSON": Wrong(GENERATE, b"{", None),
    "not UTF-8": Wrong(GENERATE, b'{"instances": [{"prompt": "\xff"}]}', None),
    "NaN": Wrong(GENERATE, b'{"instances": [{"prompt": "a"}], "parameters": {"guidanceScale": NaN}}', None),
    "infinite number": Wrong(GENERATE, b'{"instances": [{"prompt": "a"}], "x": 1e999}', None),
    "half a character": Wrong(GENERATE, b'{"instances": [{"prompt": "\\ud800"}]}', None),
    "thousands of brackets": Wrong(GENERATE, b"[" * 100_000, None),
    "half a character alone": Wrong(GENERATE, b'"\\ud800"', None),
    "half a character as a name": Wrong(GENERATE, b'{"instances": [{"prompt": "a"}], "labels": {"\\udfff": 1}}', None),
    "GIF of another task than edits": Wrong(UPSCALE, upscale(image_file(kind="GIF")), INLINE_IMAGE),
    "BMP of another task than edits": Wrong(UPSCALE, upscale(image_file(kind="BMP")), INLINE_IMAGE),
    "GIF of a person": Wrong(
        TRY_ON,
        changed(try_on(), "instances.0.personImage.image", inline(image_file(kind="GIF"))),
        "instances[0].personImage.image.bytesBase64Encoded",
    ),
    "type of another task than edits": Wrong(
        UPSCALE,
        changed(upscale(), "instances.0.image.mimeType", "image/gif"),
        "instances[0].image.mimeType",
    ),
    "a list": Wrong(GENERATE, [generate()], None),
    "no instances": Wrong(GENERATE, {"parameters": {}}, "instances"),
    "instances empty": Wrong(GENERATE, {"instances": []}, "instances"),
    "instances as text": Wrong(GENERATE, {"instances": "a cup"}, "instances"),
    "instance as text": Wrong(GENERATE, {"instances": ["a cup"]}, "instances[0]"),
    "two instances": Wrong(GENERATE, {"instances": [{"prompt": "a"}, {"prompt": "b"}]}, "instances"),
    "parameters as a list": Wrong(GENERATE, {"instances": [{"prompt": "a"}], "parameters": []}, "parameters"),
    "labels as text": Wrong(GENERATE, {**generate(), "labels": "team"}, "labels"),
    "label as a number": Wrong(GENERATE, {**generate(), "labels": {"team": 1}}, "labels.team"),
    "no prompt": Wrong(GENERATE, changed(generate(), "instances.0.prompt", None), "instances[0].prompt"),
    "empty prompt": Wrong(GENERATE, generate(""), "instances[0].prompt"),
    "prompt as a list": Wrong(GENERATE, changed(generate(), "instances.0.prompt", ["a"]), "instances[0].prompt"),
    "person for a generating model": Wrong(
        GENERATE, changed(generate(), "instances.0.personImage", {"image": inline()}), "instances[0].personImage"
    ),
    "products for a generating model": Wrong(GENERATE, recontext(), "instances[0].productImages"),
    "image for a generating model": Wrong(GENERATE, upscale(), "instances[0].image"),
    "text alone for a capability model": Wrong(CAPABILITY, generate(), REFERENCES),
    "try-on for recontext": Wrong(RECONTEXT, try_on(), "instances[0].personImage"),
    "upscaling for segmentation": Wrong(SEGMENT, upscale(), "parameters.mode"),
    "segmentation for upscaling": Wrong(UPSCALE, segment("BACKGROUND"), "parameters.mode"),
    "no samples": described("sampleCount", 0),
    "too many samples": described("sampleCount", 5),
    "samples as text": described("sampleCount", "4"),
    "half a sample": described("sampleCount", 1.5),
    "true samples": described("sampleCount", True),
    "two samples of a preview": described("sampleCount", 2, "imagen-4.0-ultra-generate-preview-06-06"),
    "nine samples of the oldest": described("sampleCount", 9, "imagegeneration@002"),
    "two samples of upscaling": described("sampleCount", 2, UPSCALE, upscale()),
    "negative seed": described("seed", -1),
    "seed of 33 bits": described("seed", 2**32),
    "seed as a word": described("seed", "many"),
    "watermark as text": described("addWatermark", "false"),
    "rewriter as a number": described("enhancePrompt", 1),
    "rewriter of a model without": described("enhancePrompt", True, "imagen-3.0-generate-001"),
    "size of another model": described("sampleImageSize", "1K", "imagen-3.0-generate-002"),
    "unknown size": described("sampleImageSize", "8K"),
    "style of another model": described("sampleImageStyle", "photograph", "imagen-3.0-generate-001"),
    "unknown language": described("language", "tlh"),
    "language of other models": described("language", "pt", "imagegeneration@006"),
    "unknown persons": described("personGeneration", "everybody"),
    "guidance as text": described("guidanceScale", "high"),
    "negative prompt as a list": described("negativePrompt", ["a"], "imagen-3.0-generate-001"),
    "storage elsewhere": described("storageUri", "s3://bucket/cups"),
    "storage without a slash": described("storageUri", "gs://bucket"),
    "unknown type": described("outputOptions.mimeType", "image/heic"),
    "quality above": described("outputOptions", {"mimeType": "image/jpeg", "compressionQuality": 101})._replace(
        field="parameters.outputOptions.compressionQuality"
    ),
    "quality of PNG": described("outputOptions.compressionQuality", 80),
    "output as text": described("outputOptions", "image/png"),
    "reasons as text": described("includeRaiReason", "yes"),
    "attributes as text": described("includeSafetyAttributes", "yes"),
    "aspect ratio beside a mask": described("aspectRatio", "1:1", CAPABILITY, edit()),
    "unknown edit mode": described("editMode", "EDIT_MODE_ERASE", CAPABILITY, edit()),
    "edit mode in lower case": described("editMode", "inpaint_insertion", CAPABILITY, edit()),
    "steps as text": described("editConfig.baseSteps", "75", CAPABILITY, edit()),
    "expansion above": described(f"{OUTPAINTING[11:]}.expansionConfig.top", 501, CAPABILITY, edit()),
    "blending above": described(f"{OUTPAINTING[11:]}.blendingFactor", 1.5, CAPABILITY, edit()),
    "unknown blending": described(f"{OUTPAINTING[11:]}.blendingMode", "soft", CAPABILITY, edit()),
    "no reference type": Wrong(
        CAPABILITY,
        changed(customize(CAT), "instances.0.referenceImages.0.referenceType", None),
        f"{REFERENCES}[0].referenceType",
    ),
    "unknown reference type": Wrong(
        CAPABILITY,
        changed(customize(CAT), "instances.0.referenceImages.0.referenceType", "REFERENCE_TYPE_CAT"),
        f"{REFERENCES}[0].referenceType",
    ),
    "reference id as text": Wrong(
        CAPABILITY,
        changed(customize(CAT), "instances.0.referenceImages.0.referenceId", "1"),
        f"{REFERENCES}[0].referenceId",
    ),
    "references as an object": Wrong(
        CAPABILITY, changed(customize(CAT), "instances.0.referenceImages", CAT), REFERENCES
    ),
    "five references": Wrong(CAPABILITY, customize(*[CAT] * 5), REFERENCES),
    "two raw images": Wrong(
        CAPABILITY, customize(reference("raw", 1), reference("raw", 2)), f"{REFERENCES}[1].referenceType"
    ),
    "two masks": Wrong(
        CAPABILITY,
        customize(
            *edit()["instances"][0]["referenceImages"],
            reference("mask", 3, maskMode="MASK_MODE_USER_PROVIDED"),
            editMode="EDIT_MODE_BGSWAP",
        ),
        f"{REFERENCES}[2].referenceType",
    ),
    "a style beside a mask": Wrong(
        CAPABILITY,
        customize(
            *edit()["instances"][0]["referenceImages"], reference("style", 3), editMode="EDIT_MODE_INPAINT_REMOVAL"
        ),
        f"{REFERENCES}[2].referenceType",
    ),
    "mask without a raw image": Wrong(
        CAPABILITY,
        customize(reference("mask", 1, maskMode="MASK_MODE_USER_PROVIDED")),
        f"{REFERENCES}[0].referenceType",
    ),
    "one id of two subjects": Wrong(CAPABILITY, customize(CAT, DOG), f"{REFERENCES}[1].referenceId"),
    "one id of two kinds": Wrong(CAPABILITY, customize(CAT, reference("style", 1)), f"{REFERENCES}[1].referenceId"),
    "no subject type": Wrong(
        CAPABILITY, customize(reference("subject", 1)), f"{REFERENCES}[0].subjectImageConfig.subjectType"
    ),
    "no control type": Wrong(
        CAPABILITY, customize(reference("control", 1)), f"{REFERENCES}[0].controlImageConfig.controlType"
    ),
    "unknown subject": configured("subject", "subjectType", "SUBJECT_TYPE_ROBOT"),
    "unknown control": configured("control", "controlType", "CONTROL_TYPE_DEPTH"),
    "computation as text": configured(
        "control", "enableControlImageComputation", "yes", controlType="CONTROL_TYPE_CANNY"
    ),
    "unknown mask mode": configured("mask", "maskMode", "MASK_MODE_MAGIC"),
    "dilation above": configured("mask", "dilation", 1.5, maskMode="MASK_MODE_FOREGROUND"),
    "dilation below": configured("mask", "dilation", -0.1, maskMode="MASK_MODE_FOREGROUND"),
    "six classes": configured("mask", "maskClasses", [1, 2, 3, 4, 5, 6], maskMode="MASK_MODE_SEMANTIC"),
    "classes as a number": configured("mask", "maskClasses", 8, maskMode="MASK_MODE_SEMANTIC"),
    "class 194": configured("mask", "maskClasses", [8, 194], maskMode="MASK_MODE_SEMANTIC")._replace(
        field=f"{REFERENCES}[1].maskImageConfig.maskClasses[1]"
    ),
    "two face meshes": Wrong(
        CAPABILITY, customize(reference("control", 1, **MESH), reference("control", 2, **MESH)), f"{REFERENCES}[1]"
    ),
    "four persons beside a mesh": Wrong(
        "imagen-4.0-ingredients-preview",
        customize(*[reference("subject", 1, **PERSON)] * 4, reference("control", 2, **MESH)),
        f"{REFERENCES}[3]",
    ),
    "mask of another size": Wrong(
        CAPABILITY,
        edit(reference("mask", 2, image_file(8, 8), maskMode="MASK_MODE_USER_PROVIDED")),
        f"{REFERENCES}[1].referenceImage.bytesBase64Encoded",
    ),
    "control of another size": Wrong(
        CAPABILITY,
        customize(reference("raw", 1), reference("control", 2, image_file(8, 8), controlType="CONTROL_TYPE_CANNY")),
        f"{REFERENCES}[1].referenceImage.bytesBase64Encoded",
    ),
    "image as text": Wrong(
        CAPABILITY,
        changed(customize(CAT), "instances.0.referenceImages.0.referenceImage", "cat.png"),
        f"{REFERENCES}[0].referenceImage",
    ),
    "base64 that is none": imaged(bytesBase64Encoded="no base64!"),
    "base64 as a number": imaged(bytesBase64Encoded=5),
    "data URL": imaged(bytesBase64Encoded=f"data:image/png;base64,{inline()['bytesBase64Encoded']}"),
    "not an image": imaged(**inline(b"these are words, not pixels")),
    "damaged image": imaged(**inline(image_file()[:20])),
    "image of another type": imaged(**inline(image_file(kind="WEBP"))),
    "too many bytes": imaged(**inline(image_file() + bytes(10 * 1024 * 1024))),
    "bytes and URI": imaged(**inline(), gcsUri="gs://bucket/a.png"),
    "URI of another kind": imaged(gcsUri="https://example.com/a.png"),
    "URI without an object": imaged(gcsUri="gs://bucket"),
    "stated type of another kind": imaged(mimeType="image/heic", **inline()),
    "no image to upscale": Wrong(
        UPSCALE, changed(upscale(), "instances.0.image", {"mimeType": 5}), "instances[0].image"
    ),
    "too many pixels": Wrong(UPSCALE, upscale(image_file(2100, 2100)), "parameters.upscaleConfig.upscaleFactor"),
    "preservation as text": described("upscaleConfig.imagePreservationFactor", "x", UPSCALE, upscale()),
    "too many bytes for try-on": Wrong(
        TRY_ON,
        changed(try_on(), "instances.0.personImage.image", inline(image_file() + bytes(7 * 1024 * 1024))),
        "instances[0].personImage.image.bytesBase64Encoded",
    ),
    "unknown place of a garment": Wrong(
        TRY_ON,
        changed(try_on(), "instances.0.productImages.0.productImageConfig", {"maskMode": "MASK_MODE_SLEEVE"}),
        "instances[0].productImages[0].productImageConfig.maskMode",
    ),
    "no steps of try-on": described("baseSteps", 0, TRY_ON, try_on()),
    "four products": Wrong(RECONTEXT, recontext(4), "instances[0].productImages"),
    "no products": Wrong(RECONTEXT, recontext(0), "instances[0].productImages"),
    "unknown segmentation": Wrong(SEGMENT, segment("ENTITY"), "parameters.mode"),
    "prompt of the foreground": Wrong(SEGMENT, segment(prompt="a cup"), "instances[0].prompt"),
    "scribble of the background": Wrong(SEGMENT, segment("BACKGROUND", scribble=SCRIBBLE), "instances[0].scribble"),
    "scribble beside words": Wrong(SEGMENT, segment("PROMPT", prompt="a", scribble=SCRIBBLE), "instances[0].scribble"),
    "no words to look for": Wrong(SEGMENT, segment("PROMPT"), "instances[0].prompt"),
    "no classes to look for": Wrong(SEGMENT, segment("SEMANTIC"), "instances[0].prompt"),
    "no scribble": Wrong(SEGMENT, segment("INTERACTIVE"), "instances[0].scribble"),
    "scribble of another size": Wrong(
        SEGMENT, segment("INTERACTIVE", scribble={"image": inline(image_file(8, 8))}), "instances[0].scribble.image"
    ),
    "scribble as JPEG": Wrong(
        SEGMENT,
        segment("INTERACTIVE", scribble={"image": inline(image_file(kind="JPEG"))}),
        "instances[0].scribble.image",
    ),
    "confidence above": described("confidenceThreshold", 1.5, SEGMENT, segment()),
    "dilation of a mask above": described("maskDilation", 2, SEGMENT, segment()),
    "threshold of 255": described("binaryColorThreshold", 255, SEGMENT, segment()),
    "threshold of 0": described("binaryColorThreshold", 0, SEGMENT, segment()),
    "predictions as text": described("maxPredictions", "3", SEGMENT, segment()),
}


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return Emulator()


@pytest.mark.parametrize("name", WRONG)
def test_member_that_is_wrong_is_named(emulator: Emulator, name: str) -> None:
    wrong = WRONG[name]
    response = emulator.post(wrong.model, wrong.body)
    assert response.status_code == wrong.code, response.text[:500]
    assert error(response)["status"] == {400: "INVALID_ARGUMENT", 404: "NOT_FOUND"}[wrong.code]
    assert fields(response)[:1] == ([] if wrong.field is None else [wrong.field])
    if "No uri or raw bytes" not in response.text:
        assert is_marked(response)


def test_no_refusal_repeats_base64(emulator: Emulator) -> None:
    for wrong in WRONG.values():
        assert len(emulator.post(wrong.model, wrong.body).content) < 2000


@pytest.mark.parametrize("text", ["a" * 1_000_000, image_text()], ids=["letters", "base64"])
def test_no_refusal_repeats_a_long_value(emulator: Emulator, text: str) -> None:
    raw = customize(reference("raw", 1))
    bodies = [
        *((GENERATE, generate(**{name: text})) for name in ("aspectRatio", "sampleImageSize", "language", "seed")),
        (GENERATE, generate(outputOptions={"mimeType": text})),
        (GENERATE, {**generate(), "labels": {text: 1}}),
        (GENERATE, {**generate(), "labels": text}),
        (GENERATE, {"instances": text}),
        (GENERATE, text),
        (CAPABILITY, changed(raw, "instances.0.referenceImages.0.referenceType", text)),
        (CAPABILITY, changed(raw, "instances.0.referenceImages.0.referenceImage", {**inline(), "mimeType": text})),
        (SEGMENT, segment(text)),
        (UPSCALE, changed(upscale(), "parameters.mode", text)),
        ("imagegeneration@002", changed(upscale(), "parameters", {"mode": "upscale", "sampleImageSize": text})),
    ]
    for model, body in bodies:
        response = emulator.post(model, body)
        assert response.status_code == 400
        assert len(response.content) < 2500, response.text[:200]
        assert text[:100] not in response.json()["error"]["message"]


def test_error_that_nobody_has_foreseen_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    emulator = Emulator(quota="no rate")
    for response in (emulator.post(GENERATE, generate()), emulator.request("GET", "/")):
        assert (response.status_code, error(response)["status"]) == (500, "INTERNAL")
        assert is_marked(response)
    lines = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [line.partition(": ")[0] for line in lines] == [f'"{GENERATE}" failed', '"GET /" failed']


@pytest.mark.parametrize("location", ["global", "europe-west6"])
def test_location_that_does_not_serve_a_model_is_named(emulator: Emulator, location: str) -> None:
    response = emulator.post(TRY_ON, try_on(), location=location)
    assert (response.status_code, fields(response)) == (404, ["location"])
    assert is_marked(response)


def test_project_that_is_not_on_the_list_may_not_use_what_is_for_listed_ones(emulator: Emulator) -> None:
    for name, value in (("personGeneration", "allow_all"), ("safetySetting", "block_none")):
        assert emulator.post(GENERATE, generate(**{name: value})).status_code == 200
        response = emulator.post(GENERATE, generate(**{name: value}), project="unlisted")
        assert (response.status_code, error(response)["status"]) == (400, "FAILED_PRECONDITION")
        assert fields(response) == [f"parameters.{name}"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("POST", "/"),
        ("GET", f"/v1/projects/p/locations/l/publishers/google/models/{GENERATE}:predict"),
        ("POST", f"/v1/projects/p/locations/l/publishers/google/models/{GENERATE}:generateContent"),
        ("POST", f"/v1/projects/p/locations/l/publishers/google/models/{GENERATE}"),
        ("POST", f"/v2/projects/p/locations/l/publishers/google/models/{GENERATE}:predict"),
        ("POST", f"/v1/projects/p/locations/l/publishers/other/models/{GENERATE}:predict"),
    ],
)
def test_other_addresses_are_not_served(emulator: Emulator, method: str, path: str) -> None:
    response = emulator.request(method, path, content=json.dumps(generate()).encode() if method == "POST" else b"")
    assert (response.status_code, error(response)["status"]) == (404, "NOT_FOUND")
