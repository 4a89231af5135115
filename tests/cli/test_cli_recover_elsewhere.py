"""``imagenspec recover`` of pictures and recipes that are not where they were."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from cli_recipes import CUP
from PIL import Image
from test_cli_recover import ONE, TEA, printed, recovered
from test_cli_render import write

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec


def test_recovered_recipe_takes_the_pictures_of_the_one_that_is_found(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, tea=TEA, plain=TEA.replace("raw", "x-raw"))
    imagenspec("render", ".")
    done = imagenspec("recover", "renders/tea.jpg", "renders/plain.jpg", "-o", "some/back")
    assert (done.returncode, "missing" in printed(done)) == (0, False), done.stdout
    for name in ("tea", "plain"):
        text = (folder / f"some/back/{name}.imagen.yaml").read_text()
        assert 'image: "../../cup.png"\n' in text
        compiled = imagenspec("compile", f"some/back/{name}.imagen.yaml")
        assert compiled.stdout == imagenspec("compile", f"{name}.imagen.yaml").stdout
    shutil.copy(folder / "cup.png", folder / "some")
    assert imagenspec("recover", "renders/plain.jpg", "-o", "some").returncode == 0
    assert "image: cup.png\n" in (folder / "some/plain.imagen.yaml").read_text()


def test_recovered_recipe_reads_no_picture_of_another_project(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, tea=TEA.replace("raw", "x-raw"))
    imagenspec("render", ".")
    done = imagenspec("recover", "renders/tea.jpg", "-o", "../elsewhere")
    assert done.returncode == 1
    assert "missing: cup.png" in printed(done)
    assert "image: cup.png\n" in (folder.parent / "elsewhere/tea.imagen.yaml").read_text()


def nested(folder: Path) -> Path:
    """Return a project below another one, in the same checkout."""
    below = folder / "shop" / "recipes"
    below.mkdir(parents=True)
    shutil.copy(folder / ".imagenspec.toml", below)
    shutil.copy(folder / "cup.png", below)
    write(below, tea=TEA.replace("raw", "x-raw"))
    return below


def test_recipe_of_a_picture_that_travelled_is_found(folder: Path, imagenspec: Imagenspec) -> None:
    below = nested(folder)
    imagenspec("render", "shop/recipes")
    shutil.copy(below / "renders/tea.jpg", folder.parent / "x.jpg")
    done = imagenspec("recover", "../x.jpg", "-o", "back")
    assert done.returncode == 0, done.stdout
    assert "  recipe   shop/recipes/tea.imagen.yaml\n" in printed(done)
    assert "today    the recipe makes the same request\n" in printed(done)
    assert 'image: "../shop/recipes/cup.png"\n' in (folder / "back/tea.imagen.yaml").read_text()
    [found] = recovered(imagenspec, "../x.jpg")
    assert found["today"]["file"] == "shop/recipes/tea.imagen.yaml"
    (folder / "tea.imagen.yaml").write_text(CUP)
    assert recovered(imagenspec, "../x.jpg") == [found]
    deep = imagenspec("recover", "../../x.jpg", cwd=folder / "shop")
    assert "  recipe   recipes/tea.imagen.yaml\n" in printed(deep)


def test_recipe_elsewhere_counts_only_if_it_makes_the_request(folder: Path, imagenspec: Imagenspec) -> None:
    below = nested(folder)
    imagenspec("render", "shop/recipes")
    shutil.copy(below / "renders/tea.jpg", folder.parent / "x.jpg")
    write(below, tea=TEA.replace("kind: tea", "kind: mint"))
    broken = folder / "broken"
    broken.mkdir()
    (broken / ".imagenspec.toml").write_text("colour = 1\n")
    done = imagenspec("recover", "../x.jpg")
    assert 'today    the recipe is gone: not found in "..", "." or "shop/recipes"\n' in printed(done)
    assert "  recipe   tea.imagen.yaml\n" in printed(done)
    shutil.rmtree(folder / ".git")
    write(below, tea=TEA.replace("raw", "x-raw"))
    assert recovered(imagenspec, "../x.jpg")[0]["today"]["recipe"] == "same"
    (folder / ".imagenspec.toml").unlink()
    assert recovered(imagenspec, "../x.jpg")[0]["today"]["recipe"] == "gone"


def test_recipe_that_makes_another_request_need_not_have_changed(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, tea=TEA)
    imagenspec("render", ".", "--var", "kind=mint")
    said = "today    the recipe makes another request now: it was changed, or rendered with other --var\n"
    done = imagenspec("recover", "renders/tea.jpg")
    assert (done.returncode, said in printed(done)) == (0, True), done.stdout
    assert recovered(imagenspec, "renders/tea.jpg")[0]["today"]["recipe"] == "other"
    write(folder, tea=TEA.replace("kind: tea", "kind: mint"))
    assert "today    the recipe makes the same request\n" in printed(imagenspec("recover", "renders/tea.jpg"))
    with Image.open(folder / "cup.png") as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "cup.png")
    other = 'today    the recipe makes another request now: "cup.png" is another picture\n'
    assert other in printed(imagenspec("recover", "renders/tea.jpg"))


def test_picture_that_is_cut_off_says_so_and_what_made_it(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=ONE)
    imagenspec("render", ".")
    data = (folder / "renders/cup.png").read_bytes()
    (folder / "cut.png").write_bytes(data[: len(data) // 2])
    done = imagenspec("recover", "cut.png", "-o", "back")
    assert done.returncode == 0, done.stdout
    assert ", but the file is broken or cut off\n" in printed(done)
    assert recovered(imagenspec, "cut.png")[0]["broken"]
    (folder / "cut.png").write_bytes(data[:60])
    short = imagenspec("recover", "cut.png")
    assert short.returncode == 1
    assert short.stderr == b"cut.png: it is broken or cut off, and what is left does not say what made it\n"
    assert "cut off" in recovered(imagenspec, "cut.png")[0]["why"]
