"""Entries of locks, plain and generated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from imagenspec.render.locks.lockfile import Entry, LockedSample, update

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.render.locks.lockfile import Lock

DIGEST = "0123456789abcdef" * 4
IMAGE = LockedSample("image", "renders/cup.png", DIGEST, DIGEST[::-1])
FILTERED = LockedSample("filtered", reason="Support codes: 56562880", codes=(56562880,))


def entry(case: str, samples: tuple[LockedSample, ...] = (IMAGE,), seed: int | None = 7) -> Entry:
    return Entry(case, "generate", "imagen-4.0-generate-001", DIGEST, "1", {"a/cup.png": DIGEST}, seed, samples)


def write(path: Path, lock: Lock) -> bool:
    """Write a lock, whatever its file has; return whether that made another file."""
    before = path.stat().st_ino if path.exists() else None
    update(path, lambda _: lock)
    return path.stat().st_ino != before


DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=5,
)
EXTRA = st.dictionaries(st.text(min_size=1).map(lambda name: f"x-{name}"), JSON, max_size=2)
SAMPLES = st.one_of(
    st.builds(
        LockedSample,
        st.just("image"),
        st.text(min_size=1),
        DIGESTS,
        DIGESTS,
        st.none() | st.text().map(lambda name: f"gs://{name}"),
        extra=EXTRA,
    ),
    st.builds(LockedSample, st.just("image"), gcs=st.text().map(lambda name: f"gs://{name}"), extra=EXTRA),
    st.builds(
        LockedSample,
        st.sampled_from(["filtered", "missing"]),
        reason=st.text(),
        codes=st.lists(st.integers(0), max_size=2).map(tuple),
        unlike=st.booleans(),
        extra=EXTRA,
    ),
)
ENTRIES = st.builds(
    Entry,
    st.text(),
    st.sampled_from(["generate", "customize", "edit", "upscale", "try_on", "recontext", "segment"]),
    st.text(min_size=1),
    DIGESTS,
    st.text(min_size=1),
    st.dictionaries(st.text(), DIGESTS, max_size=3),
    st.none() | st.integers(),
    st.lists(SAMPLES, max_size=3).map(tuple),
    st.sampled_from(["", "emulator"]),
    EXTRA,
)
"""Cases whose texts may be anything, half characters included."""
