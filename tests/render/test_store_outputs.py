"""Pictures that go where people want them: whole, inside the project, and never over somebody's work."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from killing import run_and_kill
from ledger_values import parts_below, picture

from imagenspec.errors import ToolError, UsageError
from imagenspec.render.disk.decoding import decoded
from imagenspec.render.disk.durable import state_folder
from imagenspec.render.disk.parts import renamed, written
from imagenspec.render.disk.store import ForeignFileError, Store, Stored, place_in

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = 150
KILLS = 8


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    return root


@pytest.fixture
def store(root: Path) -> Store:
    return Store(root)


def test_picture_is_put_where_it_is_wanted_once(store: Store, root: Path) -> None:
    stored = store.put([picture(1)])
    place = root / "renders" / "cups" / "red.png"
    assert store.materialise(stored, place)
    assert not store.materialise(stored, place)
    assert place.read_bytes() == picture(1)
    assert parts_below(root) == []


def test_output_has_the_permissions_of_any_new_file(store: Store, root: Path) -> None:
    (root / "any").touch()
    store.materialise(store.put([picture(1)]), root / "a.png")
    assert (root / "a.png").stat().st_mode == (root / "any").stat().st_mode


def test_editing_an_output_in_place_does_not_change_what_is_kept(store: Store, root: Path) -> None:
    stored = store.put([picture(1)])
    store.materialise(stored, root / "a.png")
    with (root / "a.png").open("r+b") as stream:
        stream.write(b"edited")
    assert store.has(stored)


def test_output_of_an_earlier_render_is_replaced(store: Store, root: Path) -> None:
    first, second = store.put([picture(1)]), store.put([picture(2)])
    store.materialise(first, root / "a.png")
    assert store.materialise(second, root / "a.png")
    assert (root / "a.png").read_bytes() == picture(2)


def test_file_of_somebody_else_stays_unless_force_is_used(store: Store, root: Path) -> None:
    stored = store.put([picture(1)])
    (root / "a.png").write_bytes(b"a day's work")
    with pytest.raises(ForeignFileError, match="not made by a render"):
        store.materialise(stored, root / "a.png")
    assert (root / "a.png").read_bytes() == b"a day's work"
    assert store.materialise(stored, root / "a.png", force=True)
    assert (root / "a.png").read_bytes() == picture(1)


def test_output_that_a_lock_knows_is_replaced_in_a_fresh_checkout(store: Store, root: Path) -> None:
    elsewhere = Store(root.parent).put([picture(2)])
    (root / "a.png").write_bytes(picture(2))
    stored = store.put([picture(1)])
    with pytest.raises(ForeignFileError):
        store.materialise(stored, root / "a.png", ours=["0" * 64])
    assert store.materialise(stored, root / "a.png", ours=[elsewhere.sha256])


def test_link_in_the_place_of_an_output_is_not_followed(store: Store, root: Path) -> None:
    stored = store.put([picture(1)])
    target = root.parent / "target.png"
    target.write_bytes(b"a day's work")
    (root / "a.png").symlink_to(target)
    with pytest.raises(ForeignFileError):
        store.materialise(stored, root / "a.png")
    store.materialise(stored, root / "a.png", force=True)
    assert target.read_bytes() == b"a day's work"
    assert not (root / "a.png").is_symlink()


def test_link_to_a_kept_picture_is_not_an_output_of_ours(store: Store, root: Path) -> None:
    stored = store.put([picture(1)])
    (root / "a.png").symlink_to(store.path(stored))
    with pytest.raises(ForeignFileError):
        store.materialise(stored, root / "a.png")


@pytest.mark.parametrize("place", ["../a.png", "out/../../a.png", "outside/a.png", "outside/deep/er/a.png"])
def test_place_outside_the_project_is_refused_however_it_is_reached(store: Store, root: Path, place: str) -> None:
    outside = root.parent / "elsewhere"
    outside.mkdir()
    (root / "outside").symlink_to(outside)
    with pytest.raises(UsageError, match="outside the project"):
        store.materialise(store.put([picture(1)]), root / place, force=True)
    assert list(outside.iterdir()) == []
    assert not (root.parent / "a.png").exists()


def test_link_that_stays_in_the_project_may_be_used(store: Store, root: Path) -> None:
    (root / "real").mkdir()
    (root / "short").symlink_to(root / "real")
    assert store.materialise(store.put([picture(1)]), root / "short" / "a.png")
    assert (root / "real" / "a.png").exists()


@pytest.mark.parametrize("place", [".git/hooks/a.png", ".imagenspec/images/a.png", ".GIT/a.png", "deep/.git/a.png"])
def test_folders_of_git_and_of_the_state_are_no_place_for_pictures(store: Store, root: Path, place: str) -> None:
    with pytest.raises(UsageError, match="no place for pictures"):
        store.materialise(store.put([picture(1)]), root / place, force=True)
    assert not (root / place).exists()


@pytest.mark.parametrize("place", ["folder", "folder/..", "a\0b.png"])
def test_place_that_is_no_name_of_a_file_is_refused(store: Store, root: Path, place: str) -> None:
    (root / "folder").mkdir()
    with pytest.raises(UsageError):
        store.materialise(store.put([picture(1)]), root / place, force=True)


def test_place_below_a_file_is_refused(store: Store, root: Path) -> None:
    (root / "file").write_text("")
    with pytest.raises(ToolError, match="cannot be made"):
        store.materialise(store.put([picture(1)]), root / "file" / "a.png")


def test_picture_that_is_gone_or_was_changed_is_not_put_anywhere(store: Store, root: Path) -> None:
    stored = store.put([picture(1)])
    store.path(stored).write_bytes(picture(2))
    with pytest.raises(ToolError, match="was changed"):
        store.materialise(stored, root / "a.png")
    store.path(stored).unlink()
    with pytest.raises(ToolError, match="not there any more"):
        store.materialise(stored, root / "a.png")
    assert not (root / "a.png").exists()
    assert parts_below(root) == []


def test_what_stands_where_a_part_would_be_is_not_written_into(root: Path) -> None:
    store = Store(root)
    stored = store.put([picture(1)])
    (root / "b.png").write_bytes(b"a day's work")
    os.link(root / "b.png", root / ".a.png.part")
    assert store.materialise(stored, root / "a.png")
    assert (root / "a.png").read_bytes() == picture(1)
    assert (root / "b.png").read_bytes() == b"a day's work"


def test_a_link_in_the_place_of_the_state_is_refused(root: Path) -> None:
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    (root / ".imagenspec").symlink_to(elsewhere)
    with pytest.raises(ToolError, match="leads outside"):
        Store(root)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("below", ["images", "images/00"])
def test_links_inside_the_state_that_lead_out_of_it_are_refused(root: Path, below: str) -> None:
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "download.part").write_text("a day's work")
    link = root / ".imagenspec" / below
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    with pytest.raises(ToolError, match="remove the link"):
        state_folder(root, *below.split("/"))
    if below == "images":
        with pytest.raises(ToolError, match="remove the link"):
            Store(root)
    assert [path.name for path in elsewhere.iterdir()] == ["download.part"]


def test_only_parts_of_the_store_are_removed_when_it_is_opened(root: Path) -> None:
    folder = state_folder(root, "images")
    (folder / "download.part").write_text("a day's work")
    (folder / f"{'0f' * 16}.part").write_text("left by a process that died")
    Store(root)
    assert [path.name for path in folder.iterdir()] == ["download.part"]


@pytest.mark.parametrize("place", ["../a.png", "a\0b.png", ".git/a.png", "folder", "a" * 300])
def test_places_are_judged_before_there_is_a_picture(root: Path, place: str) -> None:
    (root / "folder").mkdir()
    with pytest.raises(UsageError):
        place_in(root, root / place)
    assert place_in(root, root / "new" / "a.png") == root.resolve() / "new" / "a.png"


def test_the_place_that_cannot_be_written_is_named_and_not_the_part(root: Path) -> None:
    with (
        pytest.raises(ToolError, match=r"missing/a\.png cannot be written"),
        written(root / "a.part", [b"a"]) as (stream, _),
    ):
        renamed(stream, root / "a.part", root / "missing" / "a.png", over=True)
    assert list(root.iterdir()) == []


def test_killed_processes_leave_whole_pictures_and_no_temporary_file(root: Path) -> None:
    out = root / "out"
    images = root / ".imagenspec" / "images"

    def progress() -> int:
        return sum(1 for _ in images.rglob("*.png"))

    kills = run_and_kill(progress, PICTURES // KILLS // 2, KILLS, "keep", root, PICTURES)
    assert kills >= KILLS // 2
    store = Store(root)
    assert parts_below(root) == []
    assert sorted(path.name for path in out.iterdir()) == sorted(f"{number}.png" for number in range(PICTURES))
    for number in range(PICTURES):
        assert (out / f"{number}.png").read_bytes() == picture(number, (40 + number, 40))
    for path in images.rglob("*.png"):
        with path.open("rb") as stream:
            found = decoded(stream)
        stored = Stored(path.stem, path.stat().st_size, found.media_type, found.width, found.height)
        assert store.has(stored)
    assert sum(1 for _ in images.rglob("*.png")) == PICTURES
