"""The files of the project: short, with a line of purpose, and without what does not belong into them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import imagenspec

CHECKOUT = Path(__file__).resolve().parents[2]
MODULES = sorted((CHECKOUT / "imagenspec").rglob("*.py"))
CODE = [*MODULES, *sorted((CHECKOUT / "tests").rglob("*.py")), *sorted((CHECKOUT / "benchmarks").rglob("*.py"))]
TEXTS = [
    path
    for folder in ("imagenspec", "tests", "recipes", "schemas", "benchmarks", ".ci", ".")
    for path in sorted((CHECKOUT / folder).glob("*" if folder == "." else "**/*"))
    if path.is_file() and path.suffix in (".py", ".md", ".toml", ".yaml", ".json", ".out", "")
]


def name_of(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def test_public_names_are_sorted_and_importable() -> None:
    assert list(imagenspec.__all__) == sorted(imagenspec.__all__)
    for name in imagenspec.__all__:
        assert getattr(imagenspec, name) is not None
    assert dir(imagenspec) == imagenspec.__all__
    with pytest.raises(AttributeError):
        _ = imagenspec.no_such_name


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_names_in_all_are_sorted_and_there(path: Path) -> None:
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    if parts[-1] == "__main__":
        return
    module = import_module(".".join(part for part in parts if part != "__init__"))
    exported = getattr(module, "__all__", [])
    assert list(exported) == sorted(exported)
    assert all(hasattr(module, name) for name in exported)


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_module_begins_with_one_line_of_purpose(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring
    first, *rest = docstring.splitlines()
    assert first.endswith((".", "?", ":")) or ": " in first
    assert not rest or rest[0] == ""


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_no_file_is_over_400_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_names_of_test_files_are_unique() -> None:
    names = [path.name for path in (CHECKOUT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))


def test_no_text_holds_long_base64_a_path_of_somebodys_machine_or_a_note_to_finish() -> None:
    unwanted = {
        "base64": re.compile(r"[A-Za-z0-9+/]{201,}"),
        "machine": re.compile(r"(?<![\w.])/(?:home|Users|root)/[a-z]"),
        "unfinished": re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"),
    }
    found = [
        f"{name_of(path)}: {what}"
        for path in TEXTS
        for what, pattern in unwanted.items()
        if pattern.search(path.read_bytes().decode("utf-8", errors="replace"))
    ]
    assert found == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    pattern = re.compile(r"(?:pytest|mark)\.(?:sk" + r"ip|xf" + r"ail|importorsk" + r"ip)")
    assert [name_of(path) for path in CODE if pattern.search(path.read_text("utf-8"))] == []


def test_linting_a_clean_recipe_imports_nothing_slow() -> None:
    program = (
        "import sys; from imagenspec.cli import cli; "
        "cli(['lint', 'recipes/upscale-gcs.imagen.yaml'], standalone_mode=False); "
        "print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"jinja2", "jsonschema", "httpx", "google.auth", "PIL", "rich", "google.genai"}
