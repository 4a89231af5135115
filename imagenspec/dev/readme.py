"""The README's generated sections: tables from the data, and commands with what they really print."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from imagenspec.catalog.codes import codes
from imagenspec.catalog.fields import TASKS, task_row
from imagenspec.catalog.models import models
from imagenspec.catalog.tables import source_urls
from imagenspec.dev.recipe_schema import recipe_schema
from imagenspec.recipe.jinja import FILTERS, TESTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SECTION = r"(<!-- generated: ([a-z-]+); [^>]+ -->\n).*?(<!-- end -->)"
_PACKAGES = Path(__file__).resolve().parent.parent.parent

SKETCH = "sketch.imagen.yaml"
_MENDED = """\
imagenspec: 1
task: customize
model: imagen-3.0-capability-001

references:
  pose:
    control: face_mesh
    image: images/pose.jpg
    compute: true
  man:
    subject: person
    description: a man with short hair
    images: [images/person-1.png, images/person-2.png]

prompt: >-
  A pencil sketch of {{ man }}
  in the pose of {{ pose.marker }}

parameters:
  seed: 1
  add_watermark: false
"""
_BROKEN = _MENDED.replace("{{ man }}", "{{ mann }}").replace("seed: 1", 'seed: "1"')
_PROGRAM = """\
import imagenspec

checked = imagenspec.check("sketch.imagen.yaml")
for finding in checked.findings:
    print(finding.start.line, finding.start.column, finding.severity, finding.code, finding.message)

for request in imagenspec.compile("recipes/text-to-image.imagen.yaml", case="season=spring,seed=7"):
    print(request.model, request.case, request.content_length, "bytes")
    print(request.digest)
    with open("request.json", "wb") as stream:
        stream.writelines(request.body())
"""

_REVIEW_PROGRAM = """\
import imagenspec

model = "imagen-4.0-fast-generate-001"
old = imagenspec.load_request({"instances": [{"prompt": "a cup"}]}, model=model)
new = imagenspec.load_request({"instances": [{"prompt": "a red cup"}]}, model=model)
print(new.text)

difference = imagenspec.diff(old, new)
for reason in difference.recipes[0].cases[0].reasons:
    print(reason.kind, reason.pointer, repr(reason.old), repr(reason.new))

