"""Git repositories that tests of differences write into folders of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from environment import IMAGES
from pinned import CONFIGURATION

if TYPE_CHECKING:
    from pathlib import Path

CUP = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a cup of coffee on a table
parameters: {seed: 7, add_watermark: false, enhance_prompt: false, sample_count: 2}
"""

SEASONS = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a cup in {{ season }}
matrix: {season: [spring, autumn]}
"""

MASKED = """\
imagenspec: 1
task: edit
model: imagen-3.0-capability-001
image: cup.png
mask: {image: mask.png, dilation: 0.01}
prompt: a plate
parameters: {edit_mode: inpaint_insertion, sample_count: 1}
"""

SEGMENT = """\
imagenspec: 1
task: segment
model: image-segmentation-001
image: cup.png
parameters: {mode: foreground}
"""


class Repository:
    """A git repository of recipes with a configuration."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.git("init", "-q", "-b", "main")
        self.write(".imagenspec.toml", CONFIGURATION)

    def git(self, *arguments: str) -> str:
        """Run git with nothing of the user's, and return what it prints."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.folder, env={**kept, **own}, capture_output=True, text=True, check=True
        )
        return done.stdout

    def write(self, name: str, text: str) -> Path:
        """Write a file, with its folders."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def picture(self, name: str, source: str = "cup.png") -> Path:
        """Copy a test picture."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(IMAGES / source, path)
        return path

    def commit(self) -> None:
        """Commit everything."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "a change")
