"""Where requests come from: JSON as people paste it, commands, archives, standard input; and what they become."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from round_trip import base64_of, compiled, generate, mask, picture, run, written

import imagenspec

URL = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/google/models"
FAST = "imagen-4.0-fast-generate-001"
CHECKOUT = Path(__file__).resolve().parents[2]
SEEDS = sorted((CHECKOUT / "tests/seeds").glob("*.json"))
PAYLOADS = sorted((CHECKOUT / "recipes").glob("*.imagen.yaml"))
PROMPT = """it's a "cup" of $5, 50% off; {{ cold }} `or` hot"""


def model_of(recipe: Path) -> str:
    return next(line.split()[1] for line in recipe.read_text("utf-8").splitlines() if line.startswith("model:"))


def of_shell(body: str) -> dict[str, str]:
    url = f"{URL}/{FAST}:predict"
    single = body.replace("'", "'\\''")
    double = body.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    ansi = body.replace("\\", "\\\\").replace("'", "\\'").replace("%", "\\u0025")
    head = '  -H "Authorization: Bearer $(gcloud auth print-access-token)" \\\n'
    return {
        "inline": f"curl -X POST \\\n{head}  -H 'Content-Type: application/json' \\\n{url} \\\n-d '{single}'\n",
        "in double quotes": f'curl --json "{double}" "{url}"\n',
        "of a browser": f"curl '{url}' \\\n  -H 'a: b' \\\n  --data-raw $'{ansi}' \\\n  --compressed\n",
        "attached": f"/usr/bin/curl -d'{single}' --url={url}\n",
        "in a here-document": f"cat > r.json <<'EOF'\n{body}\nEOF\n\ncurl -X POST \\\n{head}  -d @r.json \\\n  {url}\n",
        "through a pipe": f"cat <<-EOF | curl -d @- {url} > answer.json\n{body}\n\tEOF\n",
        "in a file": f"# the second of two\ncurl https://example.com/\ncurl --data @body.json '{url}'; echo done\n",
    }


def of_powershell(body: str) -> dict[str, str]:
    call = f'Invoke-WebRequest `\n    -Method POST `\n    -Uri "{URL}/{FAST}:predict"'
    escaped = body.replace("`", "``").replace("$", "`$")
    stored = f"'@ | Set-Content -Path request.json -Encoding ascii\n{call} `\n -InFile request.json | Select-Object"
    return {
        "here-string to a file": f"@'\n{body}\n{stored} -Expand Content\n",
        "here-string in a variable": f'$body = @"\n{escaped}\n"@\n{call} -Body $body\n',
        "quoted": f"{call} -Body '{body.replace(chr(39), chr(39) * 2)}'\n",
        "in a file": f"$cred = gcloud auth print-access-token\n{call} -InFile body.json\n",
    }


COMMANDS = {**of_shell("BODY"), **{f"PowerShell: {name}": "" for name in of_powershell("BODY")}}


