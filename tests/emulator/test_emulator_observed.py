"""Every answer of the service that was seen: code, status, the member named, and the wording where it is known."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import pytest
from emulated import (
    CAPABILITY,
    GENERATE,
    RECONTEXT,
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
    inline,
    is_marked,
    reference,
    try_on,
    upscale,
)

GENERATION = "Image generation failed with the following error: "
EDITING = "Image editing failed with the following error: "
NO_BYTES = "No uri or raw bytes are provided in media content."
SUBJECT = {"subjectType": "SUBJECT_TYPE_PERSON"}
END = (
    "The imagegeneration@005 model has reached its end of life. Please refer to the migration guide"
    " (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/deprecations) on how to migrate to a newer model."
)
BLOCKED = (
    "The prompt could not be submitted. This prompt contains sensitive words that violate Google's Responsible AI"
    " practices. Try rephrasing the prompt. If you think this was an error, send feedback."
)
PERSON = (
    "The prompt could not be submitted. Your current safety settings for person/face generation prohibited one or more"
    " words in this prompt. If you think this was an error, send feedback."
)
THRESHOLD = (
    "The prompt could not be submitted. Your current safety filter threshold prohibited one or more words in this"
    " prompt. If you think this was an error, send feedback."
)
RESPONSE = (
    "The response is blocked, as it may violate our policies. If you believe this is an error, please send feedback to"
    " your account team."
)
INPUT = (
    "The input image contains content that has been blocked by your current safety filter threshold. Support codes:"
    " 43188360;"
)
REWRITER = (
    "Fail to execute model for flow_id: flow-juno-prompt-rewriter-vertex-imagen-jpe-v1-8\n"
    "Error: Deadline exceeded during decode.; "
)
AFTER = date(2026, 11, 21)


class Seen(NamedTuple):
    """A request, and what was answered to such a one."""

    model: str
    body: Body
    code: int
    status: str
    message: str
    field: str | None = None
    settings: dict[str, Any] = {}  # noqa: RUF012 - never changed


WITHOUT_IMAGE = changed(
    customize(reference("subject", 1, **SUBJECT)), "instances.0.referenceImages.0.referenceImage", None
)

SEEN = {
    "seed with watermark": Seen(
        GENERATE,
        generate(seed=1),
        400,
        "INVALID_ARGUMENT",
        f"{GENERATION}Seed is not supported when watermark is enabled.",
        "parameters.seed",
    ),
    "seed with watermark of an edit": Seen(
        CAPABILITY,
        edit(seed=1, addWatermark=True),
        400,
        "INVALID_ARGUMENT",
        f"{EDITING}Seed is not supported when watermark is enabled.",
        "parameters.seed",
    ),
    "seed with watermark of a customization": Seen(
        CAPABILITY,
        customize(reference("subject", 1, **SUBJECT), seed=1, addWatermark=True),
        400,
        "INVALID_ARGUMENT",
        f"{EDITING}Seed is not supported when watermark is enabled.",
        "parameters.seed",
    ),
    "reference without an image": Seen(
        CAPABILITY,
        WITHOUT_IMAGE,
        400,
        "INVALID_ARGUMENT",
        f"{EDITING}{NO_BYTES}",
        "instances[0].referenceImages[0].referenceImage",
    ),
    "bytes in the wrong place": Seen(
        CAPABILITY,
        changed(WITHOUT_IMAGE, "instances.0.referenceImages.0.bytesBase64Encoded", inline()["bytesBase64Encoded"]),
        400,
        "INVALID_ARGUMENT",
        f"{EDITING}{NO_BYTES}",
        "instances[0].referenceImages[0].referenceImage",
    ),
    "own mask without an image": Seen(
        CAPABILITY,
        changed(edit(), "instances.0.referenceImages.1.referenceImage", None),
        400,
        "INVALID_ARGUMENT",
        f"{EDITING}{NO_BYTES}",
        "instances[0].referenceImages[1].referenceImage",
    ),
    "references for a model that generates": Seen(
        GENERATE, edit(), 400, "INVALID_ARGUMENT", f"{EDITING}{NO_BYTES}", "instances[0].referenceImages"
    ),
    "image without a mask for an old model": Seen(
        "imagegeneration@006",
        changed(generate(), "instances.0.image", inline()),
        400,
        "INVALID_ARGUMENT",
        f"{EDITING}Failed to get mask image bytes: {NO_BYTES}",
        "instances[0].image",
    ),
    "edit without a mask": Seen(
        CAPABILITY,
        customize(reference("raw", 1), editMode="EDIT_MODE_INPAINT_REMOVAL"),
        400,
        "INVALID_ARGUMENT",
        f"{EDITING}Mask image is missing.",
        "parameters.editMode",
    ),
    "upscaling without a factor": Seen(
        UPSCALE,
        changed(upscale(), "parameters.upscaleConfig", None),
        400,
        "INVALID_ARGUMENT",
        f"{EDITING}Image size 'IMAGE_SIZE_DEFAULT' is not supported.",
        "parameters.upscaleConfig.upscaleFactor",
    ),
    "three garments": Seen(
        TRY_ON,
        try_on(3),
        400,
        "INVALID_ARGUMENT",
        f"{EDITING}Invalid number of product images. Expected 1, got 3.; ",
        "instances[0].productImages",
    ),
    "another aspect ratio": Seen(
        GENERATE,
        generate(aspectRatio="4:5"),
        400,
        "INVALID_ARGUMENT",
        f"{GENERATION}Invalid aspect ratio, 4:5",
        "parameters.aspectRatio",
    ),
    "another safety level": Seen(
        GENERATE,
        generate(safetySetting="block_everything"),
        400,
        "FAILED_PRECONDITION",
        f"{GENERATION}Invalid rai level from the request",
        "parameters.safetySetting",
    ),
    "safety level for a model without": Seen(
        "imagegeneration@005",
        generate(safetySetting="block_only_high"),
        400,
        "FAILED_PRECONDITION",
        f"{GENERATION}Invalid rai level from the request",
        "parameters.safetySetting",
    ),
    "negative prompt": Seen(
        "imagen-3.0-generate-002",
        generate(negativePrompt="text"),
        400,
        "INVALID_ARGUMENT",
        f"{GENERATION}Setting negativePrompt is no longer supported.",
        "parameters.negativePrompt",
    ),
    "blocked prompt": Seen(
        GENERATE, generate("__blocked__"), 400, "INVALID_ARGUMENT", f"{GENERATION}{BLOCKED}", "instances[0].prompt"
    ),
    "blocked person": Seen(
        GENERATE,
        generate("__blocked_person__"),
        400,
        "INVALID_ARGUMENT",
        f"{GENERATION}{PERSON}",
        "instances[0].prompt",
    ),
    "blocked by the threshold": Seen(
        GENERATE,
        generate("__blocked_threshold__"),
        400,
        "INVALID_ARGUMENT",
        f"{GENERATION}{THRESHOLD}",
        "instances[0].prompt",
    ),
    "blocked answer": Seen(
        "imagegeneration@006", generate("__blocked_response__"), 400, "INVALID_ARGUMENT", f"{GENERATION}{RESPONSE}"
    ),
    "blocked garment": Seen(
        TRY_ON,
        {**try_on(), "labels": {"emulate": "__blocked_input__"}},
        400,
        "INVALID_ARGUMENT",
        f"{EDITING}{INPUT}",
    ),
    "unavailable model": Seen(
        "imagen-3.0-capability-002",
        edit(),
        404,
        "NOT_FOUND",
        f"{EDITING}imagen-3.0-capability-002 is unavailable.",
        "model",
        {"as_of": AFTER},
    ),
    "unavailable recontext": Seen(
        RECONTEXT,
        {},
        404,
        "NOT_FOUND",
        f"{EDITING}{RECONTEXT} is unavailable.",
        "model",
        {"as_of": AFTER},
    ),
    "model at its end": Seen(
        "imagegeneration@005", generate(), 404, "NOT_FOUND", f"{GENERATION}{END}", "model", {"as_of": AFTER}
    ),
    "rewriter down": Seen(GENERATE, generate("__rewriter_down__"), 503, "UNAVAILABLE", f"{GENERATION}{REWRITER}"),
}


@pytest.mark.parametrize("name", SEEN)
def test_what_was_seen_is_answered_again(name: str) -> None:
    seen = SEEN[name]
    response = Emulator(**seen.settings).post(seen.model, seen.body)
    assert response.status_code == seen.code
    assert error(response)["status"] == seen.status
    assert error(response)["message"] == seen.message
    assert fields(response)[:1] == ([] if seen.field is None else [seen.field])
    assert not is_marked(response)


def test_support_code_of_a_blocked_prompt_stands_in_the_details() -> None:
    details = error(Emulator().post(GENERATE, generate("__blocked__")))["details"]
    assert details[0]["@type"] == "type.googleapis.com/google.rpc.DebugInfo"
    assert details[0]["detail"].endswith("Support codes: 42876398")


def test_rewriter_that_fails_is_named() -> None:
    message = error(Emulator().post(GENERATE, generate("__rewriter_down__")))["message"]
    flow = "Fail to execute model for flow_id: flow-juno-prompt-rewriter-vertex-imagen-jpe-v1-8"
    assert message.startswith(f"{GENERATION}{flow}\nError: Deadline exceeded during decode.; ")


def test_api_that_is_switched_off_is_told_with_a_link() -> None:
    response = Emulator().post(GENERATE, generate(), project="api-disabled")
    assert (response.status_code, error(response)["status"]) == (403, "PERMISSION_DENIED")
    assert " API has not been used in project api-disabled before or it is disabled." in error(response)["message"]
    (detail,) = (one for one in error(response)["details"] if one["@type"].endswith(".Help"))
    assert detail["links"][0]["url"] in error(response)["message"]
    assert not is_marked(response)


def test_retired_models_are_served_unless_a_day_says_otherwise() -> None:
    assert Emulator().post("imagegeneration@005", generate()).status_code == 200
    assert Emulator(as_of=date(2025, 9, 23)).post("imagegeneration@005", generate()).status_code == 200
    assert Emulator(as_of=date(2025, 9, 24)).post("imagegeneration@005", generate()).status_code == 404


def test_retired_model_whose_answer_nobody_has_seen_is_marked() -> None:
    response = Emulator(as_of=AFTER).post(GENERATE, generate())
    assert (response.status_code, error(response)["status"], fields(response)) == (404, "NOT_FOUND", ["model"])
    assert is_marked(response)
