"""What became of each image that was asked for, for every shape of answer that the service is known to give."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from imagenspec.render.service.blobs import Blob, Bytes
from imagenspec.render.service.outcomes import WITHOUT_A_WORD, Filtered, Image, Missing, Outcomes, outcomes_of

PICTURE = b"\x89PNG\r\n\x1a\n and so on"
ALL = (
    "Unable to show generated images. All images were filtered out because they violated Vertex AI's usage guidelines. "
    "You will not be charged for blocked images. Try rephrasing the prompt. If you think this was an error, send "
    "feedback. Support codes: 39322892, 29310472"
)
SOME = (
    "Your current safety filter threshold filtered out 2 generated images. You will not be charged for blocked images. "
    "Try rephrasing the prompt. If you think this was an error, send feedback."
)


def image(**members: Any) -> dict[str, Any]:
    return {"mimeType": "image/png", "bytesBase64Encoded": base64.b64encode(PICTURE).decode(), **members}


def reason(text: str) -> dict[str, Any]:
    return {"raiFilteredReason": text}


def kinds(found: Outcomes) -> str:
    return "".join(type(sample).__name__[0] for sample in found.samples)


def of(*predictions: Any, asked: int | None = 4, **given: Any) -> Outcomes:
    return outcomes_of({"predictions": list(predictions)}, asked, **given)


def test_images_as_asked_for() -> None:
    found = of(image(), image(mimeType="image/jpeg"), asked=2)
    first, second = found.samples
    assert isinstance(first, Image)
    assert isinstance(second, Image)
    assert first == Image(Bytes(PICTURE), None, "image/png")
    assert (first.content.size, b"".join(first.content.chunks())) == (len(PICTURE), PICTURE)  # type: ignore[union-attr]
    assert second.media_type == "image/jpeg"
    assert found.surplus == ()


@pytest.mark.parametrize("body", [{}, {"predictions": []}, {"predictions": None}, {"model": "x"}])
def test_an_answer_without_predictions_says_that_all_were_filtered(body: Any) -> None:
    assert outcomes_of(body, 3).samples == (Filtered(WITHOUT_A_WORD),) * 3


@pytest.mark.parametrize("body", [{}, {"predictions": []}])
def test_an_answer_without_predictions_and_without_the_reasons_asked_for_says_nothing(body: Any) -> None:
    assert kinds(outcomes_of(body, 3, reasons=True)) == "MMM"


def test_one_reason_stands_for_all_and_its_codes_are_decoded() -> None:
    found = of(reason(ALL))
    assert kinds(found) == "FFFF"
    sample = found.samples[3]
    assert isinstance(sample, Filtered)
    assert sample.reason == ALL
    assert [code.words for code in sample.codes] == [
        "people/face in the generated picture (39322892)",
        "celebrity in the prompt or an input picture (29310472)",
    ]


def test_one_reason_stands_for_as_many_as_it_says() -> None:
    assert kinds(of(image(), image(), reason(SOME))) == "IIFF"
    assert kinds(of(reason(SOME), image(), image())) == "FFII"
    assert kinds(of(image(), reason(SOME))) == "IFFM", "nobody accounts for the fourth"
    assert kinds(of(image(), reason(SOME), asked=2)) == "IF"


def test_one_reason_beside_images_stands_for_the_others() -> None:
    assert kinds(of(image(), reason(ALL))) == "IFFF"
    assert kinds(of(image(), reason(ALL), image(), image())) == "IFII"


def test_older_models_give_a_code_for_each_image() -> None:
    found = of(reason("56562880"), image(), reason("63429089"), image())
    assert kinds(found) == "FIFI"
    first = found.samples[0]
    assert isinstance(first, Filtered)
    assert first.codes[0].words == "violence in the generated picture (56562880)"
    assert kinds(of(reason("56562880"), image(), image())) == "FIIM"


def test_fewer_images_without_a_word() -> None:
    assert kinds(of(image(), image(), image())) == "IIIF"
    assert kinds(of(image(), image(), image(), reasons=True)) == "IIIM"
    assert of(image()).samples[1] == Filtered(WITHOUT_A_WORD)


def test_the_scores_of_the_prompt_are_no_image() -> None:
    about_prompt = {
        "contentType": "Positive Prompt",
        "safetyAttributes": {"categories": ["Death, Harm & Tragedy", "Violence"], "scores": [0.1, 0.9]},
    }
    scored = image(safetyAttributes={"categories": ["Violence"], "scores": [0.2]})
    for predictions in ([about_prompt, scored, image()], [scored, image(), about_prompt]):
        found = of(*predictions, asked=2)
        assert kinds(found) == "II"
        assert found.samples[0].safety == (("Violence", 0.2),)  # type: ignore[union-attr]
    assert kinds(of(about_prompt, asked=2)) == "FF"


def test_the_rewritten_prompt_and_the_labels_of_a_mask() -> None:
    found = of(image(prompt="a white cup, morning light, 35 mm"), asked=1)
    assert found.samples[0].prompt == "a white cup, morning light, 35 mm"  # type: ignore[union-attr]
    mask = of(image(labels=[{"label": "foreground", "score": 1}, {"label": "cup"}]), asked=None)
    assert mask.samples[0].labels == (("foreground", 1.0), ("cup", 0.0))  # type: ignore[union-attr]


def test_images_in_cloud_storage() -> None:
    found = of({"mimeType": "image/jpeg", "gcsUri": "gs://bucket/folder/1768737273498/sample_0.jpg"}, asked=1)
    assert found.samples == (Image(None, "gs://bucket/folder/1768737273498/sample_0.jpg", "image/jpeg"),)


def test_more_images_than_asked_for_are_not_lost() -> None:
    found = of(image(), image(), image(), asked=2)
    assert (kinds(found), len(found.surplus)) == ("II", 1)


def test_a_segmentation_has_as_many_masks_as_come() -> None:
    assert kinds(of(image(), image(), image(), asked=None)) == "III"
    assert kinds(of(asked=None)) == "F"
    assert kinds(of(image(), reason(ALL), asked=None)) == "IF"
    assert kinds(outcomes_of([], None)) == "M"


@pytest.mark.parametrize(
    "prediction",
    [
        None,
        "text",
        [],
        {},
        {"mimeType": "image/png"},
        {"bytesBase64Encoded": ""},
        {"bytesBase64Encoded": "no base64!"},
        {"bytesBase64Encoded": 5},
        {"gcsUri": "https://bucket"},
        {"raiFilteredReason": ""},
        {"raiFilteredReason": 5},
        {"contentType": "Positive Prompt", "bytesBase64Encoded": "!"},
    ],
)
def test_entries_that_nobody_understands_are_missing_images(prediction: Any) -> None:
    found = of(image(), prediction, asked=2)
    assert kinds(found) == "IM"


@pytest.mark.parametrize("body", [None, [], "text", 5, True, {"predictions": {}}, {"predictions": "x"}, {"error": {}}])
def test_answers_that_nobody_understands_are_missing_images(body: Any) -> None:
    found = outcomes_of(body, 2)
    assert kinds(found) == "MM"
    assert isinstance(found.samples[0], Missing)


def test_long_base64_comes_as_blobs() -> None:
    good, broken = Blob(), Blob()
    good.write(base64.b64encode(PICTURE))
    good.end()
    broken.write(b"no base64!")
    broken.end()
    found = of({"bytesBase64Encoded": good}, {"bytesBase64Encoded": broken}, {"raiFilteredReason": good}, asked=3)
    assert kinds(found) == "IMM"
    assert found.samples[0].content is good  # type: ignore[union-attr]
    good.close()
    broken.close()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Support codes: 39322892, 29310472", [39322892, 29310472]),
        ("blocked. Support codes: 43188360;", [43188360]),
        ("please send feedback. Error Code: 58061214", [58061214]),
        ("56562880", [56562880]),
        ("56562880, 56562880; 17301594", [56562880, 17301594]),
        ("Support codes: 99999999", [99999999]),
        ("request 12345678 was filtered", []),
        ("Support codes: 123456789", []),
        ("", []),
    ],
)
def test_support_codes_are_found_where_the_text_says_so(text: str, codes: list[int]) -> None:
    found = of(reason(f"Filtered. {text}") if "odes" in text or "was" in text else reason(text), asked=1).samples[0]
    assert [code.number for code in getattr(found, "codes", ())] == codes


def test_unknown_support_codes_say_so() -> None:
    found = of(reason("Support codes: 99999999"), asked=1).samples[0]
    assert found.codes[0].words == "a reason that is not documented (99999999)"  # type: ignore[union-attr]


def test_reasons_are_cut_and_hold_neither_base64_nor_control_characters() -> None:
    found = of(reason("Filtered:\x1b[31m\n" + "iVBORw0KGgo" * 100 + " word" * 1000), asked=1).samples[0]
    assert isinstance(found, Filtered)
    assert found.reason.startswith("Filtered: [31m <1100 characters of base64> word")
    assert len(found.reason) <= 1000


def test_halves_of_characters_are_replaced_so_that_a_reason_can_be_kept() -> None:
    found = of({"raiFilteredReason": "\ud800 violence"}, asked=1).samples[0]
    assert found == Filtered("\ufffd violence")


@pytest.mark.parametrize("uri", ["gs://bucket/\ud800", "gs://bucket/\x1b[31m", "gs://", "gs://bucket/" + "x" * 5000])
def test_what_cannot_be_a_uri_of_cloud_storage_is_no_image(uri: str) -> None:
    assert isinstance(of({"gcsUri": uri}, asked=1).samples[0], Missing)


def test_an_answer_of_endless_entries_is_read_no_further_than_it_can_make_sense() -> None:
    found = outcomes_of({"predictions": [{"bytesBase64Encoded": "QUJD"}] * 5000}, 1)
    assert len(found.surplus) < 1000