plan = imagenspec.plan("recipes/text-to-image.imagen.yaml")
print(plan.to_send, "requests,", plan.samples, "samples,", plan.usd, "USD; no price for", plan.unknown)
"""

_COMMANDS = {
    "first-command": "imagenspec compile recipes --format file-refs --output build/requests/",
    "compile": "imagenspec compile recipes/upscale-gcs.imagen.yaml",
    "curl": "imagenspec compile recipes/text-to-image-simple.imagen.yaml --format curl --project my-project"
    " --location us-central1",
    "lint": "imagenspec lint recipes",
    "rule": "imagenspec rule seed-with-watermark",
    "calendar": "imagenspec lint recipes --calendar --as-of 2026-11-21",
    "init": "imagenspec init posters/spring",
    "render": "imagenspec render recipes/face-mesh.imagen.yaml",
    "status": "imagenspec status recipes/face-mesh.imagen.yaml recipes/upscale-file.imagen.yaml",
    "explain": "imagenspec explain recipes/background-swap-automatic.imagen.yaml:12",
    "recover": "imagenspec recover recipes/renders/face-mesh-1.png",
    "plan": "imagenspec plan recipes/face-mesh.imagen.yaml recipes/segment-prompt.imagen.yaml --as-of 2026-11-21",
    "models": "imagenspec models --task upscale",
    "classes": "imagenspec classes cup",
    "schema": "imagenspec schema predict/upscale.request",
}
_SHOWN_LINES = {"schema": 5}


class _Workshop:
    """A temporary folder with the worked recipes, in which the README's commands run."""

    def __init__(self, folder: Path, recipes: Path) -> None:
        self.folder = folder
        shutil.copytree(recipes, folder / "recipes")
        shutil.copytree(recipes / "images", folder / "images")
        shutil.copy(recipes / ".imagenspec.toml", folder)

    def run(self, command: str, *, colour: bool = False) -> str:
        """Return what a command prints; findings, exit code 1, are welcome."""
        _, *arguments = shlex.split(command)
        done = self._python("-m", "imagenspec", *arguments, FORCE_COLOR="1" if colour else "")
        if done.returncode not in (0, 1):
            raise RuntimeError(f"{command}: {done.stdout}")
        return done.stdout

    def run_program(self, program: str) -> str:
        """Return what a Python program prints."""
        done = self._python("-c", program)
        if done.returncode:
            raise RuntimeError(done.stdout)
        return done.stdout

    def save(self, text: str, name: str = SKETCH) -> None:
        (self.folder / name).write_text(text, "utf-8", newline="\n")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def commit(self) -> None:
        """Make the folder a git repository with one commit."""
        own = ["-c", "user.name=imagenspec", "-c", "user.email=", "-c", "commit.gpgsign=false", "-c", "core.hooksPath="]
        for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "recipes"]):
            subprocess.run(["git", *own, *arguments], cwd=self.folder, check=True)  # noqa: S603, S607

    def _python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("GOOGLE_CLOUD_", "NO_COLOR"))
        }
        return subprocess.run(  # noqa: S603 - this package's own commands
            [sys.executable, *arguments],
            cwd=self.folder,
            env=inherited
            | environment
            | {"PYTHONPATH": str(_PACKAGES), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
            | {"IMAGENSPEC_CACHE_DIR": str(self.folder / ".cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )


def readme_files(root: Path) -> dict[Path, str]:
    """Return the texts of ``README.md``, its picture and ``docs/rules.md``, with everything generated made anew.

    Args:
        root: The folder of the checkout.

    Raises:
        RuntimeError: The README has a section that nothing makes, or lacks one.
    """
    readme = root / "README.md"
    with tempfile.TemporaryDirectory() as folder:
        workshop = _Workshop(Path(folder), root / "recipes")
        made = _sections(workshop)
        text = readme.read_text("utf-8")
        found = [match[2] for match in re.finditer(_SECTION, text, re.DOTALL)]
        if sorted(found) != sorted(made):
            raise RuntimeError(f"{readme}: sections to look at: {sorted(set(found) ^ set(made)) or found}")
        text = re.sub(_SECTION, lambda match: f"{match[1]}{made[match[2]]}{match[3]}", text, flags=re.DOTALL)
        rules = workshop.run("imagenspec rules --format markdown")
        return {readme: text, root / "docs" / "readme.svg": _picture(workshop), root / "docs" / "rules.md": rules}


def _sections(workshop: _Workshop) -> dict[str, str]:
    tables: dict[str, Callable[[], Iterator[str]]] = {
        "keys": _keys,
        "tasks": _tasks,
        "codes": _codes,
        "templates": _templates,
    }
    made = {name: "\n".join(lines()) + "\n" for name, lines in tables.items()}
    made |= {name: _console(command, workshop, _SHOWN_LINES.get(name)) for name, command in _COMMANDS.items()}
    workshop.save(_BROKEN)
    made["python"] = _fence("python", _PROGRAM) + "\n" + _fence("text", workshop.run_program(_PROGRAM))
    made["python-review"] = _fence("python", _REVIEW_PROGRAM) + "\n"
    made["python-review"] += _fence("text", workshop.run_program(_REVIEW_PROGRAM))
    made["example-recipe"] = _fence("yaml", _BROKEN)
    made["example-findings"] = _console(f"imagenspec lint {SKETCH}", workshop)
    workshop.save(_BROKEN)
    made["fix"] = _console(f"imagenspec fix {SKETCH} --diff", workshop)
    workshop.save(_MENDED.replace("seed: 1", 'seed: "1"'))
    made["lint-json"] = _console(f"imagenspec lint {SKETCH} --format json", workshop)
    workshop.save(_MENDED)
    made["example-payload"] = _console(f"imagenspec compile {SKETCH} --format file-refs", workshop)
    workshop.commit()
    workshop.save(_MENDED.replace("pencil", "charcoal").replace("seed: 1", "seed: 2"))
    made["diff"] = _console("imagenspec diff", workshop)
    workshop.save(workshop.run("imagenspec compile recipes/style.imagen.yaml --format curl --project p"), "style.sh")
    made["import"] = _console("imagenspec import style.sh -o recipes/imported", workshop)
    made["import"] += "\n" + _fence("yaml", workshop.read("recipes/imported/style.imagen.yaml"))
    return made


def _fence(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


def _console(command: str, workshop: _Workshop, shown: int | None = None) -> str:
    output = workshop.run(command)
    if shown is not None:
        command += f" | head -n {shown}"
        output = "\n".join(output.splitlines()[:shown])
    return _fence("console", f"$ {command}\n{output}")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _keys() -> Iterator[str]:
    """Yield the table of top-level keys, one row for each key and meaning."""
    definitions = recipe_schema()["definitions"]
    tasks_of: dict[tuple[str, str], list[str]] = {}
    for task in TASKS:
        required = (*recipe_schema()["required"], *definitions[task]["required"])
        for key, property_ in definitions[task]["properties"].items():
            about = property_["description"].splitlines()[0]
            tasks_of.setdefault((key, about), []).append(f"**{task}**" if key in required else task)
    order = list(dict.fromkeys(key for key, _ in tasks_of))
    rows = [
        (f"`{key}`", _all_or(tasks), about)
        for (key, about), tasks in sorted(tasks_of.items(), key=lambda item: order.index(item[0][0]))
    ]
    yield from _table(("key", "tasks (bold: required)", "meaning"), [*rows, ("`x-…`", "all", "Ignored; for you.")])


def _all_or(tasks: list[str]) -> str:
    if len(tasks) < len(TASKS):
        return ", ".join(tasks)
    bold = [task for task in tasks if task.startswith("*")]
    return "**all**" if len(bold) == len(tasks) else ", ".join(["all", *bold])


def _tasks() -> Iterator[str]:
    rows = []
    for task in TASKS:
        row: dict[str, Any] = task_row(task)
        own = [model for model in models().values() if task in model.tasks]
        living = [f"`{model.id}` ({model.status})" for model in own if model.status != "retired"]
        retired = sum(model.status == "retired" for model in own)
        known = ", ".join([*living, *([f"{retired} retired"] if retired else [])])
        rows.append((f"`{task}`", f"[{row['title']}]({row['doc']})", row["about"], known))
    yield from _table(("task", "documented at", "what it does", "models"), rows)


def _codes() -> Iterator[str]:
    urls = source_urls()
    rows = []
    for code in codes().values():
        sources = " ".join(f"[{key}]({urls[key].removeprefix('README.md')})" for key in code.source)
        link = f"[{code.code}](docs/rules.md#{code.code.lower()}-{code.name})"
        rows.append((link, code.name, code.severity.value, code.about, sources))
    yield from _table(("code", "name", "severity", "what it finds", "source"), rows)


def _templates() -> Iterator[str]:
    yield f"Filters: {', '.join(f'`{name}`' for name in FILTERS)}."
    yield f"Tests: {', '.join(f'`{name}`' for name in TESTS)}."


def _picture(workshop: _Workshop) -> str:
    """Return an SVG: a recipe with mistakes beside the payload of the mended one, and the findings below."""
    workshop.save(_MENDED)
    payload = workshop.run(f"imagenspec compile {SKETCH} --format file-refs").splitlines()
    workshop.save(_BROKEN)
    findings = workshop.run(f"imagenspec lint {SKETCH}", colour=True).splitlines()
    recipe = _BROKEN.splitlines()
    start = next(index for index, line in enumerate(payload) if '"prompt"' in line)
    indent = len(payload[start]) - len(payload[start].lstrip())
    excerpt = [_without_digest(line[indent:]) for line in payload[start : start + len(recipe) - 1]] + ["…"]
    right = _PAD + (max(map(len, recipe)) + 4) * _CELL
    below = _PAD + (len(recipe) + 3) * _LINE
    width = round(max(right + max(map(len, excerpt)) * _CELL, _PAD + max(map(_columns, findings)) * _CELL) + _PAD)
    height = round(below + (len(findings) + 1) * _LINE + _PAD)
    rule = below - _LINE
    marks = json.loads(workshop.run(f"imagenspec lint {SKETCH} --format json"))["findings"]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<title>imagenspec lint {SKETCH}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>',
            f'<path class="rule" d="M{right - 2 * _CELL:g} {_PAD}V{rule}M{_PAD} {rule}H{width - _PAD}"/>',
            *_panel(_PAD, _PAD, [[("dim", SKETCH)], *(_coloured(line, _YAML) for line in recipe)]),
            *_panel(right, _PAD, [[("dim", "mended, it compiles to")], *(_coloured(line, _JSON) for line in excerpt)]),
            *_panel(_PAD, below - _LINE / 2, [[("dim", f"$ imagenspec lint {SKETCH}")], *map(_ansi, findings)]),
            *(_wave(mark["start"], mark["end"]) for mark in marks),
            "</svg>\n",
        ]
    )


_PAD, _CELL, _LINE = 20, 7.5, 18
_STYLE = """
text{font:12.5px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328}
.ground{fill:#fff;stroke:#d1d9e0}.rule{stroke:#d1d9e0;fill:none}.wave{stroke:#cf222e;fill:none;stroke-width:1.3}
.bold{font-weight:bold}.dim{fill:#59636e}.key{fill:#0550ae}.text{fill:#116329}.value{fill:#8250df}
.error{fill:#cf222e;font-weight:bold}.warning{fill:#9a6700;font-weight:bold}.info{fill:#0550ae;font-weight:bold}.fix{fill:#116329;font-weight:bold}
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}.ground{fill:#0d1117;stroke:#3d444d}.rule{stroke:#3d444d}.wave{stroke:#ff7b72}
.dim{fill:#9198a1}.key{fill:#79c0ff}.text{fill:#7ee787}.value{fill:#d2a8ff}.error{fill:#ff7b72}.warning{fill:#d29922}.info{fill:#79c0ff}.fix{fill:#7ee787}}
"""
_YAML = r"(?P<value>\{\{.*?\}\})|(?P<key>^ *[a-z_]+(?=:))|(?P<text>\"[^\"]*\")"
_JSON = r"(?P<key>\"[^\"]*\"(?=:))|(?P<text>\"[^\"]*\")|(?P<value>\b(?:\d+|true|false)\b)"
_TINTS = {"1": "bold", "2": "dim", "31;1": "error", "33;1": "warning", "36;1": "info", "32;1": "fix", "0": ""}
_Run = tuple[str, str]
"""The class and the text of a part of a line."""


def _without_digest(line: str) -> str:
    return re.sub(r'("sha256": "[0-9a-f]{12})[0-9a-f]+', r"\1…", line)


def _columns(line: str) -> int:
    return sum(len(text) for _, text in _ansi(line))


def _coloured(line: str, words: str) -> list[_Run]:
    runs, end = [], 0
    for word in re.finditer(words, line):
        runs += [("", line[end : word.start()]), (str(word.lastgroup), word[0])]
        end = word.end()
    return [*runs, ("", line[end:])]


def _ansi(line: str) -> list[_Run]:
    first, *painted = line.split("\x1b[")
    return [("", first), *((_TINTS[tint], text) for tint, _, text in (part.partition("m") for part in painted))]


def _panel(left: float, top: float, lines: list[list[_Run]]) -> Iterator[str]:
    """Yield lines of text; each part stands where its characters count to, whatever font there is."""
    for number, runs in enumerate(lines, 1):
        column = 0
        for tint, text in runs:
            word = text.strip()
            if word:
                x = left + (column + len(text) - len(text.lstrip())) * _CELL
                place = f'x="{x:g}" y="{top + number * _LINE - 4:g}" textLength="{len(word) * _CELL:g}"'
                look = f' class="{tint}"' if tint else ""
                yield f'<text{look} {place} lengthAdjust="spacingAndGlyphs">{escape(word)}</text>'
            column += len(text)


def _wave(start: dict[str, int], end: dict[str, int]) -> str:
    """Return a wavy line under a range of the recipe."""
    left, right = (_PAD + (place["column"] - 1) * _CELL for place in (start, end))
    waves = "l2.5 -2.5l2.5 2.5" * round((right - left) / 5)
    return f'<path class="wave" d="M{left:g} {_PAD + (start["line"] + 1) * _LINE}{waves}"/>'