@pytest.mark.parametrize("name", COMMANDS)
def test_bodies_of_commands(name: str, tmp_path: Path) -> None:
    body = {"instances": [{"prompt": PROMPT}], "parameters": {"sampleCount": 2}}
    text = json.dumps(body, indent=2)
    kind, _, rest = name.rpartition("PowerShell: ")
    (tmp_path / "body.json").write_text(text, "utf-8")
    (tmp_path / "call.sh").write_text(
        of_powershell(text)[rest] if kind or rest != name else of_shell(text)[name], "utf-8"
    )
    done = run("call.sh", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert compiled(tmp_path / "call.imagen.yaml") == body
    assert model_of(tmp_path / "call.imagen.yaml") == FAST


@pytest.mark.parametrize("form", ["curl", "powershell", "http", "request"])
def test_commands_of_compile_come_back(form: str, tmp_path: Path) -> None:
    recipe = CHECKOUT / "recipes/background-swap-user-mask.imagen.yaml"
    compile_it = (sys.executable, "-m", "imagenspec", "compile", str(recipe), "--format", form, "-o", "call.txt")
    subprocess.run(compile_it, cwd=tmp_path, capture_output=True, check=True, timeout=60)
    done = run("call.txt", "-o", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert compiled(tmp_path / "out/call.imagen.yaml") == compiled(recipe)


@pytest.mark.parametrize("recipe", PAYLOADS, ids=lambda path: path.name.split(".")[0])
def test_requests_of_the_recipes_need_no_raw(recipe: Path, tmp_path: Path) -> None:
    request = next(imagenspec.compile(recipe))
    loaded = imagenspec.load_request(b"".join(request.body()))
    assert loaded.request.digest == request.digest
    assert (loaded.task, loaded.raw) == (request.task, ())
    checked = imagenspec.check(loaded.write(tmp_path))
    assert checked.ok
    assert [again.digest for again in imagenspec.compile(checked.name)] == [request.digest]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_samples_of_the_pages_survive(seed: Path, tmp_path: Path) -> None:
    """The samples have placeholders where base64 belongs: each gets a picture that stands in, and is kept under raw."""
    done = run(str(seed), "--exact", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    body = json.loads(seed.read_bytes())
    assert json.dumps(compiled(tmp_path / f"{seed.stem}.imagen.yaml")) == json.dumps(body)
    assert done.stderr.count(b"stand-in") == seed.read_text("utf-8").count("IMAGE_")


def test_json_as_pages_have_it(tmp_path: Path) -> None:
    text = """// a sample
    {"instances": [{ /* one */ "prompt": "a man with
         short hair",}],
     "parameters": {"sampleCount": IMAGE_COUNT, "seed": ${SEED}, "language": "${LANGUAGE}",}, }"""
    done = run("-", "--model", "imagen-4.0-ultra-generate-001", folder=tmp_path, data=text.encode())
    assert done.returncode == 0, done.stderr.decode()
    assert compiled(tmp_path / "request.imagen.yaml") == {
        "instances": [{"prompt": "a man with short hair"}],
        "parameters": {"sampleCount": "IMAGE_COUNT", "seed": "${SEED}", "language": "${LANGUAGE}"},
    }
    assert model_of(tmp_path / "request.imagen.yaml") == "imagen-4.0-ultra-generate-001"
    assert b'standard input:4:36: "IMAGE_COUNT" is a placeholder' in done.stderr


def test_archive_of_a_browser(tmp_path: Path) -> None:
    posted = {"mimeType": "application/json", "text": json.dumps(generate())}
    entries = [
        {"request": {"method": "GET", "url": "https://example.com/"}},
        *(
            {"request": {"url": f"{URL}/{model}:predict", "postData": posted}}
            for model in (FAST, "imagegeneration%40006")
        ),
    ]
    (tmp_path / "a.har").write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), "utf-8")
    (tmp_path / "entry.json").write_text(json.dumps(entries[1]), "utf-8")
    done = run("a.har", "entry.json", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    models = {name: model_of(tmp_path / f"{name}.imagen.yaml") for name in ("a", "a-2", "entry")}
    assert models == {"a": FAST, "a-2": "imagegeneration@006", "entry": FAST}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    body = {"instances": [{"prompt": "ä 茶 🍵"}]}
    done = run("-", folder=tmp_path, data=json.dumps(body, ensure_ascii=False).encode(encoding))
    assert done.returncode == 0, done.stderr.decode()
    assert compiled(tmp_path / "request.imagen.yaml") == body


def test_long_body_in_an_archive(tmp_path: Path) -> None:
    """Of over a megabyte, with every kind of escape."""
    image = {"bytesBase64Encoded": base64_of(picture() + b"\xff" * 1_000_000)}
    body = {"instances": [{"prompt": 'ä\n"ä🍵"\\', "image": image}], "parameters": {"mode": "PROMPT"}}
    text = json.dumps(body, indent=1)
    request = {"url": f"{URL}/image-segmentation-001:predict", "postData": {"text": text}}
    data = json.dumps({"request": request}).replace("/", "\\/")
    assert run("-", folder=tmp_path, data=data.encode()).returncode == 0
    assert compiled(tmp_path / "request.imagen.yaml") == body


def test_json_lines_are_several_requests(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(generate(labels={"n": str(number)})) for number in range(3))
    assert run("-", folder=tmp_path, data=lines.encode()).returncode == 0
    assert {f"request{end}.imagen.yaml" for end in ("", "-2", "-3")} == written(tmp_path)


def test_list_of_bodies_is_several_requests(tmp_path: Path) -> None:
    bodies = [generate(labels={"n": str(number)}) for number in range(2)]
    text = json.dumps(bodies, indent=1).replace('"n": "1"', '"n": "2", "n": "1"')
    done = run("-", folder=tmp_path, data=text.encode())
    assert done.returncode == 0, done.stderr.decode()
    assert [compiled(tmp_path / f"request{end}.imagen.yaml") for end in ("", "-2")] == bodies
    first, second = done.stderr.decode().split("wrote ")[1:]
    assert "stands here twice" not in first
    assert 'standard input:25:14: "n" stands here twice' in second
    bad = json.dumps([*bodies, {"instances": [{"content": "x"}]}], indent=1)
    done = run("-", folder=tmp_path, data=bad.encode())
    assert b"standard input:29:16: /instances: no task has these members" in done.stderr


def test_names_differ_on_systems_that_do_not_tell_letters_apart(tmp_path: Path) -> None:
    for name in ("x.json", "X.json", "\ud55c.json", "\u1112\u1161\u11ab.json"):
        (tmp_path / name).write_text(json.dumps(generate()), "utf-8")
    assert (
        run("x.json", "X.json", "\ud55c.json", "\u1112\u1161\u11ab.json", "-o", "out", folder=tmp_path).returncode == 0
    )
    found = {normalize("NFC", name).casefold() for name in written(tmp_path / "out")}
    assert found == {"x.imagen.yaml", "x-2.imagen.yaml", "\ud55c.imagen.yaml", "\ud55c-2.imagen.yaml"}


def subject(number: int, data: bytes, **image: Any) -> dict[str, Any]:
    return {
        "referenceType": "REFERENCE_TYPE_SUBJECT",
        "referenceId": number,
        "referenceImage": {"bytesBase64Encoded": base64_of(data), **image},
        "subjectImageConfig": {"subjectDescription": "a man with short hair", "subjectType": "SUBJECT_TYPE_PERSON"},
    }


def test_pictures_are_named_by_what_they_are_and_kept_once(tmp_path: Path) -> None:
    one, other = picture("PNG", 10), picture("JPEG", 20)
    references = [subject(7, one), subject(7, other, mimeType="image/png"), subject(7, one)]
    body = {"instances": [{"prompt": "a man [7]", "referenceImages": references}]}
    assert run("-", "-o", "out", folder=tmp_path, data=json.dumps(body).encode()).returncode == 0
    assert written(tmp_path / "out") == {
        "request.imagen.yaml",
        *(f"request-images/{name}" for name in ("man-1.png", "man-2.jpg")),
    }
    assert (tmp_path / "out/request-images/man-1.png").read_bytes() == one
    text = (tmp_path / "out/request.imagen.yaml").read_text("utf-8")
    assert text.count("man:") == 1
    assert text.count("man-1.png") == 2
    assert "mime_type: image/png" in text
    assert compiled(tmp_path / "out/request.imagen.yaml") == body


def test_pictures_without_a_key_are_named_by_what_they_are() -> None:
    member = {"bytesBase64Encoded": base64_of(picture())}
    held = {"image": {"bytesBase64Encoded": base64_of(mask())}}
    loaded = imagenspec.load_request({"instances": [{"prompt": "a", "image": member, "mask": held, "newOne": held}]})
    assert set(loaded.pictures) == {"request-images/image.png", "request-images/mask.png"}


def test_repeated_id_is_one_reference_even_if_described_otherwise() -> None:
    other = subject(1, picture("PNG", 20))
    other["subjectImageConfig"]["subjectDescription"] = "the same man from the side"
    references = [subject(1, picture("PNG", 10)), other]
    loaded = imagenspec.load_request({"instances": [{"prompt": "a man [1]", "referenceImages": references}]})
    assert "    images: [request-images/man-1.png, request-images/man-2.png]" in loaded.text.splitlines()
    assert loaded.raw == ("/instances/0/referenceImages/1/subjectImageConfig/subjectDescription",)
    assert not [note for note in loaded.notes if "IMG402" in note]


def test_warnings_of_what_was_sent_are_told_and_silenced(tmp_path: Path) -> None:
    body = {"instances": [{"prompt": "no marker", "referenceImages": [subject(1, picture())]}]}
    loaded = imagenspec.load_request(body)
    assert loaded.text.startswith("# imagenspec: ignore-file[retired-model, uncited-reference] as it was sent\n")
    assert [note for note in loaded.notes if note.startswith("kept although it is a warning: IMG415")]
    assert [note for note in loaded.notes if note.startswith("kept although it is a warning: IMG204")]
    assert imagenspec.check(loaded.write(tmp_path)).findings == ()


@pytest.mark.parametrize("body", [None, 5, ["a"], {"a": object()}, {("a",): 1}, "\ud800"])
def test_what_is_no_request_is_refused(body: Any) -> None:
    with pytest.raises(imagenspec.BodyError, match=r"not (NoneType|int|list)$|JSON cannot say this request"):
        imagenspec.load_request(body)


@pytest.mark.parametrize(
    ("prompt", "line"),
    [
        ("on a table, soft light", "prompt: on a table, soft light"),
        ("a man [1]", "prompt: a man [1]"),
        ("[1] a man", 'prompt: "[1] a man"'),
        ("a: b", 'prompt: "a: b"'),
        ("16:9, 4", 'prompt: "16:9, 4"'),
        ("a {{ cup }}", """prompt: "a {{ '{' }}{ cup }}\""""),
    ],
)
def test_texts_have_quotes_only_where_they_need_them(prompt: str, line: str) -> None:
    loaded = imagenspec.load_request({"instances": [{"prompt": prompt}]})
    assert line in loaded.text.splitlines()
    assert json.loads(b"".join(loaded.request.body()))["instances"][0]["prompt"] == prompt


def test_base64_as_tools_wrap_it(tmp_path: Path) -> None:
    data = picture("PNG", 255) + bytes(range(256))
    plain = base64_of(data)
    wrapped = "\n".join(plain[at : at + 76] for at in range(0, len(plain), 76))
    slashed, bare = plain.replace("/", "\\/"), plain.replace("+", "-").replace("/", "_").rstrip("=")
    for number, written_so in enumerate((wrapped, wrapped.replace("\n", "\\n"), slashed, bare)):
        text = json.dumps(
            {"instances": [{"image": {"bytesBase64Encoded": "HERE"}}], "parameters": {"mode": "FOREGROUND"}}
        )
        (tmp_path / f"{number}.json").write_text(text.replace("HERE", written_so), "utf-8")
        done = run(f"{number}.json", folder=tmp_path)
        assert done.returncode == 0, done.stderr.decode()
        assert b"is written as standard base64" in done.stderr
        assert compiled(tmp_path / f"{number}.imagen.yaml") == json.loads(text.replace("HERE", plain))


def test_edit_with_a_mask_reads_like_one() -> None:
    entries = [
        {
            "referenceType": "REFERENCE_TYPE_RAW",
            "referenceId": 1,
            "referenceImage": {"bytesBase64Encoded": base64_of(picture())},
        },
        {
            "referenceType": "REFERENCE_TYPE_MASK",
            "referenceId": 2,
            "referenceImage": {"bytesBase64Encoded": base64_of(mask())},
            "maskImageConfig": {"maskMode": "MASK_MODE_USER_PROVIDED", "dilation": 0.0},
        },
    ]
    body = {
        "instances": [{"prompt": "a desk", "referenceImages": entries}],
        "parameters": {"editMode": "EDIT_MODE_BGSWAP"},
    }
    loaded = imagenspec.load_request(body, name="desk")
    assert loaded.text.splitlines()[5:] == [
        "image: desk-images/image.png",
        "mask: {image: desk-images/mask.png, dilation: 0.0}",
        "",
        "prompt: a desk",
        "",
        "parameters:",
        "  edit_mode: bgswap",
    ]
    assert set(loaded.pictures) == {"desk-images/image.png", "desk-images/mask.png"}
    assert loaded.pictures["desk-images/mask.png"] == mask()


def test_members_without_a_place_are_told_and_kept(tmp_path: Path) -> None:
    body = generate(newMember=1, parameters={"sampleCount": 9, "safetySetting": "block_some", "x": {"y": None}})
    done = run("-", folder=tmp_path, data=json.dumps(body).encode())
    assert compiled(tmp_path / "request.imagen.yaml") == body
    for place in ("/newMember", "/parameters/sampleCount", "/parameters/safetySetting", "/parameters/x/y"):
        assert f"{place}: kept under raw, not checked".encode() in done.stderr


def test_base64_in_snake_case_is_a_picture_too() -> None:
    body = {"instances": [{"image": {"bytes_base64_encoded": base64_of(picture())}}], "parameters": {"mode": "PROMPT"}}
    for exact in (False, True):
        loaded = imagenspec.load_request(body, exact=exact)
        assert next(iter(loaded.pictures.values())) == picture()
        assert base64_of(picture()) not in loaded.text
    assert json.loads(b"".join(loaded.request.body())) == body


def test_order_is_kept_when_asked() -> None:
    body = {"parameters": {"addWatermark": False, "seed": 2, "sampleCount": 1}, "instances": [{"prompt": "a cup"}]}
    plain, exact = imagenspec.load_request(body), imagenspec.load_request(body, exact=True)
    assert "raw" not in plain.text
    assert json.dumps(json.loads(b"".join(exact.request.body()))) == json.dumps(body)
    assert plain.request.digest == exact.request.digest


def test_what_recipes_send_but_the_request_does_not_is_left_out(tmp_path: Path) -> None:
    image = {"bytesBase64Encoded": base64_of(picture())}
    entry = {"referenceType": "REFERENCE_TYPE_STYLE", "referenceImage": image}
    body = {"instances": [{"prompt": "a cup", "referenceImages": [entry]}]}
    done = run("-", folder=tmp_path, data=json.dumps(body).encode())
    assert b"/instances/0/referenceImages/0/referenceId is not in the request; raw.omit keeps it out" in done.stderr
    assert compiled(tmp_path / "request.imagen.yaml") == body


def test_body_that_names_no_model_says_what_is_taken(tmp_path: Path) -> None:
    done = run("-", folder=tmp_path, data=json.dumps(generate()).encode())
    assert b"task generate; no URL and no --model says the model: imagen-4.0-generate-001 is taken" in done.stderr
    again = run("-", "--force", "--model", FAST, folder=tmp_path, data=json.dumps(generate()).encode())
    assert again.stderr.decode().splitlines()[:1] == [f"wrote request.imagen.yaml: generate, {FAST}, no picture"]
    wrong = run("-", "--force", "--model", "virtual-try-on-001", folder=tmp_path, data=json.dumps(generate()).encode())
    assert wrong.returncode == 1
    assert model_of(tmp_path / "request.imagen.yaml") == FAST
