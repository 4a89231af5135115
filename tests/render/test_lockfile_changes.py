"""Locks that change: only the lines that must, whole or not at all, and merged by git as any text."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping  # noqa: TC003 - a type of a test's argument
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from killing import end, run_and_kill, start
from ledger_values import FILTERED as FILTERED_SAMPLE
from ledger_values import image, parts_below
from lock_values import DIGEST, ENTRIES, FILTERED, IMAGE, entry, write

from imagenspec.errors import ToolError
from imagenspec.render.locks.lockfile import (
    Entry,
    Lock,
    LockedSample,
    LockError,
    State,
    Wanted,
    likeness,
    locked_sample,
    path_of,
    read,
    state_of,
    update,
)

KILLS = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cup.imagen.lock"


def lock(*entries: Entry) -> Lock:
    return Lock({one.case: one for one in entries})


def wanted(**members: Any) -> Wanted:
    """Return what the entries of the tests ask for, but for some members."""
    plain = Wanted("generate", "imagen-4.0-generate-001", DIGEST, "1", {"a/cup.png": DIGEST}, 7)
    return plain._replace(**members)


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"digest": "0" * 64}, ("digest",)),
        ({"model": "imagen-4.0-fast-generate-001"}, ("model",)),
        ({"seed": None}, ("seed",)),
        ({"inputs": {"a/cup.png": "0" * 64}}, ("inputs",)),
        ({"inputs": {"b/cup.png": DIGEST}}, ("inputs",)),
        ({"data": "2"}, ("data",)),
        ({"target": "emulator", "seed": 8}, ("seed", "target")),
        ({"digest": "0" * 64, "seed": 8}, ("digest", "seed")),
    ],
)
def test_each_difference_changes_exactly_the_case_that_it_touches(members: dict[str, Any], what: tuple) -> None:
    states = state_of(lock(entry("a"), entry("b")), {"a": wanted(), "b": wanted(**members)})
    assert states == {"a": State("fresh"), "b": State("changed", what)}


@pytest.mark.parametrize(("locked", "word"), [("", "vertex"), ("emulator", "emulator"), ("url-0123", "url-0123")])
def test_another_target_alone_is_no_change(locked: str, word: str) -> None:
    states = state_of(lock(entry("a")._replace(target=locked)), {"a": wanted(target="url")})
    assert states == {"a": State("from another target", (word,))}
    assert states["a"].words == f"from another target ({word})"


def test_cases_that_came_and_went_are_told_apart() -> None:
    states = state_of(lock(entry("old"), entry("a")), {"new": wanted(), "a": wanted()})
    assert list(states.items()) == [("new", State("new")), ("a", State("fresh")), ("old", State("gone"))]


def test_lock_stands_beside_its_recipe() -> None:
    assert path_of(Path("shots/cup.imagen.yaml")) == Path("shots/cup.imagen.lock")
    assert path_of(Path("shots/cup.yaml")) == Path("shots/cup.imagen.lock")


def test_writing_what_is_there_leaves_the_file_alone(path: Path) -> None:
    assert write(path, lock(entry("a")))
    before = path.stat()
    assert not write(path, lock(entry("a")))
    assert not write(path, read(path))
    assert update(path, lambda old: old) == read(path)
    assert path.stat() == before


def test_only_the_line_of_a_changed_case_changes_and_a_stale_case_goes(path: Path) -> None:
    write(path, lock(entry("a"), entry("b"), entry("c"), entry("d")))
    before = path.read_text().splitlines()
    update(path, lambda old: old.updated([entry("c", (FILTERED,))], cases=["a", "b", "c"]))
    after = path.read_text().splitlines()
    assert after[:5] == before[:5]
    assert after[6] != before[6]
    assert len(after) == 7


def test_line_of_an_unchanged_case_stays_as_somebody_wrote_it(path: Path) -> None:
    write(path, lock(entry("a"), entry("b")))
    spaced = path.read_text().replace('"case":"a","task"', '"x-note": [1,  2], "case" : "a", "task"')
    path.write_text(spaced)
    update(path, lambda old: old.updated([entry("b", ())]))
    assert path.read_text().splitlines()[2] == spaced.splitlines()[2]
    update(path, lambda old: old.updated([entry("a", ())]))
    assert read(path).entries["a"] == entry("a", ())._replace(extra={"x-note": [1, 2]})


def test_unknown_members_of_header_and_samples_stay(path: Path) -> None:
    write(path, lock(entry("a")._replace(samples=(IMAGE._replace(extra={"score": 0.5}),))))
    path.write_text(path.read_text().replace('{"imagenspec_lock":1}', '{"imagenspec_lock": 1, "by": "a newer one"}'))
    update(path, lambda old: old.updated([old.entries["a"]._replace(data="2")]))
    assert path.read_text().startswith('{"imagenspec_lock": 1, "by": "a newer one"}\n')
    assert read(path).entries["a"].samples[0].extra == {"score": 0.5}


def test_line_breaks_of_windows_stay(path: Path) -> None:
    write(path, lock(entry("a"), entry("b")))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert not write(path, lock(entry("a"), entry("b")))
    update(path, lambda old: old.updated([entry("c")]))
    assert path.read_bytes().count(b"\r\n") == path.read_bytes().count(b"\n") == 7
    assert list(read(path).entries) == ["a", "b", "c"]


def test_link_in_the_place_of_a_lock_is_replaced_and_not_followed(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    write(target, lock(entry("a")))
    path.symlink_to(target)
    update(path, lambda old: old.updated([entry("b")]))
    assert sorted(read(path).entries) == ["a", "b"]
    assert list(read(target).entries) == ["a"]


def test_what_is_no_file_is_no_lock(path: Path) -> None:
    path.symlink_to("/dev/zero")
    with pytest.raises(ToolError, match="it is no file"):
        read(path)


def test_link_in_the_place_of_the_temporary_file_is_refused(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("a day's work")
    path.with_name(f".{path.name}.part").symlink_to(target)
    with pytest.raises(ToolError, match="cannot be written"):
        write(path, lock(entry("a")))
    assert target.read_text() == "a day's work"


def test_broken_lock_is_never_written_over(path: Path) -> None:
    path.write_text("<<<<<<< HEAD\n")
    with pytest.raises(LockError):
        update(path, lambda old: old.updated([entry("a")]))
    assert path.read_text() == "<<<<<<< HEAD\n"
    assert parts_below(path.parent) == []


def test_temporary_file_that_a_dead_process_left_goes_although_nothing_changes(path: Path) -> None:
    write(path, lock(entry("a")))
    path.with_name(f".{path.name}.part").write_text("half a lo")
    assert not write(path, lock(entry("a")))
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_change_that_raises_leaves_the_lock_and_nothing_else(path: Path) -> None:
    write(path, lock(entry("a")))

    def change(_: Lock) -> Lock:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        update(path, change)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_sample_of_a_ledger_is_kept_with_its_digests() -> None:
    stored = image(1).stored
    assert stored is not None
    assert locked_sample(image(1), "out/a.png") == LockedSample("image", "out/a.png", stored.sha256, stored.pixels)
    assert locked_sample(FILTERED_SAMPLE, None) == FILTERED
    gcs = image(1)._replace(stored=None, gcs="gs://bucket/a.png")
    assert locked_sample(gcs, None) == LockedSample("image", gcs="gs://bucket/a.png")


def test_picture_is_alike_in_bytes_or_in_pixels_or_different() -> None:
    stored = image(1).stored
    assert stored is not None
    locked = locked_sample(image(1), "a.png")
    assert likeness(locked, stored) == "bytes"
    assert likeness(locked, stored._replace(sha256="0" * 64)) == "pixels"
    assert likeness(locked, stored._replace(sha256="0" * 64, pixels="0" * 64)) == "different"
    assert likeness(locked._replace(pixels=None), stored._replace(sha256="0" * 64, pixels="")) == "different"


def git(folder: Path, *arguments: str) -> int:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"]
    return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, check=False).returncode


def merged(folder: Path, base: Lock, ours: Lock, theirs: Lock) -> int:
    """Merge two branches with git; return its exit code."""
    path = folder / "cup.imagen.lock"
    git(folder, "init", "--initial-branch=main")
    for branch, one in (("main", base), ("theirs", theirs), ("ours", ours)):
        if branch != "main":
            git(folder, "checkout", "-b", branch, "main")
        write(path, one)
        git(folder, "add", ".")
        git(folder, "commit", "--allow-empty", "--message", branch)
    return git(folder, "merge", "theirs")


def test_changes_of_neighbouring_cases_on_two_branches_merge(tmp_path: Path, path: Path) -> None:
    base = lock(entry("a"), entry("b"), entry("c"))
    ours, theirs = base.updated([entry("a", ())]), base.updated([entry("b", (FILTERED,)), entry("d")])
    assert merged(tmp_path, base, ours, theirs) == 0
    assert read(path).entries == theirs.updated([entry("a", ())]).entries


def test_changes_of_one_case_on_two_branches_are_a_conflict_with_its_line(tmp_path: Path, path: Path) -> None:
    base = lock(entry("a"), entry("b"))
    ours, theirs = base.updated([entry("b", ())]), base.updated([entry("b", (FILTERED,))])
    assert merged(tmp_path, base, ours, theirs) != 0
    with pytest.raises(LockError, match=":5: a merge left its conflict here"):
        read(path)


@settings(deadline=None)
@given(
    old=st.lists(ENTRIES, max_size=4, unique_by=lambda one: one.case),
    new=st.lists(ENTRIES, max_size=3, unique_by=lambda one: one.case),
    kept=st.none() | st.sets(st.text(max_size=1)),
)
def test_update_says_exactly_what_it_was_given_about_exactly_the_cases_that_stay(
    tmp_path_factory: pytest.TempPathFactory, old: list[Entry], new: list[Entry], kept: set[str] | None
) -> None:
    path = tmp_path_factory.getbasetemp() / "update.imagen.lock"
    path.unlink(missing_ok=True)
    write(path, lock(*old))
    before = lines(path)
    update(path, lambda lock: lock.updated(new, kept))
    expected: Mapping[str, Entry] = {one.case: one for one in old if kept is None or one.case in kept}
    extras = {one.case: one.extra for one in old}
    expected = {**expected, **{one.case: one._replace(extra=one.extra or extras.get(one.case, {})) for one in new}}
    assert read(path).entries == expected
    untouched = set(expected) & {one.case for one in old} - {one.case for one in new}
    assert all(lines(path)[case] == before[case] for case in untouched)


def lines(path: Path) -> dict[str, str]:
    return {case: line for case, (_, line) in read(path).lines.items()}


def test_processes_that_write_one_lock_lose_no_line(tmp_path: Path) -> None:
    said = b"".join([end(process) for process in [start("lock", tmp_path, 40) for _ in range(3)]])
    assert sorted(read(tmp_path / "a.imagen.lock").entries) == sorted(said.decode().split())
    assert len(said.split()) == 120


def test_killed_processes_leave_a_whole_lock_and_no_temporary_file_after_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.imagen.lock"

    def progress() -> int:
        return len(read(path).entries)

    assert run_and_kill(progress, 20, KILLS, "lock", tmp_path, 80) >= KILLS // 2
    entries = read(path).entries
    by_process: dict[str, list[int]] = {}
    for one in entries.values():
        by_process.setdefault(one.case.split("-")[0], []).append(int(one.seed or 0))
    assert all(sorted(numbers) == list(range(len(numbers))) for numbers in by_process.values())
    assert sum(len(numbers) == 80 for numbers in by_process.values()) >= 3
    assert parts_below(tmp_path) == []
