"""Pictures that come into the store: whole, known by their bytes, and decoded to be sure."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_values import parts_below, picture
from PIL import Image

from imagenspec.render.disk.decoding import MAX_PIXELS, NotAnImageError
from imagenspec.render.disk.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[2]
NOISE = Image.effect_noise((61, 47), 80)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def kept(root: Path) -> list[str]:
    """Return the files of the store, parts included."""
    folder = root / ".imagenspec" / "images"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_picture_is_kept_under_the_digest_of_its_bytes(store: Store, tmp_path: Path) -> None:
    data = saved(NOISE, "PNG")
    stored = store.put(data[start : start + 7] for start in range(0, len(data), 7))
    digest = hashlib.sha256(data).hexdigest()
    assert stored[:5] == (digest, len(data), "image/png", 61, 47)
    assert kept(tmp_path) == [f"{digest[:2]}/{digest}.png"]
    assert store.path(stored).read_bytes() == data
    assert store.has(stored)


@pytest.mark.parametrize(
    ("form", "media_type", "suffix"),
    [
        ("PNG", "image/png", ".png"),
        ("JPEG", "image/jpeg", ".jpg"),
        ("MPO", "image/jpeg", ".jpg"),
        ("GIF", "image/gif", ".gif"),
        ("WEBP", "image/webp", ".webp"),
        ("BMP", "image/bmp", ".bmp"),
        ("TIFF", "image/tiff", ".tiff"),
        ("ICO", "image/vnd.microsoft.icon", ".ico"),
    ],
)
def test_every_documented_type_is_known_by_its_bytes(store: Store, form: str, media_type: str, suffix: str) -> None:
    image = Image.new("RGB", (32, 32), "teal")
    options = {"save_all": True, "append_images": [image]} if form == "MPO" else {}
    stored = store.put([saved(image, form, **options)])
    assert (stored.media_type, stored.width, stored.height) == (media_type, 32, 32)
    assert store.path(stored).suffix == suffix


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_a_png_is_decoded(store: Store, mode: str) -> None:
    image = NOISE.convert("I").convert(mode) if mode == "I;16" else NOISE.convert(mode)
    assert store.put([saved(image, "PNG")]).pixels


def test_same_pixels_in_another_file_have_the_same_digest_of_pixels(store: Store) -> None:
    first, second = (store.put([saved(NOISE, "PNG", compress_level=level)]) for level in (1, 9))
    assert first.sha256 != second.sha256
    assert first.pixels == second.pixels


def test_digest_of_pixels_is_that_of_mode_size_and_pixels(store: Store) -> None:
    image = Image.effect_noise((700, 900), 80).convert("RGBA")
    expected = hashlib.sha256(b"RGBA 700x900\n" + image.tobytes()).hexdigest()
    assert store.put([saved(image, "PNG")]).pixels == expected


def test_palettes_and_transparent_colours_count_for_the_pixels(store: Store) -> None:
    plain = Image.new("RGB", (4, 4), "red")
    palette = plain.convert("P")
    other = palette.copy()
    other.putpalette([0, 0, 255] * 256)
    digests = [store.put([saved(image, "PNG")]).pixels for image in (plain, palette, other)]
    digests.append(store.put([saved(plain, "PNG", transparency=(255, 0, 0))]).pixels)
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


@pytest.mark.parametrize("size", [(1, 8), (8, 1), (4, 2)])
def test_same_bytes_of_pixels_in_another_shape_are_other_pixels(store: Store, size: tuple[int, int]) -> None:
    first = store.put([saved(Image.new("L", (2, 4), 7), "PNG")])
    assert store.put([saved(Image.new("L", size, 7), "PNG")]).pixels != first.pixels


def test_same_picture_twice_is_kept_once(store: Store, tmp_path: Path) -> None:
    assert store.put([picture(1)]) == store.put([picture(1)])
    assert len(kept(tmp_path)) == 1


def test_damaged_picture_is_mended_by_keeping_it_again(store: Store) -> None:
    stored = store.put([picture(1)])
    store.path(stored).write_bytes(b"damaged")
    assert not store.has(stored)
    store.put([picture(1)])
    assert store.has(stored)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        saved(NOISE, "PNG")[:-500],
        saved(NOISE, "JPEG")[:-500],
        saved(NOISE, "PNG").replace(b"IDAT", b"IDAX"),
        b"\x89PNG\r\n\x1a\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    ],
)
def test_bytes_that_are_not_a_whole_picture_are_refused_and_leave_nothing(
    store: Store, tmp_path: Path, data: bytes
) -> None:
    with pytest.raises(NotAnImageError, match="not a whole picture"):
        store.put([data])
    assert kept(tmp_path) == []


def bomb(width: int, height: int) -> bytes:
    """Return a small file that claims to be a large picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(MAX_PIXELS // 5_000 + 1, 5_000), (10_000, 10_000), (60_000, 60_000)])
def test_picture_that_claims_too_many_pixels_is_refused_before_it_is_decoded(
    store: Store, tmp_path: Path, size: tuple[int, int]
) -> None:
    with pytest.raises(NotAnImageError, match=r"too large|more pixels"):
        store.put([bomb(*size)])
    assert kept(tmp_path) == []


def test_pieces_that_stop_coming_leave_nothing(store: Store, tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield picture(1)[:20]
        assert len(kept(tmp_path)) == 1
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(pieces())
    assert kept(tmp_path) == []


def test_part_of_a_process_that_lives_stays_and_that_of_a_dead_one_goes(store: Store, tmp_path: Path) -> None:
    left = tmp_path / ".imagenspec" / "images" / f"{'0' * 32}.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(picture(1)[:20])

    def pieces() -> Iterator[bytes]:
        yield picture(2)[:20]
        Store(tmp_path)
        assert not left.exists()
        assert len(parts_below(tmp_path)) == 1
        yield picture(2)[20:]

    assert store.has(store.put(pieces()))


def test_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "import resource, signal, sys; from pathlib import Path; from imagenspec.render.disk.store import Store;"
        "from imagenspec.errors import ToolError\n"
        "store = Store(Path(sys.argv[1])); signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: store.put([bytes(60_000)] * 10)\n"
        "except ToolError as error: print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "cannot be written: File too large" in done.stdout, done.stderr
    assert kept(tmp_path) == []


def test_threads_keep_pictures_at_once(store: Store, tmp_path: Path) -> None:
    found: list[bool] = []

    def work() -> None:
        found.extend(store.has(store.put([picture(number)])) for number in range(12))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 48
    assert len(kept(tmp_path)) == 12


@settings(deadline=None, max_examples=150)
@given(
    form=st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "ICO"]),
    edits=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 400),
)
def test_damaged_bytes_are_kept_or_refused_and_never_half_kept(
    tmp_path_factory: pytest.TempPathFactory, form: str, edits: list[tuple[int, int]], cut: int
) -> None:
    root = tmp_path_factory.getbasetemp() / "damaged"
    root.mkdir(exist_ok=True)
    data = bytearray(saved(NOISE.convert("RGB"), form))
    for place, value in edits:
        data[place % len(data)] = value
    store = Store(root)
    try:
        stored = store.put([bytes(data[: len(data) - cut])])
    except NotAnImageError:
        assert parts_below(root) == []
    else:
        assert store.has(stored)
