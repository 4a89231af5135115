"""Whatever a picture's file is built of, a record goes in and out again without a trace."""

from __future__ import annotations

import zlib

from hypothesis import assume, given
from hypothesis import strategies as st

from imagenspec.provenance.record import Input, Record
from imagenspec.provenance.stamping import Stamped, record_in, stamped, without

PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{}</rdf:RDF>'
    "</x:xmpmeta>"
)
SAYING = st.sampled_from([
    '<rdf:Description rdf:about=""/>',
    '<rdf:Description rdf:about="a&quot;b &amp; c"><a:b xmlns:a="a:">c</a:b></rdf:Description>',
    "",
    "<!-- </rdf:RDF> -->",
    "<rdf:li>",
])  # fmt: skip
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
WORDS = TEXTS.filter(lambda text: text and not any(ord(one) < 32 or ord(one) in (0xFFFE, 0xFFFF) for one in text))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2) + content


def _packets() -> st.SearchStrategy[bytes]:
    return st.lists(SAYING, max_size=3).map(lambda said: PACKET.format("".join(said)).encode())


@st.composite
def pngs(draw: st.DrawFn) -> bytes:
    """Return what is built like a PNG: chunks of any kind around pixels that nobody decodes."""
    kinds = st.sampled_from([b"tEXt", b"iTXt", b"eXIf", b"acTL", b"fdAT", b"zzZz", b"caBX"])
    some = st.lists(
        st.builds(_chunk, kinds, st.binary(max_size=20))
        | st.builds(lambda packet: _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet), _packets()),
        max_size=3,
    ).map(b"".join)
    pixels = _chunk(b"IDAT", draw(st.binary(max_size=30)))
    parts = [b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", bytes(13)), draw(some), pixels, draw(some), _chunk(b"IEND", b"")]
    return b"".join(parts) + draw(st.binary(max_size=9))


@st.composite
def jpegs(draw: st.DrawFn) -> bytes:
    """Return what is built like a JPEG: segments of any kind, fill bytes, scans with stuffed bytes and restarts."""
    some = st.lists(
        st.builds(_segment, st.sampled_from([0xE0, 0xE1, 0xE2, 0xED, 0xFE, 0xDB, 0xC4]), st.binary(max_size=20))
        | st.sampled_from([_segment(0xE0, b"JFIF\0"), _segment(0xE1, b"Exif\0\0II"), _segment(0xEB, b"JP\0\1"),
                           _segment(0xE2, b"MPF\0")])
        | st.builds(lambda packet: _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet), _packets()),
        max_size=4,
    )  # fmt: skip
    fill = st.sampled_from([b"", b"\xff", b"\xff\xff\xff"])
    pieces = st.sampled_from([b"\xff\0", b"\xff\xd0", b"\xff\xd7", b"\x12\x34", b"\xe1", b"\0"])
    scan = st.lists(pieces, max_size=6).map(lambda found: _segment(0xDA, bytes(8)) + b"".join(found))
    parts = [b"\xff\xd8"]
    for one in (*draw(some), draw(scan), *draw(some), draw(scan)):
        parts += [draw(fill), one]
    return b"".join(parts) + draw(fill) + b"\xff\xd9" + draw(st.binary(max_size=9))


def records() -> st.SearchStrategy[Record]:
    return st.builds(
        Record,
        tool=WORDS, data=WORDS, task=WORDS, recipe=WORDS, case=st.just("") | WORDS, model=WORDS,
        seed=st.none() | st.integers(-(2**40), 2**40), prompt=st.none() | TEXTS.filter(bool),
        sample=st.integers(1, 8), request=DIGESTS, picture=DIGESTS,
        inputs=st.lists(st.builds(Input, WORDS, DIGESTS), max_size=3).map(tuple),
        withheld=st.lists(WORDS, max_size=2).map(tuple), resolved=st.just("") | WORDS,
        source_type=st.sampled_from([None, "trainedAlgorithmicMedia"]),
    )  # fmt: skip


def _check(data: bytes, record: Record) -> Stamped:
    told = stamped(data, record)
    assert without(told.data) == data
    assert without(data) == data
    assert stamped(told.data, record) == told
    assert (told.sidecar is not None) == (told.data == data)
    return told


@given(pngs() | jpegs(), records(), records())
def test_record_goes_in_and_out_again(data: bytes, record: Record, other: Record) -> None:
    told = _check(data, record)
    assert stamped(told.data, other) == stamped(data, other)


@given(pngs() | jpegs(), records())
def test_record_is_read_as_it_was_written(data: bytes, record: Record) -> None:
    told = _check(data, record)
    found = record_in(told.data if told.sidecar is None else told.sidecar)
    assert found is not None
    prompt = None if record.prompt is None else found.prompt
    assert found == record._replace(prompt=prompt)


@given(pngs() | jpegs(), st.data())
def test_broken_files_come_through_as_they_are(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    kind = draw.draw(st.sampled_from(["cut", "flipped", "left out", "doubled"]))
    broken = {
        "cut": data[:at],
        "flipped": data[:at] + bytes((data[at] ^ 0x41,)) + data[at + 1 :],
        "left out": data[:at] + data[at + 1 :],
        "doubled": data[:at] + data[at : at + 1] + data[at:],
    }[kind]
    assume(broken != data)
    _check(broken, _RECORD)


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]))
def test_any_bytes_come_through_as_they_are(data: bytes, head: bytes) -> None:
    _check(head + data, _RECORD)


@given(records(), st.binary(max_size=40), st.integers(0, 3000))
def test_records_that_were_tampered_with_are_read_or_not_but_never_fail(record: Record, junk: bytes, at: int) -> None:
    packet = stamped(b"", record).sidecar
    assert packet is not None
    record_in(packet[:at] + junk + packet[at:])
    record_in(packet[:at] + junk + packet[at + len(junk) :])


_RECORD = Record("t", "d", "k", "r", "", "m", None, "p", 1, "ab" * 32, "cd" * 32)
