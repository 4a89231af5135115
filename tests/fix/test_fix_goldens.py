"""Recipes with what ``imagenspec fix`` makes of them beside them: the safe fixes, and with the unsafe ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from imagenspec.catalog.codes import codes
from imagenspec.project.check import check_bytes
from imagenspec.project.fixing import Wanted, fix_bytes
from imagenspec.project.options import Options

HERE = Path(__file__).resolve().parent
SUFFIX = ".imagen.yaml"


def recipes() -> list[Any]:
    return [pytest.param(path, id=path.name.removesuffix(SUFFIX)) for path in sorted(HERE.glob(f"*{SUFFIX}"))]


def beside(recipe: Path, ending: str) -> Path:
    return recipe.with_name(recipe.name.removesuffix(SUFFIX) + ending)


def fixed(recipe: Path, data: bytes, *, unsafe: bool = False) -> bytes:
    return fix_bytes(str(recipe), data, Options(), Wanted(unsafe=unsafe)).after


@pytest.mark.parametrize("recipe", recipes())
def test_fixed_recipe_is_the_file_beside_it_byte_for_byte(recipe: Path, *, write_goldens: bool) -> None:
    made, unsafe = fixed(recipe, recipe.read_bytes()), fixed(recipe, recipe.read_bytes(), unsafe=True)
    golden, unsafe_golden = beside(recipe, ".fixed.yaml"), beside(recipe, ".unsafe.yaml")
    if write_goldens:
        golden.write_bytes(made)
        unsafe_golden.unlink(missing_ok=True)
        if unsafe != made:
            unsafe_golden.write_bytes(unsafe)
    assert made == golden.read_bytes()
    assert unsafe == (unsafe_golden if unsafe_golden.exists() else golden).read_bytes()


@pytest.mark.parametrize("recipe", recipes())
def test_fixing_again_changes_nothing(recipe: Path) -> None:
    for unsafe in (False, True):
        once = fixed(recipe, recipe.read_bytes(), unsafe=unsafe)
        assert fixed(recipe, once, unsafe=unsafe) == once


@pytest.mark.parametrize("recipe", recipes())
def test_safe_fixes_leave_only_what_was_found_before_or_could_not_be_looked_for(recipe: Path) -> None:
    def found(data: bytes) -> Counter[str]:
        return Counter(one.code for one in check_bytes(str(recipe), data, Options()).findings)

    before = found(recipe.read_bytes())
    added = found(fixed(recipe, recipe.read_bytes())) - before
    if any(codes()[code].fatal for code in before):
        added = Counter(code for code in added if codes()[code].fatal)
    assert not added


def test_every_golden_has_its_recipe_and_an_unsafe_one_says_something_else() -> None:
    names = {path.name.removesuffix(SUFFIX) for path in HERE.glob(f"*{SUFFIX}")}
    goldens = [*HERE.glob("*.fixed.yaml"), *HERE.glob("*.unsafe.yaml")]
    assert {path.name.rsplit(".", 2)[0] for path in goldens} == names
    for path in HERE.glob("*.unsafe.yaml"):
        assert path.read_bytes() != path.with_name(path.name.replace(".unsafe.", ".fixed.")).read_bytes()
