"""Records in pictures: pixels and foreign bytes untouched, taken out without a trace, put in once."""

from __future__ import annotations

import hashlib
import io
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from carrying import (
    CARRYING,
    LEFT_ALONE,
    OTHERS,
    RECORD,
    WRONG_SUM,
    app1,
    itxt,
    jpeg_with,
    png_with,
    saved,
)
from PIL import Image

from imagenspec.provenance.stamping import delivered, is_own_sidecar, record_in, stamped, without

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "iptc": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "own": "urn:imagenspec:provenance:1#",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
}
CHANGING = ("xmp", "XML:com.adobe.xmp", "mpoffset")
"""What Pillow says of the packet, and where the pictures of a file begin."""
OTHER = RECORD._replace(prompt="another", sample=4, case="", inputs=(), source_type=None)

carrying = pytest.mark.parametrize("name", CARRYING)


def frames(data: bytes) -> list[Any]:
    """Return what Pillow makes of a picture: each frame, and what stands around it but for the packet."""
    found = []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            info = {key: value for key, value in image.info.items() if key not in CHANGING}
            pixels = hashlib.sha256(image.tobytes()).hexdigest()
            found.append((image.mode, image.size, pixels, info, dict(image.getexif())))
    return found


def parsed(data: bytes) -> ET.Element:
    """Return the packet of a picture as Pillow finds it and Python's own reader reads it."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        packet = image.info["xmp"]
    return ET.fromstring(packet)  # noqa: S314 - made by the test itself


def own(root: ET.Element, name: str) -> str | None:
    return root.findtext(f".//own:{name}", None, NAMESPACES)


@carrying
def test_without_its_record_a_picture_has_exactly_the_bytes_that_it_had(name: str) -> None:
    told = stamped(CARRYING[name], RECORD)
    assert (told.sidecar, told.why) == (None, "")
    assert told.data != CARRYING[name]
    assert without(told.data) == CARRYING[name]
    assert without(CARRYING[name]) == CARRYING[name]


@carrying
def test_pixels_and_all_else_that_a_reader_sees_stay(name: str) -> None:
    assert frames(stamped(CARRYING[name], RECORD).data) == frames(CARRYING[name])


@carrying
def test_a_record_is_put_in_once_and_replaced_by_the_next(name: str) -> None:
    told = stamped(CARRYING[name], RECORD)
    assert stamped(told.data, RECORD) == told
    other = stamped(told.data, OTHER)
    assert other == stamped(CARRYING[name], OTHER)
    assert without(other.data) == CARRYING[name]


@carrying
def test_a_record_is_read_as_it_was_written(name: str) -> None:
    found = record_in(stamped(CARRYING[name], RECORD).data)
    assert found is not None
    assert found._replace(source_type=None) == RECORD._replace(source_type=None)
    assert found.source_type == ("trainedAlgorithmicMedia" if "with a packet" in name else RECORD.source_type)


@carrying
def test_independent_readers_find_the_record(name: str) -> None:
    root = parsed(stamped(CARRYING[name], RECORD).data)
    assert own(root, "Recipe") == RECORD.recipe
    assert own(root, "Prompt") == RECORD.prompt
    assert own(root, "Resolved") == RECORD.resolved
    assert [one.text for one in root.findall(".//own:SHA256", NAMESPACES)] == [one.sha256 for one in RECORD.inputs]
    types = [one.text for one in root.findall(".//iptc:DigitalSourceType", NAMESPACES)]
    types += [one.get(f"{{{NAMESPACES['iptc']}}}DigitalSourceType") for one in root.iter() if one.attrib]
    assert len([one for one in types if one]) == 1


@pytest.mark.parametrize("data", [png_with(itxt(OTHERS)), jpeg_with(app1(OTHERS))], ids=["png", "jpeg"])
def test_what_a_packet_said_before_it_still_says(data: bytes) -> None:
    root = parsed(stamped(data, RECORD).data)
    thanks = [one.get(f"{{{NAMESPACES['photoshop']}}}Credit") for one in root.iter()]
    assert [one for one in thanks if one] == ["Made with Google AI"]
    abouts = {one.get(f"{{{NAMESPACES['rdf']}}}about") for one in root.findall(".//rdf:Description", NAMESPACES)}
    assert abouts == {"uuid:7"}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_must_not_be_changed_is_left_alone_and_told_beside(name: str) -> None:
    told = stamped(LEFT_ALONE[name], RECORD)
    assert told.data == LEFT_ALONE[name] == without(LEFT_ALONE[name])
    assert told.why
    assert told.sidecar is not None
    assert is_own_sidecar(told.sidecar)
    found = record_in(told.sidecar)
    assert found is not None
    assert found._replace(source_type=None) == RECORD._replace(source_type=None)


def test_a_signed_picture_is_not_a_byte_longer_and_says_why_it_tells_nothing() -> None:
    assert "Content Credentials" in stamped(LEFT_ALONE["png signed"], RECORD).why
    assert "Content Credentials" in stamped(LEFT_ALONE["jpeg signed"], RECORD).why


def test_a_wrong_checksum_of_somebody_else_stays_wrong() -> None:
    told = stamped(WRONG_SUM, RECORD)
    assert told.sidecar is None
    assert without(told.data) == WRONG_SUM


def test_a_record_that_came_with_a_picture_is_not_replaced() -> None:
    came = stamped(saved("PNG"), OTHER).data
    told = delivered(came, RECORD)
    assert told.data == came
    assert told.sidecar is not None
    assert record_in(told.sidecar) == RECORD


@pytest.mark.parametrize(
    "changed",
    [
        lambda data: data.replace(b"</imagenspec:Tool>", b"</imagenspec:Tool><dc:x>y</dc:x>"),
        lambda data: data.replace(b'x:xmptk="imagenspec"', b'x:xmptk="imagenspeX"'),
        lambda data: data.replace(b"</rdf:RDF>", b"<rdf:Description/></rdf:RDF>"),
    ],
    ids=["property", "toolkit", "description"],
)
def test_what_somebody_has_added_to_a_packet_is_not_thrown_away(changed: Any) -> None:
    packet = stamped(b"", RECORD).sidecar
    assert packet is not None
    edited = changed(packet)
    assert edited != packet
    data = png_with(itxt(edited))
    assert without(data) != saved("PNG")
    assert without(stamped(data, OTHER).data) == without(data)


def test_too_long_a_record_stands_beside_a_jpeg_but_in_a_png() -> None:
    long = RECORD._replace(resolved="a" * 70_000)
    assert stamped(saved("PNG"), long).sidecar is None
    assert "no room" in stamped(saved("JPEG"), long).why


def test_nothing_in_a_packet_says_when_or_where_it_was_written() -> None:
    first, second = stamped(saved("PNG"), RECORD), stamped(saved("PNG"), RECORD)
    assert first == second
    root = parsed(first.data)
    written = {one.tag.rpartition("}")[2] for one in root.iter() if NAMESPACES["own"] in one.tag}
    assert written == {
        *("Tool", "Data", "Task", "Recipe", "Case", "Model", "Seed", "Prompt", "Sample", "Request", "Picture"),
        *("Inputs", "Path", "SHA256", "Withheld", "Resolved"),
    }
