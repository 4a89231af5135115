"""``imagenspec recover`` as people run it: pictures that say what made them, and recipes that come back from them."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from cli_recipes import CUP, SEASONS
from PIL import Image
from test_cli_render import locked, summary, write

from imagenspec.provenance.record import Record, written
from imagenspec.provenance.stamping import record_in, stamped, without
from imagenspec.provenance.xmp import packet_of

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from conftest import Imagenspec

TEA = """\
imagenspec: 1
task: edit
model: imagen-3.0-capability-001
image: cup.png
mask: {mode: background, dilation: 0.0}
prompt: a {{ kind }} {{ '{{' }} cup
vars: {kind: tea}
raw: {parameters: {trace: gs://accounting/tea}}
parameters: {edit_mode: bgswap, sample_count: 1, seed: 7, add_watermark: false, output_options: {mime_type: image/jpeg}}
"""
ONE = CUP + "parameters: {sample_count: 1}\n"
RECORD = Record("t", "d", "generate", "cup.imagen.yaml", "", "m", None, "p", 1, "ab" * 32, "cd" * 32)


def picture_of(record: Record) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "PNG")
    return stamped(stream.getvalue(), record).data


def printed(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stdout.decode()


def recovered(imagenspec: Imagenspec, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(imagenspec("recover", "--format", "json", *arguments).stdout)["images"]
    return found


def test_a_picture_says_what_made_it(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, tea=TEA)
    assert imagenspec("render", ".").returncode == 0
    done = imagenspec("recover", "renders/tea.jpg")
    assert (done.returncode, done.stderr) == (0, b"")
    digest = locked(folder, "tea")[""]["digest"]
    cup = locked(folder, "tea")[""]["inputs"]["cup.png"]
    for line in (
        "renders/tea.jpg",
        "  recipe   tea.imagen.yaml",
        "  model    imagen-3.0-capability-001",
        "  seed     7",
        "  prompt   a tea {{ cup",
        f"  request  {digest}",
        f"  input    cup.png {cup}",
        "  withheld raw.parameters.trace",
        "  today    the recipe makes the same request",
    ):
        assert f"{line}\n" in printed(done)
    assert "accounting" not in (folder / "renders/tea.jpg").read_bytes().decode("latin-1")


def test_locks_have_the_digests_of_what_came(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=ONE)
    imagenspec("render", ".")
    [sample] = locked(folder, "cup")[""]["samples"]
    [found] = recovered(imagenspec, sample["file"])
    assert found["record"]["picture"] == sample["sha256"]
    assert found["as_it_came"]
    verified = imagenspec("verify", ".")
    assert (verified.returncode, printed(verified)) == (0, "cup.imagen.yaml: bytes equal\n")


def test_pictures_are_compared_with_what_they_were_without_their_records(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=ONE)
    imagenspec("render", ".")
    picture, lock = folder / "renders/cup.png", folder / "cup.imagen.lock"
    record = record_in(picture.read_bytes())
    assert record is not None
    other = io.BytesIO()
    with Image.open(picture) as image:
        size = image.size
    Image.new("RGB", size).save(other, "PNG")
    [sample] = locked(folder, "cup")[""]["samples"]
    text = lock.read_text().replace(sample["pixels"], "0" * 64)
    lock.write_text(text.replace(sample["sha256"], hashlib.sha256(other.getvalue()).hexdigest()))
    picture.write_bytes(stamped(other.getvalue(), record).data)
    shutil.rmtree(folder / ".imagenspec")
    done = imagenspec("verify", ".")
    assert done.returncode == 1
    assert "different, 100.00% of the pixels" in printed(done)


def test_a_second_render_leaves_pictures_as_they_are(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=ONE, tea=TEA)
    imagenspec("render", ".")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (folder / "renders").iterdir()}
    assert summary(imagenspec("render", ".")).endswith("nothing to send")
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (folder / "renders").iterdir()}


def test_provenance_can_be_left_out_and_put_in_again(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=ONE)
    picture = folder / "renders/cup.png"
    imagenspec("render", ".", "--no-provenance")
    plain = picture.read_bytes()
    assert record_in(plain) is None
    done = imagenspec("recover", "renders/cup.png")
    assert (done.returncode, done.stderr) == (1, b"renders/cup.png: it does not say what made it\n")
    imagenspec("render", ".")
    assert without(picture.read_bytes()) == plain != picture.read_bytes()
    with (folder / ".imagenspec.toml").open("a") as stream:
        stream.write("provenance = false\n")
    assert summary(imagenspec("render", ".")).endswith("nothing to send")
    assert picture.read_bytes() == plain


def test_setting_that_is_neither_is_refused(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=ONE)
    with (folder / ".imagenspec.toml").open("a") as stream:
        stream.write('provenance = "no"\n')
    done = imagenspec("render", ".")
    assert done.returncode == 2
    assert b'"provenance" must be true or false' in done.stderr


def test_recipe_of_a_case_comes_back(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seasons=SEASONS + "parameters: {sample_count: 2}\n")
    imagenspec("render", ".")
    write(folder, seasons=CUP)
    done = imagenspec(
        "recover", "renders/seasons.season=autumn-1.png", "renders/seasons.season=autumn-2.png", "-o", "back"
    )
    assert done.returncode == 0, done.stderr
    assert "today    the recipe has changed: the case is gone" in printed(done)
    assert printed(done).count("wrote back/seasons.season=autumn.imagen.yaml, which compiles to that request") == 2
    [back] = (folder / "back").iterdir()
    compiled = imagenspec("compile", str(back))
    assert json.loads(compiled.stdout)["instances"] == [{"prompt": "a cup in autumn"}]
    again = imagenspec("recover", "renders/seasons.season=autumn-1.png", "-o", "back")
    assert again.returncode == 0


def test_what_is_withheld_comes_back_from_the_recipe_while_it_is_the_same(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, tea=TEA)
    imagenspec("render", ".")
    shutil.copy(folder / "cup.png", folder / "renders")
    done = imagenspec("recover", "renders/tea.jpg", "-o", "renders")
    assert done.returncode == 0, done.stdout
    assert "gs://accounting/tea" in (folder / "renders/tea.imagen.yaml").read_text()
    (folder / "tea.imagen.yaml").unlink()
    lost = imagenspec("recover", "renders/tea.jpg", "-o", "renders", "--force")
    assert lost.returncode == 1
    assert "to be filled in by hand: raw.parameters.trace" in printed(lost)
    assert "today    the recipe is gone" in printed(lost)
    assert "accounting" not in (folder / "renders/tea.imagen.yaml").read_text()


def test_pictures_that_are_not_there_are_named_with_their_digests(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, tea=TEA.replace("raw", "x-raw"))
    imagenspec("render", ".")
    cup = locked(folder, "tea")[""]["inputs"]["cup.png"]
    (folder / "tea.imagen.yaml").unlink()
    done = imagenspec("recover", "renders/tea.jpg", "-o", "back")
    assert done.returncode == 1
    assert f"missing: cup.png, SHA-256 {cup}" in printed(done)
    Image.new("RGB", (9, 9)).save(folder / "back/cup.png")
    other = imagenspec("recover", "renders/tea.jpg", "-o", "back")
    assert other.returncode == 1
    assert '"cup.png" is another picture' in printed(other)
    shutil.copy(folder / "cup.png", folder / "back")
    assert imagenspec("recover", "renders/tea.jpg", "-o", "back").returncode == 0


def test_long_name_of_a_recipe_is_cut_in_bytes(folder: Path, imagenspec: Imagenspec) -> None:
    record = RECORD._replace(recipe="\u00e9" * 300, resolved="imagenspec: 1\ntask: generate\nmodel: m\nprompt: p\n")
    (folder / "a.png").write_bytes(picture_of(record))
    assert imagenspec("recover", "a.png", "-o", "back").returncode == 1
    assert len(list((folder / "back").iterdir())) == 1


def test_picture_from_outside_the_project_has_no_path(folder: Path, imagenspec: Imagenspec) -> None:
    outside = folder.parent / "secret place"
    outside.mkdir()
    (folder / "cup.png").rename(outside / "cup.png")
    (folder / ".imagenspec.toml").write_text(
        (folder / ".imagenspec.toml").read_text() + 'image_roots = ["../secret place"]\n'
    )
    recipe = TEA.replace("raw", "x-raw")
    write(
        folder,
        up=recipe.replace("cup.png", "../secret place/cup.png"),
        whole=recipe.replace("cup.png", str(outside / "cup.png")),
        around=recipe.replace("cup.png", f"../{folder.name}/own.png"),
    )
    shutil.copy(outside / "cup.png", folder / "own.png")
    assert imagenspec("render", ".").returncode == 0
    for name in ("up", "whole", "around"):
        data = (folder / f"renders/{name}.jpg").read_bytes().decode("latin-1")
        assert "secret" not in data
        assert folder.name not in data
        [found] = recovered(imagenspec, f"renders/{name}.jpg")
        wanted = "own.png" if name == "around" else "withheld/"
        assert found["record"]["inputs"][0]["path"].startswith(wanted)


def test_case_of_what_is_withheld_has_a_stand_in(folder: Path, imagenspec: Imagenspec) -> None:
    outside = folder.parent / "secret place"
    outside.mkdir()
    (folder / "cup.png").rename(outside / "cup.png")
    (folder / ".imagenspec.toml").write_text(
        (folder / ".imagenspec.toml").read_text() + 'image_roots = ["../secret place"]\nproject = "secret-project"\n'
    )
    matrix = f"matrix: {{image: [{json.dumps(str(outside / 'cup.png'))}]}}\n"
    owned = "matrix: {labels.team: [of-secret-project], parameters.sample_count: [1]}\n"
    write(
        folder,
        tea=TEA.replace("image: cup.png\n", matrix),
        own=TEA.replace("cup.png", "own.png") + owned,
    )
    shutil.copy(outside / "cup.png", folder / "own.png")
    assert imagenspec("render", ".").returncode == 0
    pictures = list((folder / "renders").iterdir())
    assert len(pictures) == 2
    for path in pictures:
        assert "secret" not in path.read_bytes().decode("latin-1")
        [found] = recovered(imagenspec, str(path))
        assert found["record"]["case"].startswith("withheld-")
        assert found["record"]["withheld"][-1] == "case"
        assert found["today"]["recipe"] == "same"


def test_edited_picture_is_told_from_what_came(folder: Path, imagenspec: Imagenspec) -> None:
    data = picture_of(RECORD)
    (folder / "a.png").write_bytes(data)
    assert "but the file has been changed since" in printed(imagenspec("recover", "a.png"))


def test_record_beside_a_picture_is_found(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "a.png").write_bytes(without(picture_of(RECORD)))
    (folder / "a.png.xmp").write_bytes(packet_of(written(RECORD)))
    [found] = recovered(imagenspec, "a.png")
    assert found["beside"]
    assert found["record"]["prompt"] == "p"


def test_text_that_steers_terminals_is_shown(folder: Path, imagenspec: Imagenspec) -> None:
    record = RECORD._replace(prompt="a\x9b31m\u202ecup", model="m\x7f", recipe="\u2028x\x85")
    (folder / "a.png").write_bytes(picture_of(record))
    for form in ("text", "json"):
        shown = imagenspec("recover", "a.png", "--format", form).stdout.decode()
        assert not set(shown) & set("\x9b\u202e\x7f\u2028\x85\x1b")


@pytest.mark.parametrize(
    "name", ["../../escaped", "/escaped", "a/../../escaped", "..", "C:\\escaped", ".git/config", "\u202eescaped"]
)
def test_names_do_not_lead_out_of_the_folder(folder: Path, imagenspec: Imagenspec, name: str) -> None:
    text = "imagenspec: 1\ntask: generate\nmodel: m\nprompt: p\n"
    record = RECORD._replace(recipe=f"{name}.imagen.yaml", case="../../x", resolved=text)
    (folder / "a.png").write_bytes(picture_of(record))
    before = set(folder.parent.rglob("*"))
    done = imagenspec("recover", "a.png", "-o", "out/here")
    assert done.returncode == 1
    assert "does not compile to that request: it makes another request" in printed(done)
    new = set(folder.parent.rglob("*")) - before
    assert {path.parent.name for path in new if path.is_file()} == {"here"}


def test_recipe_outside_the_project_is_not_read(folder: Path, imagenspec: Imagenspec) -> None:
    (folder.parent / "out.imagen.yaml").write_text(CUP)
    (folder / "link.imagen.yaml").symlink_to(folder.parent / "out.imagen.yaml")
    for name in ("../out.imagen.yaml", "link.imagen.yaml", str(folder.parent / "out.imagen.yaml"), ".", ""):
        (folder / "a.png").write_bytes(picture_of(RECORD._replace(recipe=name)))
        [found] = recovered(imagenspec, "a.png")
        assert found["today"]["recipe"] == "gone"


@pytest.mark.parametrize("text", ["", "[", "a: b", "- 1", "imagenspec: 1\ntask: nonsense\n"])
def test_recipe_that_is_none_is_not_written(folder: Path, imagenspec: Imagenspec, text: str) -> None:
    (folder / "a.png").write_bytes(picture_of(RECORD._replace(resolved=text)))
    done = imagenspec("recover", "a.png", "-o", "out")
    assert done.returncode == 1
    assert "not written: the picture has no recipe that can be read" in printed(done)
    assert not (folder / "out").exists()


def test_other_recipes_are_not_written_over(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=ONE)
    imagenspec("render", ".")
    (folder / "out").mkdir()
    (folder / "out/cup.imagen.yaml").write_text("mine")
    done = imagenspec("recover", "renders/cup.png", "-o", "out")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"is there already; use --force" in done.stderr
    assert (folder / "out/cup.imagen.yaml").read_text() == "mine"
    assert imagenspec("recover", "renders/cup.png", "-o", "out", "--force").returncode == 0
    (folder / "out/cup.imagen.yaml").unlink()
    (folder / "out/cup.imagen.yaml").symlink_to(folder / "cup.imagen.yaml")
    assert imagenspec("recover", "renders/cup.png", "-o", "out").returncode == 2


def test_two_recipes_of_one_name_are_not_mixed(folder: Path, imagenspec: Imagenspec) -> None:
    for name in ("one", "two"):
        text = f"imagenspec: 1\ntask: generate\nmodel: m\nprompt: {name}\n"
        (folder / f"{name}.png").write_bytes(picture_of(RECORD._replace(resolved=text)))
    done = imagenspec("recover", "one.png", "two.png", "-o", "out")
    assert done.returncode == 2
    assert b"two pictures have different recipes" in done.stderr
    assert not (folder / "out").exists()


@pytest.mark.parametrize("name", ["missing.png", ".", "a\nb"])
def test_file_that_is_none_is_wrong_usage(imagenspec: Imagenspec, name: str) -> None:
    done = imagenspec("recover", name)
    assert done.returncode == 2
    assert b"is no file" in done.stderr


def test_each_picture_is_looked_at_though_one_says_nothing(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "a.png").write_bytes(picture_of(RECORD))
    done = imagenspec("recover", "cup.png", "a.png", "--format", "json")
    assert done.returncode == 1
    assert [one["record"] is not None for one in json.loads(done.stdout)["images"]] == [False, True]


def test_one_recipe_that_does_not_come_back_is_enough_for_an_exit_code(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=ONE)
    imagenspec("render", ".")
    (folder / "a.png").write_bytes(picture_of(RECORD._replace(resolved="")))
    for images in (("a.png", "renders/cup.png"), ("renders/cup.png", "a.png")):
        for form in ("text", "json"):
            done = imagenspec("recover", *images, "-o", "back", "--format", form)
            assert done.returncode == 1
