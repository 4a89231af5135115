"""Pictures with records where people want them: the store keeps what came, and nobody's work is written over."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from carrying import LEFT_ALONE, RECORD, chunk, png_with, saved

from imagenspec.provenance.stamping import record_in, stamped, without
from imagenspec.render.disk.store import ForeignFileError, Store, Stored

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.provenance.record import Record

NEWER = RECORD._replace(tool="imagenspec 99", data="fedcba9876543210")
OTHER = RECORD._replace(prompt="another")
SIGNED = LEFT_ALONE["png signed"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    return root


@pytest.fixture
def store(root: Path) -> Store:
    return Store(root)


@pytest.fixture
def stored(store: Store) -> Stored:
    return store.put([saved("PNG")])


@pytest.fixture
def signed(store: Store) -> Stored:
    return store.put([SIGNED])


def test_delivered_picture_has_its_record_and_the_store_what_came(store: Store, stored: Stored, root: Path) -> None:
    assert store.materialise(stored, root / "a.png", record=RECORD)
    data = (root / "a.png").read_bytes()
    assert data == stamped(saved("PNG"), RECORD).data
    assert store.path(stored).read_bytes() == saved("PNG") == without(data)
    assert store.has(stored)
    assert [path.name for path in root.iterdir() if path.name != ".imagenspec"] == ["a.png"]


def test_second_delivery_writes_nothing(store: Store, stored: Stored, root: Path) -> None:
    store.materialise(stored, root / "a.png", record=RECORD)
    before = (root / "a.png").stat()
    assert not store.materialise(stored, root / "a.png", record=RECORD)
    assert (root / "a.png").stat() == before


def test_delivered_picture_needs_the_store_no_more(store: Store, stored: Stored, root: Path) -> None:
    store.materialise(stored, root / "a.png", record=RECORD)
    store.path(stored).unlink()
    assert not store.materialise(stored, root / "a.png", record=RECORD)


def test_record_of_the_version_that_made_the_picture_stays(store: Store, stored: Stored, root: Path) -> None:
    store.materialise(stored, root / "a.png", record=RECORD)
    assert not store.materialise(stored, root / "a.png", record=NEWER)
    assert record_in((root / "a.png").read_bytes()) == RECORD


def test_another_record_takes_the_place_of_the_first(store: Store, stored: Stored, root: Path) -> None:
    store.materialise(stored, root / "a.png", record=RECORD)
    assert store.materialise(stored, root / "a.png", record=OTHER)
    assert record_in((root / "a.png").read_bytes()) == OTHER
    assert store.materialise(stored, root / "a.png")
    assert (root / "a.png").read_bytes() == saved("PNG")
    assert store.materialise(stored, root / "a.png", record=RECORD)


def test_picture_of_another_render_goes_with_its_record(store: Store, stored: Stored, root: Path) -> None:
    store.materialise(stored, root / "a.png", record=RECORD)
    other = store.put([saved("PNG", "L")])
    assert store.materialise(other, root / "a.png", record=OTHER)
    assert without((root / "a.png").read_bytes()) == saved("PNG", "L")


def test_picture_that_a_lock_names_goes_with_its_record(store: Store, stored: Stored, root: Path) -> None:
    elsewhere = saved("PNG", "1")
    (root / "a.png").write_bytes(stamped(elsewhere, OTHER).data)
    with pytest.raises(ForeignFileError, match="was not made by a render"):
        store.materialise(stored, root / "a.png", record=RECORD)
    ours = [hashlib.sha256(elsewhere).hexdigest()]
    assert store.materialise(stored, root / "a.png", record=RECORD, ours=ours)


@pytest.mark.parametrize("record", [None, RECORD], ids=["plain", "told"])
def test_edited_picture_with_its_record_is_somebody_s_work(
    store: Store, stored: Stored, root: Path, record: None
) -> None:
    edited = stamped(png_with(chunk(b"tEXt", b"Comment\0mine")), RECORD).data
    (root / "a.png").write_bytes(edited)
    with pytest.raises(ForeignFileError, match="was not made by a render"):
        store.materialise(stored, root / "a.png", record=record)
    assert (root / "a.png").read_bytes() == edited
    assert store.materialise(stored, root / "a.png", record=record, force=True)


def test_signed_picture_is_told_beside(store: Store, signed: Stored, root: Path) -> None:
    assert store.materialise(signed, root / "a.png", record=RECORD)
    assert (root / "a.png").read_bytes() == SIGNED
    assert record_in((root / "a.png.xmp").read_bytes()) == RECORD
    before = (root / "a.png.xmp").stat()
    assert not store.materialise(signed, root / "a.png", record=NEWER)
    assert (root / "a.png.xmp").stat() == before
    assert store.materialise(signed, root / "a.png", record=OTHER)
    assert record_in((root / "a.png.xmp").read_bytes()) == OTHER


def test_file_beside_that_was_lost_comes_back(store: Store, signed: Stored, root: Path) -> None:
    store.materialise(signed, root / "a.png", record=RECORD)
    (root / "a.png.xmp").unlink()
    assert store.materialise(signed, root / "a.png", record=RECORD)
    assert record_in((root / "a.png.xmp").read_bytes()) == RECORD


@pytest.mark.parametrize("record", [None, RECORD], ids=["plain", "told"])
def test_file_beside_goes_where_it_is_not_needed(
    store: Store, signed: Stored, root: Path, record: Record | None
) -> None:
    store.materialise(signed, root / "a.png", record=RECORD)
    after = signed if record is None else store.put([saved("PNG")])
    assert store.materialise(after, root / "a.png", record=record)
    assert not (root / "a.png.xmp").exists()


def test_record_beside_a_picture_that_has_one_goes(store: Store, stored: Stored, root: Path) -> None:
    store.materialise(stored, root / "a.png", record=RECORD)
    sidecar = stamped(b"", OTHER).sidecar
    assert sidecar is not None
    (root / "a.png.xmp").write_bytes(sidecar)
    assert store.materialise(stored, root / "a.png", record=RECORD)
    assert not (root / "a.png.xmp").exists()
    assert not store.materialise(stored, root / "a.png", record=RECORD)


def test_somebody_s_file_beside_is_not_written_over(store: Store, signed: Stored, root: Path) -> None:
    (root / "a.png.xmp").write_bytes(b"<mine/>")
    with pytest.raises(ForeignFileError, match=r"a\.png\.xmp was not made by a render"):
        store.materialise(signed, root / "a.png", record=RECORD)
    assert (root / "a.png.xmp").read_bytes() == b"<mine/>"
    assert not (root / "a.png").exists()
    store.materialise(signed, root / "a.png")
    assert (root / "a.png.xmp").read_bytes() == b"<mine/>"
    assert store.materialise(signed, root / "a.png", record=RECORD, force=True)
    assert record_in((root / "a.png.xmp").read_bytes()) == RECORD


def test_link_beside_is_not_followed(store: Store, signed: Stored, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.xmp"
    outside.write_bytes(b"mine")
    (root / "a.png.xmp").symlink_to(outside)
    with pytest.raises(ForeignFileError, match="was not made by a render"):
        store.materialise(signed, root / "a.png", record=RECORD)
    store.materialise(signed, root / "a.png", record=RECORD, force=True)
    assert outside.read_bytes() == b"mine"
    assert record_in((root / "a.png.xmp").read_bytes()) == RECORD
