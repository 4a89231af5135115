"""Values that no recipe takes, members that look like notation, and names that are taken on the disk."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from environment import heed_signals
from round_trip import base64_of, compiled, generate, picture, run, written

import imagenspec

if TYPE_CHECKING:
    from pathlib import Path

UPSCALE: dict[str, Any] = {"mode": "upscale", "upscaleConfig": {"upscaleFactor": "x2"}}
LONG = base64_of(picture("BMP", size=(30, 30)))


def upscale(data: str, **parameters: Any) -> dict[str, Any]:
    return {"instances": [{"image": {"bytesBase64Encoded": data}}], "parameters": {**UPSCALE, **parameters}}


def comes_out(body: dict[str, Any]) -> tuple[str, ...]:
    """Check that a body is compiled unchanged; return what went to ``raw``."""
    loaded = imagenspec.load_request(body)
    assert json.loads(b"".join(loaded.request.body())) == body
    return loaded.raw


@pytest.mark.parametrize("config", ["x2", 2, True, [], [1], None, {"upscaleFactor": 2}, {"upscaleFactor": None}, LONG])
def test_upscaling_as_nobody_documents_it(config: Any) -> None:
    assert any(
        place.startswith("/parameters/upscaleConfig")
        for place in comes_out(upscale(base64_of(picture()), upscaleConfig=config))
    )


@pytest.mark.parametrize("name", ["seed", "negativePrompt", "safetySetting", "language", "sampleCount", "storageUri"])
@pytest.mark.parametrize("value", [LONG, [LONG], {"a": LONG}, {"a": 1}, [1]])
def test_values_of_no_shape_go_to_raw(name: str, value: Any) -> None:
    assert comes_out(generate(parameters={name: value, "guidanceScale": 3})) != ()


def test_base64_elsewhere_goes_to_raw() -> None:
    assert comes_out(generate(labels={"a": LONG, "b": "c"})) == ("/labels/a",)
    config = {"maskMode": "MASK_MODE_SEMANTIC", "maskClasses": [1, LONG], "dilation": LONG}
    image = {"bytesBase64Encoded": base64_of(picture())}
    references = [
        {"referenceType": "REFERENCE_TYPE_RAW", "referenceId": 1, "referenceImage": image},
        {"referenceType": "REFERENCE_TYPE_MASK", "referenceId": 2, "maskImageConfig": config},
    ]
    assert comes_out({"instances": [{"prompt": "a", "referenceImages": references}]}) != ()


@pytest.mark.parametrize("place", ["body", "instance", "parameters", "config"])
def test_member_that_looks_like_a_file_stands_beside_others(place: str) -> None:
    body = upscale(base64_of(picture()))
    config: dict[str, Any] = body["parameters"]["upscaleConfig"]
    {"body": body, "instance": body["instances"][0], "parameters": body["parameters"], "config": config}[place][
        "$file"
    ] = "../../etc/passwd"
    assert len(comes_out(body)) == 1


def test_members_that_are_pictures_themselves() -> None:
    comes_out({"instances": [{"prompt": "a", "referenceImages": LONG}], "parameters": LONG})


def test_too_large_an_object_says_why() -> None:
    body = generate(newMember={f"member{number}": number for number in range(60_000)})
    with pytest.raises(imagenspec.BodyError, match=r"no recipe can say this request: the recipe has more than"):
        imagenspec.load_request(body)


def test_two_subjects_of_one_id_of_which_one_is_described() -> None:
    entries = [
        {
            "referenceType": "REFERENCE_TYPE_SUBJECT",
            "referenceId": 1,
            "referenceImage": {"bytesBase64Encoded": base64_of(picture("PNG", shade))},
            "subjectImageConfig": {"subjectType": "SUBJECT_TYPE_PERSON", **described},
        }
        for shade, described in ((10, {"subjectDescription": "a man"}), (20, {}))
    ]
    found = comes_out({"instances": [{"prompt": "a man [1]", "referenceImages": entries}]})
    assert found == ()


def test_bits_behind_the_last_byte_are_told() -> None:
    data = next(one for size in range(3) if (one := base64_of(picture() + bytes(size))).endswith("=="))
    odd = data[:-3] + chr(ord(data[-3]) + 1) + "=="
    assert base64.b64decode(odd) == base64.b64decode(data)
    loaded = imagenspec.load_request(upscale(odd))
    assert "/instances/0/image/bytesBase64Encoded is written as standard base64" in loaded.notes
    assert json.loads(b"".join(loaded.request.body())) == upscale(data)


def test_model_of_the_url_is_used(tmp_path: Path) -> None:
    url = "https://host/v1/publishers/google/models/imagen-4.0-fast-generate-001:predict"
    script = f"curl -d '{json.dumps(generate())}' {url}"
    done = run("-", "--model", "imagen-4.0-generate-001", folder=tmp_path, data=script.encode())
    assert b"the URL says the model, imagen-4.0-fast-generate-001; --model is not used" in done.stderr


def test_force_keeps_the_pictures_of_other_recipes(tmp_path: Path) -> None:
    one, other = base64_of(picture("PNG", 10)), base64_of(picture("PNG", 200))
    (tmp_path / "a.json").write_text(json.dumps(upscale(one)), "utf-8")
    (tmp_path / "b.json").write_text(json.dumps(upscale(one, sampleCount=1)), "utf-8")
    assert run("a.json", "b.json", "-o", "out", folder=tmp_path).returncode == 0
    assert written(tmp_path / "out") == {"a.imagen.yaml", "b.imagen.yaml", "a-images/image.png"}
    (tmp_path / "a.json").write_text(json.dumps(upscale(other)), "utf-8")
    for _ in range(2):
        done = run("a.json", "-o", "out", "--force", folder=tmp_path)
        assert done.returncode == 0, done.stderr.decode()
        assert b"a-images/image.png is another picture and stays; this one is a-images/image-2.png" in done.stderr
        assert written(tmp_path / "out/a-images") == {"image.png", "image-2.png"}
        assert compiled(tmp_path / "out/a.imagen.yaml") == upscale(other)
        assert compiled(tmp_path / "out/b.imagen.yaml") == upscale(one, sampleCount=1)


def test_what_force_replaces_is_told(tmp_path: Path) -> None:
    assert run("-", folder=tmp_path, data=json.dumps(generate()).encode()).returncode == 0
    again = run("-", "--force", folder=tmp_path, data=json.dumps(generate()).encode())
    assert b"replaces" not in again.stderr
    other = run("-", "--force", folder=tmp_path, data=json.dumps(generate(labels={"a": "b"})).encode())
    assert b"  replaces the request.imagen.yaml that was there\n" in other.stderr


def test_nothing_is_left_behind_when_it_is_ended(tmp_path: Path) -> None:
    words = (sys.executable, "-m", "imagenspec", "import", "-")
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, cwd=tmp_path, preexec_fn=heed_signals, **pipes) as process:  # noqa: PLW1509 - no other way, and nothing is imported there
        deadline = time.monotonic() + 30
        while not any(tmp_path.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert any(tmp_path.iterdir())
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    assert not any(tmp_path.iterdir())
