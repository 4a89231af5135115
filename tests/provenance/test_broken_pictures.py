"""Pictures that are cut off or broken: what is left of them is read, if it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from carrying import CARRYING, LEFT_ALONE, OTHERS, RECORD, chunk, itxt, png_with, saved

from imagenspec.provenance.recovering import recovered
from imagenspec.provenance.stamping import is_broken, packet_in, record_left, stamped, without

if TYPE_CHECKING:
    from pathlib import Path

SILENT = "it is broken or cut off, and what is left does not say what made it"
ENDED = [name for name in CARRYING if "trailing" not in name and "several" not in name]
"""Pictures that end with their last byte."""


def put(folder: Path, data: bytes) -> Path:
    (folder / "a.picture").write_bytes(data)
    return folder / "a.picture"


@pytest.mark.parametrize("name", ENDED)
def test_record_is_read_if_it_is_whole_in_what_is_left(name: str, tmp_path: Path) -> None:
    data = stamped(CARRYING[name], RECORD).data
    packet = packet_in(data)
    assert packet is not None
    end = data.index(packet) + len(packet) + (4 if name.startswith("png") else 0)
    for left in (end, (end + len(data)) // 2, len(data) - 1):
        cut = data[:left]
        if name == "png with a packet behind the pixels" and left < end:
            continue
        said = recovered(put(tmp_path, cut))
        assert not isinstance(said, str), (left, said)
        assert said.record._replace(source_type=None) == RECORD._replace(source_type=None)
        assert (said.beside, said.as_it_came, said.broken) == (False, False, True)
        assert cut == without(cut)
    for left in (end - 1, 9):
        assert recovered(put(tmp_path, data[:left])) == SILENT


def test_every_length_is_read_or_refused() -> None:
    for name in ("png", "jpeg"):
        data = stamped(CARRYING[name], RECORD).data
        found = [record_left(data[:left]) for left in range(len(data))]
        first = found.index(RECORD)
        assert set(found[:first]) == {None}
        assert set(found[first:]) == {RECORD}
        assert all(is_broken(data[:left]) for left in range(8, len(data)))


def test_whole_picture_is_not_called_broken(tmp_path: Path) -> None:
    for data in (*CARRYING.values(), LEFT_ALONE["gif"], LEFT_ALONE["text"], b""):
        assert not is_broken(data)
    assert recovered(put(tmp_path, saved("PNG"))) == "it does not say what made it"
    assert recovered(put(tmp_path, b"")) == "it does not say what made it"


@pytest.mark.parametrize("name", [name for name in LEFT_ALONE if is_broken(LEFT_ALONE[name])])
def test_record_beside_a_picture_that_came_broken_counts(name: str, tmp_path: Path) -> None:
    data = LEFT_ALONE[name]
    told = stamped(data, RECORD)
    assert told.data == data
    assert told.sidecar is not None
    (tmp_path / "a.picture.xmp").write_bytes(told.sidecar)
    said = recovered(put(tmp_path, data))
    assert not isinstance(said, str)
    assert (said.record, said.beside, said.broken) == (RECORD, True, True)


def test_packet_of_others_in_what_is_left_says_nothing(tmp_path: Path) -> None:
    for packet in (OTHERS, b"<a>", b"", b"<!DOCTYPE a>" + OTHERS):
        assert recovered(put(tmp_path, png_with(itxt(packet))[:-20])) == SILENT


def test_compressed_packet_in_what_is_left_is_read_within_bounds() -> None:
    packet = stamped(b"", RECORD).sidecar
    assert packet is not None
    assert record_left(png_with(itxt(packet, compressed=True))[:-20]) == RECORD
    assert record_left(png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0not zlib"))[:-20]) is None
