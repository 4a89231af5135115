"""Headers that are read without the imaging library say what the library says, or nothing."""

from __future__ import annotations

import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imagenspec.images.headers import read_header
from imagenspec.images.pictures import read_picture

pictures = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16"]),
        "size": st.tuples(st.integers(1, 300), st.integers(1, 300)),
        "form": st.sampled_from(["PNG", "JPEG"]),
        "progressive": st.booleans(),
        "orientation": st.one_of(st.none(), st.integers(1, 8)),
        "comment": st.binary(max_size=50),
    }
)


def encoded(given_: dict[str, Any]) -> bytes:
    picture = Image.new(given_["mode"], given_["size"])
    if given_["form"] == "JPEG" and given_["mode"] not in ("L", "RGB", "CMYK"):
        picture = picture.convert("RGB")
    if given_["form"] == "PNG" and given_["mode"] == "CMYK":
        picture = picture.convert("RGB")
    options: dict[str, Any] = {}
    if given_["orientation"] is not None:
        exif = Image.Exif()
        exif[0x0112] = given_["orientation"]
        options["exif"] = exif
    if given_["form"] == "JPEG":
        options |= {"progressive": given_["progressive"], "comment": given_["comment"]}
    stream = io.BytesIO()
    picture.save(stream, given_["form"], **options)
    return stream.getvalue()


def has_exif(data: bytes) -> bool:
    return b"Exif" in data


@given(pictures)
def test_whole_pictures_are_read_the_same(picture: dict[str, Any]) -> None:
    data = encoded(picture)
    quick, careful = read_header(io.BytesIO(data)), read_picture(io.BytesIO(data))
    assert careful is not None
    assert quick == careful or (quick is None and picture["form"] == "JPEG" and has_exif(data))


@given(pictures, st.data())
def test_cut_and_changed_pictures_are_never_read_as_more_than_the_library_reads(
    picture: dict[str, Any], data: Any
) -> None:
    whole = bytearray(encoded(picture))
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, max(len(cut) - 1, 0)), st.integers(0, 255)), max_size=2)
    ):
        if cut:
            cut[place] = value
    quick, careful = read_header(io.BytesIO(cut)), read_picture(io.BytesIO(cut))
    assert quick is None or careful is None or (quick.width, quick.height) == (careful.width, careful.height)


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_not(data: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xd8\xff"):
        read_header(io.BytesIO(start + data))
