"""Any JSON at all is understood somehow: no crash, no sample too few or too many, no image that is not there."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from imagenspec.render.service.envelopes import failure_of
from imagenspec.render.service.errors import Refused, Transient
from imagenspec.render.service.outcomes import Filtered, Image, Missing, outcomes_of
from imagenspec.render.service.texts import shown

KEYS = [
    "predictions",
    "bytesBase64Encoded",
    "gcsUri",
    "mimeType",
    "raiFilteredReason",
    "contentType",
    "prompt",
    "safetyAttributes",
    "categories",
    "scores",
    "labels",
    "label",
    "score",
    "error",
    "message",
    "status",
    "details",
    "fieldViolations",
    "field",
    "retryDelay",
    "detail",
    "code",
]
texts = st.text(max_size=30) | st.sampled_from(
    [
        "QUJD",
        "56562880",
        "Support codes: 39322892",
        "filtered out 2 generated images",
        "filtered out 999 generated images",
        "Positive Prompt",
        "gs://bucket/x",
        "image/png",
        "3.5s",
        "1e400s",
    ]
)
numbers = st.integers() | st.floats() | st.booleans() | st.none() | st.just(10**400)
anything = st.recursive(
    texts | numbers,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | texts, inner, max_size=5),
    max_leaves=20,
)
entries = st.dictionaries(st.sampled_from(KEYS), anything, max_size=4)
answers = st.fixed_dictionaries({"predictions": st.lists(entries | anything, max_size=6)}) | anything


@given(body=answers, asked=st.integers(0, 8), reasons=st.booleans())
@settings(max_examples=600, deadline=None)
def test_each_image_that_was_asked_for_has_one_outcome(body: Any, asked: int, reasons: bool) -> None:
    found = outcomes_of(body, asked, reasons=reasons)
    assert len(found.samples) == asked
    assert all(isinstance(sample, Image | Filtered | Missing) for sample in found.samples)
    images = [one for one in (*found.samples, *found.surplus) if isinstance(one, Image)]
    assert all(one.gcs is not None or (one.content is not None and one.content.size > 0) for one in images)
    assert all(sample.reason for sample in found.samples if not isinstance(sample, Image))
    assert not found.surplus or not [one for one in found.samples if not isinstance(one, Image)]


@given(body=answers)
@settings(max_examples=200, deadline=None)
def test_without_a_number_there_is_at_least_one_outcome(body: Any) -> None:
    found = outcomes_of(body, None)
    assert found.samples
    assert found.surplus == ()


@given(count=st.integers(0, 6), filtered=st.integers(0, 6), scored=st.booleans(), data=st.data())
@settings(max_examples=200, deadline=None)
def test_documented_answers_are_understood_in_any_order(
    count: int,
    filtered: int,
    scored: bool,
    data: st.DataObject,
) -> None:
    predictions: list[dict[str, Any]] = [{"bytesBase64Encoded": "QUJD"}] * count
    if filtered:
        predictions.append({"raiFilteredReason": f"filtered out {filtered} generated images. Support codes: 56562880"})
    if scored:
        predictions.append({"contentType": "Positive Prompt", "safetyAttributes": {}})
    body = {"predictions": data.draw(st.permutations(predictions))}
    found = outcomes_of(body, count + filtered, reasons=True).samples
    assert sum(isinstance(one, Image) for one in found) == count
    assert sum(isinstance(one, Filtered) for one in found) == filtered
    assert len(found) == count + filtered


@given(status=st.integers(300, 599), body=anything, header=texts, now=st.floats(0, 4e9))
@settings(max_examples=400, deadline=None)
def test_any_error_is_a_failure_with_a_sentence(status: int, body: Any, header: str, now: float) -> None:
    headers = {"retry-after": header, "location": header}
    wrapped = {"error": body} if status % 2 else body
    found = failure_of(status, headers, wrapped, now)
    assert isinstance(found, Transient | Refused)
    assert found.message
    if isinstance(found, Transient):
        assert found.retry_after is None or 0 <= found.retry_after <= 86_400
    else:
        assert found.field is None or found.field


@given(text=st.text(max_size=3000))
@settings(max_examples=200, deadline=None)
def test_shown_texts_are_one_printable_line(text: str) -> None:
    line = shown(text)
    assert len(line) <= 1000
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line)
    assert shown(line) == line
    json.dumps(line)
