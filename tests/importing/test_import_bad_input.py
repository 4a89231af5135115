"""What cannot be imported: one clear error with a place, nothing written, nothing written over."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from round_trip import base64_of, compiled, generate, picture, run, written

import imagenspec
from imagenspec.importing.convert import Wish
from imagenspec.importing.refusals import positions
from imagenspec.importing.run import import_files, output_of, stem_of

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = base64_of(picture())


def upscale(data: str) -> str:
    config = {"mode": "upscale", "upscaleConfig": {"upscaleFactor": "x2"}}
    return json.dumps({"instances": [{"image": {"bytesBase64Encoded": data}}], "parameters": config})


URL = "https://host/models/virtual-try-on-001:predict"
AT = "/instances/0/image/bytesBase64Encoded"
SWAPPED = '{\n"instances": [\n{\n"prompt": "TEXT_PROMPT": [\n{\n"referenceType": "REFERENCE_TYPE_RAW"}]}]}'
BAD: dict[str, tuple[bytes | str, str]] = {
    "cut off in base64": (upscale(PLAIN)[:90], "1:49: this text has no closing quote"),
    "cut off behind": (upscale(PLAIN)[:-2], 'the text ends too early: "," or "}" belongs here'),
    "cut off in a name": ('{"instances": [{"pro', "1:17: this text has no closing quote"),
    "sample without a name": (SWAPPED, '4:24: "," or "}" belongs here, not ": ["'),
    "a character that is none": (
        upscale(f"{PLAIN[:40]}*{PLAIN[41:]}"),
        f'1:90: {AT}: base64 that does not decode: "*"',
    ),
    "base64 cut off": (upscale(PLAIN[:-3]), f"1:50: {AT}: base64"),
    "base64 in a data URL": (
        upscale(f"data:image/png;base64,{PLAIN}"),
        f"{AT}: base64 that does not decode: it starts with",
    ),
    "base64 of a text": (upscale(base64_of(b"hello")), f"{AT}: the base64 of 5 bytes that are no image"),
    "text of 100 MB": (
        f'{{"instances": [{{"prompt": "{"x" * 100_000_000}"}}]}}',
        "1:28: /instances/0/prompt: a text of 100,000,000 bytes",
    ),
    "name of 100 MB": (f'{{"{"x" * 100_000_000}": 1}}', "1:2: a text of 100,000,000 bytes"),
    "brackets": ('{"instances": ' + "[" * 100_000, "1:79: more than 64 levels of brackets"),
    "values": ('{"instances": [' + "1," * 200_000, "more than 100,000 values"),
    "digits": ('{"instances": ' + "1" * 5000, "1:15: a number of 5,000 digits"),
    "not a number": ('{"parameters": {"guidanceScale": NaN}}', '1:34: a value belongs here, not "NaN}}"'),
    "infinite": ('{"parameters": {"guidanceScale": 1e999}}', '1:34: "1e999" is too large for a number'),
    "left out": ('{"instances": [...]}', '1:16: "..." stands for something that was left out'),
    "half a character": (r'{"instances": [{"prompt": "\ud800"}]}', "1:28: half of a character"),
    "no escape": (r'{"instances": [{"prompt": "ab\q"}]}', "1:30: an escape that JSON does not have"),
    "Latin-1": ('{"instances": [{"prompt": "ä"}]}'.encode("latin-1"), "1:28: byte 0xe4 is not UTF-8"),
    "half of UTF-16": ('{"a": 1}'.encode("utf-16")[:-1], "UTF-16"),
    "nothing": ("", "1:1: nothing stands here"),
    "only a comment": ("// soon\n", "nothing stands here"),
    "a list": ("[1]", "1:1: a request is a JSON object"),
    "a text": ('"x"', "1:1: neither JSON nor a curl or PowerShell command"),
    "prose": ("Send the request.", "1:1: neither JSON nor a curl or PowerShell command"),
    "more behind it": ('{"instances": [{"prompt": "x"}]} x', '1:34: a value belongs here, not "x"'),
    "no instances": ('{"prompt": "x"}', '1:1: a request needs "instances"'),
    "empty instances": ('{"instances": []}', '1:1: a request needs "instances"'),
    "an answer": ('{"predictions": []}', '1:1: a request needs "instances"'),
    "members of no task": ('{"instances": [{"content": "x"}]}', "1:15: /instances: no task has these members"),
    "wrong task": (
        f"curl -d '{json.dumps(generate())}' {URL}",
        '1:24: /instances: this is a request of task "generate"',
    ),
    "archive without a request": ('{"log": {"entries": []}}', "1:1: no entry of this archive"),
    "curl without a body": (f"curl {URL}", "1:1: this curl command sends no body"),
    "quote without an end": ("curl -d '{", "1:9: this single quote is never closed"),
    "here-document without an end": (
        "cat <<EOF > r.json\n{}\ncurl -d @r.json",
        '1:5: this here-document has no line "EOF"',
    ),
    "here-string without an end": ("@'\n{}\nInvoke-WebRequest -InFile r.json", "1:1: this here-string has no line"),
    "broken inside a command": ("curl \\\n  -d '{\"a\": \"it'\\''s\", oops}'", "2:24: a name in double quotes"),
    "file outside": (
        f"curl -d @../../../etc/passwd {URL}",
        "call.sh:1:9: the body is in ../../../etc/passwd, outside the folder of the command",
    ),
    "file that is not there": (f"curl -d @body.json {URL}", "call.sh:1:9: the body is in body.json, which is not"),
    "PowerShell with a file": (
        "Invoke-WebRequest `\n-InFile body.json",
        "2:9: the body is in body.json; load that file",
    ),
    "all in a comment": (
        '{ "instances": [ { // one of these "image": {} } ] }',
        "1:20: the rest of the text is in this comment",
    ),
    "printed with the name of a file": (
        '{"instances": [{"image": {"bytesBase64Encoded": {"$file": "a.png", "bytes": 1}}}]}',
        '1:49: /instances/0/image/bytesBase64Encoded: this names a file with "$file"',
    ),
    "archive with a broken body": (
        json.dumps([{"request": {"url": URL, "postData": {"text": "{oops}"}}}]),
        "the body (body of entry 1):1:2: a name in double quotes",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_refused_with_the_place_and_nothing_written(name: str, tmp_path: Path) -> None:
    data, reason = BAD[name]
    with pytest.raises(imagenspec.BodyError) as caught:
        imagenspec.load_request(data) if not name.startswith("file") else _from_file(tmp_path, str(data))
    message = str(caught.value)
    assert reason in message
    assert len(message) < 400
    assert "\n" not in message


def _from_file(folder: Path, text: str) -> None:
    (folder / "call.sh").write_text(text, "utf-8")
    import_files([str(folder / "call.sh")], output_of(str(folder / "out"), force=False), Wish())


def test_one_bad_request_of_several_keeps_all_from_being_written(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(json.dumps(generate()), "utf-8")
    (tmp_path / "bad.json").write_text(upscale("!"), "utf-8")
    done = run("good.json", "bad.json", "-o", "deep/out", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        f'imagenspec: bad.json:1:50: {AT}: base64 that does not decode: "!" is in it'
    ]
    assert written(tmp_path) == {"good.json", "bad.json"}
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize(
    ("there", "force"),
    [
        ("request.imagen.yaml", "writes over it"),
        ("request-images/image.png", "keeps it, and gives the picture of the request another name"),
    ],
)
def test_nothing_is_written_over_unless_forced(there: str, force: str, tmp_path: Path) -> None:
    body = upscale(PLAIN).encode()
    (tmp_path / "request-images").mkdir()
    (tmp_path / there).write_text("mine")
    done = run("-", folder=tmp_path, data=body)
    assert done.returncode == 2
    assert done.stderr.decode() == f"imagenspec: {there} exists already; --force {force}\n"
    assert written(tmp_path) == {there}
    assert (tmp_path / there).read_text() == "mine"
    assert run("-", "--force", folder=tmp_path, data=body).returncode == 0
    assert compiled(tmp_path / "request.imagen.yaml") == json.loads(body)


def test_a_picture_that_is_there_already_is_no_hindrance(tmp_path: Path) -> None:
    body = upscale(PLAIN).encode()
    assert run("-", folder=tmp_path, data=body).returncode == 0
    (tmp_path / "request.imagen.yaml").unlink()
    there = (tmp_path / "request-images" / "image.png").stat()
    assert run("-", folder=tmp_path, data=body).returncode == 0
    assert (tmp_path / "request-images" / "image.png").stat().st_ino == there.st_ino
    assert written(tmp_path) == {"request.imagen.yaml", "request-images/image.png"}


@pytest.mark.parametrize(
    ("path", "stem"),
    [
        ("../../evil.json", "evil"),
        ("..", "request"),
        ("...json", "request"),
        ("C:\\temp\\a b.imagen.json", "a-b"),
        ("-", "request"),
        (".imagenspec.toml", "imagenspec.toml"),
        ("a/\x1b[31m\n.sh", "31m"),
        ("x" * 300 + ".json", "x" * 80),
        ("Grüße.har", "Grüße"),
    ],
)
def test_names_stay_in_the_folder(path: str, stem: str) -> None:
    assert stem_of(path) == stem


def test_linked_folder_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/request-images").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    done = run("-", "-o", "out", "--force", folder=tmp_path, data=upscale(PLAIN).encode())
    assert done.returncode == 2
    assert b"would leave out; a folder there is a symbolic link" in done.stderr
    assert written(tmp_path) == set()


def test_linked_recipe_is_replaced_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("mine")
    (tmp_path / "request.imagen.yaml").symlink_to(tmp_path / "secret")
    assert run("-", folder=tmp_path, data=json.dumps(generate()).encode()).returncode == 2
    assert run("-", "--force", folder=tmp_path, data=json.dumps(generate()).encode()).returncode == 0
    assert (tmp_path / "secret").read_text() == "mine"
    assert not (tmp_path / "request.imagen.yaml").is_symlink()


@pytest.mark.parametrize("name", ["$file", "referenceImages", "1", "newMember"])
def test_members_that_look_like_notation_come_out_or_are_refused(name: str) -> None:
    for value in ({"$file": "../../etc/passwd"}, {"0": {"a": 1}}, ["x"], "x"):
        body: dict[str, Any] = {"instances": [{"prompt": "a", name: value}]}
        try:
            loaded = imagenspec.load_request(body)
        except imagenspec.BodyError as error:
            assert re.search(r"this names a file with|no recipe can say this request", str(error))  # noqa: PT017
        else:
            assert json.loads(b"".join(loaded.request.body())) == body


def test_what_is_printed_cannot_steer_a_terminal(tmp_path: Path) -> None:
    body = generate(**{"\x1b[31mred\n": 1})
    done = run("-", folder=tmp_path, data=json.dumps(body).encode())
    assert done.returncode == 0
    assert b"\x1b" not in done.stderr
    assert compiled(tmp_path / "request.imagen.yaml") == body


@pytest.mark.parametrize("model", ["", "a b", "../x", "x\ny: 1", "\x1b[31m", "a" * 101])
def test_model_that_is_no_id_is_refused(model: str, tmp_path: Path) -> None:
    done = run("-", "--model", model, folder=tmp_path, data=json.dumps(generate()).encode())
    assert done.returncode == 2
    assert b"no model has such an id" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert written(tmp_path) == set()


def test_twice_is_told(tmp_path: Path) -> None:
    done = run("-", folder=tmp_path, data=b'{"instances": [{"prompt": "a",\n  "prompt": "b"}]}')
    assert b'standard input:2:3: "prompt" stands here twice; the last one counts' in done.stderr
    assert compiled(tmp_path / "request.imagen.yaml") == {"instances": [{"prompt": "b"}]}


def test_of_very_many_notes_the_first_are_told_with_their_places() -> None:
    twice = '"ä": 1,\n"prompt": "x",\n' * 5_000
    loaded = imagenspec.load_request('{"instances": [{' + twice + '"ä": 2, "prompt": "x"}]}')
    told = [note for note in loaded.notes if "stands here twice" in note]
    assert told[:2] == [
        'the body:3:1: "ä" stands here twice; the last one counts',
        'the body:4:1: "prompt" stands here twice; the last one counts',
    ]
    assert (len(told), loaded.notes[len(told)]) == (40, "and 9,960 more of such notes")


def test_places_are_counted_as_one_by_one() -> None:
    text = "a\n\nä漢😀 b\n  \r\nc"
    offsets = [len(text[:index].encode()) for index in range(len(text) + 1)]
    found = positions(text.encode(), [*reversed(offsets), offsets[-1] + 9])
    for index, offset in enumerate(offsets):
        before = text[:index].split("\n")
        assert found[offset] == (len(before), len(before[-1]) + 1)
    assert found[offsets[-1] + 9] == found[offsets[-1]]
