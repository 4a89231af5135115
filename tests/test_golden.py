"""Golden folders: recipes without findings, with the findings beside them, and with the request bodies beside them."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pinned import DAY
from ruamel.yaml import YAML

import imagenspec
from imagenspec.catalog.tables import rows
from imagenspec.project.build import requests
from imagenspec.project.check import check_bytes
from imagenspec.project.options import Options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from imagenspec import Finding, Request

TESTS = Path(__file__).resolve().parent
CHECKOUT = TESTS.parent
SUFFIX = ".imagen.yaml"


def recipes(folder: Path) -> list[Any]:
    """Return the recipes of a folder, and of the folders in it that have a configuration of their own."""
    found = sorted(folder.rglob(f"*{SUFFIX}"))
    return [pytest.param(path, id=path.relative_to(folder).as_posix().removesuffix(SUFFIX)) for path in found]


def outs() -> list[Path]:
    return sorted((TESTS / "err").rglob("*.out"))


def lines(findings: Sequence[Finding]) -> list[str]:
    return [
        f"{one.start.line}:{one.start.column}-{one.end.line}:{one.end.column} {one.severity} {one.code} {one.message}"
        for one in findings
    ]


def name_of(recipe: Path) -> str:
    return recipe.name.removesuffix(SUFFIX)


@pytest.mark.parametrize("recipe", recipes(TESTS / "ok"))
def test_ok_recipe_has_no_finding_and_compiles(recipe: Path) -> None:
    assert lines(imagenspec.check(recipe).findings) == []
    assert list(imagenspec.compile(recipe))


@pytest.mark.parametrize("recipe", recipes(TESTS / "err"))
def test_findings_are_those_of_the_out_file(recipe: Path, *, write_goldens: bool) -> None:
    found = lines(imagenspec.check(recipe).findings)
    golden = recipe.with_name(f"{name_of(recipe)}.out")
    if write_goldens:
        golden.write_text("".join(f"{line}\n" for line in found), "utf-8", newline="\n")
    assert found == golden.read_text("utf-8").splitlines()


@pytest.mark.parametrize("recipe", recipes(TESTS / "err"))
def test_recipe_compiles_exactly_if_it_has_no_error(recipe: Path) -> None:
    checked = imagenspec.check(recipe)
    errors = [one for one in checked.findings if one.severity is imagenspec.Severity.ERROR]
    assert checked.ok is not bool(errors)
    if errors:
        with pytest.raises(imagenspec.RecipeError) as refused:
            list(imagenspec.compile(recipe))
        assert refused.value.exit_code == 1
    else:
        assert list(imagenspec.compile(recipe))


@pytest.mark.parametrize("recipe", recipes(TESTS / "err"))
def test_unchecked_recipe_compiles_or_is_refused_but_never_fails(recipe: Path) -> None:
    options = Options()
    checked = check_bytes(str(recipe), recipe.read_bytes(), options)
    bodies: list[dict[str, Any]] = []
    with suppress(imagenspec.RecipeError):
        bodies += map(body_of, requests(checked, options.images, unchecked=True))
    assert bodies or not checked.ok
    assert all(len(body["instances"]) == 1 for body in bodies)


def body_of(request: Request) -> dict[str, Any]:
    return request.file_refs()


def golden_path(folder: Path, recipe: Path, request: Request) -> Path:
    return folder / (name_of(recipe) + (f".{request.case}" if request.case else "") + ".json")


def ordered(text: str) -> Any:
    """Return JSON with mappings as lists of pairs, so that the order of members counts."""
    return json.loads(text, object_pairs_hook=list)


def compare_bodies(recipe: Path, folder: Path, *, write: bool) -> None:
    made = {golden_path(folder, recipe, request): request for request in imagenspec.compile(recipe)}
    if write:
        for path, request in made.items():
            path.write_text(json.dumps(body_of(request), indent=2, ensure_ascii=False) + "\n", "utf-8", newline="\n")
    goldens = [folder / f"{name_of(recipe)}.json", *folder.glob(f"{name_of(recipe)}.*=*.json")]
    assert sorted(made) == sorted(path for path in goldens if path.exists())
    for path, request in made.items():
        assert ordered(json.dumps(body_of(request))) == ordered(path.read_text("utf-8"))


@pytest.mark.parametrize("recipe", recipes(TESTS / "wire"))
def test_body_is_that_of_the_json_file(recipe: Path, *, write_goldens: bool) -> None:
    compare_bodies(recipe, TESTS / "wire", write=write_goldens)


@pytest.mark.parametrize("recipe", recipes(CHECKOUT / "recipes"))
def test_payload_of_a_worked_recipe_is_the_one_typed_from_the_documentation(recipe: Path) -> None:
    compare_bodies(recipe, CHECKOUT / "recipes" / "payloads", write=False)


def without_bytes(value: Any) -> Any:
    """Return a body in which every image's bytes are one placeholder."""
    if isinstance(value, dict):
        return {key: "BYTES" if key == "bytesBase64Encoded" else without_bytes(child) for key, child in value.items()}
    return [without_bytes(child) for child in value] if isinstance(value, list) else value


