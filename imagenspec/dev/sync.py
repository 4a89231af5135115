"""Write generated files, or tell which of them have drifted from their data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imagenspec.catalog.fields import TASKS
from imagenspec.catalog.tables import schemas_folder
from imagenspec.dev.predict_schema import predict_schema
from imagenspec.dev.readme import readme_files
from imagenspec.dev.recipe_schema import recipe_schema
from imagenspec.dev.rule_examples import printed_file

if TYPE_CHECKING:
    from pathlib import Path


def generated() -> dict[Path, str]:
    """Return the text of every generated file by its path in the checkout."""
    return generated_schemas() | printed_file() | readme_files(schemas_folder().parent)


def generated_schemas() -> dict[Path, str]:
    """Return the texts of the schemas."""
    schemas = schemas_folder()
    files = {schemas / "recipe.schema.json": _json(recipe_schema())}
    for task in TASKS:
        for direction in ("request", "response"):
            files[schemas / "predict" / f"{task}.{direction}.schema.json"] = _json(predict_schema(task, direction))
    return files


def drifted() -> list[Path]:
    """Return the generated files whose text is not what their data says."""
    return [path for path, text in generated().items() if _differs(path, text)]


def write() -> list[Path]:
    """Write the generated files that have drifted, and return them."""
    written = _write(generated_schemas())  # the examples and the README's commands run with the schemas on disk
    written += _write(printed_file())
    return written + _write(readme_files(schemas_folder().parent))


def _write(texts: dict[Path, str]) -> list[Path]:
    paths = [path for path, text in texts.items() if _differs(path, text)]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], "utf-8", newline="\n")
    return paths


def _differs(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text("utf-8") != text


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
