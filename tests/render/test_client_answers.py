"""JSON read as it arrives: cut anywhere it means the same, and long base64 becomes bytes outside of memory."""

from __future__ import annotations

import base64
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagenspec.render.service.answer_stream import AnswerReader, TooLargeError
from imagenspec.render.service.blobs import Blob, bytes_of

LONG = 20_000
PICTURE = bytes(range(256)) * 100 + b"!"

texts = st.text(max_size=20) | st.sampled_from(["\\", '"', '\\"', "\u2028", "blob-", "=", "\U0001f600"])
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
NEARLY = ("A" * LONG + "!", "=" * LONG)
"""Texts that begin like base64 and are none."""
BASE64 = ("A" * LONG, base64.b64encode(PICTURE).decode())
OTHERS = ("a long sentence, no base64. " * 1000, '"\\/\u00e4' * 10_000)
long_texts = st.sampled_from([*NEARLY, *BASE64, *OTHERS])


def read(text: bytes, cuts: list[int], reader: AnswerReader) -> Any:
    at = 0
    for cut in [*sorted(cuts), len(text)]:
        reader.feed(text[at:cut])
        at = max(at, cut)
    return reader.result()


def same(found: Any, sent: Any) -> bool:
    """Tell whether what was read is what was sent, with blobs for base64.

    A text that only begins like base64 may have become a broken blob: that depends on where it was cut.
    """
    if isinstance(sent, dict):
        return isinstance(found, dict) and all(same(found.get(key), value) for key, value in sent.items())
    if isinstance(sent, list):
        return len(found) == len(sent) and all(map(same, found, sent))
    if not isinstance(found, Blob):
        return bool(found == sent)
    return found.broken if sent in NEARLY else b"".join(found.chunks()) == base64.b64decode(sent)


@given(data=plain, ascii_only=st.booleans(), cuts=st.lists(st.integers(0, 300), max_size=30))
@settings(max_examples=300, deadline=None)
def test_short_json_is_read_as_it_is_wherever_it_is_cut(data: Any, ascii_only: bool, cuts: list[int]) -> None:
    try:
        text = json.dumps(data, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        text = json.dumps(data).encode()
    assert read(text, cuts, AnswerReader()) == json.loads(text)


@given(
    data=st.lists(long_texts | texts | st.dictionaries(st.sampled_from("abc"), long_texts), max_size=4),
    cuts=st.lists(st.integers(0, 90_000), max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_long_texts_are_read_as_they_are_wherever_they_are_cut(data: list[Any], cuts: list[int]) -> None:
    reader = AnswerReader()
    try:
        assert same(read(json.dumps(data).encode(), cuts, reader), data)
    finally:
        reader.close()


@given(
    text=st.binary(max_size=60) | st.text(alphabet='{}[]",:\\u0aA1', max_size=40).map(str.encode),
    cut=st.integers(0, 60),
)
@settings(max_examples=500, deadline=None)
def test_what_is_no_json_is_refused_and_nothing_else(text: bytes, cut: int) -> None:
    try:
        wanted = json.loads(text.decode("utf-8-sig"))
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - any kind of it
            read(text, [cut], AnswerReader())
    else:
        assert repr(read(text, [cut], AnswerReader())) == repr(wanted)


ENCODED = base64.b64encode(PICTURE).decode()


@pytest.mark.parametrize(
    "written",
    [
        ENCODED,
        ENCODED.replace("/", "\\/"),
        ENCODED.replace("=", "\\u003d").replace("+", "\\u002B"),
        ENCODED.replace("+", "-").replace("/", "_"),
        ENCODED.rstrip("="),
        "\\n".join(ENCODED[at : at + 76] for at in range(0, len(ENCODED), 76)) + "\\n",
    ],
    ids=["plain", "escaped slashes", "escaped padding", "url-safe", "no padding", "lines"],
)
@pytest.mark.parametrize("piece", [1, 3, 1001, 10**6])
def test_base64_is_understood_in_every_spelling_that_json_allows(written: str, piece: int) -> None:
    text = b'{"predictions":[{"bytesBase64Encoded":"' + written.encode() + b'"}]}'
    reader = AnswerReader()
    blob = read(text, list(range(0, len(text), piece)), reader)["predictions"][0]["bytesBase64Encoded"]
    assert isinstance(blob, Blob)
    assert (b"".join(blob.chunks()), blob.size, blob.broken) == (PICTURE, len(PICTURE), False)
    reader.close()


@pytest.mark.parametrize("end", ["A", "AA=A", "====", "A===", "%%%%", "\\u00e4", "\\ud800"])
def test_base64_that_ends_as_none_can_is_broken(end: str) -> None:
    reader = AnswerReader()
    blob = read(b'"' + b"AAAA" * LONG + end.encode() + b'"', [50_000], reader)
    assert blob.broken
    reader.close()


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        read(b"[" * 100_000 + b"]" * 100_000, [], AnswerReader())


def test_text_without_end_is_refused_before_it_fills_the_memory() -> None:
    reader, fed = AnswerReader(), 0

    def feed_without_end() -> None:
        nonlocal fed
        while fed < 100_000_000:
            reader.feed(b'"no base64!",' * 1000)
            fed += 13_000

    with pytest.raises(TooLargeError):
        feed_without_end()
    assert fed < 10_000_000


def test_pictures_of_any_size_cost_the_same_memory() -> None:
    piece = base64.b64encode(bytes(range(256)) * 192)
    reader = AnswerReader()
    tracemalloc.start()
    reader.feed(b'{"predictions":[')
    for index in range(4):
        reader.feed((b"," if index else b"") + b'{"bytesBase64Encoded":"')
        for _ in range(200):
            reader.feed(piece)
        reader.feed(b'"}')
    reader.feed(b"]}")
    data = reader.result()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [one["bytesBase64Encoded"].size for one in data["predictions"]] == [200 * 256 * 192] * 4
    assert peak < 4_000_000
    reader.close()


@pytest.mark.parametrize("text", ["", "AAAA", "QUJD", "QUI=", "QUI", "-_-_", "QU JD\n"])
def test_short_base64_is_decoded(text: str) -> None:
    cleaned = text.replace(" ", "").replace("\n", "").rstrip("=")
    found = bytes_of(text)
    assert found is not None
    assert found.data == base64.urlsafe_b64decode(cleaned + "=" * (-len(cleaned) % 4))


@pytest.mark.parametrize("text", ["A", "AAAAA", "a sentence", "ä", "====", "QQ==QQ==", "\ud800"])
def test_short_texts_that_are_no_base64_are_none(text: str) -> None:
    assert bytes_of(text) is None
