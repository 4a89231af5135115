"""What tests of rendering share: recipes in a folder, and the last line that a render prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli_recipes import CUP

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

ONE = f"{CUP}parameters: {{sample_count: 1}}\n"
SEEDS = ONE.replace("coffee", "coffee, number {{ n }}") + "matrix: {n: 1..6}\n"


def write(folder: Path, **recipes: str) -> None:
    """Write recipes into a folder, by their names."""
    for name, text in recipes.items():
        (folder / f"{name}.imagen.yaml").write_text(text)


def summary(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the last line of a render."""
    return done.stderr.decode().splitlines()[-1]