SAMPLES = sorted((TESTS / "seeds").glob("*.json"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_recipe_makes_the_sample_of_the_documentation_page_member_by_member(sample: Path) -> None:
    recipe = CHECKOUT / "recipes" / f"{sample.stem}{SUFFIX}"
    [request] = imagenspec.compile(recipe)
    assert without_bytes(body_of(request)) == without_bytes(json.loads(sample.read_text("utf-8")))


def test_every_folder_of_goldens_is_found() -> None:
    assert len(recipes(TESTS / "ok")) > 5
    assert len(recipes(TESTS / "err")) > 40
    assert len(recipes(TESTS / "wire")) > 5
    assert len(recipes(CHECKOUT / "recipes")) > 20
    assert len(SAMPLES) >= 6


def test_no_golden_file_is_left_without_its_recipe() -> None:
    orphans = [path.name for path in outs() if not path.with_name(path.stem + SUFFIX).exists()]
    for folder, home in ((TESTS / "wire", TESTS / "wire"), (CHECKOUT / "recipes" / "payloads", CHECKOUT / "recipes")):
        known = {name_of(path) for path in home.glob(f"*{SUFFIX}")}
        orphans += [path.name for path in folder.glob("*.json") if path.name.split(".")[0] not in known]
    assert orphans == []


def test_every_out_file_is_sorted_and_not_empty() -> None:
    for path in outs():
        starts = [tuple(map(int, line.split("-")[0].split(":"))) for line in path.read_text("utf-8").splitlines()]
        assert starts, path.name
        assert starts == sorted(starts), path.name


def golden_codes() -> set[str]:
    return {line.split()[2] for path in outs() for line in path.read_text("utf-8").splitlines()}


def planted_codes() -> set[str]:
    """Return the codes that need what a checkout does not keep: permissions, links, large files, whole projects."""
    needing_a_machine = {"IMG014", "IMG015", "IMG504", "IMG509", "IMG801", "IMG802", "IMG905"}
    texts = [path.read_text("utf-8") for room in ("cli", "project") for path in (TESTS / room).glob("test_*.py")]
    return needing_a_machine & {code for text in texts for code in re.findall(r"IMG[0-9]{3}", text)}


def test_every_code_has_an_err_file_and_every_severity_is_that_of_its_row() -> None:
    severities = {row["code"]: row["severity"] for row in rows("rules")}
    assert golden_codes() | planted_codes() == set(severities)
    for path in outs():
        for line in path.read_text("utf-8").splitlines():
            _, severity, code, _ = line.split(maxsplit=3)
            assert severity == severities[code], path.name


def test_messages_start_in_lower_case_and_have_no_final_period() -> None:
    for path in outs():
        for line in path.read_text("utf-8").splitlines():
            message = line.split(maxsplit=3)[3]
            assert not re.match(r"[A-Z][a-z]", message), (path.name, message)
            assert not re.search(r"[.!]$", message), (path.name, message)
            assert ". " not in re.sub(r'"[^"]*"', "", message), (path.name, message)
            assert len(message) < 300, (path.name, message)


def cases() -> list[Any]:
    table = YAML(typ="safe", pure=True).load((TESTS / "err_cases.yaml").read_text("utf-8"))
    return [pytest.param(case["recipe"], case["expect"], case.get("as_of", DAY), id=case["name"]) for case in table]


@pytest.mark.parametrize(("recipe", "expect", "day"), cases())
def test_each_planted_defect_is_one_finding_at_its_place(recipe: str, expect: list[list[Any]], day: date) -> None:
    checked = check_bytes(str(TESTS / "err" / "case.imagen.yaml"), recipe.encode(), Options(as_of=day))
    assert [[one.code, one.start.line, one.start.column] for one in checked.findings] == expect
