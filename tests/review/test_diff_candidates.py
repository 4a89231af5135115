"""What is left out before compiling cannot have changed: however a recipe writes a name, it is found."""

from __future__ import annotations

import pytest

from imagenspec.review.candidates import Touched

WRITTEN = [
    ("a/one.imagen.yaml", "image: images/cup.png", "a/images/cup.png"),
    ("a/one.imagen.yaml", "image: ../b/cup.png", "b/cup.png"),
    ("a/one.imagen.yaml", "image: ../a/./images//cup.png", "a/images/cup.png"),
    ("one.imagen.yaml", "{image: {file: 'it''s a cup.png'}}", "it's a cup.png"),
    ("one.imagen.yaml", "image: my\n  cup.png", "my cup.png"),
    ("one.imagen.yaml", 'image: "c\\x75p.png"', "cup.png"),
    ("one.imagen.yaml", "image: CUP.PNG", "cup.png"),
    ("one.imagen.yaml", "images: [x/cup.png,y/cup.png]", "y/cup.png"),
    ("one.imagen.yaml", "image: tasse-à-café.png", "tasse-a\u0300-cafe\u0301.png"),
    ("one.imagen.yaml", "image: '+++'", "+++"),
    ("one.imagen.yaml", "image: -cup.png", "-cup.png"),
]
MANY = [f"other-{number}.bin" for number in range(50)]


@pytest.mark.parametrize("others", [[], MANY], ids=["few", "many"])
@pytest.mark.parametrize(("recipe", "text", "changed"), WRITTEN)
def test_a_file_that_a_recipe_names(recipe: str, text: str, changed: str, others: list[str]) -> None:
    assert Touched([changed, *others]).may_touch(recipe, text.encode())


@pytest.mark.parametrize("others", [[], MANY], ids=["few", "many"])
@pytest.mark.parametrize(
    ("recipe", "changed"),
    [
        ("a/one.imagen.yaml", "b/images/cup.png"),
        ("a/one.imagen.yaml", "a/images/mug.png"),
        ("a/one.imagen.yaml", "b/.imagenspec.toml"),
        ("a/one.imagen.yaml", "a/two.imagen.yaml"),
        ("a/one.imagen.yaml", "a/one.imagen.lock"),
    ],
)
def test_files_that_a_recipe_does_not_name(recipe: str, changed: str, others: list[str]) -> None:
    assert not Touched([changed, *others]).may_touch(recipe, b"image: images/cup.png\n")


def test_settings_and_links() -> None:
    text = b"image: here/cup.png\n"
    assert Touched([".imagenspec.toml"]).may_touch("a/one.imagen.yaml", text)
    assert Touched(["a/pyproject.toml"]).may_touch("a/one.imagen.yaml", text)
    assert not Touched(["there/cup.png"]).may_touch("one.imagen.yaml", text)
    assert Touched(["there/cup.png"], ["here"]).may_touch("one.imagen.yaml", text)
    assert Touched(["there/real.png"], ["here/cup.png"]).may_touch("one.imagen.yaml", text)
