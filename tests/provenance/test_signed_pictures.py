"""Signed pictures: not a byte of them changes, and what made them is told by the file beside them."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from carrying import OTHERS, RECORD, app1, chunk, itxt, jpeg_with, png_with, saved
from PIL import Image
from signing import app11, manifests, signed_pictures

from imagenspec.provenance.recovering import recovered
from imagenspec.provenance.stamping import delivered, is_broken, record_in, stamped, without

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Imagenspec

    from imagenspec.provenance.recovering import Recovered

SIGNED = signed_pictures(OTHERS)
RECIPE = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a cup
parameters:
  sample_count: 1
"""
every_picture = pytest.mark.parametrize("name", SIGNED)


def own(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(folder: Path, data: bytes, sidecar: bytes | None) -> Path:
    """Put a picture and what is beside it into a folder."""
    (folder / "a.picture").write_bytes(data)
    if sidecar is not None:
        (folder / "a.picture.xmp").write_bytes(sidecar)
    return folder / "a.picture"


def found(picture: Path) -> Recovered:
    said = recovered(picture)
    assert not isinstance(said, str), said
    return said


@every_picture
def test_picture_is_one_that_readers_take(name: str) -> None:
    assert not is_broken(SIGNED[name])
    with Image.open(io.BytesIO(SIGNED[name])) as image:
        image.load()


@every_picture
def test_picture_stays_and_the_file_beside_it_tells(name: str, tmp_path: Path) -> None:
    data = SIGNED[name]
    record = RECORD._replace(picture=own(data))
    for told in (stamped(data, record), delivered(data, record)):
        assert told.data == data == without(data)
        assert told.why == "it has Content Credentials, which any change would break"
        said = found(put(tmp_path, data, told.sidecar))
        assert said.record._replace(source_type=None) == record._replace(source_type=None)
        assert (said.beside, said.as_it_came, said.broken) == (True, True, False)


@pytest.mark.parametrize("name", [name for name in SIGNED if name.endswith("a packet")])
def test_picture_that_was_signed_with_its_record_in_it_stays(name: str, tmp_path: Path) -> None:
    inner = stamped(b"", RECORD).sidecar
    assert inner is not None
    data = signed_pictures(inner)[name]
    record = RECORD._replace(prompt="another", picture=own(data))
    for told in (stamped(data, record), delivered(data, record)):
        assert told.data == data
        assert found(put(tmp_path, data, told.sidecar)).record == record


def test_record_beside_a_picture_that_came_with_one_counts(tmp_path: Path) -> None:
    came = stamped(saved("PNG"), RECORD._replace(picture=own(saved("PNG")))).data
    record = RECORD._replace(prompt="another", picture=own(came))
    told = delivered(came, record)
    assert told.data == came
    assert found(put(tmp_path, came, told.sidecar)).record == record


def test_record_in_a_picture_counts_if_that_beside_is_of_another(tmp_path: Path) -> None:
    record = RECORD._replace(picture=own(saved("PNG")))
    data, stale = stamped(saved("PNG"), record).data, stamped(b"", RECORD).sidecar
    said = found(put(tmp_path, data, stale))
    assert (said.record, said.beside, said.as_it_came) == (record, False, True)
    edited = png_with(chunk(b"tEXt", b"a\0b"), data=data)
    assert found(put(tmp_path, edited, stale)).record == record


@contextmanager
def answering(picture: bytes) -> Iterator[str]:
    """Run a service that always answers with a picture, and yield its base URL."""
    body = json.dumps({"predictions": [{"bytesBase64Encoded": base64.b64encode(picture).decode()}]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


def as_asked_for(suffix: str) -> bytes:
    """Return a signed picture of the size that the recipe asks for, with a packet of the service."""
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((1024, 1024)).convert("RGB").save(stream, {"jpg": "JPEG"}.get(suffix, suffix))
    if suffix == "png":
        return png_with(itxt(OTHERS), chunk(b"caBX", manifests(9_000)), data=stream.getvalue())
    return jpeg_with(app1(OTHERS), app11(manifests(200_000)), data=stream.getvalue())


@pytest.mark.parametrize(("suffix", "kind"), [("png", "image/png"), ("jpg", "image/jpeg")])
def test_rendered_picture_is_what_came_and_gives_its_recipe_back(
    suffix: str, kind: str, folder: Path, imagenspec: Imagenspec
) -> None:
    data, recipe = as_asked_for(suffix), folder / "cup.imagen.yaml"
    recipe.write_text(RECIPE + f"  output_options: {{mime_type: {kind}}}\n")
    picture = folder / f"renders/cup.{suffix}"
    sidecar = picture.with_name(f"{picture.name}.xmp")
    with answering(data) as url:
        done = imagenspec("render", ".", "--target", url)
        assert done.returncode == 0, done.stderr
        assert picture.read_bytes() == data
        before = sidecar.read_bytes()
        assert imagenspec("render", ".", "--target", url).returncode == 0
        assert (picture.read_bytes(), sidecar.read_bytes()) == (data, before)
        assert imagenspec("verify", ".", "--target", url).stdout == b"cup.imagen.yaml: bytes equal\n"
        assert imagenspec("render", ".", "--target", url, "--no-provenance").returncode == 0
        assert (picture.read_bytes(), sidecar.exists()) == (data, False)
    assert record_in(before) is not None
    sidecar.write_bytes(before)
    wanted = imagenspec("compile", "cup.imagen.yaml").stdout
    recipe.unlink()
    done = imagenspec("recover", str(picture), "-o", "back")
    assert (done.returncode, done.stderr) == (0, b""), done.stdout
    assert imagenspec("compile", "back/cup.imagen.yaml").stdout == wanted


def test_credentials_alone_do_not_hide_a_broken_picture() -> None:
    cut = png_with(chunk(b"caBX", manifests(90)))[:-20]
    told = delivered(cut, RECORD)
    assert told.data == cut
    assert told.why == "the file is not built as its format demands"
