"""The shapes of answers: images, filtered images, the prompt's scores, the rewritten prompt, labels of masks."""

from __future__ import annotations

import re
import struct
import zlib
from typing import Any

import pytest
from emulated import (
    CAPABILITY,
    GENERATE,
    RECONTEXT,
    SEGMENT,
    TRY_ON,
    UPSCALE,
    Emulator,
    customize,
    edit,
    error,
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

from imagenspec.catalog.models import models
from imagenspec.catalog.tables import rows

ALL_FILTERED = (
    "Unable to show generated images. All images were filtered out because they violated Vertex AI's usage guidelines."
    " You will not be charged for blocked images. Try rephrasing the prompt. If you think this was an error, send"
    " feedback. Support codes: 39322892, 29310472"
)
TWO_FILTERED = (
    "Your current safety filter threshold filtered out 2 generated images. You will not be charged for blocked images."
    " Try rephrasing the prompt. If you think this was an error, send feedback."
)
SUPPORT_CODES = {str(row["code"]) for row in rows("support_codes")}


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return Emulator()


def kinds(found: list[dict[str, Any]]) -> list[str]:
    """Return what each entry of an answer is."""
    members = ("bytesBase64Encoded", "gcsUri", "raiFilteredReason", "contentType")
    return [next(member for member in members if member in entry) for entry in found]


@pytest.mark.parametrize("model", [model.id for model in models().values() if model.tasks])
def test_every_model_of_the_catalog_answers_each_of_its_tasks(emulator: Emulator, model: str) -> None:
    raw = reference("raw", 1)
    bodies = {
        "generate": generate(),
        "customize": customize(reference("style", 1)),
        "edit": customize(raw, prompt="as a painting"),
        "upscale": upscale(),
        "try_on": try_on(),
        "recontext": recontext(),
        "segment": segment(),
    }
    for task in models()[model].tasks:
        (found,) = predictions(emulator.post(model, bodies[task]))
        assert picture(found).format == "PNG"
        assert found["mimeType"] == "image/png"


@pytest.mark.parametrize(
    ("model", "body", "count"),
    [(GENERATE, generate(), 4), (CAPABILITY, edit(), 4), (RECONTEXT, recontext(), 4), (TRY_ON, try_on(), 1)],
)
def test_number_of_images_is_the_documented_default(emulator: Emulator, model: str, body: Any, count: int) -> None:
    body["parameters"].pop("sampleCount", None)
    found = predictions(emulator.post(model, body))
    assert len(found) == count
    assert len({entry["bytesBase64Encoded"] for entry in found}) == count


def test_pictures_follow_from_request_and_seed(emulator: Emulator) -> None:
    def post(seed: int) -> bytes:
        return emulator.post(GENERATE, generate(seed=seed, addWatermark=False)).content

    assert post(7) == post(7)
    assert post(7) != post(8)
    assert emulator.post(GENERATE, generate("a cup")).content != emulator.post(GENERATE, generate("a mug")).content


def test_seed_as_text_is_another_seed(emulator: Emulator) -> None:
    numbers, text = (emulator.post(GENERATE, generate(seed=seed, addWatermark=False)) for seed in (7, "7"))
    assert predictions(numbers)[0]["bytesBase64Encoded"] != predictions(text)[0]["bytesBase64Encoded"]


def test_a_word_asks_for_other_pictures_each_time(emulator: Emulator) -> None:
    body = generate("a cup __fresh__")
    assert emulator.post(GENERATE, body).content != emulator.post(GENERATE, body).content


@pytest.mark.filterwarnings("ignore:Image was not the expected size")
@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp", "bmp", "tiff", "vnd.microsoft.icon"])
def test_type_of_the_answer_is_the_one_asked_for(emulator: Emulator, kind: str) -> None:
    (found,) = predictions(emulator.post(GENERATE, generate(outputOptions={"mimeType": f"image/{kind}"})))
    assert found["mimeType"] == f"image/{kind}"
    assert picture(found).format == {"vnd.microsoft.icon": "ICO"}.get(kind, kind.upper())


@pytest.mark.parametrize(("size", "pixels"), [("1K", (1408, 768)), ("2k", (2816, 1536))])
def test_size_of_the_answer_is_the_documented_one(emulator: Emulator, size: str, pixels: tuple[int, int]) -> None:
    (found,) = predictions(emulator.post(GENERATE, generate(sampleImageSize=size, aspectRatio="16:9")))
    assert picture(found).size == pixels


def test_upscaling_multiplies_the_size(emulator: Emulator) -> None:
    (found,) = predictions(emulator.post(UPSCALE, upscale(image_file(30, 20), upscaleFactor="x3")))
    assert picture(found).size == (90, 60)


def test_all_filtered_without_reasons_is_an_empty_answer(emulator: Emulator) -> None:
    assert emulator.post(GENERATE, generate("__filtered__", sampleCount=4)).json() == {}


def test_all_filtered_with_reasons_is_one_reason(emulator: Emulator) -> None:
    found = predictions(emulator.post(GENERATE, generate("__filtered__", sampleCount=4, includeRaiReason=True)))
    assert found == [{"raiFilteredReason": ALL_FILTERED}]


def test_some_filtered_are_counted_in_one_entry(emulator: Emulator) -> None:
    found = predictions(emulator.post(GENERATE, generate("__some_filtered__", sampleCount=4, includeRaiReason=True)))
    assert kinds(found) == ["bytesBase64Encoded", "bytesBase64Encoded", "raiFilteredReason"]
    assert found[-1] == {"raiFilteredReason": TWO_FILTERED}


def test_some_filtered_without_reasons_are_missing(emulator: Emulator) -> None:
    found = predictions(emulator.post(GENERATE, generate("__some_filtered__", sampleCount=3)))
    assert kinds(found) == ["bytesBase64Encoded"] * 2


def test_filtered_as_of_older_models_have_a_support_code_each(emulator: Emulator) -> None:
    found = predictions(emulator.post(GENERATE, generate("__old_filtered__", sampleCount=4)))
    assert kinds(found) == ["bytesBase64Encoded"] * 2 + ["raiFilteredReason"] * 2
    assert {entry["raiFilteredReason"] for entry in found[2:]} <= SUPPORT_CODES
    old = emulator.post("imagegeneration@006", generate("__filtered__", sampleCount=2, includeRaiReason=True))
    assert kinds(predictions(old)) == ["raiFilteredReason"] * 2


@pytest.mark.parametrize("body", [generate("__safety_attributes__"), generate(includeSafetyAttributes=True)])
def test_scores_of_the_prompt_are_an_entry_without_an_image(emulator: Emulator, body: Any) -> None:
    *images, scores = predictions(emulator.post(GENERATE, body))
    assert kinds(images) == ["bytesBase64Encoded"]
    assert scores["contentType"] == "Positive Prompt"
    attributes = scores["safetyAttributes"]
    assert len(attributes["categories"]) == len(attributes["scores"]) == 12
    assert all(re.fullmatch(r"0\.\d", str(score)) for score in attributes["scores"])


def test_scores_of_images_come_with_them(emulator: Emulator) -> None:
    image, _prompt = predictions(emulator.post(GENERATE, generate(includeSafetyAttributes=True)))
    assert len(image["safetyAttributes"]["categories"]) == len(image["safetyAttributes"]["scores"])
    (plain,) = predictions(emulator.post(GENERATE, generate()))
    assert "safetyAttributes" not in plain


def test_everything_filtered_leaves_the_scores_of_the_prompt(emulator: Emulator) -> None:
    found = predictions(emulator.post(GENERATE, generate("__filtered__ __safety_attributes__")))
    assert kinds(found) == ["contentType"]


@pytest.mark.parametrize(
    ("words", "enhance", "told"), [(29, None, True), (30, None, False), (2, False, False), (2, True, True)]
)
def test_rewritten_prompt_is_told_below_30_words(
    emulator: Emulator, words: int, enhance: bool | None, told: bool
) -> None:
    prompt = " ".join(["cup"] * words)
    (found,) = predictions(emulator.post(GENERATE, generate(prompt, enhancePrompt=enhance)))
    assert ("prompt" in found) is told
    assert not told or (found["prompt"].startswith(prompt) and found["prompt"] != prompt)


def test_models_without_a_rewriter_tell_no_prompt(emulator: Emulator) -> None:
    (found,) = predictions(emulator.post("imagen-3.0-fast-generate-001", generate()))
    assert "prompt" not in found


def test_masks_have_labels(emulator: Emulator) -> None:
    (found,) = predictions(emulator.post(SEGMENT, segment("FOREGROUND")))
    assert [label["label"] for label in found["labels"]] == ["foreground"]
    assert all(0 <= label["score"] <= 1 for label in found["labels"])
    assert picture(found).size == (48, 32)


def test_words_in_labels_work_where_there_is_no_prompt(emulator: Emulator) -> None:
    assert emulator.post(UPSCALE, {**upscale(), "labels": {"emulate": "__filtered__"}}).json() == {}


def test_bomb_is_refused_not_drawn(emulator: Emulator) -> None:
    claims = b"IHDR" + struct.pack(">II", 12_000, 12_000) + image_file()[24:29]
    bomb = image_file()[:12] + claims + struct.pack(">I", zlib.crc32(claims)) + image_file()[33:]
    response = emulator.post(SEGMENT, {"instances": [{"image": inline(bomb)}]})
    assert (response.status_code, error(response)["status"]) == (400, "INVALID_ARGUMENT")


def test_counters_tell_models_statuses_and_images() -> None:
    fresh = Emulator()
    fresh.post(GENERATE, generate(sampleCount=3))
    fresh.post(GENERATE, generate(sampleCount=3))
    fresh.post(GENERATE, generate("__some_filtered__", sampleCount=2))
    fresh.post(GENERATE, generate(seed=1))
    fresh.post("no-model", generate())
    fresh.post("imagen-3.0-generate-002", generate(sampleCount=3))
    counters = fresh.counters()
    assert counters["requests"] == {
        GENERATE: {"200": 3, "400": 1},
        "imagen-3.0-generate-002": {"200": 1},
        "no-model": {"404": 1},
    }
    assert (counters["images_paid"], counters["images_filtered"]) == (10, 1)
    assert (counters["requests_paid"], counters["requests_paid_again"]) == (4, 1)
    paid = counters["digests"]
    assert sorted(paid[GENERATE].values(), key=str) == [{"paid": 1, "images": 1}, {"paid": 2, "images": 6}]
    assert list(paid["imagen-3.0-generate-002"].values()) == [{"paid": 1, "images": 3}]
    assert set(paid["imagen-3.0-generate-002"]) < set(paid[GENERATE])


def test_front_page_shows_models_words_and_counters(emulator: Emulator) -> None:
    data = emulator.request("GET", "/").json()
    assert data["models"][CAPABILITY] == ["customize", "edit"]
    page = emulator.request("GET", "/", headers={"accept": "text/html,*/*"})
    assert page.headers["content-type"].startswith("text/html")
    for word in (*data["models"], *data["words"], *data["projects"]):
        assert word in page.text
