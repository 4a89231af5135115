"""Whatever is sent, the service answers in its envelope, and never with an error of its own."""

from __future__ import annotations

import asyncio
import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from emulated import (
    CAPABILITY,
    GENERATE,
    SEGMENT,
    TRY_ON,
    UPSCALE,
    Body,
    Emulator,
    changed,
    customize,
    edit,
    error,
    generate,
    image_file,
    inline,
    is_marked,
    path_of,
    reference,
    segment,
    try_on,
    upscale,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from imagenspec.catalog.tables import rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MODELS = (GENERATE, CAPABILITY, UPSCALE, TRY_ON, SEGMENT, "imagegeneration@002")
EMULATOR = Emulator()
ROWS = [row for row in rows("fields") if row["in"] == "request"]
NAMES = sorted({step.removesuffix("[]") for row in ROWS for step in row["wire"].split(".")} - {"Image"})
WORDS = sorted({value["wire"] for row in ROWS for value in row.get("values", ())})

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from([*WORDS, inline()["bytesBase64Encoded"], "gs://bucket/a.png", "__filtered__", "gs://", "x2"])
)
anything: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner),
    max_leaves=25,
)
SOUND: tuple[tuple[str, Body], ...] = (
    (GENERATE, generate(aspectRatio="3:4", outputOptions={"mimeType": "image/jpeg", "compressionQuality": 80})),
    ("imagegeneration@002", generate(seed=1, sampleImageStyle="sketch")),
    (CAPABILITY, edit(seed=1, addWatermark=False, editConfig={"outpaintingConfig": {"expansionConfig": {"top": 1}}})),
    (CAPABILITY, edit(reference("mask", 2, maskMode="MASK_MODE_SEMANTIC", maskClasses=[8], dilation=0.1))),
    (
        CAPABILITY,
        customize(
            reference("subject", 1, subjectType="SUBJECT_TYPE_PERSON", subjectDescription="a man"),
            reference("style", 2, styleDescription="neon"),
            reference("control", 3, controlType="CONTROL_TYPE_CANNY", enableControlImageComputation=True),
            storageUri="gs://bucket/a/",
        ),
    ),
    (UPSCALE, upscale(imagePreservationFactor=0.5)),
    (TRY_ON, try_on(baseSteps=32)),
    (SEGMENT, segment("INTERACTIVE", scribble={"image": inline(image_file(colour="black"))})),
    (SEGMENT, changed(segment("PROMPT", prompt="a cup"), "parameters.binaryColorThreshold", 96)),
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every member and item of a body as its parent and its name or number."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, child in list(children) for found in ((value, name), *places(child))]


@st.composite
def nearly_sound(draw: st.DrawFn) -> tuple[str, Body]:
    """Return a request that is answered with images, but for up to three members."""
    model, body = deepcopy(draw(st.sampled_from(SOUND)))
    for _ in range(draw(st.integers(0, 3))):
        parent, name = draw(st.sampled_from(places(body)))
        if isinstance(parent, dict) and draw(st.booleans()):
            parent.pop(name)
            parent[draw(st.sampled_from(NAMES))] = draw(anything)
        else:
            parent[name] = draw(anything)
    return model, body


def assert_answered(model: str, content: bytes) -> None:
    response = EMULATOR.post(model, content)
    if response.status_code == 200:
        assert set(response.json()) <= {"predictions"}
        return
    assert 400 <= response.status_code < 500, response.text
    found = error(response)
    assert found["message"]
    assert found["status"].isupper()


@given(request=nearly_sound())
@settings(deadline=None)
def test_request_that_is_nearly_sound_is_answered(request: tuple[str, Body]) -> None:
    model, body = request
    assert_answered(model, json.dumps(body).encode())


@given(model=st.sampled_from(MODELS), body=anything)
@settings(deadline=None)
def test_any_json_is_answered(model: str, body: Any) -> None:
    for whole in (body, {"instances": [body]}, {"instances": [{"prompt": "a"}], "parameters": body}):
        assert_answered(model, json.dumps(whole).encode())


@given(model=st.sampled_from(MODELS), content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@settings(deadline=None)
def test_any_bytes_are_answered(model: str, content: bytes) -> None:
    assert_answered(model, content)


@pytest.mark.parametrize("levels", [100, 450, 600, 900, 980, 10_000, 1_000_000])
@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deeply_nested_json_is_answered(levels: int, begin: bytes, end: bytes) -> None:
    assert_answered(GENERATE, b'{"instances":[{"x":' + begin * levels + b"1" + end * levels + b"}]}")


def test_body_that_stops_is_not_waited_for() -> None:
    async def begun() -> AsyncIterator[bytes]:
        yield b'{"instances": '
        await asyncio.sleep(20)

    emulator = Emulator(patience=0.1)
    response = emulator.request("POST", path_of(GENERATE), content=begun())
    assert (response.status_code, error(response)["status"]) == (408, "CANCELLED")
    assert is_marked(response)
    assert response.headers["connection"] == "close"
    assert emulator.counters()["requests"] == {GENERATE: {"408": 1}}


@given(model=st.text(max_size=30), body=anything)
@settings(deadline=None, max_examples=30)
def test_any_model_is_answered(model: str, body: Any) -> None:
    escaped = "".join(f"%{byte:02x}" for byte in model.encode())
    response = EMULATOR.post(escaped, json.dumps(body).encode())
    assert response.status_code == 404
