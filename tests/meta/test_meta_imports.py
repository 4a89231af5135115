"""The rooms of the package import only what the architecture allows, inside functions and for types too."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[2] / "imagenspec"
CORE = frozenset(("source", "catalog", "recipe", "images", "wire"))
ALLOWED: dict[str, frozenset[str]] = {
    "source": frozenset(),
    "catalog": frozenset(("source",)),
    "recipe": frozenset(("source", "catalog")),
    "images": frozenset(("source",)),
    "rules": frozenset(("source", "catalog", "recipe", "images")),
    "wire": frozenset(("source", "catalog", "recipe", "images")),
    "project": CORE | {"rules"},
    "provenance": CORE | {"project"},
    "render": CORE | {"project", "provenance"},
    "emulator": frozenset(("catalog", "images")),
    "review": CORE | {"project", "render"},
    "importing": CORE | {"project"},
    "report": frozenset(("source", "project", "review")),
    "cli": CORE | {"rules", "project", "provenance", "render", "emulator", "report", "review", "importing"},
    "dev": CORE | {"rules", "project"},
}
"""Room to the rooms that it may import; ``dev`` is not shipped behaviour but the maker of generated files."""
ALCOVES: dict[str, frozenset[str]] = {
    "emulator/painting": frozenset(("emulator/job",)),
    "importing/commands": frozenset(("importing/refusals", "importing/source")),
    "render/service": frozenset(),
    "render/disk": frozenset(),
    "render/ledger": frozenset(("render/service", "render/disk")),
    "render/locks": frozenset(("render/disk", "render/ledger")),
}
"""Folder of a room to what it may import of that room."""
SHARED = frozenset(("errors", "_version"))
"""Modules beside the rooms that every room may import; they import no room."""
IO_MODULES = frozenset(
    ("os", "pathlib", "socket", "subprocess", "time", "datetime", "random", "tempfile", "urllib.request")
)
PATHS_ARE_DATA = frozenset(("catalog/tables.py",))
"""The one reader of packaged data."""

SOURCES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def imports(path: Path, *, typing: bool) -> Iterator[tuple[str, int]]:
    """Yield the modules that a file imports, with the line; those for types only if asked for."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types and not typing:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield str(node.module), node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def rooms_imported(path: Path) -> dict[str, int]:
    found = [(name.split("."), line) for name, line in imports(path, typing=True)]
    return {parts[1]: line for parts, line in found if parts[0] == "imagenspec" and len(parts) > 1}


def rooms() -> set[str]:
    return {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}


def in_rooms() -> list[Any]:
    return [pytest.param(path, id=name_of(path)) for path in SOURCES if path.parent != PACKAGE]


def test_every_room_stands_in_the_table() -> None:
    assert rooms() <= set(ALLOWED)
    assert len(rooms()) >= 9


@pytest.mark.parametrize("path", in_rooms())
def test_room_imports_only_what_is_allowed(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0]
    wrong = {
        f"{name_of(path)}:{line} imports {other}"
        for other, line in rooms_imported(path).items()
        if other != room and other not in ALLOWED[room] | SHARED
    }
    assert wrong == set()


def test_every_alcove_stands_in_the_table() -> None:
    assert {name_of(path.parent) for path in SOURCES if len(path.relative_to(PACKAGE).parts) > 2} == set(ALCOVES)


@pytest.mark.parametrize("alcove", ALCOVES)
def test_alcove_imports_only_what_is_allowed(alcove: str) -> None:
    room = f"{alcove.partition('/')[0]}/"
    allowed = tuple(f"{one}/" for one in (alcove, *ALCOVES[alcove]))
    wrong = {
        f"{name_of(path)}:{line} imports {name}"
        for path in (PACKAGE / alcove).glob("*.py")
        for name, line in imports(path, typing=True)
        if (other := f"{name.partition('.')[2].replace('.', '/')}/").startswith(room) and not other.startswith(allowed)
    }
    assert wrong == set()


@pytest.mark.parametrize("module", sorted(SHARED))
def test_shared_modules_import_no_room_not_even_for_types(module: str) -> None:
    assert rooms_imported(PACKAGE / f"{module}.py") == {}


def test_dynamic_imports_are_those_of_the_package_and_of_the_commands() -> None:
    callers = [name_of(path) for path in SOURCES if "import_module" in path.read_text("utf-8")]
    assert callers == ["__init__.py", "cli/__init__.py"]


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.relative_to(PACKAGE).parts[0] in CORE | {"rules"}], ids=name_of
)
def test_core_does_no_input_and_output_of_its_own(path: Path) -> None:
    if name_of(path) in PATHS_ARE_DATA:
        return
    used = {name for name, _ in imports(path, typing=False)}
    assert not used & IO_MODULES
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    assert not [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "open"]
