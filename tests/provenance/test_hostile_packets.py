"""Packets that mean harm: read within bounds, or not at all."""

from __future__ import annotations

import tracemalloc
import zlib

import pytest
from carrying import RECORD, chunk, itxt, png_with, saved

from imagenspec.provenance import png
from imagenspec.provenance.stamping import record_in, stamped, without
from imagenspec.provenance.xmp import LARGEST, PacketError, descriptions

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
BILLION = (
    '<!DOCTYPE a [<!ENTITY b "ha">'
    + "".join(f'<!ENTITY b{number} "{"&b;" * 10}">' for number in range(9))
    + f"]><rdf:RDF {RDF}>&b8;</rdf:RDF>"
)
EXTERNAL = f'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><rdf:RDF {RDF}>&b;</rdf:RDF>'
HOSTILE = {
    "entities that grow": BILLION,
    "entity from elsewhere": EXTERNAL,
    "document type alone": f"<!DOCTYPE a><rdf:RDF {RDF}/>",
    "entity without a type": f"<rdf:RDF {RDF}>&b;</rdf:RDF>",
    "too deep": f"<rdf:RDF {RDF}>" + "<a>" * 5_000,
    "too wide": f"<rdf:RDF {RDF}>" + "<a/>" * 60_000 + "</rdf:RDF>",
    "too long": f"<rdf:RDF {RDF}>" + " " * LARGEST + "</rdf:RDF>",
    "cut off": f"<rdf:RDF {RDF}><a",
    "no rdf": "<a/>",
    "prefix of nobody": "<rdf:RDF/>",
    "several roots": f"<rdf:RDF {RDF}/><a/>",
    "nothing": "",
    "no xml": "\0\1\2",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_packet_is_refused(name: str) -> None:
    with pytest.raises(PacketError):
        descriptions(HOSTILE[name].encode())
    assert record_in(png_with(itxt(HOSTILE[name].encode()))) is None


@pytest.mark.parametrize("name", HOSTILE)
def test_picture_with_it_is_left_alone(name: str) -> None:
    data = png_with(itxt(HOSTILE[name].encode()))
    told = stamped(data, RECORD)
    assert told.data == data == without(data)
    assert told.sidecar is not None


def test_compressed_packet_that_grows_is_not_unpacked_whole() -> None:
    bomb = zlib.compress(bytes(1 << 27), 9)
    data = png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb))
    tracemalloc.start()
    assert record_in(data) is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 26


def test_compressed_packet_of_another_program_is_read() -> None:
    packet = stamped(b"", RECORD).sidecar
    assert packet is not None
    assert record_in(png_with(itxt(packet, compressed=True))) == RECORD


@pytest.mark.parametrize("flag", [b"\2\0", b"\1\0", b""], ids=["unknown", "not zlib", "cut off"])
def test_broken_text_chunk_says_nothing(flag: bytes) -> None:
    data = png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0" + flag + (b"\0\0text" if flag else b"")))
    assert record_in(data) is None
    assert without(data) == data


def test_file_of_nothing_but_chunks_comes_to_an_end() -> None:
    assert png.find(saved("PNG")[:33] + chunk(b"teXt", b"") * 300_000) is None


@pytest.mark.parametrize(
    ("old", "new", "member", "value"),
    [
        (">-7<", ">7.5<", "seed", None),
        (">-7<", f">{'9' * 30}<", "seed", None),
        (">3<", ">third<", "sample", 0),
        ("0123456789abcdef", "a\x7fb", "data", "a\x7fb"),
        ("01" * 32, "x" * 64, "inputs", RECORD.inputs[1:]),
    ],
)
def test_values_that_are_none_are_not_taken_for_some(old: str, new: str, member: str, value: object) -> None:
    packet = stamped(b"", RECORD).sidecar
    assert packet is not None
    found = record_in(packet.replace(old.encode(), new.encode()))
    assert found is not None
    assert getattr(found, member) == value


def test_packet_without_the_digest_of_a_request_has_no_record() -> None:
    packet = stamped(b"", RECORD).sidecar
    assert packet is not None
    assert record_in(packet.replace(b"ab" * 32, b"AB" * 32)) is None
