"""A lock as text: what its lines are, which are refused, and where the message says that is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lock_values import DIGEST, ENTRIES, FILTERED, IMAGE, entry, write

from imagenspec.render.locks.lockfile import Entry, Lock, LockError, read

CHECKOUT = Path(__file__).resolve().parents[2]
SCHEMA: dict[str, Any] = json.loads((CHECKOUT / "schemas" / "lock.schema.json").read_bytes())
HEADER = '{"imagenspec_lock":1}'
LINE = (
    '{"case":"seed=7","task":"generate","model":"imagen-4.0-generate-001","digest":"' + DIGEST + '","data":"1",'
    '"inputs":{"a/cup.png":"' + DIGEST + '"},"seed":7,"samples":['
    '{"outcome":"image","file":"renders/cup.png","sha256":"' + DIGEST + '","pixels":"' + DIGEST[::-1] + '"},'
    '{"outcome":"filtered","reason":"Support codes: 56562880","codes":[56562880]}]}'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cup.imagen.lock"


def lock(*entries: Entry) -> Lock:
    return Lock({one.case: one for one in entries})


def is_valid(members: Any) -> bool:
    return jsonschema.Draft7Validator(SCHEMA).is_valid(members)


def test_case_is_one_line_with_its_members_in_this_order(path: Path) -> None:
    write(path, lock(entry("seed=7", (IMAGE, FILTERED))))
    assert path.read_text("utf-8") == f"{HEADER}\n\n{LINE}\n"


def test_lock_that_is_not_there_is_empty(path: Path) -> None:
    assert read(path) == Lock()
    assert not path.exists()


def test_cases_stand_in_the_order_of_their_ids(path: Path) -> None:
    write(path, lock(entry("b"), entry("a"), entry("")))
    assert [json.loads(line)["case"] for line in path.read_text().splitlines()[2::2]] == ["", "a", "b"]


def test_inputs_stand_in_the_order_of_their_paths(path: Path) -> None:
    write(path, lock(entry("a")._replace(inputs={"b.png": DIGEST, "a.png": DIGEST})))
    assert list(json.loads(path.read_text().splitlines()[2])["inputs"]) == ["a.png", "b.png"]


def test_schema_is_one_of_draft_7_and_describes_every_member() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    for definition in SCHEMA["definitions"].values():
        assert definition["description"]
        assert all(member["description"] for member in definition.get("properties", {}).values())


def changed(**members: Any) -> str:
    return json.dumps({**json.loads(LINE), **members})


def sample(**members: Any) -> str:
    return changed(samples=[{**json.loads(LINE)["samples"][0], **members}])


def without(name: str) -> str:
    return json.dumps({key: value for key, value in json.loads(LINE).items() if key != name})


WRONG = [
    (changed(seed="7"), '"seed" must be the seed of the request, an integer'),
    (changed(seed=7.5), '"seed" must be'),
    (changed(digest=DIGEST.upper()), '"digest" must be the SHA-256 of the request'),
    (changed(digest=DIGEST + "0"), '"digest" must be'),
    (changed(task="draw"), '"task" must be the task'),
    (changed(model=""), '"model" must be the id'),
    (changed(data=1), '"data" must be the version'),
    (changed(inputs=[]), '"inputs" must be the pictures'),
    (changed(inputs={"cup.png": "x"}), '"inputs.cup.png" must be a SHA-256 digest'),
    (changed(case=7), '"case" must be the id'),
    (changed(target=""), '"target" must be'),
    (changed(samples={}), '"samples" must be a list'),
    (changed(samples=[1]), '"samples.0" must be an image with'),
    (changed(samples=[{}]), '"samples.0" must be an image with'),
    (changed(samples=[{"outcome": "image"}]), '"samples.0" must be an image with'),
    (changed(samples=[{"outcome": "filtered"}]), '"samples.0" must be'),
    (sample(outcome="drawn"), '"samples.0'),
    (sample(sha256="x"), '"samples.0.sha256" must be the SHA-256 of the bytes'),
    (sample(gcs="https://x"), '"samples.0.gcs" must be the gs:// URI'),
    (sample(outcome="missing", reason="", codes=[]), '"samples.0" must be'),
    (sample(outcome="missing", reason="", codes=["1"], sha256=DIGEST), '"samples.0.codes.0" must be a support code'),
    (without("seed"), 'the case has no "seed"'),
    ("{}", 'the case has no "case", "task"'),
    ("[]", "the line is not a JSON object"),
    ("7", "the line is not a JSON object"),
    (LINE[:-1], "the line is not JSON from column"),
    (LINE + LINE, "the line is not JSON from column"),
    (LINE.replace('"seed":7', '"seed":NaN'), "a number is not finite"),
    (LINE.replace('"seed":7', '"x":1e999,"seed":7'), "a number is not finite"),
    (LINE.replace('"seed":7', '"seed":' + "7" * 5000), "a number is too long"),
    (LINE.replace('"seed":7', '"seed":7,"seed":8'), '"seed" stands twice in one object'),
    ("[" * 100_000, "the line is nested too deeply"),
    (HEADER, "the header of the lock stands twice"),
    ("\ufeff" + LINE, "the line is not JSON from column 1"),
    ("<<<<<<< HEAD", "a merge left its conflict here"),
    ("||||||| 1234567", "a merge left its conflict here"),
    ("=======", "a merge left its conflict here"),
    (">>>>>>> branch", "a merge left its conflict here"),
]


@pytest.mark.parametrize(("text", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_wrong_line_is_refused_with_its_number_and_what_belongs_there(path: Path, text: str, problem: str) -> None:
    path.write_text(f"{HEADER}\n\n{changed(case='a')}\n{text}\n", "utf-8")
    with pytest.raises(LockError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:4: {problem}")
    assert caught.value.line == 4
    assert len(str(caught.value)) < len(str(path)) + 300


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1: the lock is empty"),
        ("\n\n", "1: the lock is empty"),
        (f"{LINE}\n", f"1: a lock begins with the line {HEADER}"),
        ('{"imagenspec_lock":2}\n', "1: the lock has format 2; a newer imagenspec wrote it"),
        ('{"imagenspec_lock":true}\n', "1: a lock begins with"),
        (f"{HEADER}\n{LINE}\n\n{LINE}\n", '4: case "seed=7" has this line and line 2'),
    ],
)
def test_lock_without_its_header_or_with_two_lines_of_one_case_is_refused(path: Path, text: str, problem: str) -> None:
    path.write_text(text)
    with pytest.raises(LockError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:{problem}")


def test_bytes_that_are_no_text_are_refused_with_their_line(path: Path) -> None:
    path.write_bytes(HEADER.encode() + b"\n\xff\n")
    with pytest.raises(LockError, match=":2: the line is not UTF-8"):
        read(path)


def test_control_and_direction_characters_are_escaped(path: Path) -> None:
    write(path, lock(entry("a\u202eb\u2028c\x85d\ud800e")))
    assert r"a\u202eb\u2028c\u0085d\ud800e" in path.read_text("utf-8")
    assert list(read(path).entries) == ["a\u202eb\u2028c\x85d\ud800e"]


def wrong_line(path: Path) -> int | None:
    """Return the line for which a lock is refused, if it is."""
    try:
        read(path)
    except LockError as error:
        return error.line
    return None


@settings(deadline=None)
@given(entries=st.lists(ENTRIES, max_size=4, unique_by=lambda one: one.case))
def test_whatever_is_written_is_read_again_and_is_as_the_schema_says(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.imagen.lock"
    path.unlink(missing_ok=True)
    write(path, lock(*entries))
    found = read(path)
    assert dict(found.entries) == {one.case: one for one in entries}
    data = path.read_bytes()
    assert not write(path, found)
    assert not write(path, lock(*entries))
    assert path.read_bytes() == data
    lines = [line for line in data.decode().split("\n") if line]
    assert all(is_valid(json.loads(line)) for line in lines)


@settings(deadline=None, max_examples=300)
@given(data=st.data(), entry=ENTRIES)
def test_reader_takes_a_changed_line_exactly_if_the_schema_does(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, entry: Entry
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.imagen.lock"
    path.unlink(missing_ok=True)
    write(path, lock(entry))
    members = json.loads(path.read_text("utf-8").splitlines()[2])
    values = st.sampled_from([None, "", "x", 1, 1.5, True, [], {}, DIGEST, ["x"], [1], {"x": 1}, "gs://b/c", "image"])
    places = [members, members["inputs"], *members["samples"]]
    place = data.draw(st.sampled_from([one for one in places if one]))
    name = data.draw(st.sampled_from(sorted(place)))
    if data.draw(st.booleans()):
        del place[name]
    else:
        place[name] = data.draw(values)
    path.write_text(f"{HEADER}\n{json.dumps(members)}\n", "utf-8")
    assert wrong_line(path) == (None if is_valid(members) else 2)


@settings(deadline=None, max_examples=200)
@given(
    data=st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: f"{HEADER}\n{text}".encode("utf-8", "replace"))
)
def test_no_bytes_raise_anything_but_an_error_with_a_line(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.imagen.lock"
    path.write_bytes(data)
    assert (wrong_line(path) or 1) in range(1, data.count(b"\n") + 2)
