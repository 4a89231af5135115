"""What tests of importing do: run the command line, and compile what it wrote."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

import imagenspec

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str, folder: Path, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run ``imagenspec import`` in a folder."""
    words = (sys.executable, "-m", "imagenspec", "import", *arguments)
    return subprocess.run(words, cwd=folder, input=data, capture_output=True, check=False, timeout=60)


def compiled(recipe: Path) -> Any:
    """Return the only body that a recipe compiles to; one with errors does not."""
    [request] = imagenspec.compile(recipe)
    return json.loads(b"".join(request.body()))


def written(folder: Path) -> set[str]:
    """Return every file below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def picture(kind: str = "PNG", shade: int = 90, size: tuple[int, int] = (24, 16)) -> bytes:
    """Return the bytes of a small picture."""
    stream = BytesIO()
    Image.new("L", size, shade).save(stream, kind)
    return stream.getvalue()


def mask(size: tuple[int, int] = (24, 16)) -> bytes:
    """Return the bytes of a mask, half of it white."""
    stream = BytesIO()
    drawn = Image.new("L", size, 0)
    drawn.paste(255, (0, 0, size[0] // 2, size[1]))
    drawn.save(stream, "PNG")
    return stream.getvalue()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def generate(**members: Any) -> dict[str, Any]:
    """Return the body of a small request."""
    return {"instances": [{"prompt": "a cup"}], "parameters": {"sampleCount": 1}, **members}
